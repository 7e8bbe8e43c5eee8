import Foundation
import Testing

/// What the voice server's API says is read by the libraries of those who made up its formats.
@Suite(.serialized, .ownThread, .timeLimit(.minutes(2))) struct InterfaceTests {
    @Test func `Prometheus' client reads the metrics, and the description of the API is valid`() async throws {
        let python = Program.root + "/.build-python/bin/python3"
        try #require(FileManager.default.fileExists(atPath: python), "Scripts/python.sh makes .build-python")
        let folder = try TemporaryFolder()
        let server = try await PlainParticipantTests.Server()
        for (path, file) in [("metrics", "metrics.txt"), ("openapi.json", "openapi.json")] {
            try await server.get(path).write(to: URL(filePath: folder.file(file)))
        }
        let check = try await Program.run([
            python, Program.root + "/Tests/InteropTests/check-interface.py", folder.file("metrics.txt"),
            folder.file("openapi.json"),
        ])
        try #require(check.status == 0, "\(check.error)")
        let names = check.text.split(separator: "\n")
        #expect(names.count > 30 && names.allSatisfy { $0.hasPrefix("parley_") || $0.hasPrefix("process_") })
        server.program.signal(SIGTERM)
        _ = try await server.program.result()
    }
}
