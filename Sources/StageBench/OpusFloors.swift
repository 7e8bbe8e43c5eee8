import CFloors
import MediaCore
import PipelineSpec

/// A decoder of libopus's, bare.
@safe struct FloorDecoder: ~Copyable {
    private let decoder: OpaquePointer

    init(_ format: AudioFormat) throws {
        let made = unsafe parley_floor_decoder_new(Int32(format.sampleRate), Int32(format.channels))
        guard let made = unsafe made else { throw BenchError("libopus has no decoder for this format") }
        unsafe decoder = made
    }

    deinit { unsafe parley_floor_decoder_free(decoder) }

    func decode(_ packet: [UInt8], into samples: inout [Float], channels: Int) -> Int32 {
        let room = Int32(samples.count / channels)
        return unsafe parley_floor_decode(decoder, packet, Int32(packet.count), &samples, room)
    }
}

/// An encoder of libopus's, bare, with a stage's settings.
@safe struct FloorEncoder: ~Copyable {
    private let encoder: OpaquePointer

    /// - Parameter stage: whose parameters are followed where they are those of `opus.encode`.
    init(_ format: AudioFormat, like stage: PlannedStage) throws {
        var settings = parley_floor_encoding(
            rate: Int32(format.sampleRate), channels: Int32(format.channels), bitrate: 64_000, complexity: 10,
            application: 2049, rate_control: 0, signal: -1000, uses_dtx: 0, uses_fec: 0, expected_loss: 0)
        for parameter in stage.descriptor.parameters {
            guard let value = stage.arguments[parameter.name] else { continue }
            Self.set(parameter.name, value, &settings)
        }
        guard let made = unsafe parley_floor_encoder_new(settings) else {
            throw BenchError("libopus has no encoder for this format")
        }
        unsafe encoder = made
    }

    deinit { unsafe parley_floor_encoder_free(encoder) }

    func encode(_ frame: borrowing PCMFrame, into packet: inout [UInt8]) -> Int32 {
        let room = Int32(packet.count)
        let samples = Int32(frame.format.samplesPerFrame)
        return unsafe frame.samples.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return 0 }
            return unsafe parley_floor_encode(encoder, start, samples, &packet, room)
        }
    }

    private static func set(_ name: String, _ value: ParameterValue, _ settings: inout parley_floor_encoding) {
        switch (name, value) {
        case ("bitrate", .bitrate(let bitrate)): settings.bitrate = Int32(bitrate)
        case ("complexity", .count(let complexity)): settings.complexity = Int32(complexity)
        case ("mode", .word("voip")): settings.application = 2048
        case ("mode", .word("low-delay")): settings.application = 2051
        case ("rate-control", .word("constrained")): settings.rate_control = 1
        case ("rate-control", .word("constant")): settings.rate_control = 2
        case ("signal", .word("voice")): settings.signal = 3001
        case ("signal", .word("music")): settings.signal = 3002
        case ("dtx", .toggle(let isOn)): settings.uses_dtx = isOn ? 1 : 0
        case ("fec", .word("in-band")): settings.uses_fec = 1
        case ("expected-loss", .percentage(let share)): settings.expected_loss = Int32(share)
        default: break
        }
    }
}
