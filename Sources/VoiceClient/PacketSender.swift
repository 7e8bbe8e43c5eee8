package import MediaCore
import Packetization
import RTPWire
package import SecureRTP

/// One client's stream of RTP, sealed: a packet for each frame that is sent, none for those that are not.
package struct PacketSender: ~Copyable {
    /// What ends a talk: Opus silence, so that receivers do not take the end for loss.
    package static let silence: [UInt8] = [0xF8, 0xFF, 0xFE]
    package static let closingFrames = 5
    private static let maximumPayloadBytes = 1275

    private var cipher: MediaCipher
    private var writer: RTPWriter
    private var isTalking = false
    private var closing = 0
    private var bytes: [UInt8]
    package private(set) var sent = 0
    package private(set) var sentBytes = 0

    /// - Parameter key: nil for plain RTP.
    package init(ssrc: UInt32, payloadType: UInt8, key: KeyMaterial?, first: (number: UInt16, timestamp: UInt32))
        throws(SecureRTPError)
    {
        let cipher = try MediaCipher(key, isSealing: true)
        writer = RTPWriter(
            payloadType: payloadType, sequenceNumber: first.number, timestamp: first.timestamp, ssrc: ssrc)
        bytes = [UInt8](
            repeating: 0, count: RTPHeader.minimumBytes + Self.maximumPayloadBytes + cipher.maximumGrowth)
        self.cipher = cipher
    }

    /// Makes the packet of the next frame, and calls with it if there is one.
    /// - Parameter payload: nil if nothing is said: silence follows what was, then nothing.
    package mutating func advance(
        _ payload: Span<UInt8>?, samples: Int = 960, send: (Span<UInt8>) -> Void
    ) {
        if let payload {
            writer.marker = !isTalking
            isTalking = true
            closing = Self.closingFrames
            transmit(payload, send)
        } else if closing > 0 {
            closing -= 1
            writer.marker = false
            transmit(Self.silence.span, send)
            isTalking = closing > 0
        }
        writer.timestamp &+= UInt32(samples)
    }

    /// Whether silence is still to be sent.
    package var isClosing: Bool { closing > 0 }

    /// Sends silence without having talked: to be known to the server.
    package mutating func announce() { closing = Self.closingFrames }

    /// Ends what is being said.
    package mutating func announceEnd() { if isTalking { closing = Self.closingFrames } }

    private mutating func transmit(_ payload: Span<UInt8>, _ send: (Span<UInt8>) -> Void) {
        guard payload.count <= Self.maximumPayloadBytes else { return }
        let length = Self.write(payload, writer, &cipher, &bytes)
        writer.sequenceNumber &+= 1
        guard let length else { return }
        sent += 1
        sentBytes += length
        send(bytes.span.extracting(first: length))
    }

    private static func write(
        _ payload: Span<UInt8>, _ writer: RTPWriter, _ cipher: inout MediaCipher, _ bytes: inout [UInt8]
    ) -> Int? {
        var span = bytes.mutableSpan
        let nobody: [UInt32] = []
        let header = writer.write(contributingSources: nobody.span, into: &span)
        for i in payload.indices { span[header + i] = payload[i] }
        return cipher.process(&span, length: header + payload.count)
    }
}
