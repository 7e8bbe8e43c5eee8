/// The payload of a redundancy packet (RFC 2198): older blocks, then the primary one.
public enum REDPayload {
    /// Blocks that are looked at; more is malformed. The timestamp offset has 14 bits: 16383 ticks, 341 ms of Opus.
    public static let maximumBlocks = 17
    /// The largest timestamp offset of a redundant block (14 bits).
    public static let maximumTimestampOffset = 0x3FFF
    /// The longest redundant block (10 bits).
    public static let maximumBlockBytes = 0x3FF

    public struct Block: Sendable, Hashable {
        public var payloadType: UInt8
        /// How much older than the packet's timestamp; 0 for the primary block.
        public var timestampOffset: Int
        /// In the payload that was parsed.
        public var data: Range<Int>
        public var isPrimary: Bool

        public init(payloadType: UInt8, timestampOffset: Int, data: Range<Int>, isPrimary: Bool) {
            self.payloadType = payloadType
            self.timestampOffset = timestampOffset
            self.data = data
            self.isPrimary = isPrimary
        }
    }

    /// Walks over the blocks, oldest first, the primary one last.
    public struct Cursor: Sendable {
        private var header = 0
        private var data: Int
        private let end: Int

        /// - Parameter payload: an RTP packet's.
        /// - Returns: nil if the block headers or the blocks do not fit.
        public init?(_ payload: Span<UInt8>) {
            var offset = 0
            var total = 0
            var blocks = 0
            while true {
                guard offset < payload.count, blocks < maximumBlocks else { return nil }
                blocks += 1
                guard payload[offset] & 0x80 != 0 else { break }
                guard offset + 4 <= payload.count else { return nil }
                total += Int(payload.uint16(at: offset + 2) & 0x3FF)
                offset += 4
            }
            guard offset + 1 + total <= payload.count else { return nil }
            data = offset + 1
            end = payload.count
        }

        public mutating func next(in payload: Span<UInt8>) -> Block? {
            guard header >= 0 else { return nil }
            let first = payload[header]
            guard first & 0x80 != 0 else {
                header = -1
                return Block(payloadType: first & 0x7F, timestampOffset: 0, data: data..<end, isPrimary: true)
            }
            let word = payload.uint32(at: header)
            let length = Int(word & 0x3FF)
            let block = Block(
                payloadType: first & 0x7F, timestampOffset: Int(word >> 10) & 0x3FFF, data: data..<(data + length),
                isPrimary: false)
            header += 4
            data += length
            return block
        }
    }

    /// Bytes before the blocks: 4 for each redundant one, 1 for the primary.
    public static func headerBytes(redundantBlocks: Int) -> Int { 4 * redundantBlocks + 1 }

    /// Writes the header of a redundant block.
    /// - Parameters:
    ///   - timestampOffset: 0...16383.
    ///   - length: 0...1023 bytes.
    public static func writeRedundantHeader(
        payloadType: UInt8, timestampOffset: Int, length: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
    ) {
        precondition(timestampOffset <= maximumTimestampOffset && length <= maximumBlockBytes)
        let word = UInt32(0x80 | payloadType) << 24 | UInt32(timestampOffset) << 10 | UInt32(length)
        bytes.store(word, at: offset)
    }
}
