import Glibc
public import Logging
import Synchronization

/// A backend for swift-log: one line an event on standard error, as text or as JSON.
public struct LineLog: LogHandler {
    /// What all loggers of a process share: how lines look, and the least level, which may change while they are in use.
    public final class Settings: Sendable {
        private let least: Mutex<Logger.Level>
        let isJSON: Bool
        private let descriptor: Int32

        public convenience init(level: Logger.Level, isJSON: Bool) {
            self.init(level: level, isJSON: isJSON, descriptor: STDERR_FILENO)
        }

        package init(level: Logger.Level, isJSON: Bool, descriptor: Int32) {
            least = Mutex(level)
            self.isJSON = isJSON
            self.descriptor = descriptor
        }

        public var level: Logger.Level {
            get { least.withLock { $0 } }
            set { least.withLock { $0 = newValue } }
        }

        /// One system call a line, so that lines of several threads do not mix.
        fileprivate func write(_ line: String) {
            let bytes = Array(line.utf8)
            _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
        }
    }

    public var metadata: Logger.Metadata = [:]
    private let settings: Settings
    private var ownLevel: Logger.Level?

    public init(_ settings: Settings) { self.settings = settings }

    /// The level of all, unless this logger was given one of its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? settings.level }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = WallClock.text()
        settings.write(
            settings.isJSON
                ? Self.json(time, event, fields) + "\n" : Self.text(time, event, fields) + "\n")
    }

    static func text(_ time: String, _ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)])
        -> String
    {
        var line = "\(time) \(event.level.rawValue.uppercased())"
        line += String(repeating: " ", count: max(0, 8 - event.level.rawValue.count)) + "\(event.message)"
        for field in fields {
            let value = "\(field.value)"
            let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "\u{7F}" }
            line += " \(field.key)=" + (isPlain ? value : JSONText.quoted(value))
        }
        return line
    }

    static func json(_ time: String, _ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)])
        -> String
    {
        var parts = [
            "\"time\":\(JSONText.quoted(time))", "\"level\":\(JSONText.quoted(event.level.rawValue))",
            "\"message\":\(JSONText.quoted("\(event.message)"))",
        ]
        for field in fields where !["time", "level", "message"].contains(field.key) {
            parts.append("\(JSONText.quoted(field.key)):\(json(field.value))")
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): JSONText.quoted(text)
        case .stringConvertible(let number as any BinaryInteger): "\(number)"
        case .stringConvertible(let value): JSONText.quoted(value.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\(json($0.value))" }
                .joined(separator: ",") + "}"
        }
    }
}

/// The time of day, for people.
enum WallClock {
    /// `2026-03-01T12:00:00.123Z` (RFC 3339)
    static func text() -> String {
        var now = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &now)
        let seconds = now.tv_sec
        let (year, month, day) = civil(days: seconds / 86_400)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = "\(1000 + now.tv_nsec / 1_000_000)".dropFirst()
        return "\(year)-\(two(month))-\(two(day))T\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):"
            + "\(two(seconds % 60)).\(milliseconds)Z"
    }

    /// The date of a day since 1970, in the Gregorian calendar. Years are counted from March, so that leap days come last.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Times as the instance and the shards count them.
enum MonotonicClock {
    /// Nanoseconds of CLOCK_MONOTONIC.
    static func now() -> Int64 {
        var now = timespec()
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
