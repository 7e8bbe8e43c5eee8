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

    /// What opens packets of one stream, with its rollover counter and its replay list.
    private final class Context {
        private var unprotector: SRTPUnprotector?
        private var cipher: RTPSizeCipher?

        init(_ material: KeyMaterial) {
            if let mode = RTPSizeMode(rawValue: material.suite) {
                cipher = try? RTPSizeCipher(mode, key: material.secret, isSealing: false)
            } else if let suite = CryptoSuite(name: material.suite),
                let master = try? MasterKey(suite: suite, keyAndSalt: material.secret)
            {
                unprotector = try? SRTPUnprotector(master)
            }
        }

        func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
            if cipher != nil { return cipher?.process(&bytes, length: length) ?? .refused(.malformed) }
            return unprotector?.process(&bytes, length: length) ?? .refused(.malformed)
        }
    }

    private final class ControlContext {
        private var session: SRTCPSession?
        init(_ material: KeyMaterial) { session = try? SRTCPSession(material, isInbound: true) }

        func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
            session?.process(&bytes, length: length) ?? .refused(.malformed)
        }
    }

    private let keys: KeyRing
    private var streams: [StreamKey: Context] = [:]
    private var fresh: [KeyMaterial: Context] = [:]
    private var controls: [UInt32: ControlContext] = [:]
    private var freshControls: [KeyMaterial: ControlContext] = [:]
    private var bytes = [UInt8](repeating: 0, count: 65_536)

    public init(_ keys: KeyRing) { self.keys = keys }

    /// Copies a packet and opens it, if there is a key for its stream.
    public mutating func open(_ key: StreamKey, _ packet: Span<UInt8>) -> Outcome {
        guard let material = keys[key.ssrc] else { return .noKey }
        let context = streams[key] ?? fresh[material] ?? Context(material)
        copy(packet)
        var span = bytes.mutableSpan
        let verdict = context.process(&span, length: packet.count)
        guard streams[key] == nil else { return Self.outcome(verdict) }
        guard case .passed = verdict else {
            fresh[material] = context
            return Self.outcome(verdict)
        }
        fresh[material] = nil
        guard streams.count < Self.maximumStreams else { return .refused(.exhausted) }
        streams[key] = context
        return Self.outcome(verdict)
    }

    /// The same for an RTCP datagram, by its sender's SSRC.
    public mutating func openControl(_ packet: Span<UInt8>) -> Outcome {
        guard packet.count >= 8 else { return .noKey }
        let ssrc = packet.uint32(at: 4)
        guard let material = keys[ssrc] else { return .noKey }
        let context = controls[ssrc] ?? freshControls[material] ?? ControlContext(material)
        copy(packet)
        var span = bytes.mutableSpan
        let verdict = context.process(&span, length: packet.count)
        guard controls[ssrc] == nil else { return Self.outcome(verdict) }
        guard case .passed = verdict else {
            freshControls[material] = context
            return Self.outcome(verdict)
        }
        freshControls[material] = nil
        guard controls.count < Self.maximumStreams else { return .refused(.exhausted) }
        controls[ssrc] = context
        return Self.outcome(verdict)
    }

    public func hasKey(_ ssrc: UInt32) -> Bool { keys[ssrc] != nil }

    /// The first bytes of the last packet that was opened.
    public func opened(_ length: Int) -> [UInt8] { Array(bytes[..<length]) }

    private mutating func copy(_ packet: Span<UInt8>) { for i in packet.indices { bytes[i] = packet[i] } }

    private static func outcome(_ verdict: PacketVerdict) -> Outcome {
        switch verdict {
        case .passed(let length): .opened(length)
        case .refused(let refusal): .refused(refusal)
        }
    }
}
