/// The elements of an RTP header extension (RFC 8285): one-byte headers (profile `BEDE`) or two-byte ones (`100x`).
public enum HeaderExtensions {
    /// The profile of one-byte element headers (RFC 8285 §4.2).
    public static let oneByteProfile: UInt16 = 0xBEDE
    /// The profile of two-byte element headers, without its four application bits (RFC 8285 §4.3).
    public static let twoByteProfile: UInt16 = 0x1000

    /// The data of the first element with an identifier; nil if there is none before the first malformed element.
    /// - Parameter identifier: 1...14 in one-byte form, 1...255 in two-byte form.
    public static func element(_ identifier: Int, of header: RTPHeader, in bytes: Span<UInt8>) -> Range<Int>? {
        var cursor = Cursor(header)
        while let element = cursor.next(in: bytes) { if element.identifier == identifier { return element.data } }
        return nil
    }

    /// Walks over the elements in order; ends at the end, and at what is malformed.
    public struct Cursor: Sendable {
        private var offset: Int
        private let end: Int
        private let isOneByte: Bool

        public init(_ header: RTPHeader) {
            let profile = header.extensionProfile ?? 0
            isOneByte = profile == oneByteProfile
            let isKnown = isOneByte || profile & 0xFFF0 == twoByteProfile
            offset = header.extensionBody.lowerBound
            end = isKnown ? header.extensionBody.upperBound : offset
        }

        public mutating func next(in bytes: Span<UInt8>) -> (identifier: Int, data: Range<Int>)? {
            while offset < end {
                // A zero byte is padding, wherever an element could start (RFC 8285 §4.1.1).
                guard bytes[offset] != 0 else {
                    offset += 1
                    continue
                }
                return isOneByte ? oneByte(bytes) : twoByte(bytes)
            }
            return nil
        }

        private mutating func oneByte(_ bytes: Span<UInt8>) -> (identifier: Int, data: Range<Int>)? {
            let identifier = Int(bytes[offset] >> 4)
            let start = offset + 1
            let length = Int(bytes[offset] & 0x0F) + 1
            // 15 stops processing (RFC 8285 §4.2); so does an element that does not fit.
            guard identifier != 15, start + length <= end else { return stop() }
            offset = start + length
            return (identifier, start..<offset)
        }

        private mutating func twoByte(_ bytes: Span<UInt8>) -> (identifier: Int, data: Range<Int>)? {
            let start = offset + 2
            guard start <= end, start + Int(bytes[offset + 1]) <= end else { return stop() }
            let identifier = Int(bytes[offset])
            offset = start + Int(bytes[start - 1])
            return (identifier, start..<offset)
        }

        private mutating func stop() -> (identifier: Int, data: Range<Int>)? {
            offset = end
            return nil
        }
    }
}

/// What a sender says of the level of a packet's audio (RFC 6464 §3): one byte in a header extension.
public struct AudioLevel: Sendable, Hashable {
    /// Whether the sender takes it for speech.
    public var isVoice: Bool
    /// In dBov, -127...0; -127 stands for digital silence, too.
    public var level: Int

    public init(level: Int, isVoice: Bool) {
        self.level = min(max(level, -127), 0)
        self.isVoice = isVoice
    }

    public init(byte: UInt8) { self.init(level: -Int(byte & 0x7F), isVoice: byte & 0x80 != 0) }

    public var byte: UInt8 { UInt8(-level) | (isVoice ? 0x80 : 0) }

    /// Reads it from a packet; nil if the packet has no such element.
    /// - Parameter identifier: as signalled (`a=extmap`).
    public init?(identifier: Int, of header: RTPHeader, in bytes: Span<UInt8>) {
        guard let data = HeaderExtensions.element(identifier, of: header, in: bytes), !data.isEmpty else { return nil }
        self.init(byte: bytes[data.lowerBound])
    }
}
