import Foundation
import Testing

/// `parley inspect` says of the streams of a capture what tshark says.
@Suite(.serialized, .ownThread, .timeLimit(.minutes(2))) struct TsharkTests {
    /// Of the sample meeting, for impairments: to inspect more of it takes long in a debug build.
    private static let seconds = 10.0

    /// What `parley impair` does to the sample meeting; each with what it must have done to some stream.
    struct Impairment: Sendable, CustomTestStringConvertible {
        var settings: [String]
        var hasHappened: @Sendable (InspectionDocument.Stream) -> Bool

        var testDescription: String { settings.joined(separator: " ") }

        init(_ settings: String..., hasHappened: @escaping @Sendable (InspectionDocument.Stream) -> Bool) {
            self.settings = settings
            self.hasHappened = hasHappened
        }
    }

    static let impairments = [
        Impairment("loss=5 %", "burst=3") { $0.lost > 10 },
        Impairment("reorder=5 %", "reorder-delay=50 ms") { $0.reordered > 10 },
        Impairment("duplicate=3 %") { $0.duplicates > 5 && $0.lost == 0 },
        Impairment("jitter=15 ms", "distribution=exponential") { $0.meanJitter > 0.01 },
        Impairment("jitter=30 ms", "distribution=normal", "loss=2 %", "duplicate=1 %") { $0.meanJitter > 0.01 },
        Impairment("drift=150") { $0.meanJitter > 2e-6 },
    ]

    @Test(arguments: ["meeting", "meeting-hotel"])
    func `the samples have the packets, losses and jitter that tshark finds`(name: String) async throws {
        _ = try await Self.compare(CaptureFile(path: "\(Program.root)/samples/\(name).pcapng"))
    }

    @Test(arguments: impairments)
    func `an impaired capture has the packets, losses and jitter that tshark finds`(
        impairment: Impairment
    ) async throws {
        let streams = try await Self.impair(impairment.settings.flatMap { ["--set", $0] })
        #expect(streams.contains(where: impairment.hasHappened))
    }

    @Test func `sequence numbers and timestamps may wrap around`() async throws {
        let renumbering = ["--add-sequence", "65000", "--add-timestamp", "4294000000"]
        let streams = try await Self.impair(["--set", "loss=2 %", "--set", "jitter=5 ms"] + renumbering)
        #expect(streams.contains { $0.lost > 10 })
    }

    private static func impair(_ options: [String]) async throws -> [InspectionDocument.Stream] {
        let folder = try TemporaryFolder()
        let (start, path) = (folder.file("start.pcapng"), folder.file("impaired.pcapng"))
        try CaptureFile(path: "\(Program.root)/samples/meeting.pcapng").first(seconds: seconds).write(start)
        let result = try await Program.run([Program.parley, "impair", start, "-o", path, "-q"] + options)
        try #require(result.status == 0, "\(result.error)")
        return try await compare(CaptureFile(path: path))
    }

    /// Holds what Parley says of every stream against what tshark says of the same file.
    private static func compare(_ capture: CaptureFile) async throws -> [InspectionDocument.Stream] {
        let folder = try TemporaryFolder()
        let path = folder.file("announced.pcapng")
        try capture.announced().write(path)
        let theirs = try await TsharkStream.all(in: path)
        let ours = try await InspectionDocument(path).streams
        #expect(ours.count == 4 && theirs.count == 4)
        for our in ours {
            let ssrc = try #require(UInt32(our.ssrc.dropFirst(2), radix: 16))
            let their = try #require(theirs[ssrc], "tshark has no \(our.ssrc)")
            #expect(our.packets == their.packets, "\(our.ssrc)")
            // tshark counts a duplicate as received, as RFC 3550 A.3 has it, so that it hides a loss; ours does not.
            #expect(our.lost - our.duplicates == their.lost, "\(our.ssrc)")
            // tshark prints microseconds. Its mean is over the differences between packets, one less than the packets.
            let mean = our.meanJitter * 1000 * Double(our.packets) / Double(our.packets - 1)
            #expect((mean - their.meanJitter).magnitude < 0.0011, "\(our.ssrc): mean \(mean), \(their.meanJitter) ms")
            let maximum = our.maximumJitter * 1000
            #expect(
                (maximum - their.maximumJitter).magnitude < 0.0011,
                "\(our.ssrc): highest \(maximum), \(their.maximumJitter) ms")
        }
        return ours
    }
}
