import MediaCore
import PipelineSpec

/// Stands in the place of `opus.decode` and writes silence: what is measured is the way to the decoder, and a thousand real
/// ones would wash it out of the caches.
struct SilentDecoder: PayloadDecoder, ~Copyable {
    static let stage = StageDescriptor(
        kind: "bench.decode", summary: "Writes silence.", scopes: [.participant], parameters: [],
        builder: .payloadDecoder { _, format in SilentDecoder(samples: format.samplesPerFrame) })

    /// Of every packet.
    let samples: Int
    var maximumSamplesPerPacket: Int { samples }

    func sampleCount(of payload: Span<UInt8>) -> Int? { samples }

    mutating func decode(_ payload: Span<UInt8>, into output: inout MutableSpan<Float>) -> Int? {
        silence(&output)
        return samples
    }

    mutating func conceal(
        _ count: Int, before next: Span<UInt8>?, distance: Int, into output: inout MutableSpan<Float>
    ) -> Concealment {
        silence(&output)
        return .extrapolated
    }

    mutating func reset() {}

    private func silence(_ output: inout MutableSpan<Float>) {
        for i in 0..<min(samples, output.count) { output[i] = 0 }
    }
}
