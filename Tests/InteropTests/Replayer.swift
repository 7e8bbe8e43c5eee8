import Foundation
import PacketCapture

/// Sends the datagrams of a capture over loopback at their times, but for the last, which is sent when it is asked for.
final class Replayer {
    private let socket: LoopbackSocket
    private let capture: CaptureFile
    private let ports: [UInt16]

    /// - Parameter media: where RTP goes; all else, which is RTCP, goes to the port after it.
    init(_ capture: CaptureFile, to media: UInt16) throws {
        guard capture.datagrams.count > 1 else { throw Failure(description: "there is nothing to send") }
        socket = try LoopbackSocket()
        self.capture = capture
        ports = capture.datagrams.map { $0.ssrc == nil ? media + 1 : media }
    }

    /// Returns when all but the last datagram have been sent.
    func replay() async throws {
        let (sent, continuation) = AsyncThrowingStream<Never, any Error>.makeStream()
        let queue = DispatchQueue(label: "replay")
        let start = DispatchTime.now()
        let times = capture.datagrams.map { Double($0.time - capture.datagrams[0].time) * 1e-9 }
        for (i, datagram) in capture.datagrams.enumerated().dropLast() {
            let isLast = i == times.count - 2
            queue.asyncAfter(deadline: start + times[i]) { [socket, ports] in
                do {
                    try socket.send(datagram.bytes, to: ports[i])
                    if isLast { continuation.finish() }
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
        for try await _ in sent {}
    }

    /// Sends the last RTP packet again.
    func sendLast() throws {
        guard let last = capture.datagrams.lastIndex(where: { $0.ssrc != nil }) else { return }
        try socket.send(capture.datagrams[last].bytes, to: ports[last])
    }
}
