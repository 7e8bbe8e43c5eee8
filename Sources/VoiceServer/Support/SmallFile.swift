import FileAccess
import Glibc

/// Texts that are read whole: configurations, pipelines, secrets.
enum SmallFile {
    /// - Throws: if the file is missing, larger than `limit` bytes, or no UTF-8.
    static func text(_ path: String, limit: Int) throws(FileError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.system("read", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + count }, buffer.count - count)
            }
            guard got >= 0 else { throw FileError.system("read", path) }
            if got == 0 { break }
            count += got
        }
        guard count <= limit else {
            throw FileError(.unsupported, "'\(path)' has more than \(limit) bytes")
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw FileError(.unsupported, "'\(path)' is not UTF-8 text")
        }
        return text
    }
}
