import BasicContainers
import MediaCore
import PipelineSpec

/// A codec simple enough to see through: a packet's first byte says what it is, the next two how long, the fourth its
/// value, ±128 for full scale.
enum TestStages {
    static func packet(value: UInt8, count: Int) -> [UInt8] { [1, UInt8(count >> 8), UInt8(count & 255), value] }
    static func silentPacket(count: Int) -> [UInt8] { [0, UInt8(count >> 8), UInt8(count & 255), 0] }
    static func corruptPacket(count: Int) -> [UInt8] { [2, UInt8(count >> 8), UInt8(count & 255), 0] }

    struct Decoder: PayloadDecoder, ~Copyable {
        let maximumSamplesPerPacket = 5760
        private var last: Float = 0

        func sampleCount(of payload: Span<UInt8>) -> Int? { Int(payload[1]) << 8 | Int(payload[2]) }

        mutating func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Float>) -> Int? {
            guard payload[0] < 2, let count = sampleCount(of: payload) else { return nil }
            last = Float(payload[3]) / 128
            for i in 0..<count { samples[i] = last }
            return count
        }

        mutating func conceal(
            _ count: Int, before next: Span<UInt8>?, distance: Int, into samples: inout MutableSpan<Float>
        ) -> Concealment {
            for i in 0..<count { samples[i] = last }
            return .extrapolated
        }

        mutating func reset() { last = 0 }
    }

    struct Skip: PayloadFilter, ~Copyable {
        mutating func judge(_ payload: Span<UInt8>, audioLevel: Int?) -> PayloadVerdict {
            payload[0] == 0 ? .silent : .decode
        }
        mutating func reset() {}
    }

    struct Sum: VoiceMixer, ~Copyable {
        mutating func mix(
            _ voices: borrowing VoiceBank, excluding excluded: ExclusionSet, into frame: inout PCMFrame
        ) {
            frame.silence()
            for i in 0..<voices.capacity where voices.voices[i].isPresent && !excluded.contains(i) {
                var target = frame.mutableSamples
                SampleKernels.accumulate(voices.frames[i].samples, gain: 1, into: &target)
            }
        }
        mutating func reset() {}
        var stateBytes: Int { 0 }
        func save(into image: inout StateImage) {}
        mutating func restore(from image: inout StateImage) {}
    }

    static func plan(format: AudioFormat = AudioFormat()) -> PipelinePlan {
        func stage(_ kind: String, _ scope: StageScope, _ builder: StageBuilder) -> PlannedStage {
            PlannedStage(
                StageDescriptor(kind: kind, summary: "", scopes: [scope], builder: builder), StageArguments([:]),
                format: format)
        }
        return PipelinePlan(
            name: "test", format: format,
            participant: [
                stage("skip", .participant, .payloadFilter { _, _ in Skip() }),
                stage("decode", .participant, .payloadDecoder { _, _ in Decoder() }),
            ],
            room: [stage("sum", .room, .voiceMixer { _, _, _ in Sum() })], listener: [])
    }
}
