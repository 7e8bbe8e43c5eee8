import MediaCore
import SpeechActivity
import Testing

/// The gate on real recorded speech with a noise floor, against a reference made from the clean track.
@Suite struct GateQualityTests {
    struct Score {
        var kept = 0
        var speech = 0
        var suppressed = 0
        var silence = 0

        var keptShare: Double { Double(kept) / Double(max(speech, 1)) }
        var suppressedShare: Double { Double(suppressed) / Double(max(silence, 1)) }
    }

    /// Runs a noisy track through the gate, takes its delay out, and compares frame by frame: a speech frame is kept if
    /// none of it is missing, a frame without speech suppressed if nothing of it is left.
    static func score(_ clean: [Float], _ noisy: [Float], rate: Int) -> Score {
        let format = AudioFormat(sampleRate: rate, samplesPerFrame: rate / 50)
        var gate = SilenceGate(format: format)
        let latency = gate.latency
        var frame = PCMFrame(format: format)
        var output: [Float] = []
        let padded = noisy + [Float](repeating: 0, count: latency + format.samplesPerFrame)
        for start in stride(from: 0, through: padded.count - format.samplesPerFrame, by: format.samplesPerFrame) {
            frame.load(padded.span.extracting(start..<(start + format.samplesPerFrame)))
            gate.process(&frame)
            let samples = frame.samples
            for i in samples.indices { output.append(samples[i]) }
        }
        output.removeFirst(latency)
        var score = Score()
        let reference = Recording.reference(clean, rate: rate, frame: format.samplesPerFrame)
        for (index, isSpeech) in reference.enumerated() {
            let range = (index * format.samplesPerFrame)..<((index + 1) * format.samplesPerFrame)
            guard range.upperBound <= output.count else { break }
            if isSpeech {
                score.speech += 1
                score.kept += range.allSatisfy { output[$0] == noisy[$0] } ? 1 : 0
            } else {
                score.silence += 1
                score.suppressed += range.allSatisfy { output[$0] == 0 } ? 1 : 0
            }
        }
        return score
    }

    static let conditions: [(Recording.Noise, Double)] = [
        (.white, -60), (.white, -45), (.pink, -60), (.pink, -45), (.humAndFan, -60), (.humAndFan, -45),
    ]

    @Test(arguments: ["librivox", "librivox at 48 kHz", "codec2"], conditions)
    func `speech is kept and silence suppressed`(talkers: String, condition: (Recording.Noise, Double)) throws {
        let speech = try Self.speech(of: talkers)
        var total = Score()
        for seed in 1...3 as ClosedRange<UInt64> {
            let clean = Recording.track(speech, seed: seed)
            let noise = Recording.noise(
                condition.0, count: clean.count, rate: speech.rate, level: Decibels(condition.1), seed: seed)
            let score = Self.score(clean, zip(clean, noise).map { $0 + $1 }, rate: speech.rate)
            total.kept += score.kept
            total.speech += score.speech
            total.suppressed += score.suppressed
            total.silence += score.silence
        }
        #expect(total.speech > 1000 && total.silence > 1000)
        #expect(total.keptShare >= 0.98)
        #expect(total.suppressedShare >= 0.80)
    }

    private static func speech(of talkers: String) throws -> Recording.Utterances {
        switch talkers {
        case "codec2": try Recording.load(Recording.codec2) { cleanCodec2Files.contains($0) }
        case "librivox": try Recording.load(Recording.librivox)
        default: try Recording.loadResampled(Recording.librivox, rate: 48_000)
        }
    }

    /// Those of the package's recordings that are clean speech: the others hold noise or a radio's tones of their own.
    static let cleanCodec2Files: Set<String> = [
        "forig.wav", "morig.wav", "hts1a.wav", "hts2a.wav", "f2400.wav", "m2400.wav",
    ]
}
