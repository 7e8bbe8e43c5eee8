// Sequence numbers and timestamps wrap around; inside Parley they are extended to 64 bits as they come in.

extension UInt16 {
    /// How far `other` is ahead of this sequence number, -32768...32767.
    @inline(__always) public func distance(toSequenceNumber other: UInt16) -> Int {
        Int(Int16(bitPattern: other &- self))
    }
}

extension UInt32 {
    /// How far `other` is ahead of this timestamp, -2^31...2^31 - 1.
    @inline(__always) public func distance(toTimestamp other: UInt32) -> Int {
        Int(Int32(bitPattern: other &- self))
    }
}

/// Extends 16-bit sequence numbers: each is taken to be the one nearest to the highest so far.
public struct SequenceNumberUnwrapper: Sendable {
    /// The highest so far; nil before the first.
    public private(set) var highest: Int64?

    public init() {}

    /// Extends a number without moving on.
    public func peek(_ number: UInt16) -> Int64 {
        guard let highest else { return Int64(number) }
        return highest + Int64(UInt16(truncatingIfNeeded: highest).distance(toSequenceNumber: number))
    }

    public mutating func unwrap(_ number: UInt16) -> Int64 {
        let extended = peek(number)
        highest = max(highest ?? extended, extended)
        return extended
    }
}

/// Extends 32-bit timestamps: each is taken to be the one nearest to the newest so far.
public struct TimestampUnwrapper: Sendable {
    public private(set) var newest: Int64?

    public init() {}

    public func peek(_ timestamp: UInt32) -> Int64 {
        guard let newest else { return Int64(timestamp) }
        return newest + Int64(UInt32(truncatingIfNeeded: newest).distance(toTimestamp: timestamp))
    }

    public mutating func unwrap(_ timestamp: UInt32) -> Int64 {
        let extended = peek(timestamp)
        newest = max(newest ?? extended, extended)
        return extended
    }
}
