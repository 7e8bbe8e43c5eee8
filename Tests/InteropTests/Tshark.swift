import Foundation
import PacketCapture

/// What tshark's table of RTP streams says of one.
struct TsharkStream {
    let packets, lost: Int
    /// In milliseconds.
    let meanJitter, maximumJitter: Double

    /// The streams of a capture, by SSRC.
    static func all(in path: String) async throws -> [UInt32: TsharkStream] {
        let table = try await Program.run(["tshark", "-r", path, "-q", "-z", "rtp,streams"])
        guard table.status == 0 else { throw Failure(description: "tshark failed: \(table.error)") }
        var streams: [UInt32: TsharkStream] = [:]
        for line in table.text.split(separator: "\n") where line.contains(" 0x") {
            // start end source port destination port SSRC payload packets lost (share%) three deltas three jitters
            let fields = line.split(separator: " ")
            guard fields.count >= 17, let ssrc = UInt32(fields[6].dropFirst(2), radix: 16), fields[7] == "opus",
                let packets = Int(fields[8]), let lost = Int(fields[9]), let mean = Double(fields[15]),
                let maximum = Double(fields[16])
            else { throw Failure(description: "tshark's table has another form: \(line)") }
            streams[ssrc] = TsharkStream(packets: packets, lost: lost, meanJitter: mean, maximumJitter: maximum)
        }
        return streams
    }
}

/// What `parley inspect --json` says of a capture, as far as it is looked at here.
struct InspectionDocument: Decodable {
    struct Stream: Decodable {
        let ssrc: String
        let packets, lost, reordered, duplicates: Int
        /// In seconds.
        let meanJitter, maximumJitter: Double
    }

    let streams: [Stream]

    init(_ path: String) async throws {
        let result = try await Program.parley("inspect", path, "--json")
        guard result.status == 0 else { throw Failure(description: "parley failed: \(result.error)") }
        self = try JSONDecoder().decode(Self.self, from: result.output)
    }
}

extension CaptureFile {
    /// The same packets in a form in which tshark counts as RFC 3550 does.
    ///
    /// - A session announcement (SAP, RFC 2974) comes first: tshark knows the clock of a dynamic payload type from a
    ///   session description only, and gives no jitter without.
    /// - Markers are taken off: tshark leaves packets with one, the first of each talk-spurt, out of its mean and
    ///   maximum.
    func announced() -> CaptureFile {
        var result = self
        for i in datagrams.indices where datagrams[i].ssrc != nil { result.datagrams[i].bytes[1] &= 0x7F }
        guard var announcement = result.datagrams.first(where: { $0.ssrc != nil }) else { return result }
        let type = announcement.bytes[1]
        let receiver = announcement.destination
        let description = [
            "v=0", "o=- 0 0 IN IP4 \(receiver.address)", "s=meeting", "c=IN IP4 \(receiver.address)", "t=0 0",
            "m=audio \(receiver.port) RTP/AVP \(type)", "a=rtpmap:\(type) opus/48000/2",
        ]
        let address: [UInt8] = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: announcement.source.low >> UInt64($0)) }
        announcement.bytes = [0x20, 0, 0, 1] + address + Array("application/sdp\0".utf8)
        announcement.bytes += description.flatMap { Array("\($0)\r\n".utf8) }
        announcement.source = Endpoint(ipv4: 0x0A00_0001, port: 9875)
        announcement.destination = Endpoint(ipv4: 0xE002_7FFE, port: 9875)
        announcement.time = datagrams[0].time
        result.datagrams.insert(announcement, at: 0)
        return result
    }
}
