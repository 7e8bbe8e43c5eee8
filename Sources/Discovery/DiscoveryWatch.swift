/// A running watch: batches in order until an error ends it. Read by one task; it stops with its last copy.
public struct DiscoveryWatch: AsyncSequence, Sendable {
    public typealias Element = WatchBatch
    public typealias Failure = DiscoveryError

    /// Ends the watch when nobody can read it any more.
    fileprivate final class Handle: Sendable {
        let queue: WatchQueue
        init(_ queue: WatchQueue) { self.queue = queue }
        deinit { queue.abandon() }
    }

    private let handle: Handle

    /// The store keeps the queue, and hears of the end by `WatchQueue.onEnd`.
    package init(_ queue: WatchQueue) { handle = Handle(queue) }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        fileprivate let handle: Handle

        /// - Returns: never nil; the error says how it ended, `cancelled` if the task was.
        public func next() async throws(DiscoveryError) -> WatchBatch? { try await handle.queue.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(DiscoveryError) -> WatchBatch? {
            try await handle.queue.next()
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }
}
