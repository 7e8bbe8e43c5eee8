import CaptureStreams
import MediaCore
import SecureRTP
import Testing

@Suite struct PacketOpenerTests {
    private static let material = KeyMaterial(suite: "aead-aes-128-gcm", secret: (0..<28).map { UInt8($0) })

    private static func ring() throws -> KeyRing {
        var ring = KeyRing()
        try ring.add("AEAD_AES_128_GCM:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==")
        return ring
    }

    private static func sealed(_ packets: [[UInt8]]) throws -> [[UInt8]] {
        var protector = try SRTPProtector(MasterKey(suite: .aeadAES128GCM, keyAndSalt: material.secret))
        return packets.map { packet in
            var bytes = packet + [UInt8](repeating: 0, count: protector.maximumGrowth)
            var span = bytes.mutableSpan
            guard case .passed(let length) = protector.process(&span, length: packet.count) else { return [] }
            return Array(bytes[..<length])
        }
    }

    private static func key(_ ssrc: UInt32) -> StreamKey {
        StreamKey(ssrc: ssrc, source: Packets.source, destination: Packets.destination)
    }

    @Test func `a stream keeps its rollover counter, whoever else comes under the same key`() throws {
        // Sequence numbers wrap around after 36 packets.
        let packets = Packets.stream(60)
        let sealed = try Self.sealed(packets)
        var opener = PacketOpener(try Self.ring())
        var ssrc: UInt32 = 1000
        for (packet, bytes) in zip(packets, sealed) {
            let outcome = opener.open(Self.key(7), bytes.span)
            #expect(outcome == .opened(packet.count))
            #expect(opener.opened(packet.count) == packet)
            for _ in 0..<100 {
                ssrc += 1
                let forged = Packets.rtp(ssrc: ssrc, sequenceNumber: 1, timestamp: 1, payload: Array(bytes[12...]))
                let outcome = opener.open(Self.key(ssrc), forged.span)
                #expect(outcome == .refused(.unauthenticated))
            }
        }
        #expect(ssrc > 1000 + UInt32(PacketOpener.maximumStreams))
    }

    @Test func `what comes again and what has no key is told apart from what is forged`() throws {
        let sealed = try Self.sealed(Packets.stream(3))
        var opener = PacketOpener(try Self.ring())
        func open(_ bytes: [UInt8]) -> PacketOpener.Outcome {
            let span = bytes.span
            return opener.open(Self.key(7), span)
        }
        #expect(open(sealed[0]) == .opened(18))
        #expect(open(sealed[0]) == .refused(.replayed))
        #expect(open(sealed[1].dropLast()) == .refused(.unauthenticated))
        #expect(open(sealed[1]) == .opened(18))
        var closed = PacketOpener(KeyRing())
        let third = sealed[2]
        let outcome = closed.open(Self.key(7), third.span)
        #expect(outcome == .noKey)
    }
}
