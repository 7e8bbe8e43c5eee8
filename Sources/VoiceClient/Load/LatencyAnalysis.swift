import MediaCore
import OpusCodec

/// Finds what a listener was sent in what was said, and says by how much later it came.
///
/// Both are decoded in the same way, so what encoding and decoding alone take is in neither. A piece of what was heard
/// is moved along what was said until they correlate best.
struct LatencyAnalysis {
    /// A frame that went out.
    struct Said: Sendable {
        var at: Int64
        var payload: Range<Int>
    }

    /// A packet that came in.
    struct Heard: Sendable {
        var at: Int64
        var number: UInt16
        var payload: [UInt8]
    }

    /// Packets of one piece.
    private static let piece = 8
    private static let format = AudioFormat(sampleRate: 8000, channels: 1, samplesPerFrame: 160)
    private static let frame: Int64 = 20_000_000
    private static let sample: Int64 = 125_000
    /// Where it is looked for, in samples before the packet came.
    private static let farthest = 400 * 8
    private static let nearest = -20 * 8
    /// A piece that correlates less is not believed.
    private static let leastCorrelation: Float = 0.6
    /// From here on nothing better is looked for elsewhere.
    private static let sureCorrelation: Float = 0.8
    /// Nothing quieter is looked for: -50 dBFS.
    private static let leastPower: Float = 1e-5

    /// Samples, and the same at a quarter of the rate.
    private struct Sound {
        static let step = 4

        let samples: [Float]
        let coarse: [Float]

        init(_ samples: [Float]) {
            self.samples = samples
            coarse = stride(from: 0, to: samples.count - Self.step + 1, by: Self.step).map { start in
                (samples[start] + samples[start + 1] + samples[start + 2] + samples[start + 3]) / Float(Self.step)
            }
        }
    }

    private(set) var latencies: [Int64] = []
    private(set) var unmatched = 0

    /// - Parameters:
    ///   - said: by each of those who are heard together, their first frames at about the same time.
    ///   - from: what came before is left out.
    mutating func add(said: [[Said]], heard: [Heard], bank: SpeechBank, from start: Int64) throws {
        guard let first = said.first?.first?.at, heard.count > Self.piece else { return }
        var reference: [Float] = []
        for talker in said {
            let offset = talker.first.map { Int(($0.at - first) / Self.sample) } ?? 0
            Self.mix(try Self.decode(talker, bank), at: max(offset, 0), into: &reference)
        }
        let times = said.first?.map(\.at) ?? []
        let (samples, arrivals) = try Self.decode(heard)
        let (saidSound, heardSound) = (Sound(reference), Sound(samples))
        var last: Int?
        for packet in stride(from: 0, to: arrivals.count - Self.piece, by: Self.piece) {
            guard let arrival = arrivals[packet], arrival >= start else { continue }
            let part = packet * 160..<(packet + Self.piece) * 160
            guard Self.power(samples, part) > Self.leastPower else { continue }
            // Of the one who speaks first: what is sent is sent in step.
            let expected = Self.position(of: arrival, in: times)
            guard let found = Self.find(heardSound, part, in: saidSound, around: expected, last) else {
                unmatched += 1
                continue
            }
            last = expected - found
            for k in 0..<Self.piece {
                guard let came = arrivals[packet + k], let left = Self.time(of: found + 160 * k, in: times)
                else { continue }
                latencies.append(came - left)
            }
        }
    }

    /// The sample that is being said at a moment.
    private static func position(of moment: Int64, in times: [Int64]) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= moment { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return 0 }
        return (low - 1) * 160 + Int((moment - times[low - 1]) / sample)
    }

    private static func time(of position: Int, in times: [Int64]) -> Int64? {
        let (frame, rest) = position.quotientAndRemainder(dividingBy: 160)
        return times.indices.contains(frame) ? times[frame] + Int64(rest) * sample : nil
    }

    /// Looked for coarsely, at a quarter of the rate, then exactly nearby.
    /// - Parameter last: how far back the piece before was found; looked at first.
    private static func find(
        _ heard: Sound, _ part: Range<Int>, in said: Sound, around expected: Int, _ last: Int?
    ) -> Int? {
        if let last, let near = best(heard.samples, part, said.samples, around(expected - last, 24)),
            near.correlation > sureCorrelation
        {
            return near.position
        }
        let coarse = part.lowerBound / Sound.step..<part.upperBound / Sound.step
        let range = (expected - farthest) / Sound.step...(expected - nearest) / Sound.step
        guard let far = best(heard.coarse, coarse, said.coarse, range),
            let exact = best(heard.samples, part, said.samples, around(far.position * Sound.step, 2 * Sound.step)),
            exact.correlation > leastCorrelation
        else { return nil }
        return exact.position
    }

    private static func around(_ position: Int, _ distance: Int) -> ClosedRange<Int> {
        position - distance...position + distance
    }

    /// Where in a range the piece correlates best.
    private static func best(
        _ samples: [Float], _ part: Range<Int>, _ reference: [Float], _ range: ClosedRange<Int>
    ) -> (position: Int, correlation: Float)? {
        let length = part.count
        let (from, to) = (max(range.lowerBound, 0), min(range.upperBound, reference.count - length))
        guard from <= to else { return nil }
        let own = power(samples, part) * Float(length)
        var (position, highest) = (from, -Float.infinity)
        let (piece, whole) = (samples.span.extracting(part), reference.span)
        for start in from...to {
            var (product, energy) = (SIMD4<Float>(), SIMD4<Float>())
            var i = 0
            while i + 4 <= length {
                let a = SIMD4(piece[i], piece[i + 1], piece[i + 2], piece[i + 3])
                let at = start + i
                let b = SIMD4(whole[at], whole[at + 1], whole[at + 2], whole[at + 3])
                product += a * b
                energy += b * b
                i += 4
            }
            let correlation = product.sum() / max((own * energy.sum()).squareRoot(), 1e-9)
            if correlation > highest { (position, highest) = (start, correlation) }
        }
        return (position, highest)
    }

    private static func power(_ samples: [Float], _ part: Range<Int>) -> Float {
        var sum: Float = 0
        for i in part { sum += samples[i] * samples[i] }
        return sum / Float(part.count)
    }

    private static func mix(_ samples: [Float], at offset: Int, into sum: inout [Float]) {
        let missing = offset + samples.count - sum.count
        if missing > 0 { sum += [Float](repeating: 0, count: missing) }
        for i in samples.indices { sum[offset + i] += samples[i] }
    }

    private static func decode(_ said: [Said], _ bank: SpeechBank) throws -> [Float] {
        var decoder = try OpusDecoder(format: format)
        var samples: [Float] = []
        samples.reserveCapacity(said.count * 160)
        var piece = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket)
        for frame in said { decode(bank.bytes.span.extracting(frame.payload), &decoder, &piece, into: &samples) }
        return samples
    }

    /// In order, with what was lost concealed: it has no time of arrival.
    private static func decode(_ heard: [Heard]) throws -> (samples: [Float], arrivals: [Int64?]) {
        var decoder = try OpusDecoder(format: format)
        var samples: [Float] = []
        var arrivals: [Int64?] = []
        var piece = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket)
        var next = heard.first?.number ?? 0
        for packet in heard {
            let distance = Int16(truncatingIfNeeded: Int(packet.number) - Int(next))
            guard distance >= 0 else { continue }
            for _ in 0..<min(Int(distance), 500) {
                samples += [Float](repeating: 0, count: 160)
                arrivals.append(nil)
            }
            decode(packet.payload.span, &decoder, &piece, into: &samples)
            arrivals.append(packet.at)
            next = packet.number &+ 1
        }
        return (samples, arrivals)
    }

    private static func decode(
        _ payload: Span<UInt8>, _ decoder: inout OpusDecoder, _ piece: inout [Float], into samples: inout [Float]
    ) {
        var span = piece.mutableSpan
        let count = decoder.decode(payload, into: &span) ?? 0
        samples += piece[..<min(count, 160)]
        if count < 160 { samples += [Float](repeating: 0, count: 160 - count) }
    }
}
