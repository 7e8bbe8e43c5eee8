public import FileAccess
import Glibc
public import MediaCore

/// An open recording, at the port of a pipeline that it enters.
public enum AudioInput: ~Copyable {
    /// Its packets enter at `opus`.
    case opus(OggOpusReader)
    /// Its samples enter at `pcm`.
    case pcm(SoundFileReader)

    /// What standard input may hold that is not Ogg Opus: it is kept in a temporary file, because libsndfile must seek.
    public static let maximumSpooledBytes = 8 << 30

    /// Finds out what a file is by its first bytes, and opens it.
    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - format: of the pipeline; samples are brought to it.
    public static func open(path: String, format: AudioFormat) throws(FileError) -> AudioInput {
        let isStandardInput = path == "-"
        var source =
            isStandardInput
            ? ByteSource(descriptor: STDIN_FILENO, owned: false, name: "standard input") : try ByteSource(path: path)
        let first = try source.sniff()
        guard !first.isEmpty else { throw FileError(.notAudio, "'\(source.name)' is empty") }
        if isOggOpus(first) { return .opus(try OggOpusReader(source)) }
        guard isStandardInput else { return .pcm(try SoundFileReader(path: path, format: format)) }
        let spooled = try SpoolFile.copy(&source, limit: maximumSpooledBytes)
        return .pcm(try SoundFileReader(SoundFileHandle(descriptor: spooled, name: source.name), format: format))
    }

    /// A first page with an Opus header; or Ogg whose first page is another stream's, with one soon after.
    private static func isOggOpus(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: Array("OggS".utf8)) else { return false }
        let magic = Array("OpusHead".utf8)
        return bytes.indices.dropLast(magic.count - 1).contains { bytes[$0...].starts(with: magic) }
    }
}

/// Temporary files without a name: they are gone when they are closed, whatever happens.
enum SpoolFile {
    static func make() throws(FileError) -> Int32 {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/parley-XXXXXX".utf8CString)
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let name = buffer.baseAddress else { return Int32(-1) }
            let descriptor = unsafe mkstemp(name)
            if descriptor >= 0 { unsafe _ = unlink(name) }
            return descriptor
        }
        guard descriptor >= 0 else { throw .system("make a temporary file in", folder) }
        return descriptor
    }

    /// Copies all that a source has left, and goes back to the start of the copy.
    static func copy(_ source: inout ByteSource, limit: Int) throws(FileError) -> Int32 {
        let descriptor = try make()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var total = 0
        while true {
            let count = try unsafe source.read(into: buffer)
            guard count > 0 else { break }
            total += count
            guard total <= limit else {
                close(descriptor)
                throw FileError(
                    .unsupported, "'\(source.name)' is longer than \(limit >> 30) GiB; give it as a file")
            }
            var done = 0
            while done < count {
                let written = unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, count - done)
                guard written >= 0 || errno == EINTR else { throw .system("write", "a temporary file") }
                done += max(written, 0)
            }
        }
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system("read", "a temporary file") }
        return descriptor
    }
}
