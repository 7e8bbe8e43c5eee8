import AudioFile
import FileAccess
import Foundation
import MediaCore
import OfflineMix
import PipelineSpec
import ShippedPipelines
import StandardStages

/// Recordings made for a test, and mixes of them.
final class Fixture {
    let folder: URL
    let plan: PipelinePlan

    init(_ pipeline: String = "passthrough") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "parley-mix-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        plan = try PipelineFile.load(
            text: ShippedPipelines.text(named: pipeline) ?? pipeline, file: "test", registry: .standard)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The sample meeting.
    static let meeting = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "samples/meeting").path

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Writes a WAV of 32-bit float.
    func record(_ name: String, _ samples: [Float], rate: Int = 48_000, channels: Int = 1) throws -> MixInput {
        let file = path(name + ".wav")
        var writer = try SoundFileWriter(
            OutputFile(path: file, overwrite: true), format: .wav, sampleFormat: .f32, sampleRate: rate,
            channels: channels)
        try writer.write(samples.span)
        _ = try writer.finish()
        return MixInput(name: name, path: file)
    }

    /// Reads a sound file whole.
    func samples(_ file: String, format: AudioFormat? = nil) throws -> [Float] {
        let format = format ?? plan.format
        var reader = try SoundFileReader(path: file, format: format)
        var all: [Float] = []
        var buffer = [Float](repeating: 0, count: 4096 * format.channels)
        while true {
            var span = buffer.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { return all }
            all += buffer[..<(count * format.channels)]
        }
    }

    /// Mixes into a WAV of 32-bit float and gives its samples.
    func mix(_ inputs: [MixInput], _ change: (inout MixRequest) -> Void = { _ in }) throws -> (
        samples: [Float], summary: MixSummary
    ) {
        let file = path("mix-\(UUID().uuidString).wav")
        var request = MixRequest(
            plan: plan, inputs: inputs, output: MixTarget(path: file, format: .audio(.wav), sampleFormat: .f32))
        change(&request)
        let summary = try OfflineMixer(request).run()
        return (try samples(file), summary)
    }
}

enum Tone {
    static func sine(_ frequency: Double, count: Int, amplitude: Float = 0.25, rate: Double = 48_000) -> [Float] {
        (0..<count).map { amplitude * Float(sin(2 * .pi * frequency * Double($0) / rate)) }
    }
}
