import FileAccess
import Foundation
import PacketCapture

/// A capture, held whole.
struct CaptureFile {
    struct Datagram {
        /// In nanoseconds since 1970.
        var time: Int64
        var source: Endpoint
        var destination: Endpoint
        var bytes: [UInt8]

        /// nil for what is no RTP (RFC 5761 §4 tells RTCP apart by its second byte).
        var ssrc: UInt32? {
            guard bytes.count >= 12, bytes[0] >> 6 == 2, !(192...223).contains(bytes[1]) else { return nil }
            return bytes[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// A pause between packets of 20 ms that no jitter buffer is asked to cover.
    private static let longestGap: Int64 = 30_000_000

    var datagrams: [Datagram] = []

    init(_ datagrams: [Datagram]) { self.datagrams = datagrams }

    init(path: String) throws {
        var reader = try CaptureReader(path: path)
        while let next = try reader.next() {
            var bytes: [UInt8] = []
            for i in reader.payload.indices { bytes.append(reader.payload[i]) }
            datagrams.append(
                Datagram(time: next.time, source: next.source, destination: next.destination, bytes: bytes))
        }
    }

    func write(_ path: String) throws {
        guard let format = CaptureWriter.format(forPath: path) else { throw Failure(description: path) }
        var writer = try CaptureWriter(OutputFile(path: path, overwrite: true), format: format)
        for datagram in datagrams {
            try writer.write(
                datagram.bytes.span, time: datagram.time, from: datagram.source, to: datagram.destination)
        }
        _ = try writer.finish()
    }

    /// The beginning of it.
    func first(seconds: Double) -> CaptureFile {
        guard let start = datagrams.first?.time else { return self }
        return CaptureFile(datagrams.filter { Double($0.time - start) * 1e-9 < seconds })
    }

    /// Seconds in which nothing of a stream came though something should have: a busy machine holds senders up.
    func stalled(_ ssrc: UInt32) -> Double {
        let times = datagrams.filter { $0.ssrc == ssrc }.map(\.time)
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }.filter { $0 > Self.longestGap }
        return Double(gaps.reduce(0, +)) * 1e-9
    }

    /// Packets by stream.
    var streams: [UInt32: Int] {
        datagrams.compactMap(\.ssrc).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}
