/// Keeps a shard's rooms out of each other's way: says by how much a room's ticks are to be later from now on.
///
/// Rooms tick where their first voice happened to come. Two that fall due together cost one of them its punctuality,
/// every time, although the frame has room for both. So the shard goes over its ticks as if each took what such a tick
/// usually takes; whoever would have to wait is moved to where it would have begun. It knows no clock: the same input
/// moves the same rooms.
package struct TickSpread {
    /// Nanoseconds that sending to one member takes on a usual core.
    package static let memberCost: Int64 = 4_000

    /// Nanoseconds of a tick on a usual core: by the voices that are decoded, the mixes that are encoded, the members.
    package static func cost(voices: Int, mixes: Int, members: Int) -> Int64 {
        5_000 + Int64(voices) * 30_000 + Int64(mixes) * 95_000 + Int64(members) * memberCost
    }

    /// Waits below this are left alone.
    package static let tolerance: Int64 = 500_000
    /// Where rooms take more of the time than this there is nowhere to move to.
    static let fullest = 0.9

    /// What one room's ticks take, on average of late.
    package struct Share {
        fileprivate(set) var cost: Int64 = 0

        package init() {}
    }

    /// Until when the ticks so far would have kept a core busy.
    private var busyUntil = Int64.min
    /// Of a core's time, what all rooms that are awake take.
    package private(set) var load = 0.0

    package init() {}

    /// Counts a tick.
    /// - Parameter rest: of the cost, what falls to later slices.
    /// - Returns: by how many nanoseconds the room's next ticks are to be later.
    package mutating func tick(
        at deadline: Int64, period: Int64, cost: Int64, ofWhichLater rest: Int64, _ share: inout Share
    ) -> Int64 {
        let before = share.cost
        share.cost = before == 0 ? cost : before + (cost - before) / 32
        load += Double(share.cost - before) / Double(period)
        let start = max(deadline, busyUntil)
        busyUntil = start + max(share.cost - rest, 0)
        return load < Self.fullest && start - deadline > Self.tolerance ? start - deadline : 0
    }

    /// Counts a later slice of a tick.
    package mutating func slice(at deadline: Int64, members: Int) {
        busyUntil = max(deadline, busyUntil) + Int64(members) * Self.memberCost
    }

    /// A room sleeps or is closed.
    package mutating func leave(period: Int64, _ share: inout Share) {
        load = max(load - Double(share.cost) / Double(period), 0)
        share = Share()
    }
}
