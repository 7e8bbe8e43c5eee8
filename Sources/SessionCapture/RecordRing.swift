import LiveRoom
import PacketCapture
import Synchronization

/// Inputs of a shard on their way from its thread to the one that writes them: a fixed number of places, no lock.
@safe final class RecordRing: @unchecked Sendable {
    struct Entry {
        var time: Int64
        var source: Endpoint
        var length: Int
        /// nil: a datagram.
        var command: ShardCommand?
    }

    /// Places; a second of 8,000 packets.
    static let capacity = 8192
    static let maximumDatagramBytes = 1500

    private let entries: UnsafeMutablePointer<Entry>
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let taken = Atomic(0)
    private let put = Atomic(0)
    /// Inputs for which there was no place.
    private let dropped = Atomic(0)

    init() {
        unsafe entries = .allocate(capacity: Self.capacity)
        let empty = Entry(time: 0, source: Endpoint(ipv4: 0, port: 0), length: 0, command: nil)
        unsafe entries.initialize(repeating: empty, count: Self.capacity)
        unsafe bytes = .allocate(capacity: Self.capacity * Self.maximumDatagramBytes)
    }

    deinit {
        unsafe entries.deinitialize(count: Self.capacity)
        unsafe entries.deallocate()
        unsafe bytes.deallocate()
    }

    var lost: Int { dropped.load(ordering: .relaxed) }

    /// By the shard's thread.
    func append(_ datagram: Span<UInt8>, from source: Endpoint, at time: Int64) {
        let length = min(datagram.count, Self.maximumDatagramBytes)
        guard let place = claim() else { return }
        let start = place * Self.maximumDatagramBytes
        for i in 0..<length { unsafe bytes[start + i] = datagram[i] }
        unsafe entries[place] = Entry(time: time, source: source, length: length, command: nil)
        put.wrappingAdd(1, ordering: .releasing)
    }

    /// By the shard's thread.
    func append(_ command: ShardCommand, at time: Int64) {
        guard let place = claim() else { return }
        unsafe entries[place] = Entry(time: time, source: Endpoint(ipv4: 0, port: 0), length: 0, command: command)
        put.wrappingAdd(1, ordering: .releasing)
    }

    private func claim() -> Int? {
        let end = put.load(ordering: .relaxed)
        guard end - taken.load(ordering: .acquiring) < Self.capacity else {
            dropped.wrappingAdd(1, ordering: .relaxed)
            return nil
        }
        return end % Self.capacity
    }

    /// By the writer's thread: hands over the oldest.
    /// - Returns: false if there is none.
    func take(_ body: (borrowing Entry, Span<UInt8>) throws -> Void) rethrows -> Bool {
        let start = taken.load(ordering: .relaxed)
        guard start != put.load(ordering: .acquiring) else { return false }
        defer { taken.store(start + 1, ordering: .releasing) }
        let place = start % Self.capacity
        let entry = unsafe entries[place]
        let first = place * Self.maximumDatagramBytes
        let part = unsafe UnsafeBufferPointer(rebasing: bytes[first..<(first + entry.length)])
        try body(entry, unsafe Span(_unsafeElements: part))
        return true
    }
}
