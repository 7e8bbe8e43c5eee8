import Glibc
import Synchronization

/// The share of the machine's time that its host gave to others (`steal` in /proc/stat); 0 where that is not told.
///
/// To read it takes a tenth of a millisecond, so that is for a thread with time, once a second. The shards look at the
/// last value.
package final class StealMeter: Sendable {
    private struct Times {
        var total: UInt64 = 0
        var stolen: UInt64 = 0
    }

    private let descriptor: Int32
    private let bits = Atomic<UInt64>(0)
    private let last = Mutex(Times())

    init(path: String = "/proc/stat") {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        sample()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var share: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    /// Takes the share since the last call.
    func sample() {
        guard let times = read() else { return }
        let share: Double? = last.withLock { last in
            defer { last = times }
            guard last.total > 0, times.total > last.total, times.stolen >= last.stolen else { return nil }
            return Double(times.stolen - last.stolen) / Double(times.total - last.total)
        }
        if let share { bits.store(share.bitPattern, ordering: .relaxed) }
    }

    /// `cpu user nice system idle iowait irq softirq steal …`; what guests used is counted in the first two as well.
    private func read() -> Times? {
        var text = [UInt8](repeating: 0, count: 256)
        let length = unsafe text.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard length > 0 else { return nil }
        let line = text[..<length].prefix { $0 != UInt8(ascii: "\n") }
        let numbers = line.split(separator: UInt8(ascii: " ")).dropFirst().prefix(8)
            .compactMap { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == 8 else { return nil }
        return Times(total: numbers.reduce(0, +), stolen: numbers[7])
    }
}
