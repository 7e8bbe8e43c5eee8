import Foundation
import Synchronization

/// A program that runs: one of others, or the `parley` that was built with these tests.
final class Program: Sendable {
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

    /// The process, while it lives.
    private final class Life: Sendable {
        let identifier = Mutex<Int32?>(nil)
    }

    private let life = Life()
    private let exit: AsyncStream<Int32>
    private let scratch: TemporaryFolder

    /// Starts a program that is on the path; it is killed if it lives longer than a deadline.
    init(_ arguments: [String], deadline: Double = 60) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        // Files, not pipes: nothing can fill up, whatever order things are read in.
        scratch = try TemporaryFolder()
        for file in ["out", "error"] { _ = FileManager.default.createFile(atPath: scratch.file(file), contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: scratch.file("out"))
        process.standardError = FileHandle(forWritingAtPath: scratch.file("error"))
        let (stream, continuation) = AsyncStream<Int32>.makeStream()
        exit = stream
        process.terminationHandler = { [life] ended in
            life.identifier.withLock { $0 = nil }
            let status = ended.terminationStatus
            continuation.yield(ended.terminationReason == .uncaughtSignal ? -status : status)
            continuation.finish()
        }
        try life.identifier.withLock {
            try Self.withOpenSignalMask { try process.run() }
            $0 = process.processIdentifier
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + deadline) { [weak self] in self?.signal(SIGKILL) }
    }

    deinit { signal(SIGKILL) }

    /// Runs a program to its end.
    static func run(_ arguments: [String]) async throws -> Result {
        try await Program(arguments).result()
    }

    static func parley(_ arguments: String...) async throws -> Result {
        try await run([parley] + arguments)
    }

    /// The threads that tests run on block signals, and a process inherits that.
    private static func withOpenSignalMask(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        unsafe _ = sigemptyset(&none)
        unsafe _ = pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    func signal(_ number: Int32) {
        life.identifier.withLock { if let identifier = $0 { _ = kill(identifier, number) } }
    }

    /// Waits for the end; may be called once.
    func result() async throws -> Result {
        var status: Int32 = -1
        for await ended in exit { status = ended }
        return Result(
            status: status, output: try Data(contentsOf: URL(filePath: scratch.file("out"))),
            error: String(decoding: try Data(contentsOf: URL(filePath: scratch.file("error"))), as: UTF8.self))
    }
}

/// A folder that goes away with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "parley-interop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}
