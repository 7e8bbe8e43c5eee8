import CSndFile
public import FileAccess
import Glibc
public import MediaCore

/// Reads WAV, FLAC, AIFF, Ogg Vorbis, MP3 and whatever else libsndfile knows, at a pipeline's rate and channels.
///
/// A stereo file is averaged for a mono pipeline, a mono file doubled for a stereo one. A fixed piece of the file is held
/// at a time.
@safe public struct SoundFileReader: ~Copyable {
    /// Rates that are converted, in Hz.
    public static let sampleRates = 4000...384_000
    private static let chunkSamples = 1024

    /// Length in samples per channel at the pipeline's rate; nil if the file does not say.
    public let duration: Int?

    /// The file's own sample rate, in Hz, and channels.
    public var sourceSampleRate: Int { fileRate }
    public var sourceChannels: Int { fileChannels }

    private let format: AudioFormat
    private let file: SoundFileHandle
    private let fileRate: Int
    private let fileChannels: Int
    private var resampler: [ResamplerBox]
    /// What was read of the file, in its own channels, then brought to the pipeline's.
    private let raw: UnsafeMutableBufferPointer<Float>
    private let mapped: UnsafeMutableBufferPointer<Float>
    /// Samples per channel of `mapped` that wait for the resampler.
    private var waiting = 0..<0
    private var atEnd = false
    private var delivered = 0
    private var read = 0
    private var warnings: WarningList
    private var hasWarnedOfNumbers = false

    /// A noncopyable resampler needs a place that may be empty.
    private final class ResamplerBox {
        var resampler: Resampler
        init(_ resampler: consuming Resampler) { self.resampler = resampler }
    }

    public init(path: String, format: AudioFormat) throws(FileError) {
        try self.init(SoundFileHandle(path: path), format: format)
    }

    init(_ file: consuming SoundFileHandle, format: AudioFormat) throws(FileError) {
        try Self.validate(file)
        resampler = try Self.resamplers(for: file, format)
        warnings = WarningList(file: file.name)
        for text in file.takeHeaderWarnings() { warnings.add(text, at: nil) }
        self.format = format
        fileRate = file.sampleRate
        fileChannels = file.channels
        let isKnown = file.samples > 0 && file.samples < 1 << 48
        let ratio = Double(format.sampleRate) / Double(file.sampleRate)
        duration = isKnown ? Int((Double(file.samples) * ratio).rounded()) : nil
        unsafe raw = .allocate(capacity: Self.chunkSamples * file.channels)
        unsafe mapped = .allocate(capacity: Self.chunkSamples * format.channels)
        unsafe raw.initialize(repeating: 0)
        unsafe mapped.initialize(repeating: 0)
        self.file = file
    }

    private static func validate(_ file: borrowing SoundFileHandle) throws(FileError) {
        guard sampleRates.contains(file.sampleRate) else {
            throw FileError(
                .unsupported,
                "'\(file.name)' says that its sample rate is \(file.sampleRate) Hz; 4000 to 384000 Hz can be read")
        }
        guard (1...2).contains(file.channels) else {
            throw FileError(
                .unsupported,
                "'\(file.name)' has \(file.channels) channels; mix it down first: "
                    + "ffmpeg -i '\(file.name)' -ac 2 OUT.flac")
        }
    }

    /// None where the rates are equal.
    private static func resamplers(
        for file: borrowing SoundFileHandle, _ format: AudioFormat
    ) throws(FileError) -> [ResamplerBox] {
        guard file.sampleRate != format.sampleRate else { return [] }
        return [
            ResamplerBox(
                try Resampler(
                    from: file.sampleRate, to: format.sampleRate, channels: format.channels, file: file.name))
        ]
    }

    deinit {
        unsafe raw.deallocate()
        unsafe mapped.deallocate()
    }

    /// Reads interleaved samples of the pipeline's format.
    /// - Returns: samples per channel; fewer than there is room for only at the end, 0 after it.
    public mutating func read(into samples: inout MutableSpan<Float>) throws(FileError) -> Int {
        let wanted = samples.count / format.channels
        var done = 0
        while done < wanted {
            if waiting.isEmpty && !atEnd { try fill() }
            // With nothing waiting, a resampler is flushed: until it has no more.
            let isFlushing = waiting.isEmpty && atEnd
            let made = move(into: &samples, at: done, count: wanted - done, isFlushing: isFlushing)
            done += made
            if made == 0 && isFlushing { break }
        }
        delivered += done
        return done
    }

    /// Leaves out samples, counted per channel at the pipeline's rate.
    public mutating func skip(_ count: Int) throws(FileError) {
        let inFile = Int((Double(count) * Double(fileRate) / Double(format.sampleRate)).rounded())
        if file.seek(to: inFile) {
            read = inFile
            return
        }
        var left = count
        var scratch = [Float](repeating: 0, count: format.valuesPerFrame)
        while left > 0 {
            var span = scratch.mutableSpan
            let got = try read(into: &span)
            guard got > 0 else { return }
            left -= got
        }
    }

    /// What was damaged since the last call.
    public mutating func takeWarnings() -> [FileWarning] { warnings.take() }

    /// Reads a piece of the file and brings it to the pipeline's channels.
    private mutating func fill() throws(FileError) {
        let count = unsafe file.read(raw, samples: Self.chunkSamples)
        if count < Self.chunkSamples {
            atEnd = true
            if let problem = file.problem { warn("\(problem); what came before was used") }
            if let promised = file.promisedSamples, read + count < promised {
                warn("it ends after \(read + count) of the \(promised) samples that its header promises")
            }
        }
        read += count
        waiting = 0..<count
        if unsafe Self.sanitise(raw, count * fileChannels) && !hasWarnedOfNumbers {
            hasWarnedOfNumbers = true
            warn("it holds samples that are no numbers; they were made silent")
        }
        for i in 0..<count {
            switch (fileChannels, format.channels) {
            case (1, 2):
                unsafe mapped[2 * i] = raw[i]
                unsafe mapped[2 * i + 1] = raw[i]
            case (2, 1): unsafe mapped[i] = (raw[2 * i] + raw[2 * i + 1]) * 0.5
            default:
                for channel in 0..<format.channels {
                    unsafe mapped[i * format.channels + channel] = raw[i * format.channels + channel]
                }
            }
        }
    }

    private mutating func move(
        into samples: inout MutableSpan<Float>, at offset: Int, count: Int, isFlushing: Bool
    ) -> Int {
        let channels = format.channels
        let from = waiting.lowerBound * channels
        let input = unsafe UnsafeBufferPointer(rebasing: mapped[from..<(waiting.upperBound * channels)])
        let box = resampler.first
        let (used, made) = unsafe samples.withUnsafeMutableBufferPointer { output in
            let place = unsafe UnsafeMutableBufferPointer(
                rebasing: output[(offset * channels)..<((offset + count) * channels)])
            if let box { return unsafe box.resampler.process(isFlushing ? nil : input, into: place) }
            let moved = min(input.count, place.count)
            for i in 0..<moved { unsafe place[i] = input[i] }
            return (moved / channels, moved / channels)
        }
        waiting = (waiting.lowerBound + used)..<waiting.upperBound
        return made
    }

    private mutating func warn(_ text: String) { warnings.add(text, at: Double(read) / Double(fileRate)) }

    private static func sanitise(_ samples: UnsafeMutableBufferPointer<Float>, _ count: Int) -> Bool {
        var found = false
        for i in 0..<count where unsafe !samples[i].isFinite {
            unsafe samples[i] = 0
            found = true
        }
        return found
    }
}

extension SoundFileReader: @unchecked Sendable {}
