public import MediaCore
import RTPWire

/// The stage `srtp.protect`: seals the RTP packets that go to one listener.
///
/// A sequence number that has gone out already is refused: the same nonce must never be used twice (RFC 3711 §9.1,
/// RFC 7714 §8.1). So it is for the last `SRTPUnprotector.maximumSources` SSRCs that went out.
public struct SRTPProtector: PacketFilter, ~Copyable {
    /// Packets that may come out of order.
    private static let window = 128

    public let maximumGrowth: Int
    private let engine: SRTPEngine
    private var sources = SourceTable(window: Self.window)
    private var control: SRTCPProtector

    public init(_ master: MasterKey) throws(SecureRTPError) {
        let engine = try SRTPEngine(master, isInbound: false)
        let control = try SRTCPProtector(master)
        self.engine = engine
        self.control = control
        maximumGrowth = master.suite.tagBytes
    }

    /// - Parameter bytes: at least `length + maximumGrowth` long.
    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        precondition(bytes.count >= length + maximumGrowth)
        return Self.seal(engine, &sources, &bytes, length)
    }

    /// - Parameter bytes: at least `length + SRTCP.maximumGrowth` long.
    public mutating func processControl(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        control.process(&bytes, length: length)
    }

    /// The key stays, so the sequence numbers that went out stay refused.
    public mutating func reset() {}

    private static func seal(
        _ engine: borrowing SRTPEngine, _ sources: inout SourceTable, _ bytes: inout MutableSpan<UInt8>, _ length: Int
    ) -> PacketVerdict {
        guard let start = SecurePacket.headerBytes(bytes.span, length: length) else { return .refused(.malformed) }
        let ssrc = bytes.span.uint32(at: 8)
        let (index, verdict) = sources.look(bytes.span.uint16(at: 2), of: ssrc)
        switch verdict {
        case .fresh: break
        case .replayed: return .refused(.replayed)
        case .tooOld: return .refused(.tooOld)
        }
        guard engine.seal(&bytes, text: start..<length, ssrc: ssrc, index: index) else {
            return .refused(.malformed)
        }
        sources.insert(index, of: ssrc)
        return .passed(length + engine.tagBytes)
    }
}
