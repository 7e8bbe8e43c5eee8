import AudioFile
import FileAccess

/// Writes texts (reports, pictures) as whole files or not at all.
enum TextFile {
    static func write(_ text: String, to path: String, overwrite: Bool) throws(FileError) {
        var file = try OutputFile(path: path, overwrite: overwrite)
        try file.write(text: text)
        try file.commit()
    }
}
