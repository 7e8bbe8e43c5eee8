import FileAccess
import Glibc

/// Says what a file is that is not audio we read, and what to do about it.
enum ForeignFile {
    /// - Parameter words: what libsndfile said of the file.
    static func explain(_ name: String, _ words: String) -> FileError {
        let bytes = firstBytes(name)
        if let (what, isMedia) = recognise(bytes) {
            let advice = isMedia ? "; take the sound out first: ffmpeg -i '\(name)' -vn OUT.flac" : ""
            return FileError(
                isMedia ? .unsupported : .notAudio, "'\(name)' is \(what), not an audio file\(advice)")
        }
        let known = ["RIFF", "fLaC", "FORM", "OggS", "caff", "RF64"].contains { bytes.starts(with: Array($0.utf8)) }
        if known { return FileError(.corrupt, "'\(name)' cannot be read: \(words.plain)") }
        return FileError(
            .notAudio,
            "'\(name)' is not audio of a kind that can be read (Ogg Opus, WAV, FLAC, AIFF, Ogg Vorbis, MP3, …)")
    }

    private static func recognise(_ bytes: [UInt8]) -> (String, isMedia: Bool)? {
        func begins(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + magic.count && Array(bytes[offset..<(offset + magic.count)]) == magic
        }
        if begins(Array("ftyp".utf8), at: 4) { return ("an MP4 or M4A file", true) }
        if begins([0x1A, 0x45, 0xDF, 0xA3]) { return ("a Matroska or WebM file", true) }
        if begins(Array("OggS".utf8)) && contains(bytes, "Speex") { return ("Ogg Speex", true) }
        if begins(Array("OggS".utf8)) && contains(bytes, "theora") { return ("an Ogg video", true) }
        if begins([0xFF, 0xF1]) || begins([0xFF, 0xF9]) { return ("an AAC stream", true) }
        if begins(Array("%PDF".utf8)) { return ("a PDF", false) }
        if begins([0x89, 0x50, 0x4E, 0x47]) || begins([0xFF, 0xD8, 0xFF]) { return ("a picture", false) }
        if begins([0x50, 0x4B, 3, 4]) || begins([0x1F, 0x8B]) { return ("an archive", false) }
        if begins([0x7F, 0x45, 0x4C, 0x46]) { return ("a program", false) }
        if begins([0xD4, 0xC3, 0xB2, 0xA1]) || begins([0x0A, 0x0D, 0x0D, 0x0A]) { return ("a packet capture", false) }
        let isText = !bytes.isEmpty && bytes.allSatisfy { ($0 >= 32 && $0 < 127) || ($0 >= 9 && $0 <= 13) }
        return isText ? ("text", false) : nil
    }

    private static func contains(_ bytes: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        return bytes.indices.dropLast(word.count).contains { Array(bytes[$0..<($0 + word.count)]) == word }
    }

    private static func firstBytes(_ path: String) -> [UInt8] {
        guard var source = try? ByteSource(path: path), let bytes = try? source.sniff() else { return [] }
        return bytes
    }
}
