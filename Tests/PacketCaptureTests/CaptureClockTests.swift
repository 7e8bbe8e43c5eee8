import FileAccess
import PacketCapture
import Testing

@Suite struct CaptureClockTests {
    /// A capture whose datagrams come at such seconds, and what the reader makes of them, from the first one on.
    private static func read(
        _ seconds: [Int]
    ) throws -> (times: [Int64], counters: CaptureReader.Counters, warnings: [FileWarning]) {
        let frame = Frames.ipv4(Frames.udp([1, 2, 3]))
        var bytes = Array(Frames.pcap(101, [])[..<24])
        for second in seconds {
            bytes += Frames.little32(second) + Frames.little32(0) + Frames.little32(frame.count)
            bytes += Frames.little32(frame.count) + frame
        }
        var reader = try CaptureReader(memory: bytes, name: "test")
        var times: [Int64] = []
        while let datagram = try reader.next() { times.append(datagram.time) }
        let first = times.first ?? 0
        return (times.map { ($0 - first) / 1_000_000_000 }, reader.counters, reader.takeWarnings())
    }

    private static let hour = 3600
    private static let start = 1_700_000_000

    @Test(
        arguments: [
            // One absurd time, forwards, backwards, first of all, and one between every two.
            ([0, 1, 500_000, 2, 3], [0, 1, 1, 2, 3]),
            ([0, 1, -500_000, 2, 3], [0, 1, 1, 2, 3]),
            ([500_000, 0, 1, 2], [0, 0, 1, 2]),
            ([0, 90_000, 1, 900_000, 2, -90_000, 3], [0, 0, 1, 1, 2, 2, 3]),
            // A pause of two hours: its first datagram comes too early, nothing else.
            ([0, 1, 7201, 7202, 7203], [0, 1, 1, 7202, 7203]),
            // The clock set back by two hours, and ahead by two days: time goes on.
            ([8000, 8001, 0, 1, 2], [0, 1, 1, 2, 3]),
            ([0, 1, 180_000, 180_001, 180_002], [0, 1, 1, 2, 3]),
            // Back by less: held until time has caught up.
            ([0, 100, 40, 60, 130], [0, 100, 100, 100, 130]),
        ] as [([Int], [Int64])])
    func `times never go back, and one absurd time moves nothing`(seconds: [Int], expected: [Int64]) throws {
        #expect(try Self.read(seconds.map { Self.start + $0 }).times == expected)
    }

    @Test func `what was absurd is counted, what was set is told`() throws {
        let stray = try Self.read([0, 1, 500_000, 2, 3].map { Self.start + $0 })
        #expect(stray.counters.timesDoubtful == 1 && stray.warnings.isEmpty)
        let pause = try Self.read([0, 1, 7201, 7202].map { Self.start + $0 })
        #expect(pause.counters.timesDoubtful == 0)
        #expect(pause.warnings.map(\.text) == ["nothing for 2 h"])
        let back = try Self.read([8000, 8001, 0, 1].map { Self.start + $0 })
        #expect(back.warnings.map(\.text) == ["the clock jumps back by 2 h; time goes on from before it"])
    }
}
