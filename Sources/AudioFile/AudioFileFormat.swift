import CSndFile

/// A kind of file that can be written.
public enum AudioFileFormat: String, Sendable, Hashable, CaseIterable {
    case opus, wav, flac, ogg, aiff, au, caf

    /// By name, as in `--format`.
    public init?(name: String) { self.init(rawValue: Self.aliases[name.lowercased()] ?? name.lowercased()) }

    /// By a path's extension.
    public init?(path: String) {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
        self.init(name: String(path[path.index(after: dot)...]))
    }

    public var fileExtension: String { rawValue }

    /// The names, for error texts.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    private static let aliases = ["aif": "aiff", "wave": "wav", "oga": "ogg", "vorbis": "ogg"]

    /// libsndfile's number for the format, with a kind of sample; nil for Opus, which it must not write.
    func soundFileNumber(_ sampleFormat: SoundSampleFormat) -> Int32? {
        switch self {
        case .opus: nil
        case .wav: Int32(SF_FORMAT_WAV) | sampleFormat.number
        case .flac: Int32(SF_FORMAT_FLAC) | (sampleFormat == .f32 ? SoundSampleFormat.s24.number : sampleFormat.number)
        case .ogg: Int32(SF_FORMAT_OGG) | Int32(SF_FORMAT_VORBIS)
        case .aiff: Int32(SF_FORMAT_AIFF) | sampleFormat.number
        case .au: Int32(SF_FORMAT_AU) | sampleFormat.number
        case .caf: Int32(SF_FORMAT_CAF) | sampleFormat.number
        }
    }
}

/// How a file holds its samples.
public enum SoundSampleFormat: String, Sendable, Hashable, CaseIterable {
    /// 16-bit integers.
    case s16
    /// 24-bit integers.
    case s24
    /// 32-bit float; FLAC has none and takes 24 bits.
    case f32

    var number: Int32 {
        switch self {
        case .s16: Int32(SF_FORMAT_PCM_16)
        case .s24: Int32(SF_FORMAT_PCM_24)
        case .f32: Int32(SF_FORMAT_FLOAT)
        }
    }
}
