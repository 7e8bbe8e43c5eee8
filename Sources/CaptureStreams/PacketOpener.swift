public import MediaCore
import RTPWire
import SecureRTP

/// Opens the SRTP packets of a capture, stream by stream, for those who look at them.
///
/// What is not known yet is tried by a context that belongs to the key alone; only with an authentic packet does a stream
/// get it for its own. So whoever has no key makes nothing grow and pushes nobody out.
public struct PacketOpener {
    /// Streams with authentic packets; the packets of more are refused.
    public static let maximumStreams = StreamFinder.maximumStreams

    /// What became of one packet.
    public enum Outcome: Sendable, Hashable {
        /// There is no key for it.
        case noKey
        /// So many bytes of `opened`.
        case opened(Int)
        case refused(PacketRefusal)
    }

    private let keys: KeyRing
    private var streams = ContextTable<StreamKey>()
    private var controls = ContextTable<UInt32>()
    private var bytes = [UInt8](repeating: 0, count: 65_536)

    public init(_ keys: KeyRing) { self.keys = keys }

    /// Copies a packet and opens it, if there is a key for its stream.
    public mutating func open(_ key: StreamKey, _ packet: Span<UInt8>) -> Outcome {
        guard let material = keys[key.ssrc] else { return .noKey }
        copy(packet)
        return streams.open(&bytes, packet.count, of: key, by: material) { Context(material) }
    }

    /// The same for an RTCP datagram, by its sender's SSRC.
    public mutating func openControl(_ packet: Span<UInt8>) -> Outcome {
        guard packet.count >= 8 else { return .noKey }
        let ssrc = packet.uint32(at: 4)
        guard let material = keys[ssrc] else { return .noKey }
        copy(packet)
        return controls.open(&bytes, packet.count, of: ssrc, by: material) { Context(controlOf: material) }
    }

    public func hasKey(_ ssrc: UInt32) -> Bool { keys[ssrc] != nil }

    /// The first bytes of the last packet that was opened.
    public func opened(_ length: Int) -> [UInt8] { Array(bytes[..<length]) }

    private mutating func copy(_ packet: Span<UInt8>) { for i in packet.indices { bytes[i] = packet[i] } }
}

/// What opens packets of one stream, or the control packets of one sender, with its rollover counter and its replay list.
private final class Context {
    private var unprotector: SRTPUnprotector?
    private var cipher: RTPSizeCipher?
    private var control: SRTCPUnprotector?

    init(_ material: KeyMaterial) {
        if let mode = RTPSizeMode(rawValue: material.suite) {
            cipher = try? RTPSizeCipher(mode, key: material.secret, isSealing: false)
        } else if let suite = CryptoSuite(name: material.suite),
            let master = try? MasterKey(suite: suite, keyAndSalt: material.secret)
        {
            unprotector = try? SRTPUnprotector(master)
        }
    }

    init(controlOf material: KeyMaterial) { control = try? SRTCPUnprotector(material) }

    func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        if cipher != nil { return cipher?.process(&bytes, length: length) ?? .refused(.malformed) }
        if control != nil { return control?.process(&bytes, length: length) ?? .refused(.malformed) }
        return unprotector?.process(&bytes, length: length) ?? .refused(.malformed)
    }
}

/// Contexts by stream; those that have opened nothing yet, by key.
private struct ContextTable<Key: Hashable> {
    private var proven: [Key: Context] = [:]
    private var fresh: [KeyMaterial: Context] = [:]

    /// Opens the packet at the start of `bytes`.
    mutating func open(
        _ bytes: inout [UInt8], _ length: Int, of key: Key, by material: KeyMaterial, make: () -> Context
    ) -> PacketOpener.Outcome {
        let context = proven[key] ?? fresh[material] ?? make()
        var span = bytes.mutableSpan
        switch context.process(&span, length: length) {
        case .refused(let refusal):
            if proven[key] == nil { fresh[material] = context }
            return .refused(refusal)
        case .passed(let opened):
            guard proven[key] == nil else { return .opened(opened) }
            fresh[material] = nil
            guard proven.count < PacketOpener.maximumStreams else { return .refused(.exhausted) }
            proven[key] = context
            return .opened(opened)
        }
    }
}
