import Discovery
import TestPatience
import Testing

@testable import EtcdDiscovery

/// Whatever bytes come for an answer: a value or a named error, never a trap.
@Suite struct EtcdAnswerTests {
    static let header = #""header":{"cluster_id":"1","member_id":"2","revision":"7","raft_term":"2"}"#
    static let pair =
        #"{"key":"L2EvYg==","create_revision":"2","mod_revision":"5","version":"3","value":"dg==","lease":"9"}"#

    static let good = [
        #"{\#(header),"kvs":[\#(pair)],"more":true,"count":"1"}"#,
        #"{\#(header),"succeeded":true,"responses":[{"response_put":{}}]}"#,
        #"{\#(header),"responses":[{"response_range":{"kvs":[\#(pair)]}},{"response_range":{}}]}"#,
        #"{\#(header),"ID":"4111120253114174985","TTL":"2"}"#,
        #"{"result":{\#(header),"ID":"9","TTL":"12"}}"#,
        #"{"result":{\#(header),"created":true}}"#,
        #"{"result":{\#(header),"events":[{"kv":\#(pair)},{"type":"DELETE","kv":{"key":"L2EvYw==","mod_revision":"5"}}]}}"#,
        #"{"result":{\#(header),"canceled":true,"compact_revision":"3"}}"#,
        #"{"result":{\#(header),"canceled":true,"cancel_reason":"etcdserver: permission denied"}}"#,
        #"{"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: no leader","http_status":"x"}}"#,
        #"{"error":"etcdserver: requested lease not found","message":"etcdserver: requested lease not found","code":5}"#,
        #"{\#(header),"token":"abc.5"}"#,
    ]

    static let value = KeyValue(
        key: "/a/b", value: [0x76], createRevision: Revision(2), modRevision: Revision(5), version: 3, lease: LeaseID(9)
    )

    @Test func `what etcd 3.4 writes is understood`() throws {
        let bytes = Self.good.map { Array($0.utf8) }
        let (page, more) = try EtcdAnswer.page(bytes[0], "")
        #expect(page == PrefixSnapshot(revision: Revision(7), values: [Self.value]) && more)
        #expect(try EtcdAnswer.get("/a/b", bytes[0], "") == Self.value)
        #expect(throws: DiscoveryError.self) { try EtcdAnswer.get("/a/c", bytes[0], "") }
        #expect(try EtcdAnswer.transaction(bytes[1], [], "") == .done(Revision(7)))
        let refused = try EtcdAnswer.transaction(bytes[2], [.absent("/a/b"), .present("/x")], "")
        #expect(refused == .refused(Revision(7), current: [Self.value, nil]))
        #expect(
            try EtcdAnswer.grant(bytes[3], "") == Lease(id: LeaseID(4_111_120_253_114_174_985), timeToLive: .seconds(2))
        )
        #expect(try EtcdAnswer.keepAlive(bytes[4], LeaseID(9), "") == .seconds(12))
        #expect(try line(bytes[5]) == .created(Revision(7)))
        let events: [KeyEvent] = [.put(Self.value), .delete("/a/c", at: Revision(5))]
        #expect(try line(bytes[6]) == .events([WatchBatch(revision: Revision(5), events: events)]))
        #expect(try line(bytes[7]) == .compacted(oldest: Revision(3)))
        guard case .ended(let denied) = try line(bytes[8]) else { throw Patience.RanOut() }
        #expect(denied.error("").isUnauthorised && denied.wantsLogin(isWatch: true))
        guard case .ended(let leaderless) = try line(bytes[9]) else { throw Patience.RanOut() }
        #expect(leaderless.error("").isUnavailable && leaderless.isSurelyNotDone)
        let gone = EtcdRefusal(body: bytes[10], status: 404)
        #expect(gone.error("", lease: LeaseID(5)) == .leaseNotFound(LeaseID(5)))
        #expect(try EtcdAnswer.token(bytes[11], "") == "abc.5")
    }

    @Test(
        arguments: [
            ("etcdserver: mvcc: database space exceeded", 8, 429),
            ("etcdserver: mvcc: required revision has been compacted", 11, 400),
            ("etcdserver: permission denied", 7, 403), ("etcdserver: request is too large", 3, 400),
            ("etcdserver: request timed out", 14, 503), ("etcdserver: invalid auth token", 16, 401),
            ("etcdserver: authentication failed, invalid user ID or password", 3, 400), ("Not Found", nil, 404),
        ] as [(String, Int?, Int)])
    func `what etcd refuses has a name, and etcd's own words`(_ message: String, _ code: Int?, _ status: Int) {
        let error = EtcdRefusal(code: code, message: message, status: status).error("changing '/a', http://x")
        let kinds: [(DiscoveryError) -> Bool] = [
            \.isStorageFull, { $0 == .compacted(oldest: nil) }, \.isUnauthorised, \.isInvalid, \.isUnavailable,
            \.isUnauthorised, \.isUnauthorised, \.isInvalid,
        ]
        let number =
            [429: 0, 403: 2, 503: 4, 401: 5, 404: 7][status] ?? (code == 11 ? 1 : message.contains("large") ? 3 : 6)
        #expect(kinds[number](error), "\(error)")
        if error != .compacted(oldest: nil) {
            #expect(error.description.contains(message) && error.description.contains("http://x"))
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", "0", "\"\"", "{}", #"{"result":null}"#, #"{"result":[]}"#, #"{"result":{}}"#,
        #"{"result":{"events":[{}]}}"#, #"{"result":{"events":[{"kv":{}}]}}"#,
        #"{"result":{"events":[{"type":"DROP","kv":{"key":"L2E="}}]}}"#,
        #"{"result":{"created":true}}"#, #"{"result":{"created":true,"header":{"revision":"-7"}}}"#,
        #"{"result":{"header":{"revision":"99999999999999999999"},"created":true}}"#,
        #"{"result":{"header":{"revision":"7.5"}}}"#, #"{"result":{"header":{"revision":1e400}}}"#,
        #"{"result":{"events":[{"kv":{"key":"*","mod_revision":"1","create_revision":"1","version":"1"}}]}}"#,
        // Not asked for; out of order.
        #"{"result":{"events":[{"type":"DELETE","kv":{"key":"eA==","mod_revision":"5"}}]}}"#,
        #"{"result":{"events":[{"type":"DELETE","kv":{"key":"L2E=","mod_revision":"5"}},{"type":"DELETE","kv":{"key":"L2E=","mod_revision":"4"}}]}}"#,
        String(repeating: "[", count: 100_000), String(repeating: #"{"result":"#, count: 20_000),
    ])
    func `nonsense is called that`(_ text: String) {
        let error = #expect(throws: DiscoveryError.self) { try line(Array(text.utf8)) }
        #expect(error?.isCorrupt == true, "\(String(describing: error))")
    }

    @Test func `lease answers out of bounds are refused`() {
        for text in [
            #"{"ID":"0","TTL":"5"}"#, #"{"ID":"5"}"#, #"{"ID":"5","TTL":"-1"}"#,
            #"{"ID":"5","TTL":"9223372036854775807"}"#,
        ] {
            #expect(throws: DiscoveryError.self, "\(text)") { try EtcdAnswer.grant(Array(text.utf8), "") }
        }
        let gone = Array(#"{"result":{"ID":"9"}}"#.utf8)
        #expect(throws: DiscoveryError.leaseNotFound(LeaseID(9))) { try EtcdAnswer.keepAlive(gone, LeaseID(9), "") }
        #expect(throws: DiscoveryError.self) { try EtcdAnswer.keepAlive(gone, LeaseID(8), "") }
    }

    @Test(arguments: 0..<40)
    func `mutilated answers are values or errors`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        for text in Self.good {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(index..<min(index + 9, bytes.count))
                case 2: bytes.insert(contentsOf: bytes[..<index].suffix(20), at: index)
                default: bytes.removeSubrange(index...)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            EtcdExercise.run(bytes)
        }
    }

    @Test func `lines are put together from any pieces, and have a maximum`() {
        for length in 1...7 {
            var splitter = LineSplitter(maximum: 10)
            var steps: [LineSplitter.Step] = []
            let bytes = Array("one\n\ntwo\nexactly-10\nrest".utf8)
            for start in stride(from: 0, to: bytes.count, by: length) {
                steps += splitter.take(bytes[start..<min(start + length, bytes.count)])
            }
            #expect(steps == ["one", "two", "exactly-10"].map { .line(Array($0.utf8)) })
            #expect(splitter.take(Array(repeating: 65, count: 100)) == [.overlong])
            #expect(splitter.take([10, 65, 10]).isEmpty)
        }
    }

    @Test(arguments: ["", "localhost:2379", "ftp://x", "http://", "http://a/b", "http://a b", "http://u@h", "http://ä"])
    func `an endpoint that is none is refused at once`(_ endpoint: String) {
        let error = #expect(throws: DiscoveryError.self) {
            _ = try EtcdStore(EtcdConfiguration(endpoints: [endpoint]))
        }
        #expect(error?.isInvalid == true)
    }

    private func line(_ bytes: [UInt8]) throws(DiscoveryError) -> EtcdWatchLine {
        try EtcdWatchLine(bytes, prefix: "/a", "")
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
