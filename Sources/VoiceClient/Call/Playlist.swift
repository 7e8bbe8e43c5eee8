package import MediaCore
import OpusCodec

/// Sounds one after the other, as Opus packets of one frame each.
package struct Playlist: ~Copyable {
    /// Quieter frames are silence and are not sent: -90 dBFS.
    private static let silencePower: Float = 1e-9

    private let items: [Item]
    private let isEndless: Bool
    private let format: AudioFormat
    private var next = 0
    private var current: (any SoundSource)?
    private var encoder: OpusEncoder
    private var frame: PCMFrame
    private var payload: [UInt8]
    private var hasPlayed = false

    /// One thing to play, as it is written on the command line.
    package enum Item: Sendable, Hashable {
        /// `tone:440`, `tone:440:2.5` for so many seconds.
        case tone(hertz: Double, seconds: Double?)
        /// `silence:1`
        case silence(seconds: Double)
        case file(String)

        /// - Returns: nil if a tone or a silence is written wrongly.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count) {
            case ("tone", 2...3):
                guard let hertz = Double(parts[1]), (20...20_000).contains(hertz) else { return nil }
                guard parts.count == 2 || Self.seconds(parts[2]) != nil else { return nil }
                self = .tone(hertz: hertz, seconds: parts.count == 3 ? Self.seconds(parts[2]) : nil)
            case ("silence", 2):
                guard let seconds = Self.seconds(parts[1]) else { return nil }
                self = .silence(seconds: seconds)
            case ("tone", _), ("silence", _): return nil
            default: self = .file(text)
            }
        }

        private static func seconds(_ text: String) -> Double? {
            Double(text).flatMap { (0...86_400).contains($0) ? $0 : nil }
        }
    }

    /// - Parameter isEndless: whether it begins anew at its end.
    package init(_ items: [Item], isEndless: Bool, format: AudioFormat, bitrate: Int) throws {
        var configuration = OpusEncoder.Configuration()
        configuration.bitrate = bitrate
        // What cannot be opened is said before the call, not in it.
        for case .file(let path) in items { _ = try FileSource(path: path, format: format) }
        let encoder = try OpusEncoder(format: format, configuration)
        self.items = items
        self.isEndless = isEndless
        self.format = format
        frame = PCMFrame(format: format)
        payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        self.encoder = encoder
    }

    var isEmpty: Bool { items.isEmpty }
    /// Whether there is no more to come.
    package private(set) var hasEnded = false

    /// Encodes the next frame.
    /// - Returns: the packet's length; nil if the frame is silent or there is no more.
    package mutating func advance() throws -> Int? {
        guard try fill() else {
            hasEnded = true
            return nil
        }
        guard !frame.isSilent, meanSquare() > Self.silencePower else { return nil }
        let length = Self.encode(frame, &encoder, &payload)
        return length > 0 ? length : nil
    }

    /// The packet that `advance` made last, as many bytes as it said.
    package func packet(_ length: Int) -> [UInt8] { Array(payload[..<length]) }

    private static func encode(
        _ frame: borrowing PCMFrame, _ encoder: inout OpusEncoder, _ payload: inout [UInt8]
    ) -> Int {
        var span = payload.mutableSpan
        return encoder.encode(frame, into: &span)
    }

    private mutating func fill() throws -> Bool {
        // An endless list of nothing would never end.
        for _ in 0...items.count {
            if let current, try current.fill(&frame) {
                hasPlayed = true
                return true
            }
            if next == items.count {
                guard isEndless, hasPlayed else { return false }
                (next, hasPlayed) = (0, false)
            }
            guard next < items.count else { return false }
            current = try open(items[next])
            next += 1
        }
        return false
    }

    private func open(_ item: Item) throws -> any SoundSource {
        let rate = Double(format.sampleRate) / Double(format.samplesPerFrame)
        return switch item {
        case .tone(let hertz, let seconds):
            ToneSource(hertz: hertz, frames: seconds.map { Int($0 * rate) }, sampleRate: format.sampleRate)
        case .silence(let seconds): SilenceSource(frames: Int(seconds * rate))
        case .file(let path): try FileSource(path: path, format: format)
        }
    }

    private func meanSquare() -> Float {
        let samples = frame.samples
        var sum: Float = 0
        for i in samples.indices { sum += samples[i] * samples[i] }
        return sum / Float(max(samples.count, 1))
    }
}
