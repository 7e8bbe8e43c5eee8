import MediaCore
import PipelineSpec
import StageBench
import StageCosts
import StandardStages
import Testing

/// A stage that Parley does not know: measured from its role alone.
private struct Inverter: FrameFilter, ~Copyable {
    var latency: Int { 0 }
    mutating func process(_ frame: inout PCMFrame) {
        guard !frame.isSilent else { return }
        var samples = frame.mutableSamples
        for i in samples.indices { samples[i] = -samples[i] }
    }
    mutating func reset() {}
    var stateBytes: Int { 0 }
    func save(into image: inout StateImage) {}
    mutating func restore(from image: inout StateImage) {}

    static let descriptor = StageDescriptor(
        kind: "invert", summary: "Turns the wave upside down.", scopes: [.participant],
        parameters: [Parameter("depth", .percentage(0...100), default: .percentage(100), "how far")],
        builder: .frameFilter { _, _ in Inverter() })
}

/// A decoder that decodes nothing.
private struct DeafDecoder: PayloadDecoder, ~Copyable {
    var maximumSamplesPerPacket: Int { 5760 }
    func sampleCount(of payload: Span<UInt8>) -> Int? { nil }
    mutating func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Float>) -> Int? { nil }
    mutating func conceal(
        _ count: Int, before next: Span<UInt8>?, distance: Int, into samples: inout MutableSpan<Float>
    ) -> Concealment { .extrapolated }
    mutating func reset() {}

    static let descriptor = StageDescriptor(
        kind: "deaf", summary: "Decodes nothing.", scopes: [.participant],
        builder: .payloadDecoder { _, _ in DeafDecoder() })
}

/// A cipher that refuses every packet.
private struct Refuser: PacketFilter, ~Copyable {
    var maximumGrowth: Int { 0 }
    mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict { .refused(.malformed) }
    mutating func reset() {}

    static let descriptor = StageDescriptor(
        kind: "refuse", summary: "Refuses everything.", scopes: [.participant],
        builder: .unprotector { _, _ in Refuser() })
}

@Suite struct OwnStageTests {
    private static func bench(seconds: Double = 0.01) -> StageBench {
        var registry = StageRegistry.standard
        for descriptor in [Inverter.descriptor, DeafDecoder.descriptor, Refuser.descriptor] {
            registry.register(descriptor)
        }
        var conditions = BenchConditions()
        (conditions.inputs, conditions.keys, conditions.senders) = ([.speech, .silence], 4, 4)
        (conditions.voices, conditions.seconds) = ([2, 8], 0.5)
        return StageBench(registry: registry, conditions: conditions, seconds: seconds)
    }

    @Test func `a stage of one's own is measured by its role, with its parameters`() throws {
        let format = AudioFormat()
        let stage = try Inverter.descriptor.planned(settings: [("depth", "50 %")], format: format)
        var told: [String] = []
        let costs = try Self.bench().measure([stage], format: format) { told.append($0.title) }
        #expect(costs.map(\.subject.input) == ["speech", "silence"])
        #expect(costs.allSatisfy { $0.subject.kind == "invert" && $0.subject.arguments == ["depth": "50 %"] })
        let speech = try #require(costs.first)
        #expect(speech.nanoseconds.median > 0 && speech.floor?.name == "one pass over the frame")
        #expect(speech.bytes.input == 3840 && speech.unit == .frame)
        #expect(told.count == 10 && Set(told) == ["invert"])
    }

    @Test func `a stage that does not do its work is an error, not a figure`() throws {
        #expect {
            _ = try Self.bench().measure([DeafDecoder.descriptor.planned(format: AudioFormat())])
        } throws: { "\($0)" == "deaf: the stage could not decode a packet of libopus's" }
        #expect {
            _ = try Self.bench().measure([Refuser.descriptor.planned(format: AudioFormat())])
        } throws: { "\($0)" == "refuse, 4 keys: the stage refused what 'srtp.protect' had sealed" }
    }

    @Test(arguments: StageRegistry.standard.all.map(\.kind))
    func `every stage that comes with Parley can be measured`(kind: String) throws {
        let stage = try #require(StageRegistry.standard[kind]).planned(format: AudioFormat())
        let costs = try Self.bench(seconds: 0.003).measure([stage])
        #expect(!costs.isEmpty)
        for cost in costs {
            #expect(cost.nanoseconds.median >= 0 && cost.nanoseconds.p99 >= cost.nanoseconds.median)
            // What has work to do has a limit to be held against.
            #expect(cost.subject.input == "silence" || cost.floor != nil, "\(cost.subject.title)")
        }
    }

    @Test(arguments: [(8000, 1, 160), (16_000, 1, 160), (48_000, 2, 960), (48_000, 1, 120), (24_000, 2, 1440)])
    func `stages are measured in the pipeline's format`(rate: Int, channels: Int, samples: Int) throws {
        let format = AudioFormat(sampleRate: rate, channels: channels, samplesPerFrame: samples)
        let stages = try ["opus.decode", "opus.encode", "limit", "mix", "jitter.adaptive", "rtp.packetize"].map {
            try #require(StageRegistry.standard[$0]).planned(format: format)
        }
        let costs = try Self.bench(seconds: 0.003).measure(stages, format: format, engine: true)
        #expect(costs.allSatisfy { $0.subject.format == CostFormat(format) })
        #expect(costs.contains { $0.subject.kind == "engine.send" })
    }

    @Test func `the kernels below are measured as well`() throws {
        let costs = try Self.bench(seconds: 0.003).measureKernels()
        #expect(costs.contains { $0.subject.kind == "kernel.energy" && $0.floor != nil })
        #expect(costs.contains { $0.subject.kind == "machine.sendmmsg" && $0.subject.width == 1000 })
    }

    @Test func `a report describes the machine`() throws {
        let report = Self.bench().report(parley: "1", date: "2026-01-31T12:00:00Z") { [] }
        #expect(report.machine.cores > 0 && report.machine.kernel.hasPrefix("Linux "))
        #expect(report.machine.libraries.contains { $0.contains("libopus") })
        #expect(!report.machine.processor.isEmpty && report.problem == nil)
    }
}
