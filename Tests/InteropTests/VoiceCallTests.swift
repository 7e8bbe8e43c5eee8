import Foundation
import TestPatience
import Testing

/// Real clients and a real server, as people run them: processes that talk to one another.
@Suite(.serialized, .oneAtATime(.servers), .ownThread, .timeLimit(.minutes(2))) struct VoiceCallTests {
    /// Of the tones that `parley call` plays.
    static let amplitude = 0.25
    static let seconds = 5.0

    /// A server with one room for whoever knows the token.
    static func server(_ port: Int, _ folder: TemporaryFolder, isSecure: Bool) throws -> Program {
        try Program(
            [
                Program.parley, "voice", "--dev", "secret", "--listen", "127.0.0.1:\(port)",
                "--api", "127.0.0.1:\(try FreePort.tcp())", "--media", "127.0.0.1", "--advertise", "127.0.0.1",
                "--ports", "0", "--shards", "1",
            ] + (isSecure ? ["--dev-tls", folder.path] : []))
    }

    static func call(_ url: String, user: Int, _ options: [String]) throws -> Program {
        try Program(
            [
                Program.parley, "call", url, "--guild", "1", "--user", "\(user)", "--session",
                "session-\(user)", "--token", "secret", "--json", "--duration", "\(seconds)s",
            ] + options)
    }

    struct Report: Decodable {
        struct Heard: Decodable {
            let packets, lost, refused: Int
            let seconds: Double
        }
        struct Gateway: Decodable {
            let mode: String
            let resumes, speakingEvents: Int
        }
        let heard: Heard
        let gateway: Gateway
    }

    @Test(arguments: [false, true])
    func `two clients hear each other and never themselves`(isSecure: Bool) async throws {
        let folder = try TemporaryFolder()
        let port = try FreePort.tcp()
        let server = try Self.server(port, folder, isSecure: isSecure)
        let url = "\(isSecure ? "wss://localhost" : "ws://127.0.0.1"):\(port)"
        let certificate = folder.file("parley-dev.crt")
        if isSecure {
            let isMade = await Patience.wait(seconds: 20) { FileManager.default.fileExists(atPath: certificate) }
            try #require(isMade, "the server makes a certificate")
        }
        let tones = [440.0, 1000]
        let calls = try tones.enumerated().map { index, hertz in
            try Self.call(
                url, user: 11 + index,
                ["--play", "tone:\(hertz)", "--record", folder.file("\(index).wav"), "--expect-audio"]
                    + (isSecure ? ["--trust", certificate] : []))
        }
        for (index, call) in calls.enumerated() {
            let result = try await call.result()
            try #require(result.status == 0, "\(result.error)")
            let report = try JSONDecoder().decode(Report.self, from: result.output)
            #expect(report.gateway.mode == "aead_aes256_gcm_rtpsize")
            #expect(report.heard.lost == 0 && report.heard.refused == 0)
            #expect(report.gateway.speakingEvents > 0)
            let sound = try Sound(path: folder.file("\(index).wav"))
            let (own, other) = (tones[index], tones[1 - index])
            let heard = sound.seconds(of: other, amplitude: Self.amplitude)
            #expect(heard > Self.seconds - 2, "the other's tone is heard all the time, not \(heard) s")
            #expect(sound.loudest(own) < 0.005, "nobody hears themselves")
        }
        server.signal(SIGTERM)
        let ended = try await server.result()
        #expect(ended.status == 0, "\(ended.error)")
    }

    @Test func `a client whose connection breaks is back in its session, and media goes on`() async throws {
        let folder = try TemporaryFolder()
        let port = try FreePort.tcp()
        let server = try Self.server(port, folder, isSecure: false)
        let url = "ws://127.0.0.1:\(port)"
        let talker = try Self.call(url, user: 21, ["--play", "tone:440"])
        let listener = try Self.call(
            url, user: 22, ["--record", folder.file("heard.wav"), "--cut-after", "2s", "--expect-audio"])
        let result = try await listener.result()
        try #require(result.status == 0, "\(result.error)")
        let report = try JSONDecoder().decode(Report.self, from: result.output)
        #expect(report.gateway.resumes == 1, "\(result.error)")
        #expect(report.heard.lost == 0)
        let heard = try Sound(path: folder.file("heard.wav")).seconds(of: 440, amplitude: Self.amplitude)
        #expect(heard > Self.seconds - 2, "the tone is heard all the time, not \(heard) s")
        _ = try await talker.result()
        server.signal(SIGTERM)
        _ = try await server.result()
    }

    @Test func `a wrong token is refused, and the exit status says so`() async throws {
        let folder = try TemporaryFolder()
        let port = try FreePort.tcp()
        let server = try Self.server(port, folder, isSecure: false)
        let call = try Program([
            Program.parley, "call", "ws://127.0.0.1:\(port)", "--guild", "1", "--user", "31", "--session", "s",
            "--token", "guessed", "--duration", "1s",
        ])
        let result = try await call.result()
        #expect(result.status == 69, "\(result.error)")
        #expect(result.error.contains("4004"), "\(result.error)")
        server.signal(SIGTERM)
        _ = try await server.result()
    }
}

enum FreePort {
    /// A port that nobody listened on a moment ago.
    static func tcp() throws -> Int {
        let bound = unsafe attempt(port: 0) { descriptor, address, length in
            guard unsafe bind(descriptor, address, length) == 0 else { return false }
            var length = length
            return unsafe getsockname(descriptor, address, &length) == 0
        }
        guard let bound else { throw LoopbackSocket.Failure("find a free port") }
        return bound
    }

    static func isListening(_ port: Int) -> Bool {
        unsafe attempt(port: port) { descriptor, address, length in unsafe connect(descriptor, address, length) == 0 }
            != nil
    }

    /// - Returns: the port of the address after what was done with it; nil if that did not work.
    @unsafe private static func attempt(
        port: Int, _ body: (Int32, UnsafeMutablePointer<sockaddr>, socklen_t) -> Bool
    ) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isDone = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return isDone ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
