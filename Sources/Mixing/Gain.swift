public import MediaCore

/// The stage `gain`: louder or softer by a fixed number of decibels.
public struct Gain: FrameFilter, ~Copyable {
    public var latency: Int { 0 }
    private let factor: Float

    public init(_ gain: Decibels) { factor = gain.amplitude }

    public mutating func process(_ frame: inout PCMFrame) {
        guard !frame.isSilent && factor != 1 else { return }
        var samples = frame.mutableSamples
        SampleKernels.scale(&samples, by: factor)
        if let meanSquare = frame.annotations.meanSquare { frame.annotations.meanSquare = meanSquare * factor * factor }
    }

    public mutating func reset() {}

    // A gain knows nothing of the past.
    public var stateBytes: Int { 0 }
    public func save(into image: inout StateImage) {}
    public mutating func restore(from image: inout StateImage) {}
}
