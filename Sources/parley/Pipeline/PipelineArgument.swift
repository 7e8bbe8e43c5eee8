import ArgumentParser
import Glibc
import PipelineSpec
import ShippedPipelines
import StandardStages

/// A pipeline on the command line: a path, or the name of one that comes with Parley.
enum PipelineArgument {
    /// Loads and checks a pipeline. What is wrong with it is printed.
    static func load(_ argument: String) throws -> PipelinePlan {
        let text = try text(of: argument)
        do {
            return try PipelineFile.load(text: text.text, file: text.file, registry: .standard)
        } catch {
            Console.say(error.description)
            let count = error.diagnostics.count
            Console.error("pipeline '\(argument)' was refused: \(count) error\(count == 1 ? "" : "s")")
            throw ExitStatus.configuration.code
        }
    }

    /// The text behind an argument, and what to call it in errors.
    static func text(of argument: String) throws -> (text: String, file: String) {
        if !isFile(argument), let shipped = ShippedPipelines.text(named: argument) {
            return (shipped, "\(argument).yaml")
        }
        guard let bytes = read(argument) else {
            let words = unsafe String(cString: strerror(errno))
            let names = ShippedPipelines.names
            let hint = NearestName.of(argument, in: names).map { "did you mean '\($0)'?" }
            Console.error(
                "cannot read pipeline '\(argument)': \(words); "
                    + (hint ?? "shipped pipelines are \(names.joined(separator: ", "))"))
            throw ExitStatus.noInput.code
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            Console.error("pipeline '\(argument)' is not UTF-8 text")
            throw ExitStatus.configuration.code
        }
        return (text, argument)
    }

    /// Whether there is something to read; a folder may well be called like a pipeline.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFDIR
    }

    /// The start of a file: one byte more than a pipeline may have, so that a longer one is noticed.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: PipelineFile.maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + count }, buffer.count - count)
            }
            guard got >= 0 else { return nil }
            if got == 0 { break }
            count += got
        }
        return Array(bytes[..<count])
    }
}
