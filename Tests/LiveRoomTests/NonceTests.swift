import LiveRoom
import MediaCore
import SecureRTP
import Testing

/// A key of the voice gateway is used in both directions, and a nonce is a counter alone.
@Suite struct NonceTests {
    @Test(arguments: RTPSizeMode.allCases)
    func `what a client and the server seal with one key never has the same nonce`(mode: RTPSizeMode) throws {
        let shard = try TestShard()
        let key = KeyMaterial(suite: mode.rawValue, secret: DatagramTests.key(1).secret)
        let home = TestShard.address(1)
        DatagramTests.join(shard, 1, claims: home)
        shard.apply(.secure(MemberID(1), MediaSession(inbound: key, outbound: key, destination: home)))
        shard.receive(DatagramTests.request(1), from: home)
        shard.join(2)
        let (one, two) = (try Talker(1, frequency: 440), try Talker(2, frequency: 700))
        let sent = try DatagramTests.seal((0..<60).compactMap { _ in one.next() }, key)
        _ = shard.takePackets(of: 1)
        for packet in sent {
            shard.receive(packet, from: home)
            shard.run(1, talking: [two])
        }
        #expect(shard.shard.statistics.accepted == 120)
        let got: [[UInt8]] = shard.takePackets(of: 1)
        #expect(got.count > 50)
        let (up, down) = (sent.map(\.counter), got.map(\.counter))
        #expect(Set(up).count == sent.count && Set(down).count == got.count)
        #expect(Set(up).isDisjoint(with: down))
        #expect(down.first == RTPSizeCipher.firstServerCounter && up.first == 0)
    }
}

extension [UInt8] {
    /// What a packet of the gateway's modes ends with.
    fileprivate var counter: UInt32 { suffix(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
