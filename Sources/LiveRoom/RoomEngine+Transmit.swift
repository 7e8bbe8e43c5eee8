import BasicContainers
import MediaCore
import VoiceRoom

/// One packet per tick for everyone who hears something: header, seal, and the next one's place behind it.
extension RoomEngine {
    func transmit(
        at tick: Int64, to range: Range<Int>, of members: inout RigidArray<Member>, _ output: inout TickOutput,
        into sink: inout some DatagramSink & ~Copyable
    ) {
        var (current, found) = (-1, MixUnit?.none)
        for m in range {
            guard let slot = members[m].unit, let destination = members[m].destination else { continue }
            if slot != current { (current, found) = (slot, slots[slot].unit) }
            guard let unit = found else { continue }
            output.makeRoom(for: members[m].maximumPacketBytes, &sink)
            let length = Self.transmit(
                unit.listener, slots[slot], tick, timestampStep, &members[m], &output.datagrams)
            if length > 0 { output.datagrams.append(length: length, to: destination) }
        }
    }

    // A span of one stored property holds all of `self`, so this takes the properties apart.
    private static func transmit(
        _ listener: borrowing ListenerLane, _ slot: borrowing MixSlot, _ tick: Int64, _ samples: Int,
        _ member: inout Member, _ datagrams: inout OutgoingDatagrams
    ) -> Int {
        var bytes = datagrams.tail(member.maximumPacketBytes)
        return member.transmit(
            listener.payload, tick: tick, samples: samples,
            contributors: slot.contributors.span.extracting(first: slot.contributorCount), into: &bytes)
    }
}
