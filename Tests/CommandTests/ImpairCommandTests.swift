import Foundation
import Testing

@Suite struct ImpairCommandTests {
    private static let capture = Shell.root + "/samples/meeting.pcapng"

    @Test func `the same seed gives the same bytes, another does not`() throws {
        let folder = try TemporaryFolder()
        for (name, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
            let result = try Shell.parley(
                "impair", Self.capture, "-o", folder.file("\(name).pcapng"), "--network", "conference-hotel", "--seed",
                seed)
            #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
            #expect(result.text.contains("of 6613 datagrams") && result.text.contains("lost"))
        }
        let bytes = try ["a", "b", "c"].map { try Data(contentsOf: URL(filePath: folder.file("\($0).pcapng"))) }
        #expect(bytes[0] == bytes[1] && bytes[0] != bytes[2])
    }

    @Test(arguments: ["pcap", "pcapng", "rtpdump"])
    func `the loss asked for is the loss inspected`(name: String) throws {
        let folder = try TemporaryFolder()
        // Of rtpdump, all streams have one address, so their losses are one network's.
        let out = folder.file("x.\(name)")
        let result = try Shell.parley(
            "impair", Self.capture, "-o", out, "--set", "loss=10 %", "--set", "duplicate=3 %", "--set", "delay=50 ms",
            "-q")
        #expect(result.status == 0 && result.text.isEmpty)
        let inspected = try Shell.parley("inspect", out, "--json")
        let json = try #require(try JSONSerialization.jsonObject(with: inspected.output) as? [String: Any])
        let streams = try #require(json["streams"] as? [[String: Any]])
        let lost = streams.compactMap { $0["lost"] as? Int }.reduce(0, +)
        let expected = streams.compactMap { $0["expected"] as? Int }.reduce(0, +)
        #expect(streams.count == 4 && (6500...6573).contains(expected))
        #expect((Double(lost) / Double(expected) - 0.1).magnitude < 0.015, "\(lost) of \(expected)")
    }

    @Test func `a profile file is read, and --set wins over it`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("printf 'network: mine\\nloss: 50 %%\\nburst: 2\\n' > n.yaml", in: folder.path)
        let all = try Shell.parley(
            "impair", Self.capture, "-o", "a.pcap", "--network", "n.yaml", "--set", "loss=0 %", in: folder.path)
        #expect(all.text.contains("6613 of 6613 datagrams"), "\(all.text)\(all.error)")
        let half = try Shell.parley("impair", Self.capture, "-o", "b.pcap", "--network", "n.yaml", in: folder.path)
        let lost = half.text.firstMatch(of: /(\d+) lost/).flatMap { Int($0.1) }
        #expect((2900...3700).contains(lost ?? 0), "\(half.text)")
    }

    @Test func `sequence numbers and timestamps wrap around, and the sound is the same`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.parley(
            "impair", Self.capture, "-o", folder.file("w.pcapng"), "--add-sequence", "65000", "--add-timestamp",
            "4294000000", "-q")
        #expect(result.status == 0, "\(result.error)")
        for (name, path) in [("a", Self.capture), ("b", folder.file("w.pcapng"))] {
            #expect(try Shell.parley("mix", path, "-o", folder.file("\(name).wav"), "--to", "8", "-q").status == 0)
        }
        let sounds = try ["a", "b"].map { try Data(contentsOf: URL(filePath: folder.file("\($0).wav"))) }
        #expect(sounds[0] == sounds[1])
    }

    @Test func `a damaged input is said to be`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("head -c 100000 \(Self.capture) > cut.pcapng", in: folder.path)
        let result = try Shell.parley("impair", "cut.pcapng", "-o", "x.pcap", in: folder.path)
        #expect(result.status == 0 && result.error.contains("warning: 'cut.pcapng'"), "\(result.error)")
    }
}
