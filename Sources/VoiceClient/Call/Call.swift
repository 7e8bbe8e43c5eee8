import MediaCore
import NIOCore
import NIOPosix
import PipelineSpec
import StandardStages
import Synchronization

/// One headless client: joins, plays, records what it hears, leaves.
///
/// Media goes through the thread that calls `run`; the WebSocket has one of its own.
public final class Call: Sendable {
    /// What is said while the call goes on.
    public typealias Listener = @Sendable (_ seconds: Double, _ event: VoiceEvent) -> Void

    private static let frame: Int64 = 20_000_000

    /// What the event loop has to say to the thread of the media.
    private enum Note: Sendable {
        case discover(ssrc: UInt32, address: String, port: UInt16)
        case event(VoiceEvent)
    }

    private let request: CallRequest
    private let listener: Listener
    private let notes = Mutex<[Note]>([])
    private let isStopped = Atomic(false)

    public init(_ request: CallRequest, listener: @escaping Listener) {
        self.request = request
        self.listener = listener
    }

    /// Ends the call soon. May be called from anywhere, also from a signal handler.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Makes the call; returns when it is over.
    public func run() throws -> CallReport {
        let plan = try PipelineFile.load(text: Self.pipeline, file: "call", registry: .standard)
        let items = try request.play.map { text in
            guard let item = Playlist.Item(text) else {
                throw CallError(.request, "'\(text)': write tone:HERTZ, tone:HERTZ:SECONDS, silence:SECONDS or a file")
            }
            return item
        }
        let playlist = try Playlist(items, isEndless: request.repeats, format: plan.format, bitrate: request.bitrate)
        let recorder = try Recorder(
            path: request.recording, overwrites: request.overwrites, format: plan.format)
        var media = CallMedia(plan: plan, playlist: playlist, recorder: recorder, payloadType: request.payloadType)
        switch request.route {
        case .plain(let host, let port, let localPort, let ssrc, let sendKey, let receiveKey):
            let socket = try ClientSocket(host: host, port: port, localPort: localPort)
            try media.open(socket, ssrc: ssrc, sendKey: sendKey, receiveKey: receiveKey)
            media.announce()
            return try talk(&media, connection: nil, joinedAfter: 0)
        case .gateway(let address, let identity, let trust):
            return try callThroughGateway(&media, address, identity, trust)
        }
    }

    /// What is heard goes through the same lane as at the server: no gate, nothing that changes it.
    private static let pipeline = """
        pipeline: call
        version: 1
        participant: [jitter.adaptive: { target: 95 %, min: 20 ms, max: 200 ms }, opus.decode]
        room: [mix]
        listener: [opus.encode]
        """

    // MARK: - Through the gateway

    private func callThroughGateway(
        _ media: inout CallMedia, _ address: GatewayAddress, _ identity: VoiceIdentity, _ trust: CallRequest.Trust
    ) throws -> CallReport {
        let client: WebSocketClient
        do { client = try WebSocketClient(address, trust: trust) } catch {
            throw CallError(.request, "TLS cannot be set up: \(error)")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let delegate = GatewayConnection.Delegate(
            event: { [self] event in notes.withLock { $0.append(.event(event)) } },
            discover: { [self] ssrc, address, port in
                notes.withLock { $0.append(.discover(ssrc: ssrc, address: address, port: port)) }
            })
        let connection = GatewayConnection(identity, client, on: group.next(), delegate)
        let start = MonotonicClock.now
        connection.start()
        try join(&media, connection, by: start + request.joinTimeout.nanoseconds, from: start)
        return try talk(&media, connection: connection, joinedAfter: Double(MonotonicClock.now - start) * 1e-9)
    }

    private func join(
        _ media: inout CallMedia, _ connection: GatewayConnection, by deadline: Int64, from start: Int64
    ) throws {
        var moment = start
        while !media.isOpen {
            try handleNotes(&media, connection, seconds: 0)
            if let problem = media.problem { throw CallError(.unavailable, problem) }
            if isStopped.load(ordering: .relaxed) { throw CallError(.unavailable, "stopped before it was joined") }
            guard moment < deadline else {
                connection.leave()
                throw CallError(.unavailable, "not joined within \(request.joinTimeout)")
            }
            moment += Self.frame
            media.wait(until: moment, connection)
        }
    }

    private func handleNotes(
        _ media: inout CallMedia, _ connection: GatewayConnection?, seconds: Double
    ) throws {
        let waiting = notes.withLock { notes in
            defer { notes.removeAll() }
            return notes
        }
        for note in waiting {
            switch note {
            case .discover(let ssrc, let address, let port):
                try media.discover(ssrc: ssrc, address: address, port: port)
            case .event(let event):
                try media.take(event)
                listener(seconds, event)
            }
        }
    }

    // MARK: - Media

    private func talk(
        _ media: inout CallMedia, connection: GatewayConnection?, joinedAfter: Double
    ) throws -> CallReport {
        let start = MonotonicClock.now
        let end = request.duration.map { start + $0.nanoseconds } ?? Int64.max
        var cut = request.cutAfter.map { start + $0.nanoseconds }
        var due = start
        while due < end, !isStopped.load(ordering: .relaxed), media.problem == nil {
            try handleNotes(&media, connection, seconds: Double(due - start) * 1e-9)
            if let flags = try media.tick(due: due) { connection?.speak(flags) }
            if request.duration == nil, media.hasPlayed { break }
            if let moment = cut, moment <= due {
                connection?.cut()
                cut = nil
            }
            due += Self.frame
            media.wait(until: due, connection)
        }
        let roundTrip = connection?.roundTrip
        connection?.leave()
        var report = try media.finish(duration: Double(min(due, end) - start) * 1e-9)
        report.recording = request.recording
        report.gateway?.joinSeconds = joinedAfter
        report.gateway?.roundTrip = roundTrip?.seconds
        return report
    }
}
