import CaptureStreams
import MediaCore
import PacketCapture
import RTPWire
import SecureRTP

/// RTP packets made for a test, and what the finder makes of them.
enum Packets {
    static let source = Endpoint(ipv4: 0x0A00_0001, port: 4000)
    static let destination = Endpoint(ipv4: 0x0A00_0002, port: 5004)
    /// SILK, wideband, 20 ms, mono, one frame.
    static let opus: [UInt8] = [0x48, 1, 2, 3, 4, 5]

    static func rtp(
        ssrc: UInt32 = 7, sequenceNumber: UInt16, timestamp: UInt32, payloadType: UInt8 = 111,
        payload: [UInt8] = opus
    ) -> [UInt8] {
        let writer = RTPWriter(
            payloadType: payloadType, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc)
        var bytes = [UInt8](repeating: 0, count: 12)
        let nobody: [UInt32] = []
        var span = bytes.mutableSpan
        _ = writer.write(contributingSources: nobody.span, into: &span)
        return bytes + payload
    }

    /// A packet each 20 ms.
    static func stream(
        _ count: Int, ssrc: UInt32 = 7, payloadType: UInt8 = 111, payload: [UInt8] = opus, step: UInt32 = 960
    ) -> [[UInt8]] {
        (0..<count).map {
            rtp(
                ssrc: ssrc, sequenceNumber: 65_500 &+ UInt16($0), timestamp: UInt32.max - 5000 &+ UInt32($0) &* step,
                payloadType: payloadType, payload: payload)
        }
    }

    /// RFC 2198: the packet 960 ticks before as a copy of 6 bytes, then the packet itself.
    static let redundant: [UInt8] = [0x80 | 111, 15, 0, 6, 111] + opus + opus

    static func datagram(_ time: Int64, source: Endpoint = source) -> CaptureReader.Datagram {
        .init(time: time, source: source, destination: destination, isCut: false)
    }

    /// Feeds datagrams, 20 ms apart, to a finder.
    static func find(_ datagrams: [[UInt8]]) -> StreamFinder {
        var finder = StreamFinder()
        for (i, bytes) in datagrams.enumerated() { add(bytes, at: Int64(i) * 20_000_000, to: &finder) }
        return finder
    }

    static func add(_ bytes: [UInt8], at time: Int64, to finder: inout StreamFinder) {
        let datagram = datagram(time)
        switch StreamFinder.kind(datagram, bytes.span) {
        case .rtp(let key): finder.add(key, datagram, bytes.span, wireBytes: bytes.count, .open)
        case .rtcp: finder.addControl(bytes.span)
        case .other: break
        }
    }

    /// An SDES packet with a canonical name.
    static func name(_ ssrc: UInt32, _ name: [UInt8]) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 4)
        var span = chunk.mutableSpan
        span.store(ssrc, at: 0)
        chunk += [1, UInt8(name.count)] + name + [0]
        while chunk.count % 4 != 0 { chunk.append(0) }
        return [0x81, 202, 0, UInt8(chunk.count / 4)] + chunk
    }
}
