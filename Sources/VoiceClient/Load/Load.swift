import MediaCore
import Synchronization

/// Many clients at once, and what they are sent.
///
/// One thread sends and receives for all of them: `run`'s. The tool is meant to be cheap, because it shares the machine
/// with the server: what is said is encoded before, listeners do not decode, and authenticate only some of their
/// packets.
public final class Load: Sendable {
    public enum Phase: Sendable, Hashable {
        case joining(joined: Int, of: Int)
        case warmingUp
        case measuring(seconds: Double)
        case leaving
    }

    /// Beyond the ramp, for everybody to join.
    private static let joinPatience: Int64 = 60_000_000_000

    private let request: LoadRequest
    private let listener: @Sendable (Phase) -> Void
    private let isStopped = Atomic(false)

    /// - Parameter listener: is told a few times a second how far it has come.
    public init(_ request: LoadRequest, listener: @escaping @Sendable (Phase) -> Void) {
        self.request = request
        self.listener = listener
    }

    /// Ends the load soon; what was measured counts. May be called from anywhere.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    public func run() throws -> LoadReport {
        guard (1...LoadRequest.maximumClients).contains(request.clients) else {
            throw CallError(
                .request, "\(request.clients) clients; 1 to \(LoadRequest.maximumClients) are possible")
        }
        let bank = try request.speech.isEmpty ? SpeechBank() : SpeechBank(files: request.speech)
        var random = SystemRandomNumberGenerator()
        let plan = LoadPlan(request, random: &random)
        let mailbox = LoadMailbox()
        let engine: LoadEngine
        do { engine = try LoadEngine(request, plan, bank, mailbox) } catch {
            throw CallError(.network, "\(error)")
        }
        let control = LoadControl(request, plan, addresses: engine.addresses, mailbox)
        var report = LoadReport()
        let start = MonotonicClock.now
        control.start()
        defer {
            listener(.leaving)
            control.stop()
        }
        try join(engine, control, start)
        report.joining.seconds = Double(MonotonicClock.now - start - request.warmUp.nanoseconds) * 1e-9
        let began = try measure(engine, control, &report)
        describe(engine, control, plan, &report)
        report.latency = try latency(engine, bank, from: began)
        return report
    }

    // MARK: - Phases

    private func join(_ engine: LoadEngine, _ control: LoadControl, _ start: Int64) throws {
        let deadline = start + request.ramp.nanoseconds + Self.joinPatience
        let count = request.clients
        var told: Int64 = 0
        try engine.run { now in
            if now - told > 200_000_000 {
                told = now
                listener(.joining(joined: control.joined, of: count))
            }
            return !control.isSettled && now < deadline && !isStopped.load(ordering: .relaxed)
        }
        if let problem = control.problem { throw CallError(.unavailable, problem) }
        listener(.warmingUp)
        let end = MonotonicClock.now + request.warmUp.nanoseconds
        try engine.run { now in now < end && !isStopped.load(ordering: .relaxed) }
    }

    /// - Returns: when measuring began.
    private func measure(_ engine: LoadEngine, _ control: LoadControl, _ report: inout LoadReport) throws -> Int64 {
        engine.restart()
        let server = request.serverProcess.map { ProcessMeter(process: $0) }
        let (before, own) = (server?.processorTime, ProcessMeter.own)
        let overflows = engine.overflows
        let start = MonotonicClock.now
        let end = start + request.duration.nanoseconds
        var told: Int64 = 0
        try engine.run { now in
            if now - told > 500_000_000 {
                told = now
                listener(.measuring(seconds: Double(now - start) * 1e-9))
            }
            return now < end && !isStopped.load(ordering: .relaxed)
        }
        let seconds = Double(MonotonicClock.now - start) * 1e-9
        report.duration = seconds
        if let before, let after = server?.processorTime { report.serverProcessor = (after - before) / seconds }
        report.serverMemory = server?.memory
        report.ownProcessor = (ProcessMeter.own - own) / seconds
        report.overflows = engine.overflows - overflows
        return start
    }

    private func describe(
        _ engine: LoadEngine, _ control: LoadControl, _ plan: LoadPlan, _ report: inout LoadReport
    ) {
        report.rooms = plan.rooms
        report.speakers = plan.clients.count { $0.isSender }
        report.listeners = plan.clients.count - report.speakers
        report.sent = engine.counters.sent
        report.sendLateness = Double(engine.counters.worstLateness) * 1e-9
        report.joining.clients = plan.clients.count
        report.joining.joined = control.joined
        report.joining.refused = control.refused
        report.joining.rejoins = control.rejoins
        report.joining.problem = control.problem
        let restless = control.restless
        let steady = plan.hearers.subtracting(restless)
        var streams = LoadReport.Streams()
        var rates: [Double] = []
        var heard: Set<Int> = []
        for stream in engine.streams {
            streams.packets += stream.packets
            streams.bytes += stream.bytes
            streams.lost += max(stream.lost, 0)
            streams.reordered += stream.reordered
            streams.longestGap = max(streams.longestGap, Double(stream.longestGap) * 1e-9)
            streams.gapsOver60Milliseconds += stream.longGaps
            guard steady.contains(stream.client), stream.packets > 0, !stream.isOver else { continue }
            heard.insert(stream.client)
            rates.append(Double(stream.packets) / max(report.duration, 1e-9))
        }
        streams.expected = steady.count
        streams.heard = heard.count
        streams.meanRate = rates.isEmpty ? 0 : rates.reduce(0, +) / Double(rates.count)
        streams.lowestRate = rates.min() ?? 0
        streams.highestRate = rates.max() ?? 0
        streams.authenticated = engine.counters.authenticated
        streams.refused = engine.counters.refused
        streams.strange = engine.counters.strange
        report.streams = streams
    }

    // MARK: - Latency

    /// Each probe against the one who speaks to it; at a foreign server, one listener against all who speak.
    private func latency(_ engine: LoadEngine, _ bank: SpeechBank, from start: Int64) throws -> LoadReport.Latency? {
        var analysis = LatencyAnalysis()
        let said = engine.said
        for (probe, heard) in engine.record {
            let room = engine.clients[probe].room
            let own = said.filter { engine.clients[$0.key].room == room }.sorted { $0.key < $1.key }.map(\.value)
            try analysis.add(said: own, heard: heard, bank: bank, from: start)
        }
        let sorted = analysis.latencies.sorted()
        guard !sorted.isEmpty else { return nil }
        func quantile(_ part: Double) -> Double {
            Double(sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]) * 1e-9
        }
        return LoadReport.Latency(
            samples: sorted.count, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99),
            highest: quantile(1), unmatched: analysis.unmatched)
    }
}
