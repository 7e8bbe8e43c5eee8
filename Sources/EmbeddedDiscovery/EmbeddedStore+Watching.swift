public import Discovery
import GRDB

extension EmbeddedStore {
    public func watch(_ prefix: DiscoveryKey, from revision: Revision) -> DiscoveryWatch {
        let queue = WatchQueue(limits: configuration.watch)
        let watch = DiscoveryWatch(queue)
        // In the database's queue: nothing happens between the history and what follows it.
        Task {
            do {
                let number = try await step { db, holdings, _ throws in
                    guard holdings.watchers.count < self.configuration.maximumWatches else {
                        throw DiscoveryError.unavailable(
                            "there are \(self.configuration.maximumWatches) watches, and may not be more")
                    }
                    let past = try Ledger(db, holdings.marks).history(of: prefix, from: revision)
                    queue.offer(WatchBatch(revision: Revision(revision.number - 1), events: []))
                    for batch in past { queue.offer(batch) }
                    return holdings.add(Holdings.Watcher(prefix: prefix, queue: queue))
                }
                queue.onEnd { [weak self] in self?.forget(watcher: number) }
            } catch {
                queue.finish(error as? DiscoveryError ?? .cancelled)
            }
        }
        return watch
    }

    /// Called from anywhere, also from within the queue: never waits.
    private func forget(watcher number: Int) {
        Task { try? await step { _, holdings, _ throws in holdings.remove(watcher: number) } }
    }
}
