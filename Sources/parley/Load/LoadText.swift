import MediaCore
import Synchronization
import VoiceClient

/// What `parley load` says.
enum LoadText {
    static func text(_ report: LoadReport) -> String {
        func milliseconds(_ seconds: Double) -> String { TextFormat.decimal(seconds * 1000, 1) }
        let (streams, joining) = (report.streams, report.joining)
        var lines = [
            "load      \(report.rooms) rooms, \(report.speakers) speak, \(report.listeners) listen; "
                + "\(TextFormat.decimal(report.duration, 1)) s",
            "joined    \(joining.joined) of \(joining.clients) in \(TextFormat.decimal(joining.seconds, 1)) s"
                + (joining.rejoins > 0 ? ", \(joining.rejoins) left and came back" : ""),
            "sent      \(report.sent) packets, at most \(milliseconds(report.sendLateness)) ms late",
            "heard     \(streams.heard) of \(streams.expected); \(streams.packets) packets, "
                + "\(TextFormat.decimal(streams.meanRate, 2)) a second each "
                + "(\(TextFormat.decimal(streams.lowestRate, 2)) to \(TextFormat.decimal(streams.highestRate, 2)))",
            "          \(streams.lost) lost, \(streams.reordered) out of order; longest gap "
                + "\(milliseconds(streams.longestGap)) ms, \(streams.gapsOver60Milliseconds) over 60 ms; "
                + "\(streams.authenticated) authenticated, \(streams.refused) refused",
        ]
        if let latency = report.latency {
            lines.append(
                "latency   added p50 \(milliseconds(latency.p50)), p95 \(milliseconds(latency.p95)), "
                    + "p99 \(milliseconds(latency.p99)), at most \(milliseconds(latency.highest)) ms; "
                    + "\(latency.samples) frames" + (latency.unmatched > 0 ? ", \(latency.unmatched) unmatched" : ""))
        }
        if let server = report.serverProcessor {
            lines.append(
                "server    \(TextFormat.decimal(server, 3)) CPU seconds per second"
                    + (report.serverMemory.map { ", \(TextFormat.bytes(Int64($0)))" } ?? ""))
        }
        lines.append("own       \(TextFormat.decimal(report.ownProcessor, 3)) CPU seconds per second")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// One line on a terminal that says how far a load has come.
final class LoadProgress: Sendable {
    private let isShown: Bool
    private let hasShown = Atomic(false)

    init(isShown: Bool) { self.isShown = isShown }

    func show(_ phase: Load.Phase) {
        guard isShown else { return }
        let text =
            switch phase {
            case .joining(let joined, let count): "joining    \(joined) of \(count)"
            case .warmingUp: "warming up"
            case .measuring(let seconds): "measuring  \(TextFormat.decimal(seconds, 0)) s"
            case .leaving: "leaving"
            }
        hasShown.store(true, ordering: .relaxed)
        Console.say("\r\u{1B}[K" + text)
    }

    /// Takes the line away.
    func end() {
        if hasShown.load(ordering: .relaxed) { Console.say("\r\u{1B}[K") }
    }
}
