import AudioFile
import CaptureStreams
import FileAccess
import Foundation
import MediaCore
import OfflineMix
import PacketCapture
import RTPWire
import SecureRTP

/// One datagram of a capture that a test makes.
struct Datagram {
    static let server = Endpoint(ipv4: 0x0A00_0064, port: 5004)
    /// In nanoseconds since 1970.
    static let start: Int64 = 1_700_000_000_000_000_000

    var time: Int64
    var source: Endpoint
    var bytes: [UInt8]
}

/// Somebody in a call: the first seconds of a sample track as RTP, perhaps in SRTP, from an address of their own.
struct Talker {
    static let keys = (0..<4).map { i in
        KeyMaterial(suite: "aead-aes-128-gcm", secret: (0..<28).map { UInt8($0 + 40 * i) })
    }

    var ssrc: UInt32
    var source: Endpoint
    var datagrams: [Datagram] = []

    /// - Parameters:
    ///   - skipped: packets of the track that are left out before.
    ///   - start: when the first packet comes, in the capture's time.
    ///   - sequenceNumber: of the first packet.
    ///   - key: seals the packets.
    init(
        _ track: String, ssrc: UInt32, frames: Int = 200, skipped: Int = 0, start: Duration = .zero,
        sequenceNumber: UInt16 = 65_400, key: KeyMaterial? = nil
    ) throws {
        self.ssrc = ssrc
        source = Endpoint(ipv4: 0x0A00_0000 | ssrc & 0xFF, port: 40_000)
        let packets = try Self.payloads(track, count: skipped + frames).dropFirst(skipped).enumerated().map {
            i, payload in
            Self.packet(
                payload, ssrc: ssrc, sequenceNumber: sequenceNumber &+ UInt16(i), timestamp: UInt32(i) &* 960 &- 4800)
        }
        let wire = if let key { try Self.sealed(packets, key) } else { packets }
        for (i, packet) in wire.enumerated() {
            let time = Datagram.start + Int64(start / .nanoseconds(1)) + Int64(i) * 20_000_000
            datagrams.append(Datagram(time: time, source: source, bytes: packet))
        }
    }

    static func packet(
        _ payload: [UInt8], ssrc: UInt32, sequenceNumber: UInt16, timestamp: UInt32, payloadType: UInt8 = 111
    ) -> [UInt8] {
        let writer = RTPWriter(
            payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc)
        var bytes = [UInt8](repeating: 0, count: 12)
        let nobody: [UInt32] = []
        var span = bytes.mutableSpan
        _ = writer.write(contributingSources: nobody.span, into: &span)
        return bytes + payload
    }

    static func sealed(_ packets: [[UInt8]], _ key: KeyMaterial) throws -> [[UInt8]] {
        guard let suite = CryptoSuite(name: key.suite) else { return [] }
        var protector = try SRTPProtector(MasterKey(suite: suite, keyAndSalt: key.secret))
        return packets.map { packet in
            var bytes = packet + [UInt8](repeating: 0, count: protector.maximumGrowth)
            var span = bytes.mutableSpan
            guard case .passed(let length) = protector.process(&span, length: packet.count) else { return [] }
            return Array(bytes[..<length])
        }
    }

    /// The first packets of a track of the sample meeting.
    private static func payloads(_ track: String, count: Int) throws -> [[UInt8]] {
        var reader = try OggOpusReader(path: "\(Fixture.meeting)/\(track).opus")
        var payloads: [[UInt8]] = []
        while payloads.count < count {
            switch try reader.next() {
            case .packet: payloads.append(reader.payload.indices.map { reader.payload[$0] })
            case .end: return payloads
            default: break
            }
        }
        return payloads
    }
}

extension Fixture {
    /// Writes datagrams, in the order of their times, as a capture.
    @discardableResult
    func capture(
        _ name: String, _ datagrams: [Datagram], format: CaptureReader.Format = .pcapng
    ) throws -> String {
        let file = path(name)
        var writer = try CaptureWriter(OutputFile(path: file, overwrite: true), format: format)
        for datagram in datagrams.sorted(by: { $0.time < $1.time }) {
            try writer.write(datagram.bytes.span, time: datagram.time, from: datagram.source, to: Datagram.server)
        }
        _ = try writer.finish()
        return file
    }

    /// The participants in a capture.
    func participants(
        _ capture: String, keys: [String] = [], streams: [String] = []
    ) throws -> (inputs: [MixInput], warnings: [String]) {
        var ring = KeyRing()
        for key in keys { try ring.add(key) }
        var captures = CaptureInputs(keys: ring, choices: streams.map(CaptureInputs.Choice.init))
        let inputs = try captures.expand(try InputResolver.resolve([capture]))
        return (inputs, captures.warnings)
    }
}

extension KeyMaterial {
    /// As it is written on a command line.
    var text: String { "\(suite):\(Data(secret).base64EncodedString())" }
}
