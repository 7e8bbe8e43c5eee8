import Glibc
import LiveRoom
import MediaPlane
import PacketCapture
import Testing

extension Endpoint {
    static func loopback(_ port: UInt16 = 0) -> Endpoint { Endpoint(ipv4: 0x7F00_0001, port: port) }
    static func loopback6(_ port: UInt16 = 0) -> Endpoint { Endpoint(high: 0, low: 1, port: port) }
}

/// A socket of the other side, for tests: waits for what it is to get, but not for ever.
struct Peer: ~Copyable {
    static let patience: Int32 = 10_000

    var socket: DatagramSocket
    var incoming: IncomingDatagrams

    init(_ endpoint: Endpoint = .loopback()) throws {
        let socket = try DatagramSocket(bind: endpoint, receiveBuffer: 1 << 20, sendBuffer: 1 << 20)
        incoming = try IncomingDatagrams()
        self.socket = socket
    }

    mutating func send(_ bytes: [UInt8], to destination: Endpoint) { socket.send(bytes.span, to: destination) }

    /// What comes next, at most `count`; less if it does not come in time.
    mutating func receive(_ count: Int) -> [(bytes: [UInt8], source: Endpoint)] {
        var result: [(bytes: [UInt8], source: Endpoint)] = []
        while result.count < count {
            var wanted = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wanted, 1, Self.patience) > 0 else { break }
            for i in 0..<socket.receive(into: &incoming) {
                let source = incoming.source(i)
                let bytes = incoming.bytes(i)
                result.append((bytes.indices.map { bytes[$0] }, source))
            }
        }
        return result
    }
}

/// Waits until something holds, but not for ever.
func eventually(_ wake: WakeEvent, _ isTrue: () -> Bool) throws -> Bool {
    var poller = try Poller(event: wake)
    let end = PlaneClock.now + 20_000_000_000
    while true {
        wake.clear()
        if isTrue() { return true }
        guard PlaneClock.now < end else { return false }
        poller.wait(until: end)
    }
}
