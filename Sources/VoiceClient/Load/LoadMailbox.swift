import PacketCapture
import Synchronization

/// What the thread that lets clients join has to say to the thread of their media.
final class LoadMailbox: Sendable {
    enum Note: Sendable {
        /// A participant is in its room; media goes there.
        case placed(client: Int, Endpoint)
        /// A client of the gateway wants to know its address.
        case discover(client: Int, ssrc: UInt32, Endpoint, answer: GatewayConnection)
        case joined(client: Int, VoiceMedia)
        case left(client: Int)
    }

    private let notes = Mutex<[Note]>([])

    func post(_ note: Note) { notes.withLock { $0.append(note) } }

    func takeAll() -> [Note] {
        notes.withLock { notes in
            guard !notes.isEmpty else { return [] }
            defer { notes.removeAll(keepingCapacity: true) }
            return notes
        }
    }
}
