import Foundation
import PacketCapture

/// Programs of others that send Opus over RTP in real time.
enum ForeignSender: String, Sendable {
    case ffmpeg, gstreamer

    /// Wraps around soon, so that the rollover counter of SRTP is used.
    private static let firstSequenceNumber = 65_500

    /// - Parameters:
    ///   - source: an Ogg Opus file for ffmpeg, a WAV for GStreamer, which then encodes it.
    ///   - port: where RTP goes on loopback; ffmpeg's RTCP goes to the next.
    func arguments(_ source: TemporaryFolder, _ protection: Protection, port: UInt16) -> [String] {
        let line =
            switch self {
            case .ffmpeg:
                """
                ffmpeg -v error -nostdin -re -i \(source.file("source.opus")) -c:a copy -f rtp -payload_type 97 \
                -seq \(Self.firstSequenceNumber) \(Self.ffmpegOutput(protection))://127.0.0.1:\(port)
                """
            case .gstreamer:
                """
                gst-launch-1.0 -q filesrc location=\(source.file("source.wav")) ! wavparse ! audioconvert \
                ! opusenc bitrate=64000 ! rtpopuspay pt=97 seqnum-offset=\(Self.firstSequenceNumber) \
                ! \(Self.gstreamerSealing(protection)) ! udpsink host=127.0.0.1 port=\(port)
                """
            }
        return line.split(separator: " ").map(String.init)
    }

    private static func ffmpegOutput(_ protection: Protection) -> String {
        protection == .none
            ? "rtp" : "-srtp_out_suite \(protection.rawValue) -srtp_out_params \(protection.base64) srtp"
    }

    private static func gstreamerSealing(_ protection: Protection) -> String {
        guard protection != .none else { return "identity" }
        let (cipher, authentication) = protection.gstreamer
        return "srtpenc key=\(protection.hexadecimal) rtp-cipher=\(cipher) rtcp-cipher=\(cipher) "
            + "rtp-auth=\(authentication) rtcp-auth=\(authentication)"
    }
}

/// Two sockets that take what a program sends.
enum Recorder {
    /// Runs a program to its end, then takes what it sent out of the sockets, with the times at which it came.
    static func record(_ arguments: (UInt16) -> [String]) async throws -> CaptureFile {
        let ports = try PortPair.bind()
        let ended = try await Program.run(arguments(ports.media.port))
        guard ended.status == 0 else { throw Failure(description: "the sender failed: \(ended.error)") }
        let all = datagrams(ports.media) + datagrams(ports.control)
        return CaptureFile(all.sorted { $0.time < $1.time })
    }

    private static func datagrams(_ socket: LoopbackSocket) -> [CaptureFile.Datagram] {
        var all: [CaptureFile.Datagram] = []
        while let arrival = socket.receive() {
            all.append(
                CaptureFile.Datagram(
                    time: arrival.time, source: .loopback(arrival.source), destination: .loopback(socket.port),
                    bytes: arrival.bytes))
        }
        return all
    }
}

extension Endpoint {
    static func loopback(_ port: UInt16) -> Endpoint { Endpoint(ipv4: 0x7F00_0001, port: port) }
}
