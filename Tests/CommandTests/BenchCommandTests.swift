import Foundation
import Testing

@Suite struct BenchCommandTests {
    private static let speech = Shell.root + "/samples/meeting/alice.opus"

    @Test func `a network is measured, and the numbers can be read by machines`() throws {
        let folder = try TemporaryFolder()
        #expect(try Shell.parley("mix", Self.speech, "-o", folder.file("s.wav"), "--to", "4", "-q").status == 0)
        let result = try Shell.parley(
            "bench", "jitter", folder.file("s.wav"), "--runs", "1", "--network", "lte", "--network", "clean", "--json",
            "--python", "/bin/false", "--front", folder.file("f.svg"))
        #expect(result.status == 0, "\(result.error)")
        let rows = try #require(try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
        #expect(rows.map { $0["network"] as? String } == ["lte", "clean"])
        #expect(rows[1]["concealed"] as? Double == 0 && rows[1]["lost"] as? Double == 0)
        for key in ["meanDelay", "delay95", "late", "stretched", "segmentalSNR", "logSpectralDistance"] {
            #expect(rows[0][key] is Double, "\(key)")
        }
        let delay = try #require(rows[0]["meanDelay"] as? Double)
        #expect((0.02...0.4).contains(delay))
        let front = try String(contentsOfFile: folder.file("f.svg"), encoding: .utf8)
        for words in [">lte</text>", "mean delay, arrival to playout (ms)", "log-spectral distance (dB)", "99.5 %"] {
            #expect(front.contains(words), "\(words)")
        }
        // Five settings and the legend; a network without jitter has no front.
        #expect(front.components(separatedBy: "<path ").count - 1 == 6)
    }

    @Test func `the table has a line for each network`() throws {
        let folder = try TemporaryFolder()
        #expect(try Shell.parley("mix", Self.speech, "-o", folder.file("s.wav"), "--to", "3", "-q").status == 0)
        let result = try Shell.parley(
            "bench", "jitter", folder.file("s.wav"), "--runs", "1", "--network", "loss-5", "--python", "/bin/false")
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("network") && lines[1].hasPrefix("loss-5"), "\(result.text)")
    }
}
