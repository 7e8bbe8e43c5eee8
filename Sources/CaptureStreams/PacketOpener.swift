import MediaCore
import RTPWire
import SecureRTP

/// Opens the SRTP packets of a capture, stream by stream, for those who look at them.
public struct PacketOpener {
    private final class Stream {
        var unprotector: SRTPUnprotector?
        var cipher: RTPSizeCipher?
        var control: SRTCPSession?
        init() {}
    }

    private let keys: KeyRing
    private var streams: [StreamKey: Stream] = [:]
    private var controls: [UInt32: Stream] = [:]
    private var bytes = [UInt8](repeating: 0, count: 65_536)

    public init(_ keys: KeyRing) { self.keys = keys }

    /// Copies a packet and opens it, if there is a key for its stream.
    /// - Returns: its length in `opened`; nil if there is no key; 0 if it cannot be opened.
    public mutating func open(_ key: StreamKey, _ packet: Span<UInt8>) -> Int? {
        guard let material = keys[key.ssrc], let stream = stream(key, material) else { return nil }
        for i in packet.indices { bytes[i] = packet[i] }
        var span = bytes.mutableSpan
        let verdict: PacketVerdict
        if stream.cipher != nil {
            verdict = stream.cipher?.process(&span, length: packet.count) ?? .refused(.malformed)
        } else {
            verdict = stream.unprotector?.process(&span, length: packet.count) ?? .refused(.malformed)
        }
        guard case .passed(let length) = verdict else { return 0 }
        return length
    }

    /// The same for an RTCP datagram, by its sender's SSRC.
    public mutating func openControl(_ packet: Span<UInt8>) -> Int? {
        guard packet.count >= 8 else { return nil }
        let ssrc = packet.uint32(at: 4)
        guard let material = keys[ssrc] else { return nil }
        let stream = controls[ssrc] ?? Stream()
        if controls[ssrc] == nil {
            if controls.count >= StreamFinder.maximumStreams { controls.removeAll() }
            stream.control = try? SRTCPSession(material, isInbound: true)
            controls[ssrc] = stream
        }
        for i in packet.indices { bytes[i] = packet[i] }
        var span = bytes.mutableSpan
        guard case .passed(let length) = stream.control?.process(&span, length: packet.count) else { return 0 }
        return length
    }

    /// The first bytes of the last packet that was opened.
    public func opened(_ length: Int) -> [UInt8] { Array(bytes[..<length]) }

    private mutating func stream(_ key: StreamKey, _ material: KeyMaterial) -> Stream? {
        if let known = streams[key] { return known }
        // Candidates are bounded by whoever finds streams; here by the same number.
        if streams.count >= StreamFinder.maximumStreams { streams.removeAll() }
        let stream = Stream()
        if let mode = RTPSizeMode(rawValue: material.suite) {
            stream.cipher = try? RTPSizeCipher(mode, key: material.secret, isSealing: false)
        } else if let suite = CryptoSuite(name: material.suite),
            let master = try? MasterKey(suite: suite, keyAndSalt: material.secret)
        {
            stream.unprotector = try? SRTPUnprotector(master)
        }
        streams[key] = stream
        return stream
    }
}
