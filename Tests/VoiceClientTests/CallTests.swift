import AudioFile
import Foundation
import MediaCore
import Synchronization
import Testing
import VoiceClient

/// Whole calls, against a peer on the loopback interface.
@Suite(.serialized) struct CallTests {
    /// Blocks, so it has a thread of its own.
    static func run(_ call: Call) async throws -> CallReport {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try call.run() }) }
        }
    }

    static func request(_ peer: GatewayPeer, version: Int = 8) throws -> CallRequest {
        let identity = VoiceIdentity(guild: "1", user: "2", session: "s", token: "t", version: version)
        let address = try #require(GatewayAddress("ws://127.0.0.1:\(peer.port)"))
        return CallRequest(.gateway(address, identity, .system))
    }

    /// How much of the sound is a tone: Goertzel's algorithm over all of it.
    static func share(of hertz: Double, in path: String) throws -> Double {
        var reader = try SoundFileReader(path: path, format: AudioFormat())
        var samples: [Float] = []
        var piece = [Float](repeating: 0, count: 4096)
        while true {
            var span = piece.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { break }
            samples += piece[..<count]
        }
        var best = 0.0
        for start in stride(from: 0, to: samples.count - 4800, by: 4800) {
            let part = samples[start..<(start + 4800)]
            let power = part.reduce(0.0) { $0 + Double($1) * Double($1) } / 4800
            let coefficient = 2 * cos(2 * .pi * hertz / 48_000)
            var (s1, s2) = (0.0, 0.0)
            for sample in part { (s1, s2) = (Double(sample) + coefficient * s1 - s2, s1) }
            let amplitude = (s1 * s1 + s2 * s2 - coefficient * s1 * s2).squareRoot() * 2 / 4800
            best = max(best, power > 1e-6 ? amplitude * amplitude / 2 / power : 0)
        }
        return best
    }

    @Test(arguments: [
        ("aead_aes256_gcm_rtpsize", 8), ("aead_xchacha20_poly1305_rtpsize", 8), ("aead_aes256_gcm_rtpsize", 4),
    ])
    func `a client joins, talks, hears and records`(mode: String, version: Int) async throws {
        let peer = try await GatewayPeer(mode: mode)
        let path = FileManager.default.temporaryDirectory.appending(path: "parley-call-\(UUID().uuidString).wav").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var request = try Self.request(peer, version: version)
        request.play = ["tone:440:1"]
        request.duration = .milliseconds(1500)
        request.recording = path
        let events = Mutex<[VoiceEvent]>([])
        let report = try await Self.run(Call(request) { _, event in events.withLock { $0.append(event) } })
        #expect(report.problem == nil)
        #expect(report.gateway?.mode == mode && report.gateway?.ssrc == GatewayPeer.ssrc)
        #expect(report.sent.packets == 50 + PacketSender.closingFrames)
        #expect(report.heard.packets >= 45, "\(report.heard)")
        #expect(report.heard.refused == 0)
        #expect(report.heard.seconds > 0.5, "\(report.heard)")
        #expect(try Self.share(of: 440, in: path) > 0.95)
        #expect(try Self.share(of: 1000, in: path) < 0.05)
        #expect(report.gateway?.roundTrip != nil)
        let told = events.withLock { $0 }
        #expect(told.contains(.connected(users: ["99"])))
        #expect(told.contains(.speaking(user: "99", ssrc: 5555, flags: .microphone)))
        #expect(peer.received.starts(with: [0, 1]))
        #expect(peer.received.filter { $0 == 5 }.count == 2, "once that it speaks, once that it ends")
        await peer.stop()
    }

    @Test func `a cut connection is resumed while media goes on`() async throws {
        let peer = try await GatewayPeer()
        var request = try Self.request(peer)
        request.play = ["tone:440"]
        request.duration = .milliseconds(2500)
        request.cutAfter = .milliseconds(500)
        let report = try await Self.run(Call(request) { _, _ in })
        #expect(report.gateway?.resumes == 1)
        #expect(report.heard.packets >= 115)
        #expect(peer.received.contains(7))
        await peer.stop()
    }

    @Test func `two clients hear each other over plain SRTP`() async throws {
        let key = KeyMaterial(suite: "aead-aes-256-gcm", secret: (0..<44).map { UInt8($0) })
        let ports = [Int.random(in: 20_000...29_999), Int.random(in: 20_000...29_999)]
        try #require(ports[0] != ports[1])
        let reports = try await withThrowingTaskGroup(of: CallReport.self) { group in
            for (own, other) in [(0, 1), (1, 0)] {
                var request = CallRequest(
                    .plain(
                        host: "127.0.0.1", port: ports[other], localPort: ports[own], ssrc: UInt32(own + 1),
                        sendKey: key, receiveKey: key))
                request.play = ["tone:\(440 * (own + 1))"]
                request.duration = .seconds(1)
                let call = Call(request) { _, _ in }
                group.addTask { try await Self.run(call) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for report in reports {
            #expect(report.heard.packets > 20 && report.heard.refused == 0, "\(report.heard)")
            #expect(report.heard.seconds > 0.3)
        }
    }

    @Test func `nobody at the other end is an error that says so`() async throws {
        let identity = VoiceIdentity(guild: "1", user: "2", session: "s", token: "t")
        let address = try #require(GatewayAddress("ws://127.0.0.1:1"))
        var request = CallRequest(.gateway(address, identity, .system))
        request.joinTimeout = .seconds(1)
        await #expect(throws: CallError.self) { _ = try await Self.run(Call(request) { _, _ in }) }
    }
}
