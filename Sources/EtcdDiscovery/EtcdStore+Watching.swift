public import Discovery
import Synchronization

extension EtcdStore {
    public func watch(_ prefix: DiscoveryKey, from revision: Revision) -> DiscoveryWatch {
        let queue = WatchQueue(limits: caller.configuration.watch)
        let watch = DiscoveryWatch(queue)
        let most = caller.configuration.maximumWatches
        let number: Int? = watchers.withLock { watchers in
            guard watchers.count < most else { return nil }
            let number = (watchers.keys.max() ?? 0) + 1
            watchers[number] = queue
            return number
        }
        guard let number, !caller.isClosed else {
            if let number { watchers.withLock { $0[number] = nil } }
            queue.finish(number == nil ? .unavailable("there are \(most) watches, and may not be more") : .closed)
            return watch
        }
        let pump = EtcdWatchPump(caller: caller, prefix: prefix, queue: queue)
        let task = Task { await pump.run(from: revision) }
        queue.onEnd { [weak self] in
            task.cancel()
            _ = self?.watchers.withLock { $0.removeValue(forKey: number) }
        }
        return watch
    }
}
