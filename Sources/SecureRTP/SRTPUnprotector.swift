public import MediaCore
import RTPWire

/// The stage `srtp.unprotect`: opens the SRTP packets of one sender.
///
/// A sender who restarts with a new SSRC keeps the key: each SSRC has a replay list of its own, which begins only with
/// an authentic packet, so forged SSRCs cost nothing.
public struct SRTPUnprotector: PacketFilter, ~Copyable {
    /// SSRCs that are remembered at once; the one that was heard least recently is forgotten for another.
    public static let maximumSources = 4

    public var maximumGrowth: Int { 0 }
    private let engine: SRTPEngine
    private var sources: SourceTable

    /// - Parameter replayWindow: packets, 64...16384; rounded up to a power of two.
    public init(_ master: MasterKey, replayWindow: Int = 1024) throws(SecureRTPError) {
        engine = try SRTPEngine(master, isInbound: true)
        sources = SourceTable(window: replayWindow)
    }

    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        Self.open(engine, &sources, &bytes, length)
    }

    public mutating func reset() { sources.removeAll() }

    private static func open(
        _ engine: borrowing SRTPEngine, _ sources: inout SourceTable, _ bytes: inout MutableSpan<UInt8>, _ length: Int
    ) -> PacketVerdict {
        // Padding is under the encryption, so only the clear part of the header is parsed here.
        guard let start = SecurePacket.headerBytes(bytes.span, length: length) else { return .refused(.malformed) }
        let ssrc = bytes.span.uint32(at: 8)
        let (index, verdict) = sources.look(bytes.span.uint16(at: 2), of: ssrc)
        switch verdict {
        case .fresh: break
        case .replayed: return .refused(.replayed)
        case .tooOld: return .refused(.tooOld)
        }
        let end = length - engine.tagBytes
        guard end >= start else { return .refused(.malformed) }
        guard engine.open(&bytes, text: start..<end, ssrc: ssrc, index: index) else {
            return .refused(.unauthenticated)
        }
        sources.insert(index, of: ssrc)
        return .passed(end)
    }
}
