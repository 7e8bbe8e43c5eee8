import Foundation
import TestPatience
import Testing

/// The load generator and the server that it is made for, as processes.
@Suite(.serialized, .oneAtATime(.servers), .ownThread, .timeLimit(.minutes(2))) struct VoiceLoadTests {
    struct Report: Decodable {
        struct Joining: Decodable { let clients, joined, refused, rejoins: Int }
        struct Streams: Decodable {
            let expected, heard, lost, refused, authenticated: Int
            let meanRate: Double
        }
        struct Latency: Decodable { let samples, unmatched: Int }
        let joining: Joining
        let streams: Streams
        let latency: Latency?
        let overflows: Int
    }

    enum Way: Sendable, CaseIterable {
        case gateway, srtp, rtp

        func arguments(port: Int) -> [String] {
            switch self {
            case .gateway: ["ws://127.0.0.1:\(port)"]
            case .srtp: ["--plain"]
            case .rtp: ["--plain", "--suite", "rtp"]
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `everybody joins, comes and goes, and is sent everything`(way: Way) async throws {
        let (port, interface) = (try FreePort.tcp(), try FreePort.tcp())
        let server = try Program([
            Program.parley, "voice", "--listen", "127.0.0.1:\(port)", "--api", "127.0.0.1:\(interface)", "--media",
            "127.0.0.1", "--advertise", "127.0.0.1", "--ports", "0", "--shards", "2", "--set", "api.secret=s", "--set",
            "plain-rtp=allowed",
        ])
        let isListening = await Patience.wait(seconds: 20) { FreePort.isListening(interface) }
        try #require(isListening)
        let load = try await Program.run(
            [Program.parley, "load"] + way.arguments(port: port) + [
                "--api", "http://127.0.0.1:\(interface)", "--secret", "s", "--rooms", "3", "--speakers", "2",
                "--listeners", "4", "--probes", "1", "--duration", "4s", "--churn", "1/s", "--json",
            ])
        try #require(load.status == 0, "\(load.error)")
        let report = try JSONDecoder().decode(Report.self, from: load.output)
        #expect(report.joining.joined == 20 && report.joining.clients == 20 && report.joining.refused == 0)
        #expect(report.joining.rejoins > 0)
        #expect(report.streams.heard == report.streams.expected && report.streams.expected >= 12)
        #expect(report.streams.lost == 0 && report.streams.refused == 0, "\(load.text)")
        #expect(report.streams.meanRate > 48 && report.streams.meanRate < 52, "\(load.text)")
        #expect((report.streams.authenticated > 100) || way == .rtp)
        let latency = try #require(report.latency)
        #expect(latency.samples > 100 && latency.unmatched < 5, "\(load.text)")
        server.signal(SIGTERM)
        let ended = try await server.result()
        #expect(ended.status == 0, "\(ended.error)")
    }
}
