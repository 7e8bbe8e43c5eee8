internal import COpus
public import MediaCore
import RTPWire

/// The stage `opus.decode`: Opus packets of any frame size, mono or stereo, into the pipeline's format.
///
/// libopus itself brings every packet to the rate and channels asked for: a stereo packet is mixed down for a mono
/// pipeline, a mono packet is doubled for a stereo one.
@safe public struct OpusDecoder: PayloadDecoder, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// Whether a gap is filled from the redundant copy (LBRR) in the packet after it, if that has one.
        public var usesInBandFEC: Bool
        /// Applied by libopus to what it decodes, in dB.
        public var gain: Decibels
        /// Whether a newer libopus may conceal by its neural networks (1.5 and later, where it was built with them), and
        /// restore from packets' deep redundancy. What is heard of losses then depends on the library.
        public var usesDeepConcealment: Bool

        public init(usesInBandFEC: Bool = true, gain: Decibels = Decibels(0), usesDeepConcealment: Bool = true) {
            self.usesInBandFEC = usesInBandFEC
            self.gain = gain
            self.usesDeepConcealment = usesDeepConcealment
        }
    }

    /// The decoder complexity from which libopus 1.5 and later conceal by a neural network.
    private static let deepConcealmentComplexity: opus_int32 = 5

    public let maximumSamplesPerPacket: Int
    private let format: AudioFormat
    private let configuration: Configuration
    /// A libopus `OpusDecoder` in memory of our own: its state is plain bytes.
    private let state: OpaquePointer
    private let memory: UnsafeMutableRawPointer
    private var deepRedundancy: DeepRedundancy?

    /// - Parameter format: its rate must be one of Opus's: 8, 12, 16, 24 or 48 kHz.
    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) throws(OpusError) {
        let size = Int(opus_decoder_get_size(Int32(format.channels)))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        let state = OpaquePointer(memory)
        let code = unsafe opus_decoder_init(state, opus_int32(format.sampleRate), Int32(format.channels))
        guard code == OPUS_OK else {
            unsafe memory.deallocate()
            throw OpusError(code: code, operation: "make a decoder for \(format.sampleRate) Hz")
        }
        unsafe parley_opus_decoder_set(
            state, OPUS_SET_GAIN_REQUEST, opus_int32((configuration.gain.value * 256).rounded()))
        if configuration.usesDeepConcealment {
            // Older ones have no complexity to set, and say so.
            unsafe parley_opus_decoder_set(state, OPUS_SET_COMPLEXITY_REQUEST, Self.deepConcealmentComplexity)
            deepRedundancy = DeepRedundancy()
        } else {
            deepRedundancy = nil
        }
        self.format = format
        self.configuration = configuration
        maximumSamplesPerPacket = OpusPacket.maximumSamples * format.sampleRate / 48_000
        unsafe self.memory = memory
        unsafe self.state = state
    }

    deinit { unsafe memory.deallocate() }

    public func sampleCount(of payload: Span<UInt8>) -> Int? {
        OpusPacket.sampleCount(of: payload, sampleRate: format.sampleRate)
    }

    public mutating func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Float>) -> Int? {
        guard !payload.isEmpty else { return nil }
        let decoded = call(payload, into: &samples, at: 0, count: samples.count / format.channels, usesFEC: false)
        return decoded > 0 ? decoded : nil
    }

    public mutating func conceal(
        _ count: Int, before next: Span<UInt8>?, distance: Int, into samples: inout MutableSpan<Float>
    ) -> Concealment {
        precondition(count * format.channels <= samples.count && distance >= count)
        var done = 0
        var how = Concealment.extrapolated
        // The redundant copy speaks for the last frame before `next`; what lies before it can only be concealed.
        if let next, distance == count, let recoverable = recoverableSamples(next), recoverable <= count {
            done = concealWhole(count - recoverable, into: &samples)
            done += max(call(next, into: &samples, at: done, count: recoverable, usesFEC: true), 0)
            how = .restored
        } else if let next, let restored = restoreDeep(count, before: next, distance, into: &samples) {
            done = restored
            how = .restored
        } else {
            done = concealWhole(count, into: &samples)
        }
        for i in (done * format.channels)..<(count * format.channels) { samples[i] = 0 }
        return how
    }

    public mutating func reset() { unsafe _ = parley_opus_decoder_reset(state) }

    /// Samples per channel that a packet's in-band FEC restores: one packet's worth, if it has any.
    private func recoverableSamples(_ next: Span<UInt8>) -> Int? {
        guard configuration.usesInBandFEC, let layout = OpusLayout(next), layout.carriesRedundancy(next) else {
            return nil
        }
        return layout.samples * format.sampleRate / 48_000
    }

    private mutating func restoreDeep(
        _ count: Int, before next: Span<UInt8>, _ distance: Int, into samples: inout MutableSpan<Float>
    ) -> Int? {
        guard deepRedundancy != nil else { return nil }
        let (state, rate) = unsafe (state, format.sampleRate)
        let restored = unsafe samples.withUnsafeMutableBufferPointer { buffer in
            guard let output = buffer.baseAddress else { return 0 }
            return unsafe deepRedundancy?.restore(
                count, offset: distance, before: next, rate: rate, with: state, into: output) ?? 0
        }
        return restored > 0 ? restored : nil
    }

    /// libopus conceals in steps of 2.5 ms; a remainder is left to the caller.
    private mutating func concealWhole(_ count: Int, into samples: inout MutableSpan<Float>) -> Int {
        let step = format.sampleRate / 400
        let whole = count / step * step
        guard whole > 0 else { return 0 }
        return max(call(nil, into: &samples, at: 0, count: whole, usesFEC: false), 0)
    }

    /// `offset` and `count` are in samples per channel.
    private func call(
        _ payload: Span<UInt8>?, into samples: inout MutableSpan<Float>, at offset: Int, count: Int, usesFEC: Bool
    ) -> Int {
        unsafe samples.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            let output = unsafe start + offset * format.channels
            guard let payload else { return unsafe Int(opus_decode_float(state, nil, 0, output, Int32(count), 0)) }
            return unsafe payload.withUnsafeBufferPointer { input in
                let length = opus_int32(input.count)
                return unsafe Int(
                    opus_decode_float(state, input.baseAddress, length, output, Int32(count), usesFEC ? 1 : 0))
            }
        }
    }
}

extension OpusDecoder: @unchecked Sendable {}
