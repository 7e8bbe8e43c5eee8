import Discovery
import EmbeddedDiscovery
import EtcdDiscovery
import Foundation
import TestPatience
import Testing

/// The stores that must all behave alike.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case memory, file, etcd

    var testDescription: String { rawValue }

    /// Runs a test with a store, and keys of its own in it.
    func run(
        watch: WatchLimits = WatchLimits(), _ body: (DiscoveryBench) async throws -> Void
    ) async throws {
        let root = DiscoveryKey("/\(UUID().uuidString)/")
        switch self {
        case .memory, .file:
            let (folder, clock) = (TemporaryFolder(), ManualClock())
            let store = try await EmbeddedStore.open(
                path: self == .file ? folder.file("store") : nil,
                configuration: EmbeddedConfiguration(watch: watch), clock: clock)
            try await body(DiscoveryBench(store: store, root: root, clock: clock) { await store.close() })
            await store.close()
        case .etcd:
            let server = try await Self.sharedEtcd.value
            let store = try EtcdStore(EtcdConfiguration(endpoints: [server.endpoint], watch: watch))
            try await body(DiscoveryBench(store: store, root: root, clock: nil) { await store.close() })
            await store.close()
        }
    }

    private static let sharedEtcd = Task { try await EtcdServer.started() }
}

/// What a test of any store has.
struct DiscoveryBench: Sendable {
    let store: any DiscoveryStore
    /// The prefix of the test's own keys.
    let root: DiscoveryKey
    fileprivate let clock: ManualClock?
    let close: @Sendable () async -> Void

    fileprivate init(
        store: any DiscoveryStore, root: DiscoveryKey, clock: ManualClock?, close: @escaping @Sendable () async -> Void
    ) {
        (self.store, self.root, self.clock, self.close) = (store, root, clock, close)
    }

    /// Lets time go by where it is virtual. Where it is not, it does by itself: whoever calls this waits for what it brings.
    func pass(_ time: Duration) { clock?.advance(by: time) }

    /// The first batches with events, as they come.
    func batches(_ count: Int, of watch: DiscoveryWatch) async throws -> [WatchBatch] {
        try await Patience.within {
            var batches: [WatchBatch] = []
            for try await batch in watch where !batch.events.isEmpty {
                batches.append(batch)
                if batches.count == count { break }
            }
            return batches
        }
    }

    /// The error that a watch ends with.
    func end(of watch: DiscoveryWatch) async throws -> DiscoveryError {
        try await Patience.within {
            do throws(DiscoveryError) { for try await _ in watch {} } catch { return error }
            return .cancelled
        }
    }
}

extension WatchBatch {
    /// `put a=1`, `delete a`.
    func text(after root: DiscoveryKey) -> [String] {
        events.map { event in
            let key = event.key.text(after: root) ?? "?"
            switch event {
            case .put(let value): return "put \(key)=\(String(decoding: value.value, as: UTF8.self))"
            case .delete: return "delete \(key)"
            }
        }
    }
}

extension [UInt8] {
    init(text: String) { self = Array(text.utf8) }
}

extension DiscoveryError {
    var isInvalid: Bool { if case .invalid = self { true } else { false } }
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
    var isUnauthorised: Bool { if case .unauthorised = self { true } else { false } }
    var isCorrupt: Bool { if case .corrupt = self { true } else { false } }
    var isStorageFull: Bool { if case .storageFull = self { true } else { false } }
}
