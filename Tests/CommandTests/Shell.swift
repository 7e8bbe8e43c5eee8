import Foundation

/// Runs programs, and the `parley` that was built with these tests.
enum Shell {
    struct Result: Sendable {
        var status: Int32
        var output: Data
        var error: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    static let parley = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "parley")
        .path

    /// The repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func parley(_ arguments: String..., input: Data? = nil, in folder: String? = nil) throws -> Result {
        try run([parley] + arguments, input: input, in: folder)
    }

    /// A line for `sh -c`, in a folder.
    @discardableResult static func sh(_ line: String, in folder: String? = nil) throws -> Result {
        try run(["/bin/sh", "-c", line], in: folder)
    }

    static func run(_ arguments: [String], input: Data? = nil, in folder: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        // Files, not pipes: nothing can fill up, whatever order things are read in.
        let scratch = try TemporaryFolder()
        let files = ["in", "out", "error"].map { scratch.path + "/" + $0 }
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        try input?.write(to: URL(filePath: files[0]))
        process.standardInput = FileHandle(forReadingAtPath: files[0])
        process.standardOutput = FileHandle(forWritingAtPath: files[1])
        process.standardError = FileHandle(forWritingAtPath: files[2])
        try process.run()
        process.waitUntilExit()
        let status =
            process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        return Result(
            status: status, output: try Data(contentsOf: URL(filePath: files[1])),
            error: String(decoding: try Data(contentsOf: URL(filePath: files[2])), as: UTF8.self))
    }
}

/// A folder that goes away with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}
