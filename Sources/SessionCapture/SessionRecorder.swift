public import FileAccess
public import LiveRoom
public import MediaPlane
public import PacketCapture

/// Writes down all that a shard gets, datagrams and commands with their times, into a pcapng file that any tool for
/// captures opens and `SessionReplay` plays again to the last bit.
///
/// **The file holds the keys of the session.** Only its owner may read it.
public final class SessionRecorder: ShardTap, @unchecked Sendable {

    private let ring = RecordRing()
    private let writer: SessionWriter
    private let thread: WorkerThread

    /// - Parameter path: ends in `.pcapng`.
    public init(path: String, overwrite: Bool) throws {
        let output = try OutputFile(path: path, overwrite: overwrite, isPrivate: true)
        let writer = SessionWriter(try CaptureWriter(output, format: .pcapng))
        let ring = ring
        self.writer = writer
        thread = try WorkerThread(name: "parley-capture", scheduling: ThreadScheduling()) { writer.run(ring) }
    }

    public func begins(_ configuration: ShardConfiguration, at endpoint: Endpoint) {
        writer.begin(configuration, at: endpoint)
    }

    public func datagram(_ bytes: Span<UInt8>, from source: Endpoint, at time: Int64) {
        ring.append(bytes, from: source, at: time)
    }

    public func command(_ command: ShardCommand, at time: Int64) { ring.append(command, at: time) }

    public func ended(at time: Int64) { writer.end(at: time) }

    /// Writes the rest and puts the file into place. To be called when the shard gets nothing any more.
    /// - Returns: the file's bytes, and inputs that are missing in it because writing was too slow.
    public func finish() throws(FileError) -> (bytes: Int64, lost: Int) {
        writer.finish()
        thread.join()
        return (try writer.result.get(), ring.lost)
    }
}
