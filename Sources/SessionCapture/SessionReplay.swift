import FileAccess
import Foundation
public import LiveRoom
public import PacketCapture
public import PipelineSpec

/// Gets what a session sends, and is told when and from where.
public protocol SessionReplaySink: ~Copyable, DatagramSink {
    /// What is sent from now on is sent at this time, in nanoseconds since 1970, by the shard at this address.
    mutating func moved(to time: Int64, at endpoint: Endpoint)
}

/// Plays a captured session again: the shard gets what it got then, at the same times, and sends what it sent then, to
/// the last bit.
public enum SessionReplay {
    public struct Summary: Sendable {
        public var datagrams = 0
        public var commands = 0
        public var statistics = ShardStatistics()
        /// From the first input to the last, in nanoseconds.
        public var duration: Int64 = 0
        /// Whether the file ends with the session, and not before.
        public var isWhole = false
    }

    /// - Parameters:
    ///   - registry: must have the stages of the session's pipelines.
    ///   - sink: gets what is sent.
    /// - Throws: `SessionReplayError`; `FileError`; what is wrong with a pipeline.
    public static func run(
        path: String, registry: StageRegistry, into sink: inout some SessionReplaySink & ~Copyable,
        onEvent: (ShardEvent, Int64) throws -> Void = { _, _ in }
    ) throws -> Summary {
        var reader = try CaptureReader(path: path)
        var shard = Shard()
        var summary = Summary()
        var offset: Int64?
        var endpoint = Endpoint(ipv4: 0, port: 0)
        var first: Int64?
        var last: Int64 = 0
        func move(_ time: Int64) {
            first = first ?? time
            last = max(last, time)
        }
        func advance(_ shard: inout Shard, _ sink: inout some SessionReplaySink & ~Copyable) {
            let ahead = offset ?? 0
            while let deadline = shard.nextDeadline, deadline <= last {
                sink.moved(to: deadline + ahead, at: endpoint)
                shard.advance(to: deadline, into: &sink)
            }
            sink.moved(to: last + ahead, at: endpoint)
        }
        while let record = try reader.nextRecord() {
            switch record {
            case .note(let text):
                let note = try decode(text, path)
                if let known = note.clockOffset {
                    offset = known
                    endpoint = note.address?.endpoint ?? endpoint
                    shard = Shard(note.configuration)
                }
                summary.isWhole = summary.isWhole || note.isEnd == true
                if let lost = note.lost { throw SessionReplayError.incomplete(path: path, lost: lost) }
                guard let time = note.at else { continue }
                move(time)
                advance(&shard, &sink)
                guard let command = note.command else { continue }
                shard.apply(try command.command(registry), at: last, into: &sink)
                summary.commands += 1
            case .datagram(let datagram):
                guard let offset else { throw SessionReplayError.noSession(path: path) }
                move(datagram.time - offset)
                advance(&shard, &sink)
                receive(reader.payload, datagram, at: last, &shard, &sink)
                summary.datagrams += 1
            }
            while let event = shard.nextEvent() { try onEvent(event, last) }
        }
        guard offset != nil else {
            throw reader.takeWarnings().isEmpty
                ? SessionReplayError.noSession(path: path) : SessionReplayError.cutOff(path: path)
        }
        summary.statistics = shard.statistics
        summary.duration = last - (first ?? last)
        return summary
    }

    private static func receive(
        _ payload: Span<UInt8>, _ datagram: CaptureReader.Datagram, at time: Int64, _ shard: inout Shard,
        _ sink: inout some DatagramSink & ~Copyable
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count)
        for i in payload.indices { bytes.append(payload[i]) }
        var span = bytes.mutableSpan
        shard.receive(&span, from: datagram.source, at: time, into: &sink)
    }

    private static func decode(_ text: String, _ path: String) throws -> SessionNote {
        do { return try JSONDecoder().decode(SessionNote.self, from: Data(text.utf8)) } catch {
            throw SessionReplayError.unreadable(path: path, "\(error)")
        }
    }
}

extension SessionNote {
    fileprivate var configuration: ShardConfiguration {
        var configuration = ShardConfiguration()
        configuration.clockOffset = clockOffset ?? 0
        configuration.maximumMembers = maximumMembers ?? configuration.maximumMembers
        configuration.maximumRooms = maximumRooms ?? configuration.maximumRooms
        return configuration
    }
}

/// Why a session cannot be played again. The text is one line.
public enum SessionReplayError: Error, Sendable, CustomStringConvertible {
    case noSession(path: String)
    /// Before the session begins.
    case cutOff(path: String)
    case incomplete(path: String, lost: Int)
    case unreadable(path: String, String)

    public var description: String {
        switch self {
        case .noSession(let path):
            "'\(path)' is a capture, but not of a session; 'parley voice --capture' writes one, 'parley mix' mixes others"
        case .cutOff(let path):
            "'\(path)' is cut off before the session begins; copy it again from where it was written"
        case .incomplete(let path, let lost):
            "'\(path)' misses \(lost) inputs that came faster than they could be written; it cannot be played again exactly"
        case .unreadable(let path, let why): "'\(path)' holds a note that cannot be read: \(why)"
        }
    }
}
