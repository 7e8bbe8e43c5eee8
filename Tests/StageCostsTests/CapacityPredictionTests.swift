import MediaCore
import PipelineSpec
import ShippedPipelines
import StageCosts
import StandardStages
import TestCosts
import Testing

@Suite struct CapacityPredictionTests {
    private static let calls = """
        pipeline: calls
        participant: [srtp.unprotect, jitter.fixed, silence.skip, opus.decode, high-pass]
        room: [select.loudest, mix, limit]
        listener: [gain, opus.encode, rtp.packetize, srtp.protect]
        """

    private static func plan(_ text: String = calls) throws -> PipelinePlan {
        try PipelineFile.load(text: text, file: "test", registry: .standard)
    }

    /// A cost for each part of a plan: a power of two, so that a sum tells what is in it. Mixes cost 1000 a voice.
    private static func costs(for plan: PipelinePlan, but left: String? = nil) -> CostReport {
        var costs: [StageCost] = []
        func add(_ kind: String, part: String? = nil, _ stage: PlannedStage?, width: Int? = nil, _ cost: Double) {
            guard kind != left else { return }
            var made = SampleCosts.cost(
                kind, cost, part: part, arguments: stage.map { CostSubject.arguments(of: $0) } ?? [:])
            made.subject.format = CostFormat(plan.format)
            if let width { (made.subject.width, made.subject.widthUnit) = (width, "voices") }
            costs.append(made)
        }
        let single: [String: Double] = [
            "srtp.unprotect": 2, "silence.skip": 32, "opus.decode": 64, "high-pass": 128, "limit": 1, "gain": 2,
            "opus.encode": 4, "rtp.packetize": 1, "srtp.protect": 2,
        ]
        for stage in plan.participant + plan.room + plan.listener {
            let kind = stage.descriptor.kind
            switch kind {
            case "jitter.fixed":
                add(kind, part: "ingest", stage, 4)
                add(kind, part: "tick", stage, 8)
            case "mix": for voices in [2, 8] { add(kind, stage, width: voices, Double(voices * 1000)) }
            case "select.loudest": add(kind, stage, width: 8, 80)
            default: add(kind, stage, single[kind] ?? 0)
            }
        }
        add("engine.receive", nil, 1)
        add("engine.lane", nil, 16)
        add("engine.transmit", nil, 4)
        add("engine.send", nil, 8)
        return CostReport(parley: "0", date: "", machine: SampleCosts.report().machine, costs: costs)
    }

    /// - Parameter scale: how slow the machine is.
    private static func prediction(
        _ speakers: Int, _ listeners: Int, text: String = calls, but left: String? = nil, scale: Double = 1
    ) throws -> CapacityPrediction {
        let plan = try plan(text)
        var report = costs(for: plan, but: left)
        for index in report.costs.indices { report.costs[index].nanoseconds.median *= scale }
        return CapacityPrediction(plan: plan, speakers: speakers, listeners: listeners, costs: report)
    }

    @Test(
        arguments: [
            (0, 0, 0, 0), (0, 9, 1, 9), (1, 0, 0, 0), (1, 9, 1, 9), (2, 0, 2, 2), (2, 9, 3, 11), (3, 9, 4, 12),
            (1024, 1_000_000, 1025, 1_001_024),
        ])
    func `each who hears others has a class, listeners share one`(
        speakers: Int, listeners: Int, classes: Int, members: Int
    ) throws {
        let prediction = try Self.prediction(speakers, listeners)
        #expect(prediction.classes == classes && prediction.members == members)
        #expect(prediction.parts.allSatisfy { $0.count > 0 })
    }

    @Test func `the sums are exact`() throws {
        let prediction = try Self.prediction(3, 1000)
        #expect(prediction.nanosecondsPerSpeaker == 255)
        #expect(prediction.nanosecondsPerRoom == 30)
        // Three mixes of two voices, one of three.
        #expect(prediction.nanosecondsPerClass == 2250 + 7)
        #expect(prediction.nanosecondsPerListener == 15)
        let tick = Double(3 * 255 + 30 + 3 * 2000 + 3000 + 4 * 7 + 1003 * 15)
        #expect(prediction.nanosecondsPerTick == tick)
        #expect(prediction.load == tick / 20e6)
        let phases = CapacityPrediction.Phase.allCases.map { Int(prediction.nanoseconds(of: $0)) }
        let wanted: [Int] = [3, 3 * 6, 3 * 248, 30 + 9000 + 4, 4 * 6, 1003 * 7, 1003 * 8]
        #expect(phases == wanted)
        #expect(!prediction.isLowerBound && prediction.receivesPackets && prediction.sendsPackets)
    }

    @Test func `parts come in the order of a tick`() throws {
        let titles = try Self.prediction(3, 9).parts.map(\.title)
        #expect(
            titles == [
                "engine.receive", "srtp.unprotect", "jitter.fixed ingest", "jitter.fixed tick", "engine.lane",
                "silence.skip", "opus.decode", "high-pass", "select.loudest, 3 voices", "mix, 2 voices",
                "mix, 3 voices", "limit", "gain", "opus.encode", "rtp.packetize", "srtp.protect", "engine.transmit",
                "engine.send",
            ])
    }

    @Test func `a lone speaker is received and played, and nothing is mixed for them`() throws {
        let prediction = try Self.prediction(1, 0)
        #expect(prediction.nanosecondsPerTick == 255)
        #expect(Set(prediction.parts.map(\.payer)) == [.speaker])
        #expect(prediction.nanosecondsPerListener == 0 && prediction.nanosecondsPerClass == 0)
    }

    @Test func `listeners to nobody get a mix of nobody`() throws {
        let prediction = try Self.prediction(0, 2)
        #expect(prediction.nanosecondsPerTick == 7 + 2 * 15)
        #expect(prediction.nanosecondsPerSpeaker == 0)
    }

    @Test func `two speakers hear one voice each`() throws {
        let prediction = try Self.prediction(2, 0)
        #expect(prediction.parts.filter { $0.kind == "mix" }.map(\.title) == ["mix, 1 voice"])
        let tick: Int = 2 * 255 + 20 + 2 * 1007 + 2 * 15
        #expect(prediction.nanosecondsPerTick == Double(tick))
    }

    @Test func `no more voices are mixed than are selected`() throws {
        let mixes = try Self.prediction(40, 5).parts.filter { $0.kind == "mix" }
        #expect(mixes.map(\.title) == ["mix, 5 voices"] && mixes.map(\.count) == [41])
        let all = try Self.prediction(
            40, 5, text: Self.calls.replacing("select.loudest, mix", with: "mix: { exclude: nobody }"))
        #expect(all.parts.filter { $0.kind == "mix" }.map(\.title) == ["mix, 40 voices"])
    }

    @Test func `what is missing is named, counted as nothing and makes a lower bound`() throws {
        let prediction = try Self.prediction(3, 1000, but: "opus.encode")
        #expect(prediction.missing == ["opus.encode"] && prediction.isLowerBound)
        let whole = try Self.prediction(3, 1000)
        #expect(prediction.nanosecondsPerTick == whole.nanosecondsPerTick - 16)
        let lone = try Self.prediction(1, 0, but: "opus.encode")
        #expect(!lone.isLowerBound, "a lone speaker needs no encoder")
    }

    @Test func `a pipeline without packets has no part for them`() throws {
        let prediction = try Self.prediction(
            3, 1000, text: "{ pipeline: bare, participant: [opus.decode], room: [mix], listener: [opus.encode] }")
        #expect(!prediction.receivesPackets && !prediction.sendsPackets)
        #expect(prediction.parts.map(\.kind) == ["opus.decode", "mix", "mix", "opus.encode"])
        #expect(prediction.nanosecondsPerListener == 0 && prediction.capacity.moreListeners == .infinity)
    }

    @Test func `a core carries what its time is enough for`() throws {
        let prediction = try Self.prediction(3, 1000)
        let capacity = prediction.capacity
        #expect(capacity.rooms == 20e6 / prediction.nanosecondsPerTick)
        #expect(capacity.speakers == capacity.rooms * 3 && capacity.listeners == capacity.rooms * 1000)
        #expect(capacity.lanes == 20e6 / 255)
    }

    @Test func `as many listeners may come as there is time for`() throws {
        let more = try Self.prediction(3, 1000, scale: 100).capacity.moreListeners
        let listeners = 1000 + Int(more.rounded(.down))
        #expect(try Self.prediction(3, listeners, scale: 100).load <= 1)
        #expect(try Self.prediction(3, listeners + 1, scale: 100).load > 1)
    }

    @Test func `the largest conversation is the last that fits`() throws {
        // Without a selection all that is heard grows with the square.
        let text = Self.calls.replacing("select.loudest, mix", with: "mix")
        let most = try Self.prediction(2, 0, text: text).capacity.conversation
        #expect(try Self.prediction(most, 0, text: text).load <= 1)
        #expect(try Self.prediction(most + 1, 0, text: text).load > 1)
    }

    @Test func `the first listener brings a mix along`() throws {
        let more = try Self.prediction(1, 0, scale: 100).capacity.moreListeners
        let listeners = Int(more.rounded(.down))
        #expect(try Self.prediction(1, listeners, scale: 100).load <= 1)
        #expect(try Self.prediction(1, listeners + 1, scale: 100).load > 1)
    }

    @Test(arguments: ShippedPipelines.names)
    func `every line fits, whatever the width`(name: String) throws {
        let plan = try Self.plan(try #require(ShippedPipelines.text(named: name)))
        var report = SampleCosts.report()
        report.isShipped = true
        let prediction = CapacityPrediction(plan: plan, speakers: 3, listeners: 1000, costs: report)
        #expect(prediction.isLowerBound)
        for width in [40, 61, 80, 120, 200] {
            let text = CapacityDescription.text(
                prediction, costs: report, source: "x", measuring: "parley bench stage", width: width, color: false)
            for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
            #expect(text.contains("at least ") && text.contains("unknown") && text.contains("at most"))
        }
    }

    @Test(arguments: [1e-300, 1e15])
    func `costs at the limits of a file can be described`(nanoseconds: Double) throws {
        let plan = try Self.plan()
        var report = Self.costs(for: plan)
        for index in report.costs.indices {
            report.costs[index].nanoseconds.median = nanoseconds
            report.costs[index].subject.format.samplesPerFrame = 1
        }
        let prediction = CapacityPrediction(plan: plan, speakers: 1024, listeners: 1_000_000, costs: report)
        let text = CapacityDescription.text(
            prediction, costs: report, source: "x", measuring: "y", width: 80, color: true)
        #expect(text.contains("one core carries"))
    }
}
