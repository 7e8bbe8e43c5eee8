import VoiceInstance

/// Clients, pushes, shards and time, as a fuzzer wants them, against a voice server instance.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    _ = GatewayExercise.run(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
