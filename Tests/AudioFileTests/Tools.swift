import AudioFile
import Foundation

/// A folder for a test's files, and the real tools that make and read them.
final class Tools {
    let folder = FileManager.default.temporaryDirectory.appending(path: "parley-files-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Runs a line in the folder and gives what it printed on standard output.
    @discardableResult func sh(_ line: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let output = path("output-\(UUID().uuidString)")
        process.arguments = ["-c", "{ \(line)\n} > \(output) 2>/dev/null"]
        process.currentDirectoryURL = URL(filePath: folder)
        try process.run()
        process.waitUntilExit()
        return try String(contentsOfFile: output, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path(name)))
    }
}

/// Where the pages of an Ogg file begin, and their checksums.
enum OggBytes {
    static func pages(_ bytes: [UInt8]) -> [Range<Int>] {
        var starts: [Int] = []
        for i in 0..<(bytes.count - 3) where Array(bytes[i..<(i + 4)]) == Array("OggS".utf8) { starts.append(i) }
        return zip(starts, starts.dropFirst() + [bytes.count]).map { $0..<$1 }
    }

    /// RFC 3533 §6: the page's checksum over itself with the field zero.
    static func seal(_ bytes: inout [UInt8], _ page: Range<Int>) {
        for i in 22..<26 { bytes[page.lowerBound + i] = 0 }
        var crc: UInt32 = 0
        for byte in bytes[page] {
            crc ^= UInt32(byte) << 24
            for _ in 0..<8 { crc = crc & 0x8000_0000 != 0 ? crc << 1 ^ 0x04C1_1DB7 : crc << 1 }
        }
        for i in 0..<4 { bytes[page.lowerBound + 22 + i] = UInt8(crc >> UInt32(8 * i) & 255) }
    }
}
