/// The one shape that every PCM frame of a pipeline has: interleaved 32-bit float, full scale ±1.
public struct AudioFormat: Sendable, Hashable {
    /// Samples per second and channel, in Hz.
    public let sampleRate: Int
    /// 1 (mono) or 2 (stereo, left first).
    public let channels: Int
    /// Samples per channel in one frame, which is what one tick moves.
    public let samplesPerFrame: Int

    public init(sampleRate: Int = 48_000, channels: Int = 1, samplesPerFrame: Int = 960) {
        precondition(sampleRate > 0 && (1...2).contains(channels) && samplesPerFrame > 0)
        self.sampleRate = sampleRate
        self.channels = channels
        self.samplesPerFrame = samplesPerFrame
    }

    /// Floats in one frame: samples per channel times channels.
    public var valuesPerFrame: Int { samplesPerFrame * channels }

    /// How long one frame, and so one tick, lasts.
    public var frameDuration: Duration { duration(ofSamples: samplesPerFrame) }

    /// Samples per channel in a span of time, rounded to the nearest.
    public func samples(in duration: Duration) -> Int {
        Int((duration.seconds * Double(sampleRate)).rounded())
    }

    /// The time that a number of samples per channel takes.
    public func duration(ofSamples samples: Int) -> Duration {
        .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(sampleRate))
    }
}

extension Duration {
    /// The duration in seconds, for arithmetic with rates; exact to a nanosecond for durations under a month.
    /// Whole nanoseconds; what does not fit into 64 bits traps.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
