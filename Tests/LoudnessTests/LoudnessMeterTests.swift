import Foundation
import Loudness
import MediaCore
import Testing

@Suite struct LoudnessMeterTests {
    static let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "samples/meeting/alice.opus").path

    /// Runs a program and gives what it said, on either channel.
    private static func run(_ line: String) throws -> (output: Data, error: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let files = (0..<2).map { _ in FileManager.default.temporaryDirectory.appending(path: UUID().uuidString) }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        process.arguments = ["-c", "\(line) > \(files[0].path) 2> \(files[1].path)"]
        try process.run()
        process.waitUntilExit()
        return (try Data(contentsOf: files[0]), String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
    }

    @Test func `integrated loudness is ffmpeg's`() throws {
        let pcm = try Self.run("ffmpeg -v error -i \(Self.sample) -f f32le -ac 1 -").output
        let samples = unsafe pcm.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
        var meter = try LoudnessMeter(format: AudioFormat())
        for start in stride(from: 0, to: samples.count - 960, by: 960) {
            meter.add(samples.span.extracting(start..<(start + 960)))
        }
        let said = try Self.run("ffmpeg -nostats -i \(Self.sample) -af ebur128 -f null -").error
        let summary = try #require(said.range(of: "Summary:").map { said[$0.upperBound...] })
        func value(_ name: String) throws -> Double {
            let line = try #require(summary.split(separator: "\n").first { $0.contains("\(name):") })
            return try #require(line.split(separator: " ").compactMap { Double($0) }.first)
        }
        let integrated = meter.integrated ?? 0
        #expect(try (integrated - value("I")).magnitude < 0.1)
    }

    @Test func `silence has no loudness`() throws {
        var meter = try LoudnessMeter(format: AudioFormat())
        let silence = [Float](repeating: 0, count: 48_000)
        meter.add(silence.span)
        let integrated = meter.integrated
        #expect(integrated == nil)
    }
}
