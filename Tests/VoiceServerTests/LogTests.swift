import Foundation
import Logging
import Testing
import VoiceServer

@Suite struct LogTests {
    private func lines(isJSON: Bool, _ body: (Logger) -> Void) throws -> [String] {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "log")
        let file = try #require(FileHandle(forWritingAtPath: path))
        let settings = LineLog.Settings(level: .info, isJSON: isJSON, descriptor: file.fileDescriptor)
        body(Logger(label: "test", factory: { _ in LineLog(settings) }))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test func `text has the time, the level, the words and the fields`() throws {
        let lines = try lines(isJSON: false) { logger in
            logger.info("hello", metadata: ["b": "two words", "a": "1", "c": "a\nb\u{1B}[1m\""])
            logger.debug("not this")
        }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(
            line.contains(
                /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    hello a=1 b="two words" c="a\\nb\\u001b\[1m\\""$/),
            "\(line)")
    }

    @Test func `JSON is one object a line`() throws {
        let lines = try lines(isJSON: true) { logger in
            var logger = logger
            logger[metadataKey: "shard"] = "1"
            logger.warning(
                "odd \"words\"\n", metadata: ["count": .stringConvertible(3), "list": ["a", "b"], "map": ["k": "v"]])
        }
        #expect(lines.count == 1)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data((lines.first ?? "").utf8)) as? [String: Any])
        #expect(object["level"] as? String == "warning")
        #expect(object["message"] as? String == "odd \"words\"\n")
        #expect(object["shard"] as? String == "1")
        #expect(object["count"] as? Int == 3)
        #expect(object["list"] as? [String] == ["a", "b"])
        let time = try #require(object["time"] as? String)
        let read = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(read.timeIntervalSinceNow) < 60)
    }

    @Test func `the level of all loggers changes at once`() throws {
        let settings = LineLog.Settings(level: .error, isJSON: false)
        let logger = Logger(label: "test", factory: { _ in LineLog(settings) })
        var own = logger
        own.logLevel = .trace
        #expect(logger.logLevel == .error)
        settings.level = .debug
        #expect(logger.logLevel == .debug)
        #expect(own.logLevel == .trace)
    }
}
