import LiveRoom
import PacketCapture

/// Packets that a bad network holds back, let out in steps of two milliseconds.
struct DelayedPackets {
    static let step: Int64 = 2_000_000
    /// What would come later comes then: 8 seconds.
    private static let slots = 4096

    private struct Packet {
        var socket: Int
        var bytes: [UInt8]
        var destination: Endpoint
    }

    private var ring: [[Packet]] = Array(repeating: [], count: slots)
    private var next: Int64?
    private(set) var count = 0

    mutating func add(_ delayed: LoadSender.Delayed, socket: Int, now: Int64) {
        let first = next ?? now / Self.step
        next = first
        for time in delayed.times {
            let slot = min(max(time / Self.step, first), first + Int64(Self.slots) - 1)
            ring[Int(slot % Int64(Self.slots))].append(
                Packet(socket: socket, bytes: delayed.bytes, destination: delayed.destination))
            count += 1
        }
    }

    /// Hands out what is due, with the socket that it goes out from.
    mutating func release(until now: Int64, _ send: (Int, [UInt8], Endpoint) -> Void) {
        guard var slot = next else { return }
        while slot <= now / Self.step {
            let index = Int(slot % Int64(Self.slots))
            for packet in ring[index] { send(packet.socket, packet.bytes, packet.destination) }
            count -= ring[index].count
            ring[index].removeAll(keepingCapacity: true)
            slot += 1
        }
        next = slot
    }
}
