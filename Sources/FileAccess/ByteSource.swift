import Glibc

/// Where a reader's bytes come from: a file descriptor, or memory (for tests and fuzzing).
@safe package struct ByteSource: ~Copyable {
    package let name: String
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let memory: [UInt8]
    private var position = 0
    /// Read before the reader began, to find out what the file is.
    private var prefix: [UInt8]

    /// Bytes that are looked at to tell what a file is.
    package static let sniffedBytes = 512

    package init(path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system("read", path) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw FileError(.unreadable, "cannot read '\(path)': it is a folder")
        }
        self.init(descriptor: descriptor, owned: true, name: path)
    }

    package init(descriptor: Int32, owned: Bool, name: String) {
        self.name = name
        self.descriptor = descriptor
        ownsDescriptor = owned
        memory = []
        prefix = []
    }

    package init(memory: [UInt8], name: String) {
        self.name = name
        self.memory = memory
        descriptor = -1
        ownsDescriptor = false
        prefix = []
    }

    deinit { if ownsDescriptor { close(descriptor) } }

    /// Looks at the first bytes without using them up.
    package mutating func sniff() throws(FileError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.sniffedBytes, alignment: 16)
        defer { unsafe buffer.deallocate() }
        var count = 0
        while count < buffer.count {
            let got = try unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            guard got > 0 else { break }
            count += got
        }
        let bytes = unsafe Array(buffer[..<count])
        prefix = bytes
        return bytes
    }

    /// - Returns: how many bytes were read; 0 at the end.
    @unsafe package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        if !prefix.isEmpty {
            let count = min(prefix.count, buffer.count)
            unsafe buffer.copyBytes(from: prefix[..<count])
            prefix.removeFirst(count)
            return count
        }
        guard descriptor >= 0 else {
            let count = min(memory.count - position, buffer.count)
            unsafe buffer.copyBytes(from: memory[position..<(position + count)])
            position += count
            return count
        }
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system("read", name) }
        }
    }

    /// The last bytes of a file that can be sought in; nil of one that cannot. The position does not change.
    package func tail(_ count: Int) -> [UInt8]? {
        guard descriptor >= 0 else { return Array(memory.suffix(count)) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let wanted = min(Int(status.st_size), count)
        var bytes = [UInt8](repeating: 0, count: wanted)
        let got = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, wanted, status.st_size - off_t(wanted))
        }
        return got == wanted ? bytes : nil
    }
}
