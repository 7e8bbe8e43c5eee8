import Foundation
import TestPatience
import Testing

/// Programs that know nothing of gateways, put into a room through the API: ffmpeg and GStreamer by SRTP, and ffmpeg
/// by plain RTP. They cannot send and receive at one port, so each that hears is a participant of its own.
@Suite(.serialized, .oneAtATime(.servers), .ownThread, .timeLimit(.minutes(2))) struct PlainParticipantTests {
    struct Room: Decodable {
        struct Member: Decodable {
            struct Statistics: Decodable { let packetsReceived, packetsRefused: Int }
            let id: String
            let streamSsrc: UInt32
            let endpoint: String?
            let statistics: Statistics
        }
        let members: [Member]
    }

    /// Those who talk, with the SSRC or the address by which they are known.
    private enum Talker: Int, CaseIterable {
        case ffmpeg = 701
        case gstreamer, plain

        var hertz: Int {
            switch self {
            case .ffmpeg: 440
            case .gstreamer: 1000
            case .plain: 1700
            }
        }
    }

    /// A server whose API is asked by curl.
    struct Server {
        let program: Program
        let media: UInt16
        private let interface: Int
        private static let curl = [
            // A busy shard may answer too late, and the API then says: try again.
            "curl", "-sS", "--fail-with-body", "--retry", "5", "-H", "authorization: Bearer secret",
        ]

        init() async throws {
            interface = try FreePort.tcp()
            media = try PortPair.free()
            program = try Program([
                Program.parley, "voice", "--listen", "127.0.0.1:\(try FreePort.tcp())", "--api",
                "127.0.0.1:\(interface)", "--media", "127.0.0.1", "--advertise", "127.0.0.1", "--ports", "\(media)",
                "--shards", "1", "--set", "api.secret=secret", "--set", "plain-rtp=allowed",
            ])
            let isListening = await Patience.wait(seconds: 20) { [interface] in FreePort.isListening(interface) }
            try #require(isListening)
        }

        func push(_ state: String) async throws {
            let answer = try await Program.run(
                Self.curl + [
                    "-X", "PUT", "-H", "content-type: application/json", "-d", state,
                    "http://127.0.0.1:\(interface)/v1/guilds/7",
                ])
            try #require(answer.status == 0, "\(answer.error)\(answer.text)")
        }

        func get(_ path: String) async throws -> Data {
            let answer = try await Program.run(Self.curl + ["http://127.0.0.1:\(interface)/\(path)"])
            try #require(answer.status == 0, "\(answer.error)\(answer.text)")
            return answer.output
        }

        func room() async throws -> [String: Room.Member] {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let room = try decoder.decode(Room.self, from: try await get("v1/rooms/7/70"))
            return Dictionary(uniqueKeysWithValues: room.members.map { ($0.id, $0) })
        }
    }

    private static let seconds = 6
    /// How long everybody is heard at least; they do not start at the same moment.
    private static let common = 3.0
    private static let amplitude = 0.25
    private static let payloadType = 120

    @Test func `ffmpeg and GStreamer hear each other`() async throws {
        let folder = try TemporaryFolder()
        let server = try await Server()
        let ports = try (0..<3).map { _ in try PortPair.free() }
        try await server.push(Self.guild(ports))
        let stream = try #require(await server.room()["712"]?.streamSsrc)

        let listeners = [
            try Self.ffmpegListener(port: ports[0], folder),
            try Self.gstreamerListener(port: ports[1], stream: stream, folder),
        ]
        let areBound = await Patience.wait(seconds: 20) {
            ports[..<2].allSatisfy { PortPair.waitingBytes($0) != nil }
        }
        try #require(areBound)
        let gstreamer = try Self.gstreamerTalker(server: server.media)
        let talkers = [
            try Self.ffmpeg(
                .ffmpeg,
                "-ssrc \(Talker.ffmpeg.rawValue) -srtp_out_suite \(Protection.cm80.rawValue) "
                    + "-srtp_out_params \(Protection.cm80.base64) srtp://127.0.0.1:\(server.media)"),
            try Self.ffmpeg(.plain, "rtp://127.0.0.1:\(server.media)?localrtpport=\(ports[2])"),
        ]
        for talker in talkers {
            let ended = try await talker.result()
            try #require(ended.status == 0, "\(ended.error)")
        }
        // ffmpeg looks whether it is to end when it has read something: GStreamer still talks.
        for (program, status) in zip(listeners + [gstreamer], [Int32(255), 0, 0]) {
            program.signal(SIGINT)
            let ended = try await program.result()
            try #require(ended.status == status, "\(ended.error)")
        }

        for file in ["ffmpeg.wav", "gstreamer.wav"] {
            let sound = try Sound(path: folder.file(file))
            for talker in Talker.allCases {
                let heard = sound.seconds(with: Double(talker.hertz), amplitude: Self.amplitude)
                #expect(heard > Self.common, "\(talker) is heard for \(heard) s in \(file)")
            }
        }
        // A sender report, opened by GStreamer: version 2, of type 200, of its stream.
        let reports = try Data(contentsOf: URL(fileURLWithPath: folder.file("gstreamer.rtcp")))
        #expect(reports.prefix(4) == Data([0x80, 200, 0, 6]))
        #expect(reports.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) } == stream)
        let members = try await server.room()
        for talker in Talker.allCases {
            let member = try #require(members["\(talker.rawValue)"])
            #expect(member.statistics.packetsReceived > 45 * Self.seconds, "\(talker)")
            #expect(member.statistics.packetsRefused == 0)
        }
        server.program.signal(SIGTERM)
        _ = try await server.program.result()
    }

    /// Three who talk and, from 711, two who listen.
    private static func guild(_ ports: [UInt16]) -> String {
        let (cm, gcm) = (Protection.cm80, Protection.gcm128)
        return """
            {"guild_id": 7, "epoch": 1, "revision": 1, "channels": [{"channel_id": 70, "pipeline": "default"}],
            "voice_states": [], "participants": [
            {"participant_id": 701, "channel_id": 70, "suite": "\(cm.rawValue)", "key": "\(cm.base64)", "ssrc": 701},
            {"participant_id": 702, "channel_id": 70, "suite": "\(gcm.rawValue)", "key": "\(gcm.base64)", "ssrc": 702},
            {"participant_id": 703, "channel_id": 70, "address": "127.0.0.1:\(ports[2])"},
            {"participant_id": 711, "channel_id": 70, "suite": "\(cm.rawValue)", "key": "\(cm.base64)",
            "address": "127.0.0.1:\(ports[0])"},
            {"participant_id": 712, "channel_id": 70, "suite": "\(gcm.rawValue)", "key": "\(gcm.base64)",
            "address": "127.0.0.1:\(ports[1])"}]}
            """
    }

    private static func program(_ line: String) throws -> Program {
        try Program(line.split(separator: " ").map(String.init))
    }

    private static func ffmpeg(_ talker: Talker, _ output: String) throws -> Program {
        // ffmpeg's sine has an amplitude of 1/8.
        try program(
            "ffmpeg -v error -nostdin -re -f lavfi "
                + "-i sine=frequency=\(talker.hertz):sample_rate=48000:duration=\(seconds),volume=\(amplitude * 8) "
                + "-c:a libopus -b:a 64k -f rtp -payload_type 97 -seq 65500 \(output)")
    }

    private static func ffmpegListener(port: UInt16, _ folder: TemporaryFolder) throws -> Program {
        let lines = [
            "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=mix", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=audio \(port) RTP/SAVP \(payloadType)", "a=rtpmap:\(payloadType) opus/48000/2",
            "a=crypto:1 \(Protection.cm80.rawValue) inline:\(Protection.cm80.base64)",
        ]
        try lines.map { $0 + "\r\n" }.joined().write(
            toFile: folder.file("mix.sdp"), atomically: true, encoding: .utf8)
        return try program(
            "ffmpeg -v error -nostdin -protocol_whitelist file,udp,rtp,srtp,crypto -i \(folder.file("mix.sdp")) "
                + "-c:a pcm_s16le \(folder.file("ffmpeg.wav"))")
    }

    /// `srtpdec` has to know the SSRC that it will get, which the API tells.
    private static func gstreamerListener(port: UInt16, stream: UInt32, _ folder: TemporaryFolder) throws -> Program {
        let (cipher, authentication) = Protection.gcm128.gstreamer
        let protection =
            "ssrc=(uint)\(stream),srtp-key=(buffer)\(Protection.gcm128.hexadecimal),srtp-cipher=\(cipher),"
            + "srtp-auth=\(authentication),srtcp-cipher=\(cipher),srtcp-auth=\(authentication)"
        return try program(
            "gst-launch-1.0 -q -e srtpdec name=open udpsrc address=127.0.0.1 port=\(port) "
                + "caps=application/x-srtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=\(payloadType),"
                + "\(protection) ! open.rtp_sink "
                + "udpsrc address=127.0.0.1 port=\(port + 1) caps=application/x-srtcp,\(protection) ! open.rtcp_sink "
                + "open.rtp_src ! rtpopusdepay ! opusdec ! wavenc ! filesink location=\(folder.file("gstreamer.wav")) "
                + "open.rtcp_src ! filesink async=false location=\(folder.file("gstreamer.rtcp"))")
    }

    private static func gstreamerTalker(server: UInt16) throws -> Program {
        let (cipher, authentication) = Protection.gcm128.gstreamer
        let talker = Talker.gstreamer
        return try program(
            "gst-launch-1.0 -q -e audiotestsrc is-live=true samplesperbuffer=960 volume=\(amplitude) "
                + "freq=\(talker.hertz) ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=64000 "
                + "! rtpopuspay pt=97 ssrc=\(talker.rawValue) seqnum-offset=65500 "
                + "! srtpenc key=\(Protection.gcm128.hexadecimal) rtp-cipher=\(cipher) rtcp-cipher=\(cipher) "
                + "rtp-auth=\(authentication) rtcp-auth=\(authentication) ! udpsink host=127.0.0.1 port=\(server)")
    }
}
