import Foundation
import VoiceSimulation

/// What people read of a simulation.
enum SimulationText {
    static func line(_ result: SimulationResult) -> String {
        let milliseconds = { (time: Int64) in "\(time / 1_000_000)" }
        var parts = [
            "\(result.scenario)  seed \(result.seed)", "digest \(digest(result))", time(result.duration),
            "\(result.packetsChecked) packets checked, \(result.windowsHeard) half seconds listened to",
        ]
        if !result.onsets.isEmpty {
            let (half, most) = (milliseconds(result.onset(0.5)), milliseconds(result.onset(0.99)))
            parts.append("\(result.onsets.count) talk-spurts heard within \(half) ms (p99 \(most) ms)")
        }
        if result.attacks > 0 { parts.append("\(result.attacks) attacks") }
        return parts.joined(separator: "  ") + "\n"
    }

    /// What was promised, what happened, and how to see it again.
    static func failure(_ result: SimulationResult, _ scenario: String) -> String {
        var text = "parley: error: \(result.scenario), seed \(result.seed): a promise was broken\n"
        for violation in result.violations { text += "  \(violation)\n" }
        return text + "  again: parley simulate \(scenario) --seed \(result.seed)\n"
    }

    private static func digest(_ result: SimulationResult) -> String {
        let digits = String(result.digest, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func time(_ nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        return "\(seconds / 60) min \(seconds % 60) s"
    }
}
