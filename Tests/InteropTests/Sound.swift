import AudioFile
import Foundation
import MediaCore
import Synchronization

/// Sound that is looked at: is the tone there, all the time?
struct Sound {
    static let rate = 48_000
    /// One measurement per tenth of a second.
    private static let window = 4800

    private let samples: [Float]

    /// Reads a sound file as one channel at 48 kHz.
    init(path: String) throws {
        var reader = try SoundFileReader(path: path, format: AudioFormat())
        var all: [Float] = []
        var buffer = [Float](repeating: 0, count: 4096)
        while true {
            var span = buffer.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { break }
            all += buffer[..<count]
        }
        samples = all
    }

    var duration: Double { Double(samples.count) / Double(Self.rate) }

    /// Seconds in which a tone holds nearly all of the power, and is as loud as it should be.
    func seconds(of hertz: Double, amplitude: Double, tolerance: Double = 0.15) -> Double {
        let windows = stride(from: 0, through: samples.count - Self.window, by: Self.window)
        let good = windows.filter { start in
            let part = samples[start..<(start + Self.window)]
            let power = part.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(Self.window)
            let found = Self.amplitude(of: hertz, in: part)
            return (found / amplitude - 1).magnitude < tolerance && found * found / 2 > 0.8 * power
        }
        return Double(good.count * Self.window) / Double(Self.rate)
    }

    /// Seconds in which a tone is as loud as it should be, whatever else is heard.
    func seconds(with hertz: Double, amplitude: Double, tolerance: Double = 0.15) -> Double {
        let good = amplitudes(of: hertz).filter { ($0 / amplitude - 1).magnitude < tolerance }
        return Double(good.count * Self.window) / Double(Self.rate)
    }

    /// The highest amplitude that a tone has in any window.
    func loudest(_ hertz: Double) -> Double {
        amplitudes(of: hertz).max() ?? 0
    }

    private func amplitudes(of hertz: Double) -> [Double] {
        stride(from: 0, through: samples.count - Self.window, by: Self.window).map {
            Self.amplitude(of: hertz, in: samples[$0..<($0 + Self.window)])
        }
    }

    /// Goertzel's algorithm.
    private static func amplitude(of hertz: Double, in part: ArraySlice<Float>) -> Double {
        let coefficient = 2 * cos(2 * .pi * hertz / Double(rate))
        var (s1, s2) = (0.0, 0.0)
        for sample in part { (s1, s2) = (Double(sample) + coefficient * s1 - s2, s1) }
        return (s1 * s1 + s2 * s2 - coefficient * s1 * s2).squareRoot() * 2 / Double(part.count)
    }
}

/// What is sent: a tone, and someone who speaks quietly under it.
enum Source {
    static let hertz = 1000.0
    static let amplitude = 0.25
    static let seconds = 3.0
    private static let path = Mutex("")

    /// A folder with `source.opus` and `source.wav`, which goes away with the process.
    static let folder = Task(executorPreference: OwnThread.Executor()) {
        let folder = try TemporaryFolder()
        path.withLock { $0 = folder.path }
        atexit { Source.path.withLock { try? FileManager.default.removeItem(atPath: $0) } }
        for name in ["source.opus", "source.wav"] {
            let made = try await make(folder.file(name))
            guard made.status == 0 else { throw Failure(description: made.error) }
        }
        return folder
    }

    /// Makes the sound, as WAV or, by the file's name, as Ogg Opus in packets of 20 ms.
    private static func make(_ path: String) async throws -> Program.Result {
        let graph = """
            [0]volume=\(amplitude * 8)[tone];[1]atrim=duration=\(seconds),volume=0.5[speech];\
            [tone][speech]amix=inputs=2:normalize=0
            """
        return try await Program.run([
            "ffmpeg", "-v", "error", "-f", "lavfi",
            "-i", "sine=frequency=\(hertz):sample_rate=48000:duration=\(seconds)",
            "-ss", "0.4", "-i", Program.root + "/samples/meeting/alice.opus", "-filter_complex", graph,
            "-ac", "1", "-ar", "48000", "-b:a", "64k", path,
        ])
    }
}
