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

    public init(_ master: MasterKey) throws(SecureRTPError) {
        engine = try SRTPEngine(master, isInbound: false)
        maximumGrowth = master.suite.tagBytes
    }

    /// - Parameter bytes: at least `length + maximumGrowth` long.
    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        precondition(bytes.count >= length + maximumGrowth)
        return Self.seal(engine, &sources, &bytes, length)
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

/// SRTCP in one direction (RFC 3711 §3.4), by libsrtp: control packets are few.
public struct SRTCPSession: ~Copyable {
    /// What protection adds at most: index, tag.
    public static let maximumGrowth = 20

    private let session: LibSRTPSession
    private let isInbound: Bool

    public init(_ master: MasterKey, isInbound: Bool) throws(SecureRTPError) {
        session = try LibSRTPSession(master, isInbound ? .inbound : .outbound, window: 128)
        self.isInbound = isInbound
    }

    /// - Throws: if the suite is not one of SRTP's: Discord's modes have no SRTCP.
    public init(_ key: KeyMaterial, isInbound: Bool) throws(SecureRTPError) {
        guard let suite = CryptoSuite(name: key.suite) else {
            throw SecureRTPError("'\(key.suite)' has no SRTCP")
        }
        try self.init(MasterKey(suite: suite, keyAndSalt: key.secret), isInbound: isInbound)
    }

    /// Opens or seals an RTCP datagram in place.
    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        guard length >= 8, bytes.count >= length + (isInbound ? 0 : Self.maximumGrowth) else {
            return .refused(.malformed)
        }
        switch session.process(isInbound ? .unprotectRTCP : .protectRTCP, &bytes, length: length) {
        case .success(let count): return .passed(count)
        case .failure(let status): return .refused(PacketRefusal(status))
        }
    }
}
