import BasicContainers
import MediaCore
import PacketCapture
import PipelineSpec
import VoiceRoom

/// What a shard is made for.
public struct ShardConfiguration: Sendable, Hashable {
    /// Members of all rooms together.
    public var maximumMembers = 20_000
    public var maximumRooms = 10_000
    /// Nanoseconds by which the time of day is ahead of the shard's clock: for RTCP.
    public var clockOffset: Int64 = 0

    public init() {}
}

/// Many rooms with one owner: datagrams and commands go in with their times, and once per frame of a room its members'
/// packets come out. Sans-IO: a thread with a socket drives it, or a simulation, or a recording.
///
/// Times are nanoseconds on one clock that only grows. Whoever drives it calls `advance(to:)` before it hands in what has
/// a later time: then the same input gives the same output, to the last bit.
public struct Shard: ~Copyable {
    let configuration: ShardConfiguration
    var output = TickOutput()
    /// By slot; free slots are nil.
    var rooms: [RoomBox?] = []
    var freeSlots: [Int] = []
    var slotOfRoom: [RoomID: Int] = [:]
    var directory = MemberDirectory()
    var contexts: [PlanContext] = []
    var schedule = RoomSchedule()
    var spread = TickSpread()

    public init(_ configuration: ShardConfiguration = ShardConfiguration()) { self.configuration = configuration }

    /// Counts, and gauges of this moment.
    public var statistics: ShardStatistics {
        var statistics = output.statistics
        statistics.rooms = slotOfRoom.count
        statistics.members = directory.count
        statistics.awakeRooms = schedule.count
        for context in contexts {
            statistics.spareLanes += context.lanes.count
            statistics.spareClasses += context.units.count
            statistics.voices += context.madeLanes - context.lanes.count
            statistics.classes += context.madeUnits - context.units.count
        }
        return statistics
    }

    /// When the next room falls due; nil while all are silent.
    public var nextDeadline: Int64? { schedule.first?.deadline }

    /// Runs every tick that is due up to `now`, in order.
    public mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable) {
        while let next = schedule.first, next.deadline <= now {
            guard let room = rooms[next.slot] else {
                schedule.removeFirst()
                continue
            }
            if room.room.sending == nil {
                tick(room, at: next.deadline, into: &sink)
            } else {
                send(room, at: next.deadline, into: &sink)
            }
            if room.room.isAwake {
                schedule.replaceFirst(deadline: room.room.nextDeadline)
            } else {
                schedule.removeFirst()
                room.isScheduled = false
                spread.leave(period: room.room.period, &room.share)
            }
            // Rooms that fall due at the same moment share a batch.
            if schedule.first?.deadline != next.deadline { output.flush(into: &sink) }
        }
        output.flush(into: &sink)
    }

    private mutating func tick(
        _ room: RoomBox, at deadline: Int64, into sink: inout some DatagramSink & ~Copyable
    ) {
        let (decoded, encoded) = (output.statistics.framesDecoded, output.statistics.framesEncoded)
        room.room.tick(at: deadline, &output, into: &sink)
        room.room.report(at: deadline, clockOffset: configuration.clockOffset, &output, into: &sink)
        let cost = TickSpread.cost(
            voices: output.statistics.framesDecoded - decoded, mixes: output.statistics.framesEncoded - encoded,
            members: room.room.members.count)
        room.room.delayTicks(
            by: spread.tick(
                at: deadline, period: room.room.period, cost: cost,
                ofWhichLater: Int64(room.room.membersOfLaterSlices) * TickSpread.memberCost, &room.share))
    }

    /// Sends the next slice of a tick.
    private mutating func send(_ room: RoomBox, at deadline: Int64, into sink: inout some DatagramSink & ~Copyable) {
        spread.slice(at: deadline, members: min(room.room.members.count, LiveRoom.slice))
        room.room.send(at: deadline, &output, into: &sink)
    }

    /// Whoever leaves changes the order of members: first all have what this tick brought.
    mutating func finishSending(_ room: RoomBox, into sink: inout some DatagramSink & ~Copyable) {
        guard room.room.sending != nil else { return }
        while room.room.sending != nil { room.room.send(at: room.room.nextDeadline, &output, into: &sink) }
        schedule.remove(slot: room.slot)
        room.isScheduled = room.room.isAwake
        if room.room.isAwake { schedule.insert(room.slot, deadline: room.room.nextDeadline) }
    }

    /// Takes out the oldest event.
    public mutating func nextEvent() -> ShardEvent? { output.events.next() }

    /// Makes spare lanes and mixes, at most one of each: to be called when there is time.
    /// - Returns: whether there is more to do.
    public mutating func maintain() -> Bool {
        for context in contexts where context.maintain() { return true }
        return false
    }
}

final class RoomBox {
    var room: LiveRoom
    let slot: Int
    var isScheduled = false
    var share = TickSpread.Share()

    init(_ room: consuming LiveRoom, slot: Int) {
        self.room = room
        self.slot = slot
    }
}
