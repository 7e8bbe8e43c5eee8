import LiveRoom
import Testing

/// Members with keys of their own, who know the others' SSRCs and addresses.
@Suite struct InsiderTests {
    @Test func `who seals in another's name with their own key is not heard, and moves nobody`() throws {
        let shard = try TestShard()
        for member in 1...2 {
            DatagramTests.join(shard, member, claims: TestShard.address(member))
            shard.receive(DatagramTests.request(UInt32(member)), from: TestShard.address(member))
        }
        shard.join(3)
        shard.sink.packets.removeAll()
        let talker = try Talker(1, frequency: 440)
        let stolen = try DatagramTests.seal((0..<40).compactMap { _ in talker.next() }, DatagramTests.key(2))
        for packet in stolen {
            shard.receive(packet, from: TestShard.address(2))
            shard.run(1)
        }
        #expect(shard.shard.statistics.unauthenticated == 40 && shard.shard.statistics.accepted == 0)
        #expect(shard.located.isEmpty && shard.speaking.isEmpty && shard.sink.packets.count == 0)
    }

    @Test func `a question in another's name does not take their stream away`() throws {
        let shard = try TestShard()
        let home = TestShard.address(1)
        DatagramTests.join(shard, 1, claims: home)
        shard.receive(DatagramTests.request(1), from: home)
        shard.join(2)
        shard.sink.packets.removeAll()
        let talker = try Talker(2, frequency: 440)
        for _ in 0..<40 {
            shard.receive(DatagramTests.request(1), from: TestShard.address(2))
            shard.run(1, talking: [talker])
        }
        let answers = shard.takePackets(of: 2)
        #expect(answers.count == 40 && answers.allSatisfy { $0.count == IPDiscovery.bytes })
        #expect(shard.takePackets(of: 1).count > 35 && shard.located.isEmpty)
    }
}
