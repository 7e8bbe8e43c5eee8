import Foundation
import MediaCore
import MixReport
import OfflineMix
import Testing
import VoiceRoom

@Suite struct MixReportTests {
    static func summary() -> MixSummary {
        var summary = MixSummary(pipeline: "meeting", output: "out/<mix>.opus", format: AudioFormat())
        summary.duration = 60
        summary.loudness = -18.2
        summary.limiting = .init(deepest: Decibels(-4), position: 31, duration: 2.5)
        for name in ["alice", "bob & <friends>"] {
            var participant = MixSummary.Participant(name: name, path: "\(name).opus")
            participant.speaking = 12
            for tick in 0..<3000 { participant.activity.add(tick / 300 % 2 == 0 ? 1 : 0) }
            summary.participants.append(participant)
        }
        for tick in 0..<3000 {
            summary.level.add(Float(tick % 100) / 100)
            summary.gain.add(tick == 1550 ? 0.63 : 1)
        }
        summary.warnings = ["'bob.opus' at 3.0 s: 40 ms are missing"]
        return summary
    }

    @Test func `the page says what the summary says, and needs nothing else`() {
        let page = MixReport.html(Self.summary())
        for words in ["−18.2 LUFS", "−4.0 dB", "0:31", "alice", "40 ms are missing", "Who spoke when"] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
        #expect(page.contains("bob &amp; &lt;friends&gt;") && !page.contains("<friends>"))
    }

    @Test func `five turns are five bars`() {
        let page = MixReport.html(Self.summary())
        #expect(page.components(separatedBy: "<title>alice 0:").count - 1 == 5)
    }

    @Test func `headless Chromium draws it`() throws {
        guard
            let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first(where: {
                FileManager.default.isExecutableFile(atPath: $0)
            })
        else { return }
        let folder = FileManager.default.temporaryDirectory.appending(path: "parley-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "report.html")
        try MixReport.html(Self.summary()).write(to: page, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: browser)
        // The page's text as a browser has it after layout: bars that have a size, words that are there.
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile",
            "--window-size=1080,1400",
            "--screenshot=\(folder.path)/report.png", page.absoluteString,
        ]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let picture = try Data(contentsOf: folder.appending(path: "report.png"))
        #expect(picture.count > 30_000, "an empty page is far smaller")
    }
}
