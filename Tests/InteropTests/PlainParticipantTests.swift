import Foundation
import Testing

/// Programs that know nothing of gateways, put into a room through the API: ffmpeg and GStreamer by SRTP, and ffmpeg
/// by plain RTP.
@Suite(.serialized, .ownThread, .timeLimit(.minutes(2))) struct PlainParticipantTests {
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

    /// Whom the room's guild names: a talker and a listener of ffmpeg, GStreamer as both, and a talker without keys.
    private enum Participant: Int {
        case talker = 701
        case listener, gstreamer, plain

        var hertz: Int {
            switch self {
            case .talker: 440
            case .gstreamer: 1000
            case .plain: 1700
            case .listener: 0
            }
        }
    }

    /// A server whose API is asked by curl.
    private struct Server {
        let program: Program
        let media: UInt16
        private let interface: Int
        private static let secret = "authorization: Bearer secret"

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
            let answer = try await Program.run([
                "curl", "-sS", "--fail-with-body", "-X", "PUT", "-H", Self.secret, "-H",
                "content-type: application/json", "-d", state, "http://127.0.0.1:\(interface)/v1/guilds/7",
            ])
            try #require(answer.status == 0, "\(answer.error)\(answer.text)")
        }

        func room() async throws -> [String: Room.Member] {
            let answer = try await Program.run([
                "curl", "-sS", "--fail-with-body", "-H", Self.secret, "http://127.0.0.1:\(interface)/v1/rooms/7/70",
            ])
            try #require(answer.status == 0, "\(answer.error)\(answer.text)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let room = try decoder.decode(Room.self, from: answer.output)
            return Dictionary(uniqueKeysWithValues: room.members.map { ($0.id, $0) })
        }
    }

    private static let seconds = 8
    /// What listeners write, and how much of it has everybody, who do not start at the same moment.
    private static let (written, common) = (5, 3.0)
    private static let amplitude = 0.25
    private static let payloadType = 120

    @Test func `ffmpeg and GStreamer hear each other, but not themselves`() async throws {
        let folder = try TemporaryFolder()
        let server = try await Server()
        let (listening, gstreamer, plain) = (try PortPair.free(), try PortPair.free(), try PortPair.free())
        try await server.push(Self.guild(listening: listening, gstreamer: gstreamer, plain: plain))
        let stream = try #require(await server.room()["\(Participant.gstreamer.rawValue)"]?.streamSsrc)

        let listener = try Self.ffmpegListener(port: listening, folder)
        let isBound = await Patience.wait(seconds: 20) { PortPair.waitingBytes(listening) != nil }
        try #require(isBound)
        let both = try Self.gstreamer(port: gstreamer, server: server.media, stream: stream, folder)
        let talkers = [
            try Self.ffmpeg(
                .talker,
                "-ssrc \(Participant.talker.rawValue) -srtp_out_suite \(Protection.cm80.rawValue) "
                    + "-srtp_out_params \(Protection.cm80.base64) srtp://127.0.0.1:\(server.media)"),
            try Self.ffmpeg(.plain, "rtp://127.0.0.1:\(server.media)?localrtpport=\(plain)"),
        ]
        for program in [listener, both] + talkers {
            let ended = try await program.result()
            try #require(ended.status == 0, "\(ended.error)")
        }

        for (file, participant) in [("ffmpeg.wav", Participant.listener), ("gstreamer.wav", .gstreamer)] {
            let sound = try Sound(path: folder.file(file))
            for talker in [Participant.talker, .gstreamer, .plain] {
                let hertz = Double(talker.hertz)
                guard talker != participant else {
                    #expect(sound.loudest(hertz) < 0.005, "nobody hears themselves")
                    continue
                }
                let heard = sound.seconds(with: hertz, amplitude: Self.amplitude)
                #expect(heard > Self.common, "\(participant) hears \(hertz) Hz for \(heard) s")
            }
        }
        let members = try await server.room()
        for talker in [Participant.talker, .gstreamer, .plain] {
            let member = try #require(members["\(talker.rawValue)"])
            #expect(member.statistics.packetsReceived > 45 * Self.seconds && member.statistics.packetsRefused == 0)
        }
        server.program.signal(SIGTERM)
        _ = try await server.program.result()
    }

    private static func guild(listening: UInt16, gstreamer: UInt16, plain: UInt16) -> String {
        """
        {"guild_id": 7, "epoch": 1, "revision": 1, "channels": [{"channel_id": 70, "pipeline": "default"}],
        "voice_states": [], "participants": [
        {"participant_id": 701, "channel_id": 70, "suite": "\(Protection.cm80.rawValue)", "ssrc": 701,
        "key": "\(Protection.cm80.base64)"},
        {"participant_id": 702, "channel_id": 70, "suite": "\(Protection.cm80.rawValue)",
        "key": "\(Protection.cm80.base64)", "address": "127.0.0.1:\(listening)"},
        {"participant_id": 703, "channel_id": 70, "suite": "\(Protection.gcm128.rawValue)", "ssrc": 703,
        "key": "\(Protection.gcm128.base64)", "address": "127.0.0.1:\(gstreamer)"},
        {"participant_id": 704, "channel_id": 70, "address": "127.0.0.1:\(plain)"}]}
        """
    }

    private static func program(_ line: String) throws -> Program {
        try Program(line.split(separator: " ").map(String.init))
    }

    private static func ffmpeg(_ talker: Participant, _ output: String) throws -> Program {
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
                + "-t \(written) -c:a pcm_s16le \(folder.file("ffmpeg.wav"))")
    }

    /// Sends and receives at one port. `srtpdec` has to know the SSRC that it will get, which the API tells.
    private static func gstreamer(
        port: UInt16, server: UInt16, stream: UInt32, _ folder: TemporaryFolder
    ) throws -> Program {
        let (cipher, authentication) = Protection.gcm128.gstreamer
        let key = Protection.gcm128.hexadecimal
        return try program(
            "gst-launch-1.0 -q udpsrc address=127.0.0.1 port=\(port) num-buffers=\(50 * written) "
                + "caps=application/x-srtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=\(payloadType),"
                + "ssrc=(uint)\(stream),srtp-key=(buffer)\(key),srtp-cipher=\(cipher),srtp-auth=\(authentication),"
                + "srtcp-cipher=\(cipher),srtcp-auth=\(authentication) ! srtpdec ! rtpopusdepay ! opusdec ! wavenc "
                + "! filesink location=\(folder.file("gstreamer.wav")) "
                + "audiotestsrc is-live=true samplesperbuffer=960 num-buffers=\(50 * seconds) volume=\(amplitude) "
                + "freq=\(Participant.gstreamer.hertz) ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=64000 "
                + "! rtpopuspay pt=97 ssrc=703 seqnum-offset=65500 ! srtpenc key=\(key) rtp-cipher=\(cipher) "
                + "rtcp-cipher=\(cipher) rtp-auth=\(authentication) rtcp-auth=\(authentication) "
                + "! udpsink host=127.0.0.1 port=\(server) bind-address=127.0.0.1 bind-port=\(port)")
    }
}
