import Synchronization

/// Takes numbers from several threads.
final class SeedLog: Sendable {
    private let seeds = Mutex<[UInt64]>([])

    func append(_ seed: UInt64) { seeds.withLock { $0.append(seed) } }

    var sorted: [UInt64] { seeds.withLock { $0.sorted() } }
}
