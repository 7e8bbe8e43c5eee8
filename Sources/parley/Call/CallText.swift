import Foundation
import MediaCore
import VoiceClient

/// What `parley call` says.
enum CallText {
    /// One event, one line.
    static func line(_ event: VoiceEvent, at seconds: Double) -> String {
        let text =
            switch event {
            case .joined(let media): "joined; ssrc \(media.ssrc), \(media.mode)"
            case .resumed: "resumed"
            case .lost(let code): "connection lost" + (code.map { " (\($0))" } ?? "") + "; trying again"
            case .speaking(let user, let ssrc, let flags):
                "\(TextFormat.printable(user)) \(flags.isEmpty ? "stops speaking" : "speaks"); ssrc \(ssrc)"
            case .connected(let users):
                "there: \(users.prefix(20).map { TextFormat.printable($0, limit: 40) }.joined(separator: ", "))"
            case .disconnected(let user): "\(TextFormat.printable(user)) left"
            case .ended(let error): "ended" + (error.map { ": \($0)" } ?? "")
            }
        return "\(TextFormat.right(TextFormat.decimal(seconds, 2), 8))  \(text)\n"
    }

    static func summary(_ report: CallReport) -> String {
        func milliseconds(_ seconds: Double) -> String { "\(TextFormat.decimal(seconds * 1000, 1)) ms" }
        let heard = report.heard
        var lines = [
            "call   \(TextFormat.decimal(report.duration, 1)) s; sent \(report.sent.packets) packets, "
                + "\(TextFormat.bytes(Int64(report.sent.bytes)))",
            "heard  \(TextFormat.decimal(heard.seconds, 1)) s of sound"
                + (heard.level.map { " at \(TextFormat.decimal($0, 1)) dBFS" } ?? "")
                + "; \(heard.packets) packets, \(TextFormat.bytes(Int64(heard.bytes)))",
        ]
        if heard.packets > 0 {
            lines.append(
                "       \(heard.lost) lost, \(heard.late) late, \(TextFormat.decimal(heard.concealedSeconds, 2)) s concealed; "
                    + "delay \(milliseconds(heard.meanDelay)), jitter \(milliseconds(heard.jitter)), "
                    + "longest gap \(milliseconds(heard.longestGap))")
        }
        if heard.refused > 0 { lines.append("       \(heard.refused) packets were not of the key") }
        if let gateway = report.gateway {
            var parts = ["joined in \(milliseconds(gateway.joinSeconds))"]
            if let roundTrip = gateway.roundTrip { parts.append("round trip \(milliseconds(roundTrip))") }
            if gateway.resumes > 0 { parts.append("\(gateway.resumes) resumed") }
            lines.append("joined " + parts.joined(separator: ", ").dropFirst("joined ".count))
        }
        if let recording = report.recording { lines.append("kept   \(recording)") }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
    }
}
