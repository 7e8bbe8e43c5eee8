import CSndFile
import FileAccess
import Glibc

/// An open libsndfile, for reading: its header, checked against the size of the file, and its errors in plain words.
@safe struct SoundFileHandle: ~Copyable {
    let name: String
    /// In Hz, as the file says: to be checked.
    let sampleRate: Int
    let channels: Int
    /// Samples per channel, as the file says.
    let samples: Int
    private let isSeekable: Bool
    private let handle: OpaquePointer
    /// Samples per channel that a WAV's header promises but the file does not hold; nil if it keeps its promise.
    let promisedSamples: Int?
    private let isStreamed: Bool

    init(path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
        try self.init(descriptor: descriptor, name: path)
    }

    /// - Parameter descriptor: one that can be sought in; the handle closes it.
    init(descriptor: Int32, name: String) throws(FileError) {
        self.name = name
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system("read", name) }
        guard status.st_size > 0 else {
            close(descriptor)
            throw FileError(.notAudio, "'\(name)' is empty")
        }
        let header = WAVHeader(descriptor: descriptor)
        if let problem = header?.problem {
            close(descriptor)
            throw FileError(.corrupt, "'\(name)' cannot be read: its WAV header \(problem)")
        }
        var info = SF_INFO()
        guard let handle = unsafe sf_open_fd(descriptor, Int32(SFM_READ), &info, 1) else {
            let words = unsafe String(cString: sf_strerror(nil))
            throw ForeignFile.explain(name, words)
        }
        unsafe self.handle = handle
        (sampleRate, channels, samples) = (Int(info.samplerate), Int(info.channels), Int(info.frames))
        isSeekable = info.seekable != 0
        (promisedSamples, isStreamed) = header?.promise(fileSize: Int(status.st_size)) ?? (nil, false)
    }

    deinit { unsafe _ = sf_close(handle) }

    func takeHeaderWarnings() -> [String] {
        isStreamed ? ["its header does not say how long it is; it was read to its end"] : []
    }

    /// - Returns: samples per channel read; fewer than asked for at the end or where the file is damaged.
    func read(_ buffer: UnsafeMutableBufferPointer<Float>, samples: Int) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        let count = unsafe sf_readf_float(handle, start, sf_count_t(samples))
        return max(Int(count), 0)
    }

    func seek(to sample: Int) -> Bool {
        unsafe isSeekable && sf_seek(handle, sf_count_t(min(sample, samples)), SEEK_SET) >= 0
    }

    /// What libsndfile found wrong while it read; nil if nothing.
    var problem: String? {
        guard unsafe sf_error(handle) != 0 else { return nil }
        return unsafe "damaged (\(String(cString: sf_strerror(handle)).plain))"
    }
}

extension String {
    /// libsndfile's words without its `Error : ` and full stop.
    var plain: String {
        var text = self
        for prefix in ["Error : ", "Error: "] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        while text.last == "." || text.last == "\n" { text.removeLast() }
        return text
    }
}
