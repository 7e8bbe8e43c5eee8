import LiveRoom
import MediaPlane
import PacketCapture
import Testing

@Suite struct DatagramSocketTests {
    @Test(arguments: [Endpoint.loopback(), .loopback6()])
    func `what is sent comes back with its source and the time it came in`(local: Endpoint) throws {
        var first = try Peer(local)
        var second = try Peer(local)
        #expect(first.socket.localEndpoint.port != 0)
        #expect(first.socket.localEndpoint.address == local.address)
        let before = PlaneClock.now
        first.send([1, 2, 3], to: second.socket.localEndpoint)
        let got = second.receive(1)
        let after = PlaneClock.now
        #expect(got.map(\.bytes) == [[1, 2, 3]])
        #expect(got.map(\.source) == [first.socket.localEndpoint])
        let time = second.incoming.realTime(0) - PlaneClock.realOffset
        #expect(time > before - 1_000_000 && time < after + 1_000_000)
    }

    @Test func `an IPv6 wildcard takes IPv4 too, and answers it`() throws {
        var server = try Peer(Endpoint(high: 0, low: 0, port: 0))
        var client = try Peer()
        let port = server.socket.localEndpoint.port
        client.send([7], to: .loopback(port))
        let got = server.receive(1)
        #expect(got.map(\.source) == [client.socket.localEndpoint])
        server.send([8], to: client.socket.localEndpoint)
        #expect(client.receive(1).map(\.bytes) == [[8]])
    }

    @Test(arguments: [Endpoint.loopback(), .loopback6(), Endpoint(high: 0, low: 0, port: 0)])
    func `packets are marked as voice`(local: Endpoint) throws {
        let socket = try DatagramSocket(bind: local)
        #expect(socket.differentiatedServices == 46)
    }

    @Test func `a buffer that the system does not give in full is told of with what to do`() throws {
        let modest = try DatagramSocket(bind: .loopback(), receiveBuffer: 65_536, sendBuffer: 65_536)
        #expect(modest.shortages.isEmpty)
        // More than an Int32 can double: no system gives it.
        let greedy = try DatagramSocket(bind: .loopback(), receiveBuffer: 1 << 30, sendBuffer: 1 << 30)
        let texts = greedy.shortages.map(\.description)
        #expect(texts.count == 2)
        #expect(texts.first?.contains("sysctl net.core.rmem_max=1073741824") == true)
        #expect(texts.last?.contains("sysctl net.core.wmem_max=1073741824") == true)
    }

    @Test func `a port that is taken is told of with what to do`() throws {
        let first = try DatagramSocket(bind: .loopback())
        let taken = first.localEndpoint
        let error = #expect(throws: MediaPlaneError.self) { _ = try DatagramSocket(bind: taken) }
        #expect(error?.kind == .cannotBind(taken))
        #expect(error?.description.contains("\(taken)") == true)
        #expect(error?.description.contains("choose another") == true)
    }

    @Test func `five hundred datagrams go to their destinations, past those that cannot be reached`() throws {
        var sender = try Peer()
        var first = try Peer()
        var second = try Peer()
        let destinations = [first.socket.localEndpoint, second.socket.localEndpoint]
        // Port 0, a broadcast that was not asked for, and another IP version: the system refuses each by itself.
        let dead = [Endpoint.loopback(0), Endpoint(ipv4: 0xFFFF_FFFF, port: 9), Endpoint.loopback6(9)]
        var datagrams = OutgoingDatagrams(capacity: 500, maximumBytes: 200)
        for i in 0..<500 {
            let destination = i % 100 == 50 ? dead[i / 100 % 3] : destinations[i % 2]
            Self.append([UInt8(i & 255), UInt8(i >> 8)], to: destination, &datagrams)
        }
        sender.socket.send(datagrams)
        let counters = sender.socket.counters
        #expect(counters.sent == 495)
        #expect(counters.unreachable == 5)
        #expect(counters.dropped == 0)
        let even = first.receive(245).map { Int($0.bytes[0]) | Int($0.bytes[1]) << 8 }
        let odd = second.receive(250).map { Int($0.bytes[0]) | Int($0.bytes[1]) << 8 }
        #expect(even == (0..<500).filter { $0 % 2 == 0 && $0 % 100 != 50 })
        #expect(odd == (0..<500).filter { $0 % 2 == 1 })
    }

    @Test func `a datagram that is too long is marked, and one that nobody reads in time is counted`() throws {
        var sender = try Peer()
        var receiver = try Peer()
        let small = try DatagramSocket(bind: .loopback(), receiveBuffer: 4096)
        sender.send([UInt8](repeating: 1, count: 4000), to: receiver.socket.localEndpoint)
        _ = receiver.receive(1)
        let isTruncated = receiver.incoming.isTruncated(0)
        #expect(isTruncated)
        for _ in 0..<200 { sender.send([UInt8](repeating: 1, count: 1000), to: small.localEndpoint) }
        var socket = small
        var incoming = try IncomingDatagrams()
        while socket.receive(into: &incoming) > 0 {}
        sender.send([1], to: socket.localEndpoint)
        socket.receive(into: &incoming)
        #expect(socket.counters.overflows > 100)
        #expect(socket.counters.overflows + socket.counters.received == 201)
    }

    private static func append(
        _ bytes: [UInt8], to destination: Endpoint, _ datagrams: inout OutgoingDatagrams
    ) {
        var tail = datagrams.tail(bytes.count)
        for i in bytes.indices { tail[i] = bytes[i] }
        datagrams.append(length: bytes.count, to: destination)
    }
}
