// Network byte order, checked against the span's bounds.

extension Span<UInt8> {
    @inline(__always) package func uint16(at offset: Int) -> UInt16 { integer(at: offset) }
    @inline(__always) package func uint32(at offset: Int) -> UInt32 { integer(at: offset) }
    @inline(__always) package func uint64(at offset: Int) -> UInt64 { integer(at: offset) }

    @inline(__always) private func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "beyond the packet")
        return unsafe Value(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

extension MutableSpan<UInt8> {
    @inline(__always) package mutating func store(_ value: UInt16, at offset: Int) { write(value, at: offset) }
    @inline(__always) package mutating func store(_ value: UInt32, at offset: Int) { write(value, at: offset) }
    @inline(__always) package mutating func store(_ value: UInt64, at offset: Int) { write(value, at: offset) }

    @inline(__always) private mutating func write<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: Int
    ) {
        precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "beyond the packet")
        var target = unsafe mutableBytes
        target.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Value.self)
    }
}
