import MediaCore
import PacketCapture

/// One client of a load: who it is and how it is reached.
struct LoadClient: Sendable {
    enum Role: Sendable, Hashable {
        case speaker, listener
        /// Speaks, alone, to one who measures.
        case mark
        case probe
    }

    let number: Int
    let room: Int
    let role: Role
    /// Of the sockets of the load.
    let socket: Int
    /// What it sends with; clients of the gateway are told.
    var ssrc: UInt32
    /// What it seals and opens with; nil for plain RTP.
    var key: KeyMaterial?
    /// Where its packets go; nil until that is known.
    var destination: Endpoint?

    var isSender: Bool { role == .speaker || role == .mark }
    /// Identifiers begin here, so that they are not those of anybody else.
    static let firstIdentifier = 900_000_000_000

    var identifier: String { "\(Self.firstIdentifier + number)" }
    var session: String { "load-\(number)" }
    var token: String { "load-token-\(number)" }
}

/// All clients of a load, room after room.
struct LoadPlan: Sendable {
    /// Ports of 127.0.0.1; 0 for any.
    private(set) var sockets: [UInt16] = []
    private(set) var clients: [LoadClient] = []
    /// Rooms in all: those of the load, then those that measure.
    private(set) var rooms = 0
    /// Clients who should be sent something without pause.
    private(set) var hearers: Set<Int> = []
    /// Who sends shares sockets with others who send: more packets a system call. By role: the socket, and who is in
    /// it.
    private var shared: [Bool: (socket: Int, clients: Int)] = [:]

    init(_ request: LoadRequest, random: inout some RandomNumberGenerator) {
        if case .peers(let lines) = request.route {
            place(lines, random: &random)
            return
        }
        let suite: String? = if case .plain(_, let suite) = request.route { suite } else { nil }
        // Without keys an address is all that tells participants apart.
        let areAlone = if case .plain(_, nil) = request.route { true } else { false }
        for _ in 0..<request.rooms {
            add(.speaker, request.speakers, suite, &random, isAlone: areAlone)
            add(.listener, request.listeners, suite, &random, isAlone: areAlone)
            note(speakers: request.speakers, people: request.speakers + request.listeners)
            rooms += 1
        }
        for _ in 0..<request.probes {
            add(.mark, 1, suite, &random, isAlone: true)
            add(.probe, 1, suite, &random, isAlone: true)
            hearers.insert(clients.count - 1)
            rooms += 1
        }
    }

    /// A lone speaker hears nobody.
    private mutating func note(speakers: Int, people: Int) {
        guard speakers > 0 else { return }
        let first = clients.count - people
        for client in first..<clients.count where speakers > 1 || clients[client].role == .listener {
            hearers.insert(client)
        }
    }

    private mutating func add(
        _ role: LoadClient.Role, _ count: Int, _ suite: String?, _ random: inout some RandomNumberGenerator,
        isAlone: Bool = false
    ) {
        for _ in 0..<count {
            let socket = socket(sends: role == .speaker, isAlone: isAlone)
            let key = suite.map { suite in
                KeyMaterial(suite: suite, secret: (0..<Self.secretBytes(suite)).map { _ in random.next() })
            }
            clients.append(
                LoadClient(
                    number: clients.count, room: rooms, role: role, socket: socket,
                    ssrc: UInt32.random(in: 1...0x1FFF_FFFF, using: &random), key: key))
        }
    }

    private mutating func socket(sends: Bool, isAlone: Bool) -> Int {
        if !isAlone, let (socket, count) = shared[sends], count < LoadRequest.clientsPerSocket {
            shared[sends] = (socket, count + 1)
            return socket
        }
        sockets.append(0)
        if !isAlone { shared[sends] = (sockets.count - 1, 1) }
        return sockets.count - 1
    }

    private static func secretBytes(_ suite: String) -> Int {
        switch suite {
        case "aead-aes-256-gcm": 44
        case "aead-aes-128-gcm": 28
        default: 30
        }
    }

    /// Lines that name one local port share a socket. The first listener measures, if there is one.
    private mutating func place(_ lines: [PeerLine], random: inout some RandomNumberGenerator) {
        var byPort: [UInt16: Int] = [:]
        for line in lines {
            let socket = byPort[line.localPort] ?? sockets.count
            if socket == sockets.count {
                sockets.append(line.localPort)
                byPort[line.localPort] = socket
            }
            let role: LoadClient.Role = line.role == .talker ? .speaker : .listener
            var client = LoadClient(
                number: clients.count, room: 0, role: role, socket: socket,
                ssrc: UInt32.random(in: 1...0x1FFF_FFFF, using: &random))
            client.destination = line.serverPort.map { Endpoint(ipv4: 0x7F00_0001, port: $0) }
            if role == .listener { hearers.insert(clients.count) }
            clients.append(client)
        }
        rooms = 1
    }
}
