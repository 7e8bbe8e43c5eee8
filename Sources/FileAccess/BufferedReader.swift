/// Reads a source in pieces of any size through one buffer, which grows up to a stated maximum.
@safe package struct BufferedReader: ~Copyable {
    /// The most bytes that can be asked for at once.
    package let limit: Int
    /// Bytes consumed so far.
    package private(set) var position: Int64 = 0
    package var source: ByteSource
    private var storage: UnsafeMutableRawBufferPointer
    private var head = 0
    private var tail = 0

    package init(_ source: consuming ByteSource, limit: Int) {
        self.source = source
        self.limit = limit
        unsafe storage = .allocate(byteCount: min(limit, 1 << 16), alignment: 16)
    }

    deinit { unsafe storage.deallocate() }

    /// What has been read and not been consumed.
    package var bytes: Span<UInt8> {
        @_lifetime(borrow self) get {
            let part = unsafe UnsafeRawBufferPointer(rebasing: storage[head..<tail]).bindMemory(to: UInt8.self)
            let span = unsafe Span(_unsafeElements: part)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Reads until at least `count` bytes, at most `limit`, are there.
    /// - Returns: false if the source ends before; what there is, is in `bytes`.
    package mutating func fill(_ count: Int) throws(FileError) -> Bool {
        precondition(count <= limit)
        if tail - head >= count { return true }
        makeRoom(count)
        while tail - head < count {
            let got = try unsafe source.read(into: UnsafeMutableRawBufferPointer(rebasing: storage[tail...]))
            guard got > 0 else { return false }
            tail += got
        }
        return true
    }

    package mutating func consume(_ count: Int) {
        precondition(count <= tail - head)
        head += count
        position += Int64(count)
    }

    /// Consumes bytes without looking at them.
    /// - Returns: false if the source ends before.
    package mutating func skip(_ count: Int) throws(FileError) -> Bool {
        var left = count
        while left > 0 {
            let step = min(left, limit)
            guard try fill(step) else { return false }
            consume(step)
            left -= step
        }
        return true
    }

    private mutating func makeRoom(_ count: Int) {
        let capacity = unsafe storage.count
        if count > capacity {
            var size = capacity
            while size < count { size *= 2 }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: min(size, limit), alignment: 16)
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[head..<tail]))
            unsafe storage.deallocate()
            unsafe storage = larger
        } else if head > 0 {
            unsafe storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[head..<tail]))
        }
        tail -= head
        head = 0
    }
}
