import LiveRoom
import MediaPlane
import PacketCapture
import Synchronization
import Testing

@Suite struct ShardThreadTests {
    /// Takes down what a shard got.
    final class Record: ShardTap {
        func begins(_ configuration: ShardConfiguration, at endpoint: Endpoint) {}

        let lines = Mutex<[(text: String, time: Int64)]>([])

        func datagram(_ bytes: Span<UInt8>, from source: Endpoint, at time: Int64) {
            let text = bytes.indices.map { "\(bytes[$0])" }.joined(separator: " ")
            lines.withLock { $0.append((text, time)) }
        }

        func command(_ command: ShardCommand, at time: Int64) { lines.withLock { $0.append(("command", time)) } }
        func ended(at time: Int64) { lines.withLock { $0.append(("end", time)) } }
    }

    static func start(
        _ wake: WakeEvent, tap: Record? = nil, maximumCommands: Int = 1024
    ) throws -> ShardThread {
        var configuration = ShardThreadConfiguration(endpoint: .loopback())
        configuration.maximumCommands = maximumCommands
        return try ShardThread(index: 0, configuration: configuration, wake: wake, tap: tap) { EchoCore() }
    }

    /// The numbers of the reports that have come, taking out whatever else there is; failures are recorded.
    static func tokens(_ thread: ShardThread) -> [UInt64] {
        var result: [UInt64] = []
        while let event = thread.outbox.takeEvent() {
            switch event {
            case .report(let token, _): result.append(token)
            case .failed(_, let text): Issue.record("\(text)")
            default: break
            }
        }
        return result
    }

    @Test func `an idle shard wakes for a packet, and for a command`() throws {
        let wake = try WakeEvent()
        let thread = try Self.start(wake)
        var peer = try Peer()
        peer.send([1, 2], to: thread.endpoint)
        let echoed = peer.receive(1)
        #expect(echoed.map(\.bytes) == [[1, 2]])
        #expect(echoed.map(\.source) == [thread.endpoint])
        #expect(thread.post(.report(token: 9)) == .posted)
        var tokens: [UInt64] = []
        #expect(
            try eventually(wake) {
                tokens += Self.tokens(thread)
                return tokens == [9]
            })
        thread.stop()
        #expect(thread.post(.report(token: 10)) == .stopped)
    }

    @Test func `a shard that ticks still answers packets, at its ticks`() throws {
        let wake = try WakeEvent()
        let thread = try Self.start(wake)
        var peer = try Peer()
        #expect(thread.post(.leave(MemberID(5))) == .posted)
        for i in 0..<20 {
            peer.send([UInt8(i)], to: thread.endpoint)
            #expect(peer.receive(1).map(\.bytes) == [[UInt8(i)]])
        }
        thread.stop()
        var health = ShardHealth()
        while let next = thread.outbox.takeHealth() { health = next }
        #expect(health.statistics.ticks >= 10 && health.lateness.count == health.statistics.ticks)
        #expect(health.socket.received == 20 && health.socket.sent == 20)
        #expect(Self.tokens(thread).isEmpty)
    }

    @Test func `stopping carries out every command that was taken`() throws {
        let wake = try WakeEvent()
        let record = Record()
        let thread = try Self.start(wake, tap: record)
        var posted = 0
        for i in 0..<1000 where thread.post(.report(token: UInt64(i))) == .posted { posted += 1 }
        thread.stop()
        thread.stop()
        #expect(posted > 0)
        #expect(record.lines.withLock { $0.map(\.text) } == [String](repeating: "command", count: posted) + ["end"])
    }

    @Test func `a tap sees everything in order, and time only grows`() throws {
        let wake = try WakeEvent()
        let record = Record()
        let thread = try Self.start(wake, tap: record)
        var peer = try Peer()
        let start = PlaneClock.now
        for i in 0..<300 {
            peer.send([UInt8(i & 255)], to: thread.endpoint)
            if i % 10 == 0 { _ = thread.post(.report(token: UInt64(i))) }
        }
        #expect(peer.receive(300).count == 300)
        thread.stop()
        let lines = record.lines.withLock { $0 }
        let datagrams = lines.filter { $0.text != "command" && $0.text != "end" }.map(\.text)
        #expect(datagrams == (0..<300).map { "\($0 & 255)" })
        #expect(lines.last?.text == "end")
        #expect(lines.filter { $0.text == "command" }.count == 30)
        #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(lines.allSatisfy { $0.time >= start - 1_000_000 && $0.time <= PlaneClock.now })
        #expect(Self.tokens(thread).count == 30)
    }

    @Test func `events that nobody takes are counted`() throws {
        let wake = try WakeEvent()
        var configuration = ShardThreadConfiguration(endpoint: .loopback())
        configuration.maximumEvents = 8
        let thread = try ShardThread(index: 3, configuration: configuration, wake: wake) { EchoCore() }
        for i in 0..<20 { #expect(thread.post(.report(token: UInt64(i))) == .posted) }
        thread.stop()
        var health = ShardHealth()
        while let next = thread.outbox.takeHealth() { health = next }
        #expect(Self.tokens(thread) == Array(0..<8))
        #expect(health.eventsLost == 12 && health.commands == 20 && health.shard == 3)
    }

    @Test func `what the system does not allow is told`() throws {
        var configuration = ShardThreadConfiguration(endpoint: .loopback())
        configuration.scheduling.processor = 1023
        let thread = try ShardThread(index: 0, configuration: configuration, wake: try WakeEvent()) { EchoCore() }
        #expect(thread.warnings.contains { $0.contains("processor 1023") })
    }

    @Test func `the real shard starts and stops`() throws {
        let wake = try WakeEvent()
        let configuration = ShardThreadConfiguration(endpoint: .loopback())
        let thread = try ShardThread(index: 0, configuration: configuration, wake: wake)
        #expect(thread.endpoint.port != 0)
        #expect(thread.post(.leave(MemberID(1))) == .posted)
        thread.stop()
        #expect(thread.outbox.takeHealth()?.commands == 1)
    }
}
