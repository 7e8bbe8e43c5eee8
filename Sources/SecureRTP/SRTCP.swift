public import MediaCore
import RTPWire

/// The measures of a sealed control packet (RFC 3711 §3.4, RFC 7714 §9).
public enum SRTCP {
    /// What protection adds at most: index, tag.
    public static let maximumGrowth = indexBytes + GCMContext.tagBytes
    /// What stays clear: the first packet's header, and the SSRC that speaks.
    static let headerBytes = 8
    /// The E flag, then 31 bits of index.
    static let indexBytes = 4
    static let isEncrypted: UInt32 = 1 << 31
    static let lastIndex: UInt32 = 0x7FFF_FFFF
    /// Of AES-CM suites, those with a short tag for RTP too (RFC 3711 §5.2).
    static let tagBytes = 10
}

/// Seals the RTCP datagrams of one sender. Each has an index of its own; when there are no more, none goes out.
public struct SRTCPProtector: ~Copyable {
    private let engine: SRTPEngine
    private var nextIndex: UInt32

    public init(_ master: MasterKey) throws(SecureRTPError) { try self.init(master, firstIndex: 0) }

    /// - Parameter firstIndex: other than 0 only in tests.
    package init(_ master: MasterKey, firstIndex: UInt32) throws(SecureRTPError) {
        engine = try SRTPEngine(controlOf: master, isInbound: false)
        nextIndex = firstIndex
    }

    /// - Parameter bytes: at least `length + SRTCP.maximumGrowth` long.
    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        precondition(bytes.count >= length + SRTCP.maximumGrowth)
        guard length >= SRTCP.headerBytes else { return .refused(.malformed) }
        guard nextIndex <= SRTCP.lastIndex else { return .refused(.exhausted) }
        let ssrc = bytes.span.uint32(at: 4)
        guard engine.sealControl(&bytes, end: length, ssrc: ssrc, word: SRTCP.isEncrypted | nextIndex) else {
            return .refused(.malformed)
        }
        nextIndex += 1
        return .passed(length + SRTCP.indexBytes + engine.tagBytes)
    }
}

/// Opens the RTCP datagrams of whoever has a key. Of `SRTPUnprotector.maximumSources` SSRCs it knows what has been seen.
public struct SRTCPUnprotector: ~Copyable {
    /// Datagrams that may come out of order.
    private static let window = 128

    private let engine: SRTPEngine
    private var sources = SourceTable(window: Self.window)

    public init(_ master: MasterKey) throws(SecureRTPError) {
        engine = try SRTPEngine(controlOf: master, isInbound: true)
    }

    /// - Throws: if the suite is not one of SRTP's: Discord's modes have no SRTCP.
    public init(_ key: KeyMaterial) throws(SecureRTPError) {
        guard let suite = CryptoSuite(name: key.suite) else {
            throw SecureRTPError("'\(key.suite)' has no SRTCP")
        }
        try self.init(MasterKey(suite: suite, keyAndSalt: key.secret))
    }

    /// What is authenticated but not encrypted, against what was agreed, is refused as malformed, as libsrtp does.
    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        let end = length - SRTCP.indexBytes - engine.tagBytes
        guard end >= SRTCP.headerBytes, length <= bytes.count else { return .refused(.malformed) }
        let ssrc = bytes.span.uint32(at: 4)
        let word = bytes.span.uint32(at: engine.placeOfIndex(length: length))
        guard word & SRTCP.isEncrypted != 0 else { return .refused(.malformed) }
        let index = UInt64(word & SRTCP.lastIndex)
        switch sources.check(index, of: ssrc) {
        case .fresh: break
        case .replayed: return .refused(.replayed)
        case .tooOld: return .refused(.tooOld)
        }
        guard engine.openControl(&bytes, end: end, ssrc: ssrc, word: word) else { return .refused(.unauthenticated) }
        sources.insert(index, of: ssrc)
        return .passed(end)
    }
}
