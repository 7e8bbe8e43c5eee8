import BasicContainers
import MediaCore

/// The packets that wait, in the order of their sequence numbers: a fixed number of places, none of which moves.
///
/// Places are used again at once, last in first out: a buffer that holds three packets touches the memory of a few.
@safe struct PacketStore: ~Copyable {
    /// The longest payload: what fits into an Ethernet frame.
    static let maximumPayloadBytes = 1500

    struct Entry {
        /// Extended.
        var sequenceNumber: Int64
        /// Extended, at 48 kHz.
        var timestamp: Int64
        var arrival: Int64
        var packet: MediaPacket
        fileprivate(set) var place: Int
        fileprivate(set) var length: Int

        var end: Int64 { timestamp + Int64(packet.samples) }
        var transit: Int64 { arrival - timestamp }

        init(sequenceNumber: Int64, timestamp: Int64, arrival: Int64, packet: MediaPacket) {
            self.sequenceNumber = sequenceNumber
            self.timestamp = timestamp
            self.arrival = arrival
            self.packet = packet
            place = 0
            length = 0
        }
    }

    enum Insertion {
        case inserted
        case duplicate
        case full
    }

    private var entries: RigidArray<Entry>
    private var free: RigidArray<Int>
    private let storage: UnsafeMutableBufferPointer<UInt8>

    init(capacity: Int) {
        entries = RigidArray(capacity: capacity)
        free = RigidArray(capacity: capacity)
        for place in (0..<capacity).reversed() { free.append(place) }
        // Not initialised, so that places that are never used are never touched.
        unsafe storage = .allocate(capacity: capacity * Self.maximumPayloadBytes)
    }

    deinit { unsafe storage.deallocate() }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    /// The packet with the lowest sequence number.
    var first: Entry? { entries.isEmpty ? nil : entries[0] }
    var last: Entry? { entries.isEmpty ? nil : entries[entries.count - 1] }

    /// The shortest transit time of all that wait.
    var shortestTransit: Int64? {
        guard !entries.isEmpty else { return nil }
        var shortest = Int64.max
        for i in entries.indices { shortest = min(shortest, entries[i].transit) }
        return shortest
    }

    func contains(_ sequenceNumber: Int64) -> Bool {
        for i in entries.indices.reversed() where entries[i].sequenceNumber <= sequenceNumber {
            return entries[i].sequenceNumber == sequenceNumber
        }
        return false
    }

    mutating func insert(_ entry: Entry, _ payload: Span<UInt8>) -> Insertion {
        precondition(payload.count <= Self.maximumPayloadBytes)
        var position = entries.count
        while position > 0, entries[position - 1].sequenceNumber >= entry.sequenceNumber {
            position -= 1
            if entries[position].sequenceNumber == entry.sequenceNumber { return .duplicate }
        }
        guard !free.isEmpty else { return .full }
        var entry = entry
        entry.place = free.removeLast()
        entry.length = payload.count
        unsafe copy(payload, to: storage.baseAddress, at: entry.place * Self.maximumPayloadBytes)
        entries.insert(entry, at: position)
        return .inserted
    }

    private func copy(_ payload: Span<UInt8>, to storage: UnsafeMutablePointer<UInt8>?, at start: Int) {
        unsafe payload.withUnsafeBufferPointer { payload in
            guard let from = payload.baseAddress, let storage = unsafe storage else { return }
            unsafe (storage + start).update(from: from, count: payload.count)
        }
    }

    /// Says that the packet itself has come, of which a copy waits.
    mutating func replaceCopy(_ entry: Entry) {
        for i in entries.indices where entries[i].sequenceNumber == entry.sequenceNumber {
            entries[i].packet.isCopy = false
            entries[i].arrival = entry.arrival
        }
    }

    /// Takes the first packet out; its payload stays readable until the next insertion.
    mutating func removeFirst() {
        free.append(entries[0].place)
        entries.remove(at: 0)
    }

    mutating func removeAll() {
        while !entries.isEmpty { removeFirst() }
    }

    /// A packet's payload.
    @_lifetime(borrow self)
    func payload(of entry: Entry) -> Span<UInt8> {
        let start = entry.place * Self.maximumPayloadBytes
        let part = unsafe UnsafeBufferPointer(rebasing: storage[start..<(start + entry.length)])
        let span = unsafe Span(_unsafeElements: part)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
