import MediaCore
import PipelineSpec
import RTPWire

/// The media of one call: its socket, what it sends and what it hears.
struct CallMedia: ~Copyable {
    /// 8 bytes, a counter: what clients of the voice gateway send so that the way stays open.
    private static let keepAliveInterval: Int64 = 5_000_000_000
    private static let discoveryInterval: Int64 = 500_000_000

    private let plan: PipelinePlan
    private let payloadType: UInt8
    private var playlist: Playlist
    private var recorder: Recorder
    private var socket: ClientSocket?
    private var sender: PacketSender?
    private var receiver: PacketReceiver?
    private var frame: PCMFrame
    private var datagram = [UInt8](repeating: 0, count: 2048)
    private var asked: (ssrc: UInt32, at: Int64)?
    private var keepAlive: (due: Int64, count: UInt64) = (0, 0)
    /// Ticks between what is said of the sound and the sound: the one goes another way than the other, and may be
    /// slower.
    private static let lead = 5
    private var flags: SpeakingFlags = []
    private var leadLeft = 0
    private var worstLateness: Int64 = 0
    private var gateway: CallReport.Gateway?
    /// Why the call cannot go on.
    private(set) var problem: String?

    init(
        plan: PipelinePlan, playlist: consuming Playlist, recorder: consuming Recorder, payloadType: UInt8
    ) {
        self.plan = plan
        self.playlist = playlist
        self.recorder = recorder
        self.payloadType = payloadType
        frame = PCMFrame(format: plan.format)
    }

    /// Whether media can flow.
    private(set) var isOpen = false
    /// Whether all has been said.
    var hasPlayed: Bool { mutating get { playlist.hasEnded && !(sender?.isClosing ?? false) } }

    mutating func open(
        _ socket: ClientSocket, ssrc: UInt32, sendKey: KeyMaterial?, receiveKey: KeyMaterial?
    ) throws {
        self.socket = socket
        sender = try PacketSender(
            ssrc: ssrc, payloadType: payloadType, key: sendKey,
            first: (UInt16.random(in: 0...0x7FFF), UInt32.random(in: 0...UInt32.max)))
        receiver = try PacketReceiver(plan: plan, key: receiveKey)
        isOpen = true
    }

    /// Makes the own address known to a server that knows nobody else's.
    mutating func announce() { sender?.announce() }

    // MARK: - What the gateway says

    /// Asks a server for the own address.
    mutating func discover(ssrc: UInt32, address: String, port: UInt16) throws {
        let made = try ClientSocket(host: address, port: Int(port))
        socket = made
        asked = (ssrc, MonotonicClock.now)
        made.send(IPDiscovery.request(ssrc: ssrc).span)
    }

    mutating func take(_ event: VoiceEvent) throws {
        switch event {
        case .joined(let media):
            guard let socket else { return }
            let key = KeyMaterial(suite: media.mode, secret: media.key)
            try open(socket, ssrc: media.ssrc, sendKey: key, receiveKey: key)
            (flags, leadLeft) = playlist.isEmpty ? ([], 0) : (.microphone, Self.lead)
            var gateway = self.gateway ?? CallReport.Gateway()
            (gateway.ssrc, gateway.mode) = (media.ssrc, media.mode)
            self.gateway = gateway
        case .resumed: gateway?.resumes += 1
        case .speaking: gateway?.speakingEvents += 1
        case .ended(let error): if let error { problem = error.description }
        case .lost, .connected, .disconnected: break
        }
    }

    // MARK: - Time

    /// Takes in what comes until a moment.
    mutating func wait(until moment: Int64, _ connection: GatewayConnection?) {
        guard let socket else { return MonotonicClock.sleep(until: moment) }
        askAgain(socket)
        while true {
            socket.wait(until: moment)
            let now = MonotonicClock.now
            while let count = socket.receive(into: &datagram) {
                if let asked, let answer = IPDiscovery.parse(datagram.span.extracting(first: count)),
                    answer.ssrc == asked.ssrc
                {
                    self.asked = nil
                    connection?.discovered(address: answer.address, port: answer.port)
                } else {
                    receive(count, at: now)
                }
            }
            if now >= moment { return }
        }
    }

    /// One frame: plays what is due, sends the next of what is said.
    /// - Returns: what is to be told of it first, if that has changed.
    mutating func tick(due: Int64) throws -> SpeakingFlags? {
        worstLateness = max(worstLateness, MonotonicClock.now - due)
        receiver?.pull(into: &frame, at: due)
        try recorder.write(frame)
        sendKeepAlive(due)
        if leadLeft > 0 {
            leadLeft -= 1
            guard leadLeft == Self.lead - 1 else { return nil }
            return flags
        }
        let length = try playlist.advance()
        let wanted: SpeakingFlags = length == nil && !(sender?.isClosing ?? false) ? [] : .microphone
        if let length {
            let packet = playlist.packet(length)
            send(packet.span)
        } else {
            send(nil)
        }
        guard wanted != flags else { return nil }
        flags = wanted
        return wanted
    }

    /// Ends the talk with silence, completes the recording and adds up.
    mutating func finish(duration: Double) throws -> CallReport {
        sender?.announceEnd()
        while sender?.isClosing ?? false { send(nil) }
        try recorder.finish()
        var report = CallReport()
        report.duration = duration
        report.problem = problem
        report.gateway = gateway
        report.sent.packets = sender?.sent ?? 0
        report.sent.bytes = sender?.sentBytes ?? 0
        report.sent.worstLateness = Double(worstLateness) * 1e-9
        describe(&report.heard)
        return report
    }

    // MARK: - Parts

    private mutating func receive(_ count: Int, at now: Int64) {
        do { try Self.give(datagram, count, now, to: &receiver) } catch { problem = "\(error)" }
    }

    private static func give(
        _ bytes: [UInt8], _ count: Int, _ now: Int64, to receiver: inout PacketReceiver?
    ) throws {
        try receiver?.receive(bytes.span.extracting(first: count), at: now)
    }

    private mutating func send(_ payload: Span<UInt8>?) {
        guard let socket else { return }
        sender?.advance(payload) { socket.send($0) }
    }

    /// A request or its answer may have been lost.
    private mutating func askAgain(_ socket: ClientSocket) {
        let now = MonotonicClock.now
        guard let asked, now - asked.at > Self.discoveryInterval else { return }
        self.asked = (asked.ssrc, now)
        socket.send(IPDiscovery.request(ssrc: asked.ssrc).span)
    }

    private mutating func sendKeepAlive(_ now: Int64) {
        guard gateway != nil, now >= keepAlive.due else { return }
        keepAlive.due = now + Self.keepAliveInterval
        keepAlive.count += 1
        var bytes = [UInt8](repeating: 0, count: 8)
        for i in 0..<8 { bytes[i] = UInt8(truncatingIfNeeded: keepAlive.count >> UInt64(8 * i)) }
        socket?.send(bytes.span)
    }

    private mutating func describe(_ heard: inout CallReport.Heard) {
        heard.seconds = recorder.heard
        heard.level = recorder.level
        let playout = receiver?.playout ?? PlayoutStatistics()
        let counters = receiver?.counters ?? PacketReceiver.Counters()
        heard.packets = counters.packets
        heard.bytes = counters.bytes
        heard.refused = counters.refused
        heard.malformed = counters.malformed
        heard.longestGap = Double(counters.longestGap) * 1e-9
        heard.lost = receiver?.lost ?? 0
        heard.late = playout.late
        heard.concealedSeconds = Double(playout.samplesConcealed) / 48_000
        heard.meanDelay = playout.meanDelay
        heard.jitter = receiver?.jitter ?? 0
        heard.ssrcs = receiver?.ssrcs ?? []
    }
}
