import AudioFile
import FileAccess
import Glibc

/// Writes texts (reports, pictures) as whole files or not at all.
enum TextFile {
    static func write(_ text: String, to path: String, overwrite: Bool) throws(FileError) {
        var file = try OutputFile(path: path, overwrite: overwrite)
        try file.write(text: text)
        try file.commit()
    }

    /// The text of a small file; nil if there is none of that name, or it is larger.
    static func read(_ path: String, limit: Int) -> String? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe _ = fclose(file) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return count > 0 && count <= limit ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
