import BasicContainers
import LiveRoom
import MediaCore
import MediaPlane
import NetworkImpairment
import PacketCapture
import RTPWire

/// The media of all clients of a load, on one thread: in steps of two milliseconds it sends what is due and takes in
/// what the sockets hold. Sockets are looked at once per frame, so that a system call brings many packets; when each
/// came, the kernel has noted.
final class LoadEngine {
    static let frame: Int64 = 20_000_000
    static let slots = 10
    /// From when a speaker has said that it will speak until it does.
    static let lead: Int64 = 200_000_000
    private static let loopback = Endpoint(ipv4: 0x7F00_0001, port: 0)
    private static let secondPrime: Int64 = 500_000_000
    private static let sendBatch = 256
    /// Packets that a probe keeps: an hour.
    private static let maximumRecord = 180_000

    private let request: LoadRequest
    private let bank: SpeechBank
    private let mailbox: LoadMailbox
    private(set) var clients: [LoadClient]
    private var sockets: RigidArray<DatagramSocket>
    private var incoming: IncomingDatagrams
    private var outgoing: OutgoingDatagrams
    private var delayed = DelayedPackets()
    /// By slot.
    private var senders: [[LoadSender]] = Array(repeating: [], count: slots)
    private var openers: [LoadOpener?]
    /// Of each client: its stream's number, -1 if there is none.
    private var streamOf: [Int]
    private var bySocket: [[Int]]
    private var table: StreamTable
    private(set) var streams: [StreamCounter] = []
    private var primes: [(client: Int, due: Int64)] = []
    private var discoveries: [UInt32: (client: Int, connection: GatewayConnection)] = [:]
    private(set) var record: [Int: [LatencyAnalysis.Heard]] = [:]
    private(set) var counters = Counters()
    private let recorded: Set<Int>
    private let recordedSenders: Set<Int>
    /// The kernel's clock against the one of all other times.
    private let clockOffset = RealTimeClock.now - MonotonicClock.now

    struct Counters {
        var sent = 0
        var authenticated = 0
        var refused = 0
        var strange = 0
        var worstLateness: Int64 = 0
    }

    init(_ request: LoadRequest, _ plan: LoadPlan, _ bank: SpeechBank, _ mailbox: LoadMailbox) throws {
        self.request = request
        self.bank = bank
        self.mailbox = mailbox
        clients = plan.clients
        var made = RigidArray<DatagramSocket>(capacity: plan.sockets.count)
        for port in plan.sockets {
            made.append(
                try DatagramSocket(
                    bind: Endpoint(ipv4: 0x7F00_0001, port: port), receiveBuffer: 1 << 20, sendBuffer: 1 << 20))
        }
        sockets = made
        incoming = try IncomingDatagrams()
        outgoing = OutgoingDatagrams(capacity: Self.sendBatch, maximumBytes: LoadSender.maximumBytes)
        openers = Array(repeating: nil, count: plan.clients.count)
        streamOf = Array(repeating: -1, count: plan.clients.count)
        var bySocket: [[Int]] = Array(repeating: [], count: plan.sockets.count)
        for client in plan.clients { bySocket[client.socket].append(client.number) }
        self.bySocket = bySocket
        table = StreamTable(maximum: plan.clients.count * 4 + 1024)
        if case .peers = request.route {
            recorded = Set(plan.clients.first { $0.role == .listener }.map { [$0.number] } ?? [])
            recordedSenders = Set(plan.clients.filter { $0.role == .speaker }.map(\.number))
        } else {
            recorded = Set(plan.clients.filter { $0.role == .probe }.map(\.number))
            recordedSenders = Set(plan.clients.filter { $0.role == .mark }.map(\.number))
        }
    }

    /// By socket.
    var addresses: [Endpoint] { (0..<sockets.count).map { sockets[$0].localEndpoint } }
    var overflows: Int { (0..<sockets.count).reduce(0) { $0 + sockets[$1].counters.overflows } }
    /// Speakers whose sound is looked for, by client.
    var said: [Int: [LatencyAnalysis.Said]] {
        var result: [Int: [LatencyAnalysis.Said]] = [:]
        for sender in senders.joined() where recordedSenders.contains(sender.client) {
            result[sender.client] = sender.said
        }
        return result
    }

    /// Begins to count.
    func restart() {
        for i in streams.indices { streams[i].restart() }
        counters = Counters()
    }

    /// Runs slots until it is told to stop.
    func run(while goesOn: (Int64) -> Bool) throws {
        var slot = MonotonicClock.now / DelayedPackets.step + 1
        while goesOn(slot * DelayedPackets.step) {
            let due = slot * DelayedPackets.step
            MonotonicClock.sleep(until: due)
            counters.worstLateness = max(counters.worstLateness, MonotonicClock.now - due)
            try handleNotes(due)
            try primeAgain(due)
            let turn = Int(slot % Int64(Self.slots))
            send(turn, due)
            for socket in stride(from: turn, to: sockets.count, by: Self.slots) { receive(socket) }
            slot += 1
        }
    }

    // MARK: - Notes

    private func handleNotes(_ now: Int64) throws {
        for note in mailbox.takeAll() {
            switch note {
            case .placed(let client, let endpoint):
                clients[client].destination = endpoint
                try begin(client, at: now)
            case .discover(let client, let ssrc, let endpoint, let connection):
                clients[client].destination = endpoint
                discoveries[ssrc] = (client, connection)
                transmit(IPDiscovery.request(ssrc: ssrc), from: clients[client].socket, to: endpoint)
            case .joined(let client, let media):
                clients[client].ssrc = media.ssrc
                clients[client].key = KeyMaterial(suite: media.mode, secret: media.key)
                openers[client] = nil
                try begin(client, at: now)
            case .left(let client): end(client)
            }
        }
    }

    private func begin(_ client: Int, at now: Int64) throws {
        let one = clients[client]
        if streamOf[client] >= 0 { streams[streamOf[client]].isOver = true }
        streamOf[client] = -1
        guard let destination = one.destination else { return }
        guard one.isSender else { return try prime(one, destination, at: now) }
        let network = request.network.map { ImpairedNetwork($0, seed: request.seed &+ UInt64(client)) }
        let sender = try LoadSender(
            one, to: destination, payloadType: request.payloadType, at: now + Self.lead,
            keepsRecord: recordedSenders.contains(client), network: network)
        // In one slot, if their sounds are to be found in one mix; else all over the frame.
        let isPeer = if case .peers = request.route { true } else { false }
        senders[isPeer ? 0 : client % Self.slots].append(sender)
    }

    /// Who only listens sends one packet of silence, so that the server knows where it is; and, as one may be lost, another.
    private func prime(_ client: LoadClient, _ destination: Endpoint, at now: Int64) throws {
        if case .gateway = request.route { return }
        if !isForeign { primes.append((client.number, now + Self.secondPrime)) }
        try sendSilence(client, destination, number: 0)
    }

    private func primeAgain(_ now: Int64) throws {
        while let first = primes.first, first.due <= now {
            primes.removeFirst()
            guard let destination = clients[first.client].destination else { continue }
            try sendSilence(clients[first.client], destination, number: 1)
        }
    }

    private func sendSilence(_ client: LoadClient, _ destination: Endpoint, number: UInt16) throws {
        var cipher = try MediaCipher(client.key, isSealing: true)
        let writer = RTPWriter(
            payloadType: request.payloadType, sequenceNumber: number, timestamp: UInt32(number) * 960, ssrc: client.ssrc
        )
        var bytes = [UInt8](repeating: 0, count: RTPHeader.minimumBytes) + PacketSender.silence
        let length = bytes.count
        bytes += [UInt8](repeating: 0, count: cipher.maximumGrowth)
        var span = bytes.mutableSpan
        let nobody: [UInt32] = []
        _ = writer.write(contributingSources: nobody.span, into: &span)
        guard let sealed = cipher.process(&span, length: length) else { return }
        transmit(Array(bytes[..<sealed]), from: client.socket, to: destination)
    }

    private func end(_ client: Int) {
        if streamOf[client] >= 0 { streams[streamOf[client]].isOver = true }
        streamOf[client] = -1
        for slot in senders.indices { senders[slot].removeAll { $0.client == client } }
    }

    // MARK: - Sending

    private func send(_ turn: Int, _ now: Int64) {
        var socket = -1
        for sender in senders[turn] where sender.start <= now {
            let own = clients[sender.client].socket
            if own != socket || outgoing.count == Self.sendBatch { flush(socket) }
            socket = own
            if let held = sender.advance(bank, at: now, into: &outgoing) {
                delayed.add(held, socket: own, now: now)
            }
        }
        flush(socket)
        guard delayed.count > 0 else { return }
        delayed.release(until: now) { socket, bytes, destination in transmit(bytes, from: socket, to: destination) }
    }

    private func flush(_ socket: Int) {
        guard !outgoing.isEmpty, socket >= 0 else { return }
        counters.sent += outgoing.count
        sockets[socket].send(outgoing)
        outgoing.removeAll()
    }

    private func transmit(_ bytes: [UInt8], from socket: Int, to destination: Endpoint) {
        var tail = outgoing.tail(bytes.count)
        for i in bytes.indices { tail[i] = bytes[i] }
        outgoing.append(length: bytes.count, to: destination)
        flush(socket)
    }

    // MARK: - Receiving

    private func receive(_ socket: Int) {
        while true {
            let count = sockets[socket].receive(into: &incoming)
            for i in 0..<count { take(i, socket, &incoming) }
            guard count == IncomingDatagrams.capacity else { return }
        }
    }

    /// - Parameter datagrams: the engine's own; whatever else it calls must leave them alone.
    private func take(_ index: Int, _ socket: Int, _ datagrams: inout IncomingDatagrams) {
        let length = datagrams.length(index)
        guard length >= RTPHeader.minimumBytes, !datagrams.isTruncated(index) else { return }
        let source = datagrams.source(index)
        let arrival = datagrams.realTime(index) - clockOffset
        var bytes = datagrams.datagram(index)
        if length == IPDiscovery.bytes, bytes[0] == 0 { return discovered(bytes.span) }
        guard RTPHeader.isPlausible(bytes.span) else { return }
        let (number, ssrc) = (bytes.span.uint16(at: 2), bytes.span.uint32(at: 8))
        let key = StreamTable.key(socket: socket, port: source.port, ssrc: ssrc)
        let known = table.find(key)
        guard let stream = known ?? assign(key, socket, source, bytes.span) else {
            counters.strange += 1
            return
        }
        let client = streams[stream].client
        guard !streams[stream].isOver else { return }
        streams[stream].add(number: number, bytes: length, at: arrival)
        // A new one has been opened already, to see whose it is; a second time it would count as replayed.
        guard known != nil || clients[client].key == nil else { return }
        let isRecorded = recorded.contains(client)
        streams[stream].untilSample -= 1
        guard isRecorded || streams[stream].untilSample < 0 else { return }
        streams[stream].untilSample = request.sampling
        open(&bytes, client, number, arrival, isRecorded: isRecorded)
    }

    private func open(
        _ bytes: inout MutableSpan<UInt8>, _ client: Int, _ number: UInt16, _ arrival: Int64, isRecorded: Bool
    ) {
        guard clients[client].key != nil || isRecorded else { return }
        guard let opened = opener(client)?.cipher.process(&bytes, length: bytes.count) else {
            counters.refused += 1
            return
        }
        counters.authenticated += 1
        guard isRecorded, record[client, default: []].count < Self.maximumRecord,
            let header = try? RTPHeader(parsing: bytes.span.extracting(first: opened))
        else { return }
        var payload: [UInt8] = []
        for i in header.payload { payload.append(bytes[i]) }
        record[client, default: []].append(.init(at: arrival, number: number, payload: payload))
    }

    private func opener(_ client: Int) -> LoadOpener? {
        if openers[client] == nil { openers[client] = try? LoadOpener(clients[client].key) }
        return openers[client]
    }

    /// A stream that is new is of the client whose key opens it; without keys, of the next who has none yet.
    private func assign(_ key: UInt64, _ socket: Int, _ source: Endpoint, _ bytes: Span<UInt8>) -> Int? {
        let free = bySocket[socket].filter { streamOf[$0] < 0 && (isForeign || clients[$0].destination != nil) }
        let own = free.filter { clients[$0].destination?.port == source.port }
        for client in own.isEmpty ? free : own where isOpened(bytes, client) {
            guard table.insert(key, streams.count) else { return nil }
            streamOf[client] = streams.count
            streams.append(StreamCounter(client: client))
            return streams.count - 1
        }
        return nil
    }

    private var isForeign: Bool { if case .peers = request.route { true } else { false } }

    private func isOpened(_ bytes: Span<UInt8>, _ client: Int) -> Bool {
        guard clients[client].key != nil else { return true }
        // A failed attempt leaves the bytes spoilt, so it is made on a copy.
        var copy: [UInt8] = []
        for i in bytes.indices { copy.append(bytes[i]) }
        var span = copy.mutableSpan
        return opener(client)?.cipher.process(&span, length: bytes.count) != nil
    }

    private func discovered(_ bytes: Span<UInt8>) {
        guard let answer = IPDiscovery.parse(bytes), let waiting = discoveries.removeValue(forKey: answer.ssrc) else {
            return
        }
        waiting.connection.discovered(address: answer.address, port: answer.port)
    }
}

/// What opens one client's packets.
final class LoadOpener {
    var cipher: MediaCipher

    init(_ key: KeyMaterial?) throws { cipher = try MediaCipher(key, isSealing: false) }
}
