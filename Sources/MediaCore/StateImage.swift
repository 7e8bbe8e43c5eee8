/// What stages know of the past, as bytes: by it one instance goes on where another stands.
///
/// Values are read in the order in which they were written, with the same types. The bytes are those of memory, so an
/// image means something in this process only. All memory is taken when the image is made.
@safe public struct StateImage: ~Copyable {
    public let capacity: Int
    /// Bytes written since the image was made or cleared.
    public private(set) var count = 0
    /// Bytes of these that have been read.
    private var position = 0
    @usableFromInline let storage: UnsafeMutableRawPointer

    /// - Parameter capacity: in bytes: the `stateBytes` of what is to be written. Writing more traps.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe storage = .allocate(byteCount: max(capacity, 1), alignment: 64)
    }

    deinit { unsafe storage.deallocate() }

    /// Whether all that was written has been read.
    public var isRead: Bool { position == count }

    /// Forgets what was written.
    public mutating func clear() { (count, position) = (0, 0) }

    @inlinable public mutating func write<Value: BitwiseCopyable>(_ value: Value) {
        let start = claim(MemoryLayout<Value>.size)
        unsafe storage.storeBytes(of: value, toByteOffset: start, as: Value.self)
    }

    /// Writes values without their number: `read(into:)` must ask for as many.
    @inlinable public mutating func write<Value: BitwiseCopyable>(_ values: Span<Value>) {
        unsafe values.withUnsafeBufferPointer { unsafe write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a region of memory.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let start = claim(bytes.count)
        guard let source = bytes.baseAddress else { return }
        unsafe (storage + start).copyMemory(from: source, byteCount: bytes.count)
    }

    @inlinable public mutating func read<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) -> Value {
        let start = take(MemoryLayout<Value>.size)
        return unsafe storage.loadUnaligned(fromByteOffset: start, as: Value.self)
    }

    /// Reads as many values as there is room for.
    @inlinable public mutating func read<Value: BitwiseCopyable>(into values: inout MutableSpan<Value>) {
        read(values.count, into: &values)
    }

    /// Reads values into the first places.
    @inlinable public mutating func read<Value: BitwiseCopyable>(_ count: Int, into values: inout MutableSpan<Value>) {
        unsafe values.withUnsafeMutableBufferPointer {
            unsafe read(into: UnsafeMutableRawBufferPointer($0.extracting(..<count)))
        }
    }

    /// Reads a region of memory.
    public mutating func read(into bytes: UnsafeMutableRawBufferPointer) {
        let start = take(bytes.count)
        guard let target = bytes.baseAddress else { return }
        unsafe target.copyMemory(from: storage + start, byteCount: bytes.count)
    }

    @usableFromInline mutating func claim(_ bytes: Int) -> Int {
        precondition(bytes <= capacity - count, "a state image of \(capacity) bytes is full")
        defer { count += bytes }
        return count
    }

    @usableFromInline mutating func take(_ bytes: Int) -> Int {
        precondition(bytes <= count - position, "more is read from a state image than was written")
        defer { position += bytes }
        return position
    }
}

extension StateImage: @unchecked Sendable {}

/// What can go on from where another of its kind stands.
public protocol Forkable: ~Copyable {
    /// Bytes that `save` writes, at most. Does not change.
    var stateBytes: Int { get }

    /// Writes what it knows of the past; parameters are no part of that.
    func save(into image: inout StateImage)

    /// Takes over what another of equal parameters has saved, and from then on does bit for bit what that one would.
    mutating func restore(from image: inout StateImage)
}

extension Forkable where Self: ~Copyable {
    /// Goes on from where another of equal parameters stands. What is in the image is lost.
    public mutating func fork(from other: borrowing Self, through image: inout StateImage) {
        image.clear()
        other.save(into: &image)
        restore(from: &image)
        precondition(image.isRead, "the state is that of something with other parameters")
    }
}
