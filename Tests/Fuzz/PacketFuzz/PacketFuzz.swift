import Glibc
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import SecureRTP
import StandardStages
import VoiceRoom

/// One fuzzer for every parser of packets; `PARLEY_FUZZ_PARSER` names the one.
private let parser = unsafe getenv("PARLEY_FUZZ_PARSER").map { unsafe String(cString: $0) } ?? "rtp"

private let plan = try? IngestExercise.plan(.standard)

private let shardPlan = try? PipelineFile.load(
    text: ShardExercise.pipeline, file: "fuzz.yaml", registry: .standard)

@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    switch parser {
    case "rtp": WireExercise.rtp(bytes)
    case "rtcp": WireExercise.rtcp(bytes)
    case "red": WireExercise.red(bytes)
    case "opus": WireExercise.opus(bytes)
    case "ingest", "ingest-srtp":
        guard let plan else { preconditionFailure("the pipeline is not understood") }
        do {
            if parser == "ingest" {
                try IngestExercise.run(bytes, plan: plan, key: nil)
            } else {
                let sealer = try Sealer()
                try IngestExercise.run(bytes, plan: plan, key: Sealer.key) { sealer.seal($0) }
            }
        } catch { preconditionFailure("\(error)") }
    case "shard":
        guard let plan = shardPlan else { preconditionFailure("the pipeline is not understood") }
        ShardExercise.run(bytes, plan: plan, keys: [])
    default: CaptureExercise.run(bytes)
    }
    return 0
}
