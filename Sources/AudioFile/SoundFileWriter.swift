import CSndFile
public import FileAccess
import Glibc

/// Writes WAV, FLAC, AIFF, Ogg Vorbis and the like through libsndfile.
///
/// Into a pipe, WAV is written as it comes, with a header that leaves its size open; the other formats need to go back
/// to their beginning, so they are made in a temporary file and copied at the end.
@safe public struct SoundFileWriter: ~Copyable {
    private var output: OutputFile
    private let handle: OpaquePointer
    /// The temporary file, where the output cannot be sought in.
    private let spool: Int32?
    private let channels: Int
    private var isClosed = false

    public init(
        _ output: consuming OutputFile, format: AudioFileFormat, sampleFormat: SoundSampleFormat?, sampleRate: Int,
        channels: Int
    ) throws(FileError) {
        let samples = sampleFormat ?? .s16
        guard let number = format.soundFileNumber(samples) else {
            throw FileError(.cannotCreate, "'\(output.path)': \(format.rawValue) is not written by libsndfile")
        }
        // Standard output may be a file, too: libsndfile would take what stands there already for a part of its own.
        let isStreamedWAV = format == .wav && !output.canSeek && lseek(output.descriptor, 0, SEEK_CUR) < 0
        var info = SF_INFO()
        (info.samplerate, info.channels, info.format) = (Int32(sampleRate), Int32(channels), number)
        if isStreamedWAV {
            info.format = Int32(SF_FORMAT_RAW) | samples.number | Int32(SF_ENDIAN_LITTLE)
            let header = StreamedWAV.header(sampleFormat: samples, sampleRate: sampleRate, channels: channels)
            try output.write(header)
        }
        let spool: Int32? = output.canSeek || isStreamedWAV ? nil : try SpoolFile.make()
        guard let handle = unsafe sf_open_fd(spool ?? output.descriptor, Int32(SFM_WRITE), &info, 0) else {
            let words = unsafe String(cString: sf_strerror(nil)).plain
            throw FileError(.cannotCreate, "cannot write '\(output.path)' as \(format.rawValue): \(words)")
        }
        unsafe _ = sf_command(handle, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        self.output = output
        unsafe self.handle = handle
        self.spool = spool
        self.channels = channels
    }

    deinit {
        if !isClosed { unsafe _ = sf_close(handle) }
        if let spool { close(spool) }
    }

    /// Writes interleaved samples; what is beyond full scale is clipped, where the file holds integers.
    public mutating func write(_ samples: Span<Float>) throws(FileError) {
        errno = 0
        let written = unsafe samples.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe Int(sf_write_float(handle, start, sf_count_t(buffer.count)))
        }
        if written < samples.count { throw output.failure(errno == 0 ? EIO : errno) }
    }

    /// Completes the file and puts it into place.
    /// - Returns: its size in bytes.
    public mutating func finish() throws(FileError) -> Int64 {
        errno = 0
        let result = unsafe sf_close(handle)
        isClosed = true
        guard result == 0 else { throw output.failure(errno == 0 ? EIO : errno) }
        if let spool { try copy(spool) }
        let size = output.isStandardOutput ? output.bytes : max(Int64(lseek(output.descriptor, 0, SEEK_END)), 0)
        try output.commit()
        return size
    }

    private mutating func copy(_ spool: Int32) throws(FileError) {
        guard lseek(spool, 0, SEEK_SET) == 0 else { throw .system("read", "a temporary file") }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = unsafe read(spool, buffer.baseAddress, buffer.count)
            guard count >= 0 else { throw .system("read", "a temporary file") }
            guard count > 0 else { return }
            try unsafe output.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

/// The header of a WAV whose length nobody knows yet.
enum StreamedWAV {
    static func header(sampleFormat: SoundSampleFormat, sampleRate: Int, channels: Int) -> [UInt8] {
        let (tag, bytes) =
            switch sampleFormat {
            case .s16: (1, 2)
            case .s24: (1, 3)
            case .f32: (3, 4)
            }
        func number(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        return Array("RIFF".utf8) + number(0xFFFF_FFFF, 4) + Array("WAVEfmt ".utf8) + number(16, 4) + number(tag, 2)
            + number(channels, 2) + number(sampleRate, 4) + number(sampleRate * channels * bytes, 4)
            + number(channels * bytes, 2) + number(bytes * 8, 2) + Array("data".utf8) + number(0xFFFF_FFFF, 4)
    }
}

extension SoundFileWriter: @unchecked Sendable {}
