import Foundation
import Logging
import VoiceServer

/// A whole server on free ports of the loopback interface.
enum TestServer {
    /// Starts one, runs a test against it, stops it.
    static func run(
        _ settings: KeyValuePairs<String, String> = [:], file: String = "",
        _ body: (VoiceServer) throws -> Void
    ) throws {
        let server = try VoiceServer.startAndWait(try configuration(settings, file: file), logger: .quiet)
        defer { server.stopAndWait() }
        try body(server)
    }

    static func configuration(
        _ settings: KeyValuePairs<String, String> = [:], file: String = ""
    ) throws -> ServerConfiguration {
        let ports: KeyValuePairs<String, String> = [
            "gateway.listen": "127.0.0.1:0", "api.listen": "127.0.0.1:0", "media.listen": "127.0.0.1",
            "media.ports": "0", "media.shards": "1",
        ]
        return try ServerConfiguration.load(
            text: file, file: "test.yaml", options: (Array(ports) + Array(settings)).map { ("test", $0.key, $0.value) })
    }
}

extension Logger {
    /// Says nothing.
    static var quiet: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}

/// A folder of a test's own, gone when it is over.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "parley-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }
}
