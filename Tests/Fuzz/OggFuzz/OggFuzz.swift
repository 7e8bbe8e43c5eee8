import AudioFile

/// Feeds the Ogg Opus reader whatever the fuzzer thinks of; it must end, whatever it finds.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    unsafe OggOpusExercise.run(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
