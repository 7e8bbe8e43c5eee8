import AudioFile
import Foundation
import PipelineSpec
import StandardStages
import Testing

/// Replays what the fuzzers have found interesting, and everything that once broke.
@Suite struct CorpusTests {
    static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz/Corpus")

    static func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: corpus.appending(path: folder).path)) ?? []).sorted()
    }

    @Test func `the Ogg Opus reader ends on every file, and keeps its promises`() throws {
        let files = Self.files("ogg")
        #expect(files.count >= 8)
        var samples = 0
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: Self.corpus.appending(path: "ogg/\(file)")))
            samples += OggOpusExercise.run(bytes)
        }
        #expect(samples > 48_000, "some of them hold sound")
    }

    @Test func `the pipeline parser gives a plan or located errors for every file`() throws {
        let files = Self.files("pipeline")
        #expect(files.count >= 8)
        var plans = 0
        for file in files {
            let data = try Data(contentsOf: Self.corpus.appending(path: "pipeline/\(file)"))
            let text = String(decoding: data, as: UTF8.self)
            do throws(PipelineErrors) {
                _ = try PipelineFile.load(text: text, file: file, registry: .standard)
                plans += 1
            } catch {
                #expect(!error.diagnostics.isEmpty && !error.description.isEmpty)
            }
        }
        #expect(plans >= 3)
    }
}
