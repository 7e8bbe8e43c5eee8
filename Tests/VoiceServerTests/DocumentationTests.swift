import Foundation
import Testing
import VoiceServer

@Suite struct DocumentationTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/voice-server.md")

    @Test func `the documentation lists every key with its default and what it does, and no other`() throws {
        let text = try String(contentsOf: Self.path, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.replacing("\\|", with: "\u{1}").split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces).replacing("\u{1}", with: "|")
            }
        }
        var documented: [String: [String]] = [:]
        for row in rows where row.count == 4 {
            documented[row[0].trimmingCharacters(in: CharacterSet(charactersIn: "`"))] = row
        }
        for setting in ServerConfiguration.settings {
            guard let row = documented.removeValue(forKey: setting.path) else {
                Issue.record("docs/voice-server.md has no row for \(setting.path)")
                continue
            }
            #expect(row[1] == (setting.defaultText.map { "`\($0)`" } ?? "–"), "\(setting.path)")
            #expect(row[2] == setting.type.range, "\(setting.path)")
            #expect(row[3] == setting.meaning + (setting.canReload ? " ↻" : ""), "\(setting.path)")
        }
        #expect(documented.isEmpty, "no such keys: \(documented.keys.sorted())")
    }
}
