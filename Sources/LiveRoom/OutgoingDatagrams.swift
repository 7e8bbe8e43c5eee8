public import BasicContainers
public import PacketCapture

/// Datagrams that are to go out, one behind the other in one piece of memory, each at the start of a cache line.
@safe public struct OutgoingDatagrams: ~Copyable {
    public struct Entry: Sendable {
        public var destination: Endpoint
        public var start: Int32
        public var length: Int32
    }

    /// Datagrams that are there at most.
    public let capacity: Int
    public private(set) var entries: RigidArray<Entry>
    /// What the entries' starts count from, for whoever hands the memory to the system.
    public let storage: UnsafeMutableBufferPointer<UInt8>
    private let maximumBytes: Int
    private var end = 0

    /// - Parameter maximumBytes: that one datagram can have.
    public init(capacity: Int, maximumBytes: Int) {
        self.capacity = capacity
        self.maximumBytes = capacity * Self.rounded(maximumBytes)
        entries = RigidArray(capacity: capacity)
        // Not initialised: what is never used is never touched.
        unsafe storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: self.maximumBytes, alignment: 64
        ).bindMemory(to: UInt8.self)
    }

    deinit { unsafe storage.deallocate() }

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }

    /// Whether one more of so many bytes fits.
    public func hasRoom(for length: Int) -> Bool { !entries.isFull && end + length <= maximumBytes }

    /// Where the next datagram is written; `append` then says what it became.
    @_lifetime(&self)
    public mutating func tail(_ length: Int) -> MutableSpan<UInt8> {
        precondition(hasRoom(for: length))
        let part = unsafe UnsafeMutableBufferPointer(rebasing: storage[end..<(end + length)])
        let span = unsafe MutableSpan(_unsafeElements: part)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    public mutating func append(length: Int, to destination: Endpoint) {
        entries.append(Entry(destination: destination, start: Int32(end), length: Int32(length)))
        end += Self.rounded(length)
    }

    /// The bytes of one datagram.
    @_lifetime(borrow self)
    public func datagram(_ index: Int) -> Span<UInt8> {
        let entry = entries[index]
        let range = Int(entry.start)..<Int(entry.start + entry.length)
        let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: storage[range]))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    public mutating func removeAll() {
        entries.removeAll()
        end = 0
    }

    /// To whole cache lines.
    private static func rounded(_ length: Int) -> Int { (length + 63) & ~63 }
}

/// Whatever takes datagrams away: a socket, a simulated network, a file.
public protocol DatagramSink: ~Copyable {
    /// Sends them all. What cannot be sent is counted by the sink and lost.
    mutating func send(_ datagrams: borrowing OutgoingDatagrams)
}
