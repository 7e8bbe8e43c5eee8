import CFloors
import MediaCore
import StageCosts

/// pcm → pcm: frames follow one another as they would in a lane.
struct FrameFilterTrial: Trial, ~Copyable {
    /// What the filter is held against.
    enum Floor {
        /// Reading and writing the frame once.
        case pass
        /// A filter of second order.
        case biquad
    }

    let operations = 64
    let bytes: TouchedBytes
    private let kind: Floor
    private let material: BenchMaterial
    private var filter: any FrameFilter & ~Copyable
    private var frame: PCMFrame
    private var next = 0
    private var memory: (Double, Double) = (0, 0)

    init(_ filter: consuming any FrameFilter & ~Copyable, _ material: BenchMaterial, floor: Floor) {
        self.filter = filter
        self.material = material
        kind = floor
        frame = PCMFrame(format: material.format)
        let frameBytes = material.format.valuesPerFrame * MemoryLayout<Float>.stride
        bytes = TouchedBytes(input: frameBytes, output: frameBytes)
    }

    var floorName: String? {
        // There is nothing to be done for silence, and so no limit to it.
        material.input == .silence ? nil : kind == .pass ? "one pass over the frame" : "biquad in double precision"
    }

    mutating func prepare() { next += operations }

    mutating func baseline() { for i in 0..<operations { material.load(next + i, into: &frame) } }

    mutating func stage() {
        for i in 0..<operations {
            material.load(next + i, into: &frame)
            filter.process(&frame)
        }
    }

    mutating func floor() {
        for i in 0..<operations {
            material.load(next + i, into: &frame)
            switch kind {
            case .pass: Self.pass(&frame)
            case .biquad: Self.biquad(&frame, &memory)
            }
        }
    }

    private static func pass(_ frame: inout PCMFrame) {
        var samples = frame.mutableSamples
        unsafe samples.withUnsafeMutableBufferPointer { values in
            if let start = values.baseAddress { unsafe parley_floor_pass(start, Int32(values.count), 0.999) }
        }
    }

    private static func biquad(_ frame: inout PCMFrame, _ memory: inout (Double, Double)) {
        // A high-pass of 80 Hz at 48 kHz; what it does to the sound is of no interest.
        let coefficients: InlineArray<5, Double> = [0.99262, -1.98524, 0.99262, -1.98519, 0.98530]
        var state: InlineArray<2, Double> = [memory.0, memory.1]
        var samples = frame.mutableSamples
        unsafe samples.withUnsafeMutableBufferPointer { values in
            unsafe coefficients.span.withUnsafeBufferPointer { coefficients in
                var span = state.mutableSpan
                unsafe span.withUnsafeMutableBufferPointer { state in
                    guard let start = values.baseAddress, let numbers = coefficients.baseAddress,
                        let state = state.baseAddress
                    else { return }
                    unsafe parley_floor_biquad(start, Int32(values.count), numbers, state)
                }
            }
        }
        memory = (state[0], state[1])
    }
}

/// opus → pcm: a talker's packets in order, frame by frame.
struct DecoderTrial: Trial, ~Copyable {
    let operations = 1
    let floorName: String? = "opus_decode_float"
    let bytes: TouchedBytes
    private(set) var failure: String?
    private let material: BenchMaterial
    private var decoder: any PayloadDecoder & ~Copyable
    private let bare: FloorDecoder
    private var output: [Float]
    private var bareOutput: [Float]
    private var next = 0

    init(_ decoder: consuming any PayloadDecoder & ~Copyable, _ material: BenchMaterial) throws {
        let room = decoder.maximumSamplesPerPacket * material.format.channels
        let bare = try FloorDecoder(material.format)
        self.decoder = decoder
        self.material = material
        self.bare = bare
        output = Array(repeating: 0, count: room)
        bareOutput = output
        let packetBytes = material.packets.reduce(0) { $0 + $1.count } / material.packets.count
        bytes = TouchedBytes(
            input: packetBytes, output: material.format.valuesPerFrame * MemoryLayout<Float>.stride)
    }

    mutating func prepare() { next = (next + 1) % material.packets.count }

    mutating func stage() {
        if !Self.decode(material.packets[next], &decoder, into: &output) {
            failure = "the stage could not decode a packet of libopus's"
        }
    }

    private static func decode(
        _ packet: [UInt8], _ decoder: inout any PayloadDecoder & ~Copyable, into output: inout [Float]
    ) -> Bool {
        var samples = output.mutableSpan
        return decoder.decode(packet.span, into: &samples) != nil
    }

    mutating func floor() {
        if bare.decode(material.packets[next], into: &bareOutput, channels: material.format.channels) <= 0 {
            failure = "libopus could not decode a packet of its own"
        }
    }
}

/// pcm → opus.
struct EncoderTrial: Trial, ~Copyable {
    let operations = 1
    let floorName: String? = "opus_encode_float"
    private(set) var failure: String?
    private let material: BenchMaterial
    private var encoder: any PayloadEncoder & ~Copyable
    private let bare: FloorEncoder
    private var frame: PCMFrame
    private var output: [UInt8]
    private var bareOutput: [UInt8]
    private var next = 0
    private var written = 0
    private var encoded = 0

    init(_ encoder: consuming any PayloadEncoder & ~Copyable, _ bare: consuming FloorEncoder, _ material: BenchMaterial)
    {
        output = Array(repeating: 0, count: encoder.maximumPayloadBytes)
        bareOutput = output
        self.encoder = encoder
        self.bare = bare
        self.material = material
        frame = PCMFrame(format: material.format)
    }

    var bytes: TouchedBytes {
        TouchedBytes(
            input: material.format.valuesPerFrame * MemoryLayout<Float>.stride, output: written / max(encoded, 1))
    }

    mutating func prepare() {
        next += 1
        material.load(next, into: &frame)
    }

    mutating func stage() {
        written += Self.encode(frame, &encoder, into: &output)
        encoded += 1
    }

    private static func encode(
        _ frame: borrowing PCMFrame, _ encoder: inout any PayloadEncoder & ~Copyable, into output: inout [UInt8]
    ) -> Int {
        var packet = output.mutableSpan
        return encoder.encode(frame, into: &packet)
    }

    mutating func floor() {
        if bare.encode(frame, into: &bareOutput) <= 0 { failure = "libopus could not encode a frame" }
    }
}
