import Foundation
import MediaCore

/// Recorded human speech from Debian's packages, and tracks made of it as a meeting's participant has them.
enum Recording {
    /// Talkers the gate was tuned on, and talkers it had not heard: paths and rates. Plain 16-bit mono WAV.
    static let librivox = "/usr/share/pocketsphinx/test/data/librivox"
    static let codec2 = "/usr/share/codec2/wav"

    struct Utterances: Sendable {
        var rate: Int
        var clips: [[Float]]
    }

    /// Every WAV of a folder whose name passes, at about -22 dBov while active.
    static func load(_ folder: String, _ isWanted: (String) -> Bool = { _ in true }) throws -> Utterances {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".wav") && isWanted($0) }.sorted()
        var result = Utterances(rate: 0, clips: [])
        for name in names {
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
            func number(_ at: Int, _ count: Int) -> Int {
                (0..<count).reduce(0) { $0 | Int(data[at + $1]) << (8 * $1) }
            }
            guard let chunk = data.range(of: Data("data".utf8)) else { continue }
            result.rate = number(24, 4)
            let start = chunk.upperBound + 4
            let clip = stride(from: start, to: data.count - 1, by: 2).map {
                Float(Int16(bitPattern: UInt16(number($0, 2)))) / 32768
            }
            result.clips.append(levelled(clip, rate: result.rate))
        }
        return result
    }

    /// The same, brought to another rate by sox.
    static func loadResampled(_ folder: String, rate: Int) throws -> Utterances {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "parley-speech-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.currentDirectoryURL = URL(filePath: folder)
        process.arguments = ["-c", "for f in *.wav; do sox $f -r \(rate) -b 16 \(scratch)/$f; done"]
        try process.run()
        process.waitUntilExit()
        return try load(scratch)
    }

    /// One minute or so: silence, then the clips with pauses of 1 to 8 s, as somebody has who also listens.
    static func track(_ speech: Utterances, seed: UInt64) -> [Float] {
        var random = Random(seed: seed)
        var track: [Float] = []
        for clip in speech.clips {
            let pause = 1 + 7 * random.next()
            track += [Float](repeating: 0, count: Int(pause * Double(speech.rate)))
            track += clip
        }
        return track + [Float](repeating: 0, count: speech.rate * 2)
    }

    enum Noise: String, CaseIterable, Sendable {
        case white, pink, humAndFan
    }

    /// Noise of a kind with an RMS level.
    static func noise(_ kind: Noise, count: Int, rate: Int, level: Decibels, seed: UInt64) -> [Float] {
        var random = Random(seed: seed)
        var samples = (0..<count).map { _ in Float(random.next() + random.next() + random.next() - 1.5) }
        switch kind {
        case .white: break
        case .pink:
            // Paul Kellet's economy filter, for 3 dB per octave.
            var (a, b, c) = (Float(0), Float(0), Float(0))
            for i in samples.indices {
                a = 0.99765 * a + samples[i] * 0.0990460
                b = 0.96300 * b + samples[i] * 0.2965164
                c = 0.57000 * c + samples[i] * 1.0526913
                samples[i] = a + b + c + samples[i] * 0.1848
            }
        case .humAndFan:
            var brown: Float = 0
            for i in samples.indices {
                brown = 0.998 * brown + samples[i] * 0.05
                let time = Double(i) / Double(rate)
                samples[i] = brown + 0.15 * Float(sin(2 * .pi * 50 * time) + 0.5 * sin(2 * .pi * 150 * time))
            }
        }
        let scale = level.amplitude / SampleKernels.meanSquare(samples.span).squareRoot()
        return samples.map { $0 * scale }
    }

    /// Which frames are speech, from the clean track, after ITU-T P.56 (method B): the envelope, smoothed twice with 30
    /// ms, is above a threshold, or was within the last 200 ms. P.56's threshold lies 15.9 dB under the active level.
    static func reference(_ clean: [Float], rate: Int, frame: Int) -> [Bool] {
        let g = Float(exp(-1 / (0.03 * Double(rate))))
        var (p, q) = (Float(0), Float(0))
        let envelope = clean.map { sample -> Float in
            p = g * p + (1 - g) * sample.magnitude
            q = g * q + (1 - g) * p
            return q
        }
        // The active level by iteration: mean square over what counts as active under the threshold it gives.
        var threshold: Float = 0.001
        for _ in 0..<20 {
            var (sum, count) = (Float(0), 1)
            for i in clean.indices where envelope[i] > threshold {
                sum += clean[i] * clean[i]
                count += 1
            }
            threshold = (sum / Float(count)).squareRoot() * Decibels(-15.9).amplitude
        }
        var hang = 0
        let active = envelope.map { value -> Bool in
            hang = value > threshold ? rate / 5 : hang - 1
            return hang > 0
        }
        return stride(from: 0, through: clean.count - frame, by: frame).map { start in
            active[start..<(start + frame)].contains(true)
        }
    }

    private static func levelled(_ clip: [Float], rate: Int) -> [Float] {
        let loud = clip.filter { $0.magnitude > 0.01 }
        guard !loud.isEmpty else { return clip }
        let scale = 0.08 / SampleKernels.meanSquare(loud.span).squareRoot()
        let peak = (clip.map(\.magnitude).max() ?? 1) * scale
        return clip.map { $0 * scale * min(1, 0.9 / peak) }
    }
}

/// A seeded generator of numbers from 0 to 1.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
}
