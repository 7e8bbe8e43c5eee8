import FileAccess
import Foundation
import PacketCapture
import Synchronization

/// What the writer's thread owns.
final class SessionWriter: @unchecked Sendable {
    /// What it waits for more, in microseconds.
    private static let pause: UInt32 = 20_000

    private var capture: CaptureWriter
    private let address: Endpoint
    private let offset: Int64
    private let encoder = JSONEncoder()
    private let isEnding = Atomic(false)
    private let lastTime = Atomic<Int64>(0)
    private let outcome = Mutex<Result<Int64, FileError>>(.success(0))

    init(_ capture: consuming CaptureWriter, to address: Endpoint, clockOffset: Int64) {
        self.capture = capture
        self.address = address
        offset = clockOffset
        encoder.outputFormatting = .sortedKeys
    }

    func begin() throws { try note(SessionNote(clockOffset: offset, address: address.description)) }

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
                while try ring.take({ try write($0, $1) }) {}
                if isLast { break }
                usleep(Self.pause)
            }
            let until = lastTime.load(ordering: .acquiring)
            if until > 0 { try note(SessionNote(at: until)) }
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
