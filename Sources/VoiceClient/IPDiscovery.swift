import RTPWire

/// Discord's IP discovery: 74 bytes each way, in which a client asks which address its datagrams come from.
package enum IPDiscovery {
    package static let bytes = 74

    package static func request(ssrc: UInt32) -> [UInt8] { message(type: 1, ssrc, [], 0) }

    package static func answer(ssrc: UInt32, address: String, port: UInt16) -> [UInt8] {
        message(type: 2, ssrc, Array(address.utf8.prefix(63)), port)
    }

    /// What an answer says; nil if the datagram is none.
    package static func parse(_ datagram: Span<UInt8>) -> (ssrc: UInt32, address: String, port: UInt16)? {
        guard datagram.count == bytes, datagram.uint16(at: 0) == 2, datagram.uint16(at: 2) == 70 else { return nil }
        var text: [UInt8] = []
        for i in 8..<72 where datagram[i] != 0 { text.append(datagram[i]) }
        return (datagram.uint32(at: 4), String(decoding: text, as: UTF8.self), datagram.uint16(at: 72))
    }

    private static func message(type: UInt16, _ ssrc: UInt32, _ address: [UInt8], _ port: UInt16) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: bytes)
        var span = message.mutableSpan
        span.store(type, at: 0)
        span.store(UInt16(70), at: 2)
        span.store(ssrc, at: 4)
        for (i, byte) in address.enumerated() { span[8 + i] = byte }
        span.store(port, at: 72)
        return message
    }
}
