/// A local view of a prefix, kept up to date for as long as it is iterated: a range, a watch from there on, and another
/// range after a compaction, an overrun or a reset; after an outage it waits, longer each time, and goes on.
///
/// ```swift
/// for try await update in PrefixMirror(of: "/servers/", in: store) { … }
/// ```
///
/// It works only while it is asked for the next update, so one who is slow gets fewer and larger updates, and memory
/// stays bounded. It ends with the task, and by an error only where trying again is of no use.
public struct PrefixMirror<C: Clock>: AsyncSequence, Sendable where C.Duration == Duration {
    public typealias Element = MirrorUpdate
    public typealias Failure = DiscoveryError

    private let store: any DiscoveryStore
    private let prefix: DiscoveryKey
    private let clock: C
    private let backoff: Backoff

    public init(
        of prefix: DiscoveryKey, in store: any DiscoveryStore, clock: C = ContinuousClock(),
        backoff: Backoff = Backoff()
    ) {
        (self.store, self.prefix, self.clock, self.backoff) = (store, prefix, clock, backoff)
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(store: store, prefix: prefix, clock: clock, backoff: backoff)
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private enum Phase: Sendable {
            /// All is to be read.
            case range
            /// The view is right as of its revision.
            case resume
            case watch(DiscoveryWatch.Iterator)
        }

        private let store: any DiscoveryStore
        private let prefix: DiscoveryKey
        private let clock: C
        private let backoff: Backoff
        private var view = PrefixView()
        private var phase = Phase.range
        private var isStale = true
        private var hasToldOfTrouble = false
        /// In a row, without a watch that stood in between.
        private var failures = 0
        /// Before the next attempt.
        private var pause: Duration?

        fileprivate init(store: any DiscoveryStore, prefix: DiscoveryKey, clock: C, backoff: Backoff) {
            (self.store, self.prefix, self.clock, self.backoff) = (store, prefix, clock, backoff)
        }

        /// - Returns: nil once the task is cancelled.
        /// - Throws: `closed`, or `invalid` if the prefix has more keys than a mirror holds.
        public mutating func next() async throws(DiscoveryError) -> MirrorUpdate? {
            while !Task.isCancelled {
                do {
                    if let update = try await advance() { return update }
                } catch {
                    if error == .cancelled { return nil }
                    if let update = try meet(error) { return update }
                }
            }
            return nil
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(DiscoveryError) -> MirrorUpdate? {
            try await next()
        }

        /// One step towards the next update.
        private mutating func advance() async throws(DiscoveryError) -> MirrorUpdate? {
            switch phase {
            case .range:
                try await rest()
                let snapshot = try await store.range(prefix)
                let changes = view.replace(by: snapshot)
                phase = .watch(store.watch(prefix, from: view.revision.next).makeAsyncIterator())
                return live(changes)
            case .resume:
                try await rest()
                phase = .watch(store.watch(prefix, from: view.revision.next).makeAsyncIterator())
                return nil
            case .watch(let watch):
                guard let batch = try await watch.next() else { throw .cancelled }
                failures = 0
                let changes = view.apply(batch)
                guard view.values.count <= PrefixSnapshot.maximumKeys else { throw .tooManyKeys(prefix) }
                return changes.isEmpty && !isStale ? nil : live(changes)
            }
        }

        private mutating func live(_ changes: [KeyEvent]) -> MirrorUpdate {
            (isStale, hasToldOfTrouble) = (false, false)
            return .live(view, changes: changes)
        }

        /// Decides what is next after an error, and whether it is told: once for each outage.
        private mutating func meet(_ error: DiscoveryError) throws(DiscoveryError) -> MirrorUpdate? {
            if error.isFinal { throw error }
            failures += 1
            if case .range = phase {} else { phase = error.wantsRange ? .range : .resume }
            // The store is there, and will say at once what was missed.
            if error.wantsRange && failures == 1 { return nil }
            pause = backoff.delay(after: failures)
            isStale = true
            guard !hasToldOfTrouble else { return nil }
            hasToldOfTrouble = true
            return .stale(view, error)
        }

        private mutating func rest() async throws(DiscoveryError) {
            guard let pause = pause.take() else { return }
            do { try await clock.sleep(for: pause) } catch { throw .cancelled }
        }
    }
}

/// What a mirror tells.
public enum MirrorUpdate: Sendable, Hashable {
    /// The view is what the store holds, some moments ago. The changes since the update before; the first time, and
    /// after an outage, they may be many, or none.
    case live(PrefixView, changes: [KeyEvent])
    /// The view can no longer be kept up to date; it is what was there before. Told once; tried again until it is
    /// `live`.
    case stale(PrefixView, DiscoveryError)

    public var view: PrefixView {
        switch self {
        case .live(let view, _), .stale(let view, _): view
        }
    }

    public var isLive: Bool {
        if case .live = self { true } else { false }
    }
}

extension DiscoveryError {
    package static func tooManyKeys(_ prefix: DiscoveryKey) -> DiscoveryError {
        .invalid("more than \(PrefixSnapshot.maximumKeys) keys begin with '\(prefix)': divide them among prefixes")
    }
}
