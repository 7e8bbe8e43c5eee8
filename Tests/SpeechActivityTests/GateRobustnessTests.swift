import Foundation
import MediaCore
import SpeechActivity
import Testing

/// What the gate must stand beside speech in a quiet place: other talkers, other frames, broken samples.
@Suite struct GateRobustnessTests {
    @Test(arguments: [120, 240, 441, 480, 2880])
    func `the output does not depend on the frame size`(samplesPerFrame: Int) {
        let input = GateTests.burst(at: 2, lasting: 0.5, total: 3.6, noise: -50)
        let other = GateTests.run(input, format: AudioFormat(samplesPerFrame: samplesPerFrame))
        let usual = GateTests.run(input)
        let count = min(other.count, usual.count)
        #expect(other[..<count] == usual[..<count])
    }

    @Test(arguments: [8000, 16_000, 48_000], [Recording.Noise.white, .pink, .humAndFan])
    func `noise alone does not open the gate, the shortest frames neither`(rate: Int, kind: Recording.Noise) {
        let format = AudioFormat(sampleRate: rate, samplesPerFrame: rate / 400)
        let noise = Recording.noise(kind, count: rate * 20, rate: rate, level: Decibels(-45), seed: 7)
        #expect(GateTests.run(noise, format: format)[(rate * 3)...].allSatisfy { $0 == 0 })
    }

    @Test(arguments: [Float.infinity, .nan, 1e20])
    func `samples that are no sound do not close the gate for ever`(value: Float) {
        var input = GateTests.burst(at: 6, lasting: 1, total: 8)
        for i in 96_000..<100_800 { input[i] = value }
        let output = GateTests.run(input)
        #expect(Array(output[(288_000 + 960)..<(336_000 + 960)]) == Array(input[288_000..<336_000]))
        #expect(output[380_000...].allSatisfy { $0 == 0 })
    }

    @Test func `a voice in opposite phase opens a stereo gate`() {
        let format = AudioFormat(channels: 2)
        var input = GateTests.burst(at: 2, lasting: 1, total: 4, format: format)
        for i in stride(from: 0, to: input.count, by: 2) { input[i] = -input[i + 1] }
        let output = GateTests.run(input, format: format)
        #expect(Array(output[(192_000 + 1920)..<(288_000 + 1920)]) == Array(input[192_000..<288_000]))
    }

    @Test func `an attenuated floor is heard when closed`() {
        var configuration = SilenceGate.Configuration()
        configuration.floor = Decibels(-20)
        let input = GateTests.burst(at: 2, lasting: 0.5, total: 4)
        let output = GateTests.run(input, configuration)
        for i in 170_000..<180_000 { #expect(abs(output[i + 960] - input[i] * 0.1) < 1e-7) }
    }

    /// Talkers of Asterisk's prompts, most of whom the gate was not tuned on, in noise as loud as it gets.
    @Test(arguments: [8000, 16_000, 48_000], Recording.Noise.allCases)
    func `other talkers are kept whole in loud noise`(rate: Int, kind: Recording.Noise) throws {
        var total = GateQualityTests.Score()
        for talker in ["en_US_f_Allison", "it_IT_m_Carlo", "fr_CA_f_June", "ru_RU_f_IvrvoiceRU", "es_MX_f_Allison"] {
            let clean = Recording.track(try Recording.loadPrompts(talker, rate: rate, count: 10), seed: 1)
            let noise = Recording.noise(kind, count: clean.count, rate: rate, level: Decibels(-45), seed: 2)
            let score = GateQualityTests.score(clean, zip(clean, noise).map { $0 + $1 }, rate: rate)
            #expect(score.speech > 500 && score.silence > 500)
            #expect(score.keptShare >= 0.98, "\(talker)")
            #expect(score.suppressedShare >= 0.80, "\(talker)")
            total.speech += score.speech
            total.kept += score.kept
        }
        #expect(total.keptShare >= 0.99)
    }
}

extension Recording {
    /// The first prompts of a talker that last 3 to 8 s, decoded by ffmpeg.
    static func loadPrompts(_ talker: String, rate: Int, count: Int) throws -> Utterances {
        let folder = "/usr/share/asterisk/sounds/\(talker)"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            guard name.hasSuffix(".g722") else { return false }
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return (24_000...64_000).contains(attributes[.size] as? Int ?? 0)
        }
        let scratch = FileManager.default.temporaryDirectory.appending(path: "parley-prompts-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        for name in names.sorted().prefix(count) {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
            process.arguments = [
                "-v", "error", "-nostdin", "-f", "g722", "-i", "\(folder)/\(name)", "-bitexact", "-ar", "\(rate)",
                "\(scratch)/\(name).wav",
            ]
            try process.run()
            process.waitUntilExit()
        }
        return try load(scratch)
    }
}
