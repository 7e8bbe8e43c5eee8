import FileAccess
import Foundation
import LiveRoom
import PacketCapture
import Synchronization

/// What the writer's thread owns.
final class SessionWriter: @unchecked Sendable {
    /// What it waits for more, in microseconds.
    private static let pause: UInt32 = 20_000

    private var capture: CaptureWriter
    private var address = Endpoint(ipv4: 0, port: 0)
    private var offset: Int64 = 0
    private let encoder = JSONEncoder()
    private let isEnding = Atomic(false)
    private let lastTime = Atomic<Int64>(0)
    private let beginning = Mutex<SessionNote?>(nil)
    private let outcome = Mutex<Result<Int64, FileError>>(.success(0))

    init(_ capture: consuming CaptureWriter) {
        self.capture = capture
        encoder.outputFormatting = .sortedKeys
    }

    /// From the thread that starts the shard's, before anything comes.
    func begin(_ configuration: ShardConfiguration, at endpoint: Endpoint) {
        let note = SessionNote(
            clockOffset: configuration.clockOffset, address: CommandNote.Address(endpoint),
            maximumMembers: configuration.maximumMembers, maximumRooms: configuration.maximumRooms)
        beginning.withLock { $0 = note }
        (address, offset) = (endpoint, configuration.clockOffset)
    }

    /// From the shard's thread: up to when it was driven.
    func end(at time: Int64) { lastTime.store(time, ordering: .releasing) }

    /// From another thread.
    func finish() { isEnding.store(true, ordering: .releasing) }

    /// The bytes of the file, once `run` has returned.
    var result: Result<Int64, FileError> { outcome.withLock { $0 } }

    /// Until it is told to end and there is nothing left.
    func run(_ ring: RecordRing) {
        let result = write(ring)
        outcome.withLock { $0 = result }
    }

    private func write(_ ring: RecordRing) -> Result<Int64, FileError> {
        do {
            while true {
                let isLast = isEnding.load(ordering: .acquiring)
                if let first = beginning.withLock({ $0.take() }) { try note(first) }
                while try ring.take({ try write($0, $1) }) {}
                if isLast { break }
                usleep(Self.pause)
            }
            let until = lastTime.load(ordering: .acquiring)
            try note(SessionNote(at: until > 0 ? until : nil, isEnd: true))
            if ring.lost > 0 { try note(SessionNote(lost: ring.lost)) }
            return .success(try capture.finish())
        } catch let error as FileError {
            return .failure(error)
        } catch {
            return .failure(FileError(.cannotCreate, "the session cannot be written down: \(error)"))
        }
    }

    private func write(_ entry: RecordRing.Entry, _ datagram: Span<UInt8>) throws {
        guard let command = entry.command else {
            return try capture.write(datagram, time: entry.time + offset, from: entry.source, to: address)
        }
        guard let note = CommandNote(command) else { return }
        try self.note(SessionNote(at: entry.time, command: note))
    }

    private func note(_ note: SessionNote) throws {
        try capture.note(String(decoding: encoder.encode(note), as: UTF8.self))
    }
}
