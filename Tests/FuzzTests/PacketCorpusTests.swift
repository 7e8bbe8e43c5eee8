import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import SecureRTP
import StandardStages
import Testing
import VoiceRoom

/// Replays the corpora of the parsers that meet the network. Each parser holds what it finds against its promises and
/// traps if one is broken; what a corpus must contain is checked here.
@Suite struct PacketCorpusTests {
    static func inputs(_ folder: String) throws -> [[UInt8]] {
        let files = CorpusTests.files(folder)
        #expect(files.count >= 5, "\(folder) holds \(files.count) inputs")
        return try files.map { [UInt8](try Data(contentsOf: CorpusTests.corpus.appending(path: "\(folder)/\($0)"))) }
    }

    @Test func `RTP headers and their extensions`() throws {
        let inputs = try Self.inputs("rtp")
        for bytes in inputs { WireExercise.rtp(bytes) }
        let parsed = inputs.filter { (try? RTPHeader(parsing: $0.span)) != nil }.count
        #expect(parsed >= 3 && parsed < inputs.count, "some are RTP, some are not")
    }

    @Test func `RTCP, compound and reduced`() throws {
        let inputs = try Self.inputs("rtcp")
        for bytes in inputs { WireExercise.rtcp(bytes) }
        #expect(inputs.contains { RTCPPacket.isPlausible($0.span) })
    }

    @Test func `redundancy`() throws {
        let inputs = try Self.inputs("red")
        for bytes in inputs { WireExercise.red(bytes) }
        #expect(inputs.contains { REDPayload.Cursor($0.span) != nil })
    }

    @Test func `the layout of Opus packets`() throws {
        let inputs = try Self.inputs("opus")
        for bytes in inputs { WireExercise.opus(bytes) }
        #expect(inputs.contains { OpusLayout($0.span) != nil })
    }

    @Test func `a shard, its people and its datagrams`() throws {
        let plan = try PipelineFile.load(text: ShardExercise.pipeline, file: "fuzz.yaml", registry: .standard)
        for bytes in try Self.inputs("shard") { ShardExercise.run(bytes, plan: plan, keys: []) }
    }

    @Test(arguments: ["pcap", "pcapng", "rtpdump"]) func `captures`(format: String) throws {
        let datagrams = try Self.inputs(format).reduce(0) { $0 + CaptureExercise.run($1) }
        #expect(datagrams >= 3, "some of them hold datagrams")
    }

    @Test(arguments: [false, true]) func `the whole way in, with and without SRTP`(isSecure: Bool) throws {
        let plan = try IngestExercise.plan(.standard)
        for bytes in try Self.inputs(isSecure ? "ingest-srtp" : "ingest") {
            let sealer = try Sealer()
            try IngestExercise.run(bytes, plan: plan, key: isSecure ? Sealer.key : nil) {
                isSecure ? sealer.seal($0) : $0
            }
        }
    }
}
