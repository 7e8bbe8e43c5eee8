import AudioFile
public import FileAccess
public import MediaCore
import PacketCapture
import RTPWire

/// An audio file, taken apart.
public struct FileInspection: Sendable {
    public var path: String
    /// In seconds.
    public var duration = 0.0
    /// nil for files that hold samples.
    public var opus: OpusInventory?
    /// Seconds that are missing in an Ogg Opus file, and links of a chain.
    public var missing = 0.0
    public var links = 0
    public var sampleRate = 48_000
    public var channels = 1
    public var peak = Decibels(-.infinity)
    public var meanSquare = Decibels(-.infinity)
    public var warnings: [FileWarning] = []

    /// Whether a file is a packet capture.
    public static func isCapture(path: String) throws(FileError) -> Bool {
        var source = try ByteSource(path: path)
        return CaptureReader.isCapture(try source.sniff())
    }

    public init(path: String) throws(FileError) {
        self.path = path
        switch try AudioInput.open(path: path, format: AudioFormat(channels: 2)) {
        case .opus(let reader): try readPackets(reader)
        case .pcm(let reader): try readSamples(reader)
        }
    }

    private mutating func readPackets(_ source: consuming OggOpusReader) throws(FileError) {
        var reader = source
        var inventory = OpusInventory()
        channels = reader.head.channels
        sampleRate = Int(reader.head.inputSampleRate)
        var samples = 0
        reading: while true {
            switch try reader.next() {
            case .packet(let duration, let trimStart, let trimEnd):
                inventory.add(reader.payload)
                samples += max(duration - trimStart - trimEnd, 0)
            case .gap(let gap):
                missing += Double(gap) / 48_000
                samples += gap
            case .link: links += 1
            case .end: break reading
            }
        }
        opus = inventory
        duration = Double(samples) / 48_000
        warnings = reader.takeWarnings()
    }

    private mutating func readSamples(_ source: consuming SoundFileReader) throws(FileError) {
        var reader = source
        var chunk = [Float](repeating: 0, count: 9600)
        var (count, highest, energy): (Int, Float, Double) = (0, 0, 0)
        while true {
            var span = chunk.mutableSpan
            let got = try reader.read(into: &span)
            guard got > 0 else { break }
            let part = chunk.span.extracting(first: got * 2)
            highest = max(highest, SampleKernels.peak(part))
            energy += Double(SampleKernels.energy(part))
            count += got
        }
        (sampleRate, channels) = (reader.sourceSampleRate, reader.sourceChannels)
        duration = Double(count) / 48_000
        peak = Decibels(amplitude: highest)
        meanSquare = Decibels(meanSquare: count > 0 ? Float(energy / Double(count * 2)) : 0)
        warnings = reader.takeWarnings()
    }
}
