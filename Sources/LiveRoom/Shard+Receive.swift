import BasicContainers
import MediaCore
public import PacketCapture
import RTPWire
import VoiceRoom

extension Shard {
    /// The shortest thing that can be RTP or RTCP.
    private static let leastBytes = 12
    static let keepAliveBytes = 8

    /// Takes in one datagram.
    /// - Parameters:
    ///   - datagram: is opened in place.
    ///   - now: when it arrived.
    public mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
        into sink: inout some DatagramSink & ~Copyable
    ) {
        output.statistics.received += 1
        if let ssrc = IPDiscovery.request(datagram.span) { return discover(ssrc, source, &sink) }
        let count = datagram.count
        guard count >= Self.leastBytes, count <= PacketLane.maximumDatagramBytes, datagram[0] >> 6 == 2 else {
            if count == Self.keepAliveBytes {
                output.statistics.keepAlives += 1
            } else {
                output.statistics.malformed += 1
            }
            return
        }
        // RFC 5761 §4: RTCP's packet types where RTP has marker and payload type.
        let isControl = (192...223).contains(datagram[1])
        guard let place = directory.member(from: source, ssrc: datagram.span.uint32(at: isControl ? 4 : 8)),
            let box = rooms[place.room]
        else {
            output.statistics.unknown += 1
            return
        }
        if isControl {
            output.statistics.control += 1
            return
        }
        Self.receive(&datagram, source, now, place, &box.room, &output)
        wake(box, at: now)
    }

    private static func receive(
        _ datagram: inout MutableSpan<UInt8>, _ source: Endpoint, _ now: Int64, _ place: MemberPlace,
        _ room: inout LiveRoom, _ output: inout TickOutput
    ) {
        room.members[place.index].packetsReceived += 1
        guard room.members[place.index].isSecured else {
            output.statistics.unsecured += 1
            return
        }
        let length: Int
        switch room.members[place.index].open(&datagram) {
        case .passed(let count): length = count
        case .refused(let refusal):
            room.members[place.index].packetsRefused += 1
            return output.statistics.count(refusal)
        }
        if room.members[place.index].destination != source {
            guard room.members[place.index].locate(source, at: now) else {
                output.statistics.misplaced += 1
                return
            }
            output.events.append(.located(room.members[place.index].id, source))
            room.touch()
        }
        let flags = room.members[place.index].flags
        if room.members[place.index].mustAnnounce, !flags.contains(.announced) {
            room.members[place.index].unannouncedPackets += 1
            if room.members[place.index].unannouncedPackets == Member.maximumUnannouncedPackets + 1 {
                output.events.append(.unannounced(room.members[place.index].id))
            }
            output.statistics.unannounced += 1
            return
        }
        guard !flags.isSilenced else {
            output.statistics.muted += 1
            return
        }
        room.hear(datagram.span.extracting(first: length), from: place.index, at: now, &output.statistics)
    }

    /// A room whose first voice has come begins to tick.
    private mutating func wake(_ box: RoomBox, at now: Int64) {
        guard box.room.isAwake, !box.isScheduled else { return }
        box.isScheduled = true
        schedule.insert(box.slot, deadline: box.room.wake(at: now))
    }

    /// Says where a client's question came from. The answer is as long as the question.
    private mutating func discover(
        _ ssrc: UInt32, _ source: Endpoint, _ sink: inout some DatagramSink & ~Copyable
    ) {
        guard let place = directory.member(ssrc: ssrc), let box = rooms[place.room],
            box.room.members[place.index].mustAnnounce
        else {
            output.statistics.unknown += 1
            return
        }
        box.room.members[place.index].discover(from: source)
        box.room.touch()
        output.statistics.discoveries += 1
        output.makeRoom(for: IPDiscovery.bytes, &sink)
        var answer = output.datagrams.tail(IPDiscovery.bytes)
        IPDiscovery.writeAnswer(ssrc: ssrc, to: source, into: &answer)
        output.datagrams.append(length: IPDiscovery.bytes, to: source)
        output.flush(into: &sink)
    }
}

extension ShardStatistics {
    mutating func count(_ refusal: PacketRefusal) {
        switch refusal {
        case .malformed: malformed += 1
        case .unauthenticated, .exhausted: unauthenticated += 1
        case .replayed, .tooOld: replayed += 1
        }
    }
}
