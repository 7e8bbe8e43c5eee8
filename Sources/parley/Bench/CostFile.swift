import FileAccess
import Foundation
import MediaCore
import StageCosts

/// Files of costs: what `parley bench` writes, compares and predicts from.
enum CostFile {
    /// Reads a report and checks it. Errors say which file, what is wrong with it and what to do.
    static func read(_ path: String) throws -> CostReport {
        let data = Data(try bytes(path))
        let decoder = JSONDecoder()
        do {
            try check(try decoder.decode(Header.self, from: data), path)
            let report = try decoder.decode(CostReport.self, from: data)
            guard let problem = report.problem else { return report }
            throw damaged(path, problem)
        } catch let error as DecodingError {
            throw refusal(of: path, data, error)
        }
    }

    /// - Parameter path: `-` is standard output.
    static func write(_ report: CostReport, to path: String, overwrite: Bool) throws {
        try TextFile.write(try text(report), to: path, overwrite: overwrite)
    }

    /// Pretty-printed, with sorted keys: equal reports give equal bytes.
    static func text(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
    }

    /// What is read first: whether it is a report at all, and one that this Parley knows.
    private struct Header: Decodable {
        var schema: Int?
        var parley: String?
    }

    private static func check(_ header: Header, _ path: String) throws(FileError) {
        guard let schema = header.schema, let parley = header.parley else { throw foreign(path) }
        guard schema == CostReport.schema else {
            throw FileError(
                .unsupported,
                "'\(path)' has form \(schema), written by Parley \(printable(parley)); this Parley reads form "
                    + "\(CostReport.schema): measure again with this one, or use that one")
        }
    }

    private static func bytes(_ path: String) throws(FileError) -> [UInt8] {
        let limit = CostReport.maximumFileBytes
        var reader = BufferedReader(try ByteSource(path: path), limit: limit + 1)
        guard try !reader.fill(limit + 1) else {
            throw FileError(
                .unsupported,
                "'\(path)' is longer than the \(limit >> 20) MiB that are read; "
                    + "is it what 'parley bench' wrote?")
        }
        let span = reader.bytes
        guard !span.isEmpty else {
            throw FileError(.corrupt, "'\(path)' is empty; measure again with 'parley bench'")
        }
        return unsafe span.withUnsafeBytes { unsafe Array($0) }
    }

    private static func refusal(of path: String, _ data: Data, _ error: DecodingError) -> FileError {
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            let reason = syntaxError(data).map { " (\($0))" } ?? ""
            return FileError(
                .corrupt, "'\(path)' is not JSON\(reason); a report is what 'parley bench … --json' prints")
        case .keyNotFound(let key, let context):
            return damaged(path, "\(place(context.codingPath + [key])) is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            if context.codingPath.isEmpty || place(context.codingPath) == "schema" { return foreign(path) }
            return damaged(path, "\(place(context.codingPath)) is not what it should be")
        case .dataCorrupted(let context):
            return damaged(path, "\(place(context.codingPath)): \(printable(context.debugDescription))")
        @unknown default: return damaged(path, printable(error.localizedDescription))
        }
    }

    /// What is wrong with JSON, and where: the decoder itself does not say.
    private static func syntaxError(_ data: Data) -> String? {
        do {
            _ = try JSONSerialization.jsonObject(with: data)
            return nil
        } catch {
            guard let words = (error as NSError).userInfo["NSDebugDescription"] as? String else { return nil }
            return printable(words.hasSuffix(".") ? String(words.dropLast()) : words)
        }
    }

    private static func foreign(_ path: String) -> FileError {
        FileError(
            .corrupt, "'\(path)' is JSON, but no report of 'parley bench'; write one with 'parley bench … --json'")
    }

    private static func damaged(_ path: String, _ problem: String) -> FileError {
        FileError(.corrupt, "'\(path)' is damaged: \(problem); measure again with 'parley bench'")
    }

    /// `costs[3].subject.kind`
    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + printable(key.stringValue)
            }
        }
    }

    private static func printable(_ text: String) -> String { TextFormat.printable(text, limit: 120) }
}
