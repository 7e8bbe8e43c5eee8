import FileAccess
import Foundation
import StageCosts

/// The costs that a prediction is from: a file that is named, else the environment's, else those that came with Parley.
struct CostSource {
    static let variable = "PARLEY_COSTS"

    let report: CostReport
    /// Where they are from, in the middle of a sentence.
    let name: String

    /// - Parameter path: of `--costs`.
    /// - Throws: `FileError`, which says who named the file.
    init(path: String?) throws {
        if let path {
            self.init(try Self.read(path, namedBy: "--costs"), "'\(path)'")
        } else if let path = ProcessInfo.processInfo.environment[Self.variable], !path.isEmpty {
            self.init(try Self.read(path, namedBy: Self.variable), "'\(path)' (\(Self.variable))")
        } else {
            self.init(try Self.shipped(), "shipped defaults")
        }
    }

    private init(_ report: CostReport, _ name: String) {
        self.report = report
        self.name = name
    }

    private static func read(_ path: String, namedBy name: String) throws -> CostReport {
        do { return try CostFile.read(path) } catch let error as FileError {
            let hint = error.kind == .notFound ? "; 'parley bench stage --save \(path)' writes it" : ""
            throw FileError(error.kind, "\(name): \(error.description)\(hint)")
        }
    }

    /// Measured on another machine.
    private static func shipped() throws -> CostReport {
        let bytes: [UInt8] = PackageResources.shipped_costs_json
        var report = try JSONDecoder().decode(CostReport.self, from: Data(bytes))
        report.isShipped = true
        return report
    }
}
