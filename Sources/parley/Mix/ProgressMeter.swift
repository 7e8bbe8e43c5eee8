import Glibc
import MediaCore
import OfflineMix

/// One line on a terminal that says how far a mix has come; nothing where standard error is not a terminal.
struct ProgressMeter {
    private let isShown: Bool
    private let start = Self.now()
    private var lastShown = 0.0
    private var hasShown = false

    init(isShown: Bool) { self.isShown = isShown }

    /// Seconds since the start.
    var elapsed: Double { Self.now() - start }

    /// Shows where the mix is, ten times a second at most.
    mutating func show(_ progress: OfflineMixer.Progress) {
        guard isShown else { return }
        let now = Self.now()
        guard now - lastShown >= 0.1 else { return }
        lastShown = now
        hasShown = true
        Console.say("\r\u{1B}[K" + line(progress, elapsed: now - start))
    }

    /// Takes the line away.
    mutating func end() {
        if hasShown { Console.say("\r\u{1B}[K") }
        hasShown = false
    }

    private func line(_ progress: OfflineMixer.Progress, elapsed: Double) -> String {
        let speed = elapsed > 0 ? progress.position / elapsed : 0
        let rate = "\(Int(speed.rounded())) × real time"
        guard let duration = progress.duration, duration > 0, speed > 0 else {
            return "mixing  \(TextFormat.clock(progress.position))   \(rate)"
        }
        let part = min(progress.position / duration, 1)
        let filled = Int(part * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let left = max(duration - progress.position, 0) / speed
        return "mixing  \(bar) \(TextFormat.clock(progress.position)) / \(TextFormat.clock(duration))"
            + "   \(rate)   \(TextFormat.clock(left.rounded(.up))) left"
    }

    private static func now() -> Double {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
