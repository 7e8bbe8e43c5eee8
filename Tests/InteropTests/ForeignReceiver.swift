import Foundation

/// Programs of others that receive Opus over RTP and write what they hear into a WAV.
enum ForeignReceiver: String, Sendable {
    case ffmpeg, gstreamer

    /// What `parley mix` sends: the packets' type and their source.
    private static let payloadType = 111
    private static let ssrc = 0x5041_524C

    /// Starts listening at two neighbouring ports of loopback; ffmpeg is given a session description (RFC 4566, 4568).
    func start(_ protection: Protection, port: UInt16, folder: TemporaryFolder) throws -> Program {
        let line =
            switch self {
            case .ffmpeg:
                """
                ffmpeg -v warning -nostdin -protocol_whitelist file,udp,rtp,srtp,crypto \
                -i \(folder.file("session.sdp")) -c:a pcm_s16le \(folder.file("heard.wav"))
                """
            case .gstreamer:
                """
                gst-launch-1.0 -q -e udpsrc address=127.0.0.1 port=\(port) caps=\(Self.caps(protection)) \
                ! \(protection == .none ? "identity" : "srtpdec") ! rtpopusdepay ! opusdec ! wavenc \
                ! filesink location=\(folder.file("heard.wav"))
                """
            }
        if self == .ffmpeg {
            try Self.description(protection, port).write(
                toFile: folder.file("session.sdp"), atomically: true, encoding: .utf8)
        }
        return try Program(line.split(separator: " ").map(String.init))
    }

    private static func description(_ protection: Protection, _ port: UInt16) -> String {
        let profile = protection == .none ? "RTP/AVP" : "RTP/SAVP"
        var lines = [
            "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=mix", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) \(profile) \(payloadType)", "a=rtpmap:\(payloadType) opus/48000/2",
        ]
        if protection != .none { lines.append("a=crypto:1 \(protection.rawValue) inline:\(protection.base64)") }
        return lines.map { $0 + "\r\n" }.joined()
    }

    private static func caps(_ protection: Protection) -> String {
        let common = "media=audio,clock-rate=48000,encoding-name=OPUS,payload=\(payloadType)"
        guard protection != .none else { return "application/x-rtp,\(common)" }
        let (cipher, authentication) = protection.gstreamer
        return "application/x-srtp,\(common),ssrc=(uint)\(ssrc),srtp-key=(buffer)\(protection.hexadecimal),"
            + "srtp-cipher=\(cipher),srtp-auth=\(authentication),srtcp-cipher=\(cipher),srtcp-auth=\(authentication)"
    }
}
