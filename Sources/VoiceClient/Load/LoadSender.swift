import LiveRoom
import MediaCore
import NetworkImpairment
import PacketCapture
import RTPWire

/// One speaker of a load: reads from the bank, seals with its own key.
final class LoadSender {
    let client: Int
    /// What it says, and from where on.
    private let talker: Int
    private let offset: Int
    private let destination: Endpoint
    private var cipher: MediaCipher
    private var writer: RTPWriter
    /// When it begins.
    let start: Int64
    private(set) var frames = 0
    /// What went out and when; kept for the speakers whose sound is looked for.
    private(set) var said: [LatencyAnalysis.Said] = []
    private let keepsRecord: Bool
    private var network: ImpairedNetwork?

    init(
        _ client: LoadClient, to destination: Endpoint, payloadType: UInt8, at start: Int64, keepsRecord: Bool,
        network: ImpairedNetwork?
    ) throws {
        self.client = client.number
        talker = client.number
        offset = client.number * 37
        self.destination = destination
        cipher = try MediaCipher(client.key, isSealing: true)
        writer = RTPWriter(
            payloadType: payloadType, sequenceNumber: UInt16(truncatingIfNeeded: client.number * 131),
            timestamp: UInt32(truncatingIfNeeded: client.number * 7919), ssrc: client.ssrc)
        self.start = start
        self.keepsRecord = keepsRecord
        self.network = network
    }

    /// Bytes that the next packet can have.
    static let maximumBytes = 1500

    /// Puts the packet of the next frame with those that go out.
    /// - Returns: when a bad network would let it out, as often as it would; nil if there is no such network.
    func advance(_ bank: SpeechBank, at now: Int64, into outgoing: inout OutgoingDatagrams) -> Delayed? {
        let place = bank.frame(offset + frames, of: talker)
        frames += 1
        if keepsRecord { said.append(.init(at: now, payload: place)) }
        writer.marker = frames == 1
        defer {
            writer.sequenceNumber &+= 1
            writer.timestamp &+= 960
        }
        guard outgoing.hasRoom(for: Self.maximumBytes) else { return nil }
        guard var network else {
            let length = Self.write(bank.bytes.span.extracting(place), writer, &cipher, into: &outgoing)
            if length > 0 { outgoing.append(length: length, to: destination) }
            return nil
        }
        defer { self.network = network }
        let length = Self.write(bank.bytes.span.extracting(place), writer, &cipher, into: &outgoing)
        guard length > 0 else { return nil }
        let bytes = Self.copy(length, from: &outgoing)
        switch network.send(bytes: length, at: now) {
        case .lost, .outage, .dropped: return nil
        case .delivered(let time): return Delayed(times: [time], bytes: bytes, destination: destination)
        case .duplicated(let time, let second):
            return Delayed(times: [time, second], bytes: bytes, destination: destination)
        }
    }

    /// A sealed packet on its way through a bad network.
    struct Delayed {
        var times: [Int64]
        var bytes: [UInt8]
        var destination: Endpoint
    }

    private static func copy(_ length: Int, from outgoing: inout OutgoingDatagrams) -> [UInt8] {
        let tail = outgoing.tail(length)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        for i in 0..<length { bytes.append(tail[i]) }
        return bytes
    }

    /// Writes and seals a packet where the next datagram is to stand.
    private static func write(
        _ payload: Span<UInt8>, _ writer: RTPWriter, _ cipher: inout MediaCipher,
        into outgoing: inout OutgoingDatagrams
    ) -> Int {
        var bytes = outgoing.tail(maximumBytes)
        let nobody: [UInt32] = []
        let header = writer.write(contributingSources: nobody.span, into: &bytes)
        for i in payload.indices { bytes[header + i] = payload[i] }
        return cipher.process(&bytes, length: header + payload.count) ?? 0
    }
}
