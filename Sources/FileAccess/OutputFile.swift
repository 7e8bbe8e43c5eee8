import Glibc

/// A file that appears whole or not at all: it is written under a temporary name beside its place, and moved there when
/// it is complete. Standard output (`-`) is written as it comes.
@safe public struct OutputFile: ~Copyable {
    public let path: String
    package let descriptor: Int32
    /// Bytes written; a seek back does not reduce it.
    package private(set) var bytes: Int64 = 0
    private let temporary: String
    private let slot: Int?
    private var isDone = false

    /// - Parameters:
    ///   - overwrite: whether a file that is there may be replaced.
    ///   - isPrivate: whether only its owner may read it.
    public init(path: String, overwrite: Bool, isPrivate: Bool = false) throws(FileError) {
        let opened = path == "-" ? (STDOUT_FILENO, "") : try Self.open(path, overwrite, isPrivate)
        self.path = path
        (descriptor, temporary) = opened
        slot = temporary.isEmpty ? nil : TemporaryNames.add(temporary)
    }

    /// Makes the temporary file beside the place where the file is to go.
    private static func open(
        _ path: String, _ overwrite: Bool, _ isPrivate: Bool
    ) throws(FileError) -> (descriptor: Int32, name: String) {
        try refuse(path, overwrite)
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        var template = Array("\(path[..<slash]).\(path[slash...]).parley-XXXXXX".utf8CString)
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let name = buffer.baseAddress else { return Int32(-1) }
            return unsafe mkstemp(name)
        }
        guard descriptor >= 0 else {
            let words = unsafe String(cString: strerror(errno))
            throw FileError(.cannotCreate, "cannot write '\(path)': \(words)")
        }
        // mkstemp makes a file that only its owner may read; the result is to be like any other file.
        let mask = umask(0)
        umask(mask)
        if !isPrivate { fchmod(descriptor, 0o666 & ~mask) }
        let name = unsafe template.withUnsafeBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe String(cString: $0) } ?? ""
        }
        return (descriptor, name)
    }

    deinit { if !isDone { discard() } }

    package var isStandardOutput: Bool { temporary.isEmpty }

    /// Whether bytes can be changed after they were written.
    package var canSeek: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 && !isStandardOutput }

    /// Writes all of the bytes.
    @unsafe package mutating func write(_ buffer: UnsafeRawBufferPointer) throws(FileError) {
        var done = 0
        while done < buffer.count {
            let count = unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw failure()
            }
            done += count
            bytes += Int64(count)
        }
    }

    /// Writes a text.
    public mutating func write(text: String) throws(FileError) { try write(Array(text.utf8)) }

    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        try unsafe bytes.span.withUnsafeBytes { (buffer) throws(FileError) in try unsafe write(buffer) }
    }

    /// The error of the last failed write.
    package func failure(_ code: Int32 = errno) -> FileError {
        let name = isStandardOutput ? "standard output" : "'\(path)'"
        let words = unsafe String(cString: strerror(code))
        let advice = code == ENOSPC ? "; free some space or write elsewhere" : ""
        return FileError(.inputOutput(code), "cannot write \(name): \(words)\(advice); nothing was left behind")
    }

    /// Puts the file into its place.
    public mutating func commit() throws(FileError) {
        guard !isStandardOutput else { return }
        guard close(descriptor) == 0 else {
            isDone = true
            let error = failure()
            unsafe _ = unlink(temporary)
            TemporaryNames.remove(slot)
            throw error
        }
        isDone = true
        defer { TemporaryNames.remove(slot) }
        guard unsafe rename(temporary, path) == 0 else {
            let error = failure()
            unsafe _ = unlink(temporary)
            throw error
        }
    }

    /// Removes every temporary file of the process. May be called from a signal handler.
    public static func removeTemporaries() { TemporaryNames.unlinkAll() }

    private func discard() {
        guard !isStandardOutput else { return }
        close(descriptor)
        unsafe _ = unlink(temporary)
        TemporaryNames.remove(slot)
    }

    private static func refuse(_ path: String, _ overwrite: Bool) throws(FileError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw FileError(.cannotCreate, "cannot write '\(path)': it is a folder")
        }
        if !overwrite { throw FileError(.cannotCreate, "'\(path)' exists; --force overwrites it") }
    }
}

/// The names of the temporary files that are open, where a signal handler can read them: a fixed table of C strings that
/// are never freed while they are in it.
enum TemporaryNames {
    /// Files that are remembered: the mix, and a stem per participant. More are written, but not removed on Ctrl-C.
    static let capacity = 1056

    nonisolated(unsafe) private static let table: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = {
        let table = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: capacity)
        unsafe table.initialize(repeating: nil, count: capacity)
        return unsafe table
    }()

    static func add(_ name: String) -> Int? {
        for slot in 0..<capacity where unsafe table[slot] == nil {
            unsafe table[slot] = strdup(name)
            return slot
        }
        return nil
    }

    static func remove(_ slot: Int?) {
        guard let slot, let name = unsafe table[slot] else { return }
        unsafe table[slot] = nil
        unsafe free(name)
    }

    static func unlinkAll() {
        for slot in 0..<capacity { if let name = unsafe table[slot] { unsafe _ = unlink(name) } }
    }
}
