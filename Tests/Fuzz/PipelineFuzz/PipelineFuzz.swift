import PipelineSpec
import StandardStages

/// Feeds the pipeline parser whatever the fuzzer thinks of; it must give a plan or errors with places.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = unsafe String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
    do {
        let plan = try PipelineFile.load(text: text, file: "fuzz", registry: .standard)
        for format in PlanGraph.Format.allCases { precondition(!PlanGraph.text(plan, as: format).isEmpty) }
        precondition(!PlanDescription.text(plan).isEmpty)
    } catch {
        precondition(!error.diagnostics.isEmpty && !error.description.isEmpty)
    }
    return 0
}
