internal import COpus

/// What the libopus that runs has beyond the one that is needed.
public enum OpusLibrary {
    /// "libopus 1.3.1"
    public static let version = unsafe String(cString: opus_get_version_string())
    /// Whether packets' deep redundancy (DRED) can be decoded: from 1.5 on, in builds that have it.
    public static let hasDeepRedundancy = functions != nil

    static let functions: parley_dred? = {
        var found = parley_dred()
        return unsafe parley_dred_find(&found) == 1 ? found : nil
    }()
}

/// Deep redundancy (DRED): up to a second of speech from before a packet, which the packet carries as a neural network's
/// few features. Held by a decoder where libopus has it.
@safe struct DeepRedundancy: ~Copyable {
    private let functions: parley_dred
    private let decoder: UnsafeMutableRawPointer
    private let redundancy: UnsafeMutableRawPointer

    init?() {
        guard var functions = OpusLibrary.functions else { return nil }
        let decoder = unsafe parley_dred_make_decoder(&functions)
        let redundancy = unsafe parley_dred_allocate(&functions)
        guard let decoder = unsafe decoder, let redundancy = unsafe redundancy else {
            unsafe parley_dred_free(&functions, decoder, redundancy)
            return nil
        }
        self.functions = functions
        unsafe self.decoder = decoder
        unsafe self.redundancy = redundancy
    }

    deinit {
        var functions = functions
        unsafe parley_dred_free(&functions, decoder, redundancy)
    }

    /// Restores `count` samples that begin `offset` samples before a packet, if it reaches back to them.
    /// - Returns: the samples written; 0 if the packet does not hold them.
    mutating func restore(
        _ count: Int, offset: Int, before packet: Span<UInt8>, rate: Int, with state: OpaquePointer,
        into output: UnsafeMutablePointer<Float>
    ) -> Int {
        guard offset <= rate else { return 0 }
        var functions = functions
        var end: Int32 = 0
        let reach = unsafe packet.withUnsafeBufferPointer { data in
            unsafe Int(
                parley_dred_parse(
                    &functions, decoder, redundancy, data.baseAddress, opus_int32(data.count), opus_int32(offset),
                    opus_int32(rate), &end))
        }
        guard reach >= offset, Int(end) <= offset - count else { return 0 }
        return max(
            unsafe Int(
                parley_dred_decode(&functions, state, redundancy, opus_int32(offset), output, opus_int32(count))), 0)
    }
}
