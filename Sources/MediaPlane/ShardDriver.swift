import LiveRoom
import PacketCapture

/// Drives a shard on real time: one thread's loop, a turn at a time. Nothing in a turn allocates or locks.
///
/// A turn waits, hands in what has arrived, in order of arrival and each at its time, then the commands, then lets time
/// pass. A command that was posted before a datagram arrived is carried out before it: who has been told that they may
/// send is known when they do. The shard's deadlines are its own and absolute, so that a late turn makes none of the next ones late.
struct ShardDriver<Core: ShardCore & ~Copyable>: ~Copyable {
    private var core: Core
    private var socket: DatagramSocket
    private var incoming: IncomingDatagrams
    private var pace: WakePace
    private var meter: LoadMeter
    private var health = ShardHealth()
    private let mailbox: Mailbox<PostedCommand>
    private let outbox: ShardOutbox
    private let steal: StealMeter?
    private let tap: (any ShardTap)?
    /// The latest time that the shard knows of.
    private var time: Int64

    /// Commands and datagrams that one turn takes in at most, so that ticks are never put off for long.
    static var maximumCommands: Int { 64 }
    static var maximumReads: Int { 16 }

    init(
        _ core: consuming Core, socket: consuming DatagramSocket, incoming: consuming IncomingDatagrams,
        configuration: ShardThreadConfiguration, index: Int, mailbox: Mailbox<PostedCommand>, outbox: ShardOutbox,
        steal: StealMeter?, tap: (any ShardTap)?
    ) {
        self.core = core
        self.socket = socket
        self.incoming = incoming
        self.mailbox = mailbox
        self.outbox = outbox
        self.steal = steal
        self.tap = tap
        time = PlaneClock.now
        pace = WakePace(coalescing: configuration.coalescing, now: time)
        meter = LoadMeter(
            maximumPacketsPerSecond: configuration.maximumPacketsPerSecond, frame: configuration.frame, now: time)
        health.shard = index
    }

    /// One turn.
    mutating func turn(_ poller: inout Poller) {
        let wake = pace.next(deadline: core.nextDeadline, latest: meter.isDueAt)
        // What is due already is not waited for; the mailbox is looked at in any case.
        if wake.time > PlaneClock.now, poller.wait(until: wake.time, hearsSocket: wake.hearsSocket) {
            mailbox.wake.clear()
        }
        health.wakes += 1
        pace.woke(at: PlaneClock.now)
        let known = takeDatagrams()
        takeCommands(at: known)
        advance(to: known)
        takeEvents()
        maintain()
        if time >= meter.isDueAt { publish() }
    }

    /// The last turn: what was posted before the mailbox was closed is still carried out.
    mutating func finish() {
        let known = takeDatagrams()
        while !mailbox.isEmpty { takeCommands(at: known) }
        advance(to: PlaneClock.now)
        takeEvents()
        tap?.ended(at: time)
        publish()
    }

    /// - Returns: up to when everything that has arrived has been handed in. What is due later waits until the next turn:
    ///   while this one lasted packets may have come that it needs.
    private mutating func takeDatagrams() -> Int64 {
        var offset: Int64 = 0
        var taken = 0
        var came = 0
        var known = time
        for _ in 0..<Self.maximumReads {
            known = PlaneClock.now
            came = socket.receive(into: &incoming)
            guard came > 0 else { break }
            if taken == 0 { offset = PlaneClock.realOffset }
            let now = PlaneClock.now
            for index in 0..<came { takeDatagram(index, offset: offset, now: now) }
            taken += came
            takeEvents()
            if came < IncomingDatagrams.capacity { break }
        }
        let isAll = came < IncomingDatagrams.capacity
        pace.read(taken, isAll: isAll)
        return isAll ? max(known, time) : time
    }

    /// Arrival times come from a clock that can be set, so they are held between what was and what is.
    private mutating func takeDatagram(_ index: Int, offset: Int64, now: Int64) {
        guard !incoming.isTruncated(index) else { return socket.countTruncated() }
        let real = incoming.realTime(index)
        let arrival = max(real == 0 ? now : min(real - offset, now), time)
        while let posted = mailbox.take(if: { $0.time <= arrival }) { carryOut(posted.command, at: arrival) }
        advance(to: arrival)
        let source = incoming.source(index)
        tap?.datagram(incoming.bytes(index), from: source, at: arrival)
        Self.hand(&incoming, index, from: source, at: arrival, to: &core, &socket)
    }

    private static func hand(
        _ incoming: inout IncomingDatagrams, _ index: Int, from source: Endpoint, at time: Int64, to core: inout Core,
        _ socket: inout DatagramSocket
    ) {
        var datagram = incoming.datagram(index)
        core.receive(&datagram, from: source, at: time, into: &socket)
    }

    private mutating func takeCommands(at known: Int64) {
        var taken = 0
        while taken < Self.maximumCommands, let posted = mailbox.take() {
            taken += 1
            carryOut(posted.command, at: known)
        }
        if taken == Self.maximumCommands { pace.hurry() }
    }

    private mutating func carryOut(_ command: ShardCommand, at now: Int64) {
        advance(to: now)
        tap?.command(command, at: time)
        core.apply(command, at: time, into: &socket)
        health.commands += 1
        takeEvents()
    }

    /// Runs what is due, a deadline at a time, so that each one's lateness and cost are known.
    private mutating func advance(to now: Int64) {
        while let deadline = core.nextDeadline, deadline <= now {
            let began = PlaneClock.now
            core.advance(to: deadline, into: &socket)
            health.lateness.record(nanoseconds: began - deadline)
            health.cost.record(nanoseconds: PlaneClock.now - began)
            takeEvents()
            if let next = core.nextDeadline, next <= deadline { break }
        }
        core.advance(to: now, into: &socket)
        time = now
    }

    private mutating func takeEvents() {
        var isAny = false
        while let event = core.nextEvent() {
            isAny = true
            if !outbox.events.push(event) { health.eventsLost += 1 }
        }
        if isAny { outbox.wake.signal() }
    }

    /// In the time before the next deadline.
    private mutating func maintain() {
        for _ in 0..<WakePace.maximumMaintenance {
            let began = PlaneClock.now
            guard pace.hasTime(for: core.nextDeadline, now: began) else { return }
            guard core.maintain() else { return }
            pace.maintained(from: began, to: PlaneClock.now)
        }
        pace.hurry()
    }

    private mutating func publish() {
        health.time = time
        health.statistics = core.statistics
        health.socket = socket.counters
        meter.update(&health, steal: steal?.share ?? 0)
        if outbox.healths.push(health) { outbox.wake.signal() }
    }
}
