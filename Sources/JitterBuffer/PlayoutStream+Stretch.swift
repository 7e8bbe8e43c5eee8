import MediaCore

/// Changes of pace by whole pitch periods, as WSOLA and NetEq make them: the sound jumps ahead or back to where it is most
/// like itself, with a cross-fade.
extension PlayoutStream {
    /// The shortest and the longest jump: pitches of 400 to 66 Hz.
    private var shortestLag: Int { format.sampleRate / 400 }
    private var longestLag: Int { format.sampleRate * 3 / 200 }
    /// What is compared and cross-faded: 8 ms.
    private var overlap: Int { format.sampleRate / 125 }
    /// Below this power the sound counts as silence, in which any jump will do: -70 dBFS.
    private static let silence: Float = 1e-7

    /// What must be decoded for `shorten` to find something.
    public var stretchReach: Int { longestLag + overlap }

    /// Takes out one period.
    /// - Parameters:
    ///   - similarity: how much the sound must be like itself, 0...1; less makes more jumps, and worse ones.
    ///   - most: samples that may be taken out.
    /// - Returns: how many samples were taken out; 0 if none fit.
    public mutating func shorten(similarity: Float, atMost most: Int = .max) -> Int {
        guard tail - head >= stretchReach, let lag = search(backwards: false, similarity, atMost: most) else {
            return 0
        }
        crossFade(from: head, to: head + lag)
        head += lag
        return lag
    }

    /// Repeats one period.
    /// - Returns: how many samples were put in; 0 if none fit.
    public mutating func lengthen(similarity: Float) -> Int {
        guard tail - head >= overlap, head >= longestLag + Self.delay,
            let lag = search(backwards: true, similarity, atMost: .max)
        else { return 0 }
        crossFade(from: head, to: head - lag)
        head -= lag
        return lag
    }

    /// The samples at `to` become a fade from those at `from` to themselves.
    private mutating func crossFade(from: Int, to: Int) {
        let channels = format.channels
        let count = overlap
        // The two may overlap: what is read must not have been written.
        for i in 0..<count { for c in 0..<channels { scratchStore(i * channels + c, (from + i) * channels + c) } }
        for i in 0..<count {
            let gain = (Float(i) + 0.5) / Float(count)
            for c in 0..<channels {
                let place = (to + i) * channels + c
                let old = scratch[i * channels + c]
                unsafe storage[place] = old + (storage[place] - old) * gain
            }
        }
    }

    private mutating func scratchStore(_ index: Int, _ place: Int) { scratch[index] = unsafe storage[place] }

    /// Finds the jump after which the sound goes on most like before: the highest normalised cross-correlation, first on
    /// every fourth sample, then around the best.
    private func search(backwards: Bool, _ similarity: Float, atMost most: Int) -> Int? {
        let longest = min(longestLag, most)
        guard longest >= shortestLag else { return nil }
        let coarse = max(format.sampleRate / 12_000, 1)
        let sign = backwards ? -1 : 1
        var (best, bestLag) = (-Float.infinity, 0)
        var power: Float = 0
        for lag in stride(from: shortestLag, through: longest, by: coarse) {
            let match = correlation(at: head + sign * lag, step: coarse)
            power = max(power, match.power)
            if match.value > best { (best, bestLag) = (match.value, lag) }
        }
        if power < Self.silence { return longest }
        guard best >= similarity else { return nil }
        let range = max(bestLag - coarse + 1, shortestLag)...min(bestLag + coarse - 1, longest)
        best = -.infinity
        for lag in range {
            let match = correlation(at: head + sign * lag, step: 1)
            if match.value > best { (best, bestLag) = (match.value, lag) }
        }
        return bestLag
    }

    /// How alike the sound at the head and at another place are (-1...1), and the greater of their powers.
    private func correlation(at place: Int, step: Int) -> (value: Float, power: Float) {
        let channels = format.channels
        var (product, here, there) = (Float(0), Float(0), Float(0))
        for i in stride(from: 0, to: overlap, by: step) {
            let a = unsafe storage[(head + i) * channels]
            let b = unsafe storage[(place + i) * channels]
            product += a * b
            here += a * a
            there += b * b
        }
        let count = Float((overlap + step - 1) / step)
        let power = max(here, there) / count
        guard here > 0, there > 0 else { return (here == there ? 1 : -1, power) }
        // The power must match, too: a loud period is no continuation of a soft one.
        return (product / max((here * there).squareRoot(), 0.5 * max(here, there)), power)
    }
}
