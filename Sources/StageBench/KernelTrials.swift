import CFloors
import MediaCore
import RTPWire
import StageCosts

/// The loops below the stages, and the machine's own limits.
enum KernelTrials {
    /// A loop over one frame's samples.
    enum SampleLoop: String, CaseIterable {
        case energy, peak, scale, accumulate
        case accumulateRamp = "accumulate ramp"
    }

    static func all(_ format: AudioFormat) -> [TrialSpec] {
        func subject(_ kind: String, width: Int = 1, _ unit: String? = nil) -> CostSubject {
            CostSubject(kind: kind, width: width, widthUnit: unit, format: CostFormat(format))
        }
        var specs = SampleLoop.allCases.map { loop in
            TrialSpec(subject("kernel.\(loop.rawValue)"), .frame) { SampleTrial(loop, format) }
        }
        specs.append(TrialSpec(subject("kernel.rtp-parse"), .packet) { ParseTrial() })
        specs.append(TrialSpec(subject("machine.memory-read"), .frame) { MemoryTrial(format) })
        for peers in [1, 64, 1000] {
            specs.append(
                TrialSpec(subject("machine.sendmmsg", width: peers, "peers"), .packet) {
                    try DatagramTrial(.send, peers: peers, packetBytes: 230)
                })
        }
        specs.append(
            TrialSpec(subject("machine.recvmmsg", width: 64, "peers"), .packet) {
                try DatagramTrial(.receive, peers: 64, packetBytes: 108)
            })
        return specs
    }
}

private struct SampleTrial: Trial, ~Copyable {
    let operations = 256
    let floorName: String?
    let bytes: TouchedBytes
    let samples: Int?
    private let loop: KernelTrials.SampleLoop
    private var source: [Float]
    private var target: [Float]
    private var result: Float = 0

    init(_ loop: KernelTrials.SampleLoop, _ format: AudioFormat) {
        self.loop = loop
        source = (0..<format.valuesPerFrame).map { Float($0 * 37 % 101) / 101 - 0.5 }
        target = Array(repeating: 0, count: source.count)
        samples = source.count
        let frame = source.count * MemoryLayout<Float>.stride
        let writes = loop != .energy && loop != .peak
        bytes = TouchedBytes(input: writes && loop != .scale ? 2 * frame : frame, output: writes ? frame : 0)
        floorName = loop == .accumulateRamp ? "the same without a ramp" : "the same loop in C"
    }

    mutating func prepare() { for i in target.indices { target[i] = source[i] } }

    mutating func stage() {
        for _ in 0..<operations { Self.run(loop, source, &target, &result) }
    }

    private static func run(
        _ loop: KernelTrials.SampleLoop, _ source: [Float], _ target: inout [Float], _ result: inout Float
    ) {
        var span = target.mutableSpan
        switch loop {
        case .energy: result += SampleKernels.energy(source.span)
        case .peak: result += SampleKernels.peak(source.span)
        case .scale: SampleKernels.scale(&span, by: 0.9999)
        case .accumulate: SampleKernels.accumulate(source.span, gain: 1, into: &span)
        case .accumulateRamp:
            SampleKernels.accumulate(
                source.span, .init(from: 0, to: 1, length: source.count), into: &span, channels: 1)
        }
    }

    mutating func floor() {
        let count = Int32(source.count)
        for _ in 0..<operations {
            switch loop {
            case .energy: unsafe result += parley_floor_energy(source, count)
            case .peak: unsafe result += parley_floor_peak(source, count)
            case .scale: unsafe parley_floor_pass(&target, count, 0.9999)
            case .accumulate, .accumulateRamp: unsafe parley_floor_accumulate(source, &target, count)
            }
        }
    }
}

private struct ParseTrial: Trial, ~Copyable {
    let operations = 1024
    let floorName: String? = "reading the fields"
    let bytes = TouchedBytes(input: 12)
    private(set) var failure: String?
    private var packet = ProtectTrial.rtp(92)
    private var sum: UInt32 = 0

    mutating func stage() {
        for _ in 0..<operations {
            guard let header = try? RTPHeader(parsing: packet.span) else {
                failure = "a packet was refused"
                return
            }
            sum &+= header.timestamp &+ UInt32(header.sequenceNumber)
        }
    }

    mutating func floor() {
        for _ in 0..<operations { unsafe sum &+= parley_floor_parse(packet, Int32(packet.count)) }
    }
}

/// Reading memory that no cache holds.
private struct MemoryTrial: Trial, ~Copyable {
    private static let megabytes = 64
    let operations: Int
    let floorName: String? = nil
    let bytes: TouchedBytes
    let samples: Int?
    private let values: [Float]
    private var result: Float = 0

    init(_ format: AudioFormat) {
        values = Array(repeating: 0.5, count: Self.megabytes << 18)
        operations = values.count / format.valuesPerFrame
        samples = format.valuesPerFrame
        bytes = TouchedBytes(input: format.valuesPerFrame * MemoryLayout<Float>.stride)
    }

    mutating func stage() { unsafe result += parley_floor_energy(values, Int32(values.count)) }
    mutating func floor() {}
}
