// Network byte order, checked against the span's bounds.

extension Span<UInt8> {
    @inlinable @inline(__always) package func uint16(at offset: Int) -> UInt16 { UInt16(bigEndian: load(at: offset)) }
    @inlinable @inline(__always) package func uint32(at offset: Int) -> UInt32 { UInt32(bigEndian: load(at: offset)) }
    @inlinable @inline(__always) package func uint64(at offset: Int) -> UInt64 { UInt64(bigEndian: load(at: offset)) }

    @inlinable @inline(__always) package func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> T {
        precondition(offset >= 0 && count - MemoryLayout<T>.size >= offset, "beyond the end of a packet")
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    }
}

extension MutableSpan<UInt8> {
    @inlinable @inline(__always) package mutating func store<T: FixedWidthInteger & BitwiseCopyable>(
        _ value: T, at offset: Int
    ) {
        precondition(offset >= 0 && count - MemoryLayout<T>.size >= offset, "beyond the end of a packet")
        var target = unsafe mutableBytes
        target.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }
}
