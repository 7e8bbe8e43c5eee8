import BasicContainers
import MediaCore
import VoiceRoom

/// One of a room's mixes: who hears it is told by the members.
struct MixSlot {
    /// nil: free.
    var unit: MixUnit?
    /// The places that are left out, of those that are heard.
    var key: UInt64 = 0
    var members = 0
    /// The tick at which a mix that fades after somebody's choice will be like any other with its key; nil: it is.
    var settles: Int64?
    /// Order of making.
    var number = 0
    /// The next frame is coded so that a decoder can begin with it.
    var wantsIndependence = false
    /// SSRCs of those who are heard.
    var contributors = InlineArray<15, UInt32>(repeating: 0)
    var contributorCount = 0
}

/// A mix that was made by copying another, within one tick.
struct MixFork {
    var parent: Int
    var key: UInt64
    var chosen: UInt64
    var slot: Int
}

/// Which member hears which mix. Members who must not hear the same of the voices that are heard now share one.
///
/// A mix can be left for another in two ways without anybody hearing it. When a voice begins, whoever must not hear it goes
/// on with an exact copy: mixer, limiter and encoder stand where they stood. When a voice has ended for the hangover's
/// time, mixes that differed in it alone have become equal: their listeners go over to one of them, with a frame that
/// needs no frame before it.
extension RoomEngine {
    mutating func assignMixes(
        _ members: inout RigidArray<Member>, _ context: PlanContext, at tick: Int64,
        _ statistics: inout ShardStatistics
    ) {
        forks.removeAll(keepingCapacity: true)
        for i in slots.indices {
            slots[i].members = 0
            if let settles = slots[i].settles, tick >= settles { slots[i].settles = nil }
        }
        for m in members.indices {
            let chosen = members[m].chosen & audible
            members[m].chosen = 0
            guard members[m].listens, audible & ~members[m].excluded != 0 else {
                members[m].unit = nil
                continue
            }
            let key = members[m].excluded & audible
            var slot = findMix(after: members[m].unit, key, chosen, context, at: tick, &statistics)
            if slot == nil, let place = members[m].place {
                // There are more choices than mixes: whom the member has muted is heard, but never their own voice.
                slot = findMix(after: nil, audible & (1 << UInt64(place)), 0, context, at: tick, &statistics)
            } else if slot == nil {
                slot = findMix(after: nil, 0, 0, context, at: tick, &statistics)
            }
            members[m].unit = slot
            if let slot { slots[slot].members += 1 }
        }
        for i in slots.indices where slots[i].members == 0 {
            guard let unit = slots[i].unit else { continue }
            slots[i] = MixSlot()
            context.giveBack(unit)
        }
    }

    /// The mix that follows `old` for a member.
    private mutating func findMix(
        after old: Int?, _ key: UInt64, _ chosen: UInt64, _ context: PlanContext, at tick: Int64,
        _ statistics: inout ShardStatistics
    ) -> Int? {
        guard let old, slots[old].unit != nil else {
            if let slot = settledMix(key) {
                slots[slot].wantsIndependence = true
                return slot
            }
            return makeMix(key, context)
        }
        if chosen != 0 { return fork(old, key, chosen, context, at: tick, &statistics) }
        let isSettled = slots[old].settles == nil
        if key == slots[old].key {
            guard isSettled, let elder = settledMix(key), slots[elder].number < slots[old].number else { return old }
            return merge(into: elder, &statistics)
        }
        if key & ~slots[old].key == 0, let equal = settledMix(key) { return merge(into: equal, &statistics) }
        return fork(old, key, 0, context, at: tick, &statistics)
    }

    /// The eldest mix that leaves out just these places.
    private func settledMix(_ key: UInt64) -> Int? {
        var best: Int?
        for i in slots.indices where slots[i].unit != nil && slots[i].key == key && slots[i].settles == nil {
            if let found = best, slots[found].number <= slots[i].number { continue }
            best = i
        }
        return best
    }

    private mutating func merge(into slot: Int, _ statistics: inout ShardStatistics) -> Int {
        slots[slot].wantsIndependence = true
        statistics.merges += 1
        return slot
    }

    private mutating func makeMix(_ key: UInt64, _ context: PlanContext) -> Int? {
        guard let slot = slots.firstIndex(where: { $0.unit == nil }), let unit = try? context.takeUnit() else {
            return nil
        }
        unit.mix.excluded = ExclusionSet(firstPlaces: key)
        nextNumber += 1
        slots[slot] = MixSlot(unit: unit, key: key, number: nextNumber)
        return slot
    }

    private mutating func fork(
        _ parent: Int, _ key: UInt64, _ chosen: UInt64, _ context: PlanContext, at tick: Int64,
        _ statistics: inout ShardStatistics
    ) -> Int? {
        for i in forks.indices where forks[i].parent == parent && forks[i].key == key && forks[i].chosen == chosen {
            return forks[i].slot
        }
        guard let slot = makeMix(key, context), let unit = slots[slot].unit, let old = slots[parent].unit else {
            return nil
        }
        unit.mix.fork(from: old.mix, through: &context.image)
        unit.listener.fork(from: old.listener, through: &context.image)
        // What was chosen fades from where it stood before.
        unit.mix.excluded = ExclusionSet(firstPlaces: key & ~chosen | slots[parent].key & chosen)
        for place in places.indices where chosen & (1 << UInt64(place)) != 0 {
            if key & (1 << UInt64(place)) != 0 { unit.mix.fadeOut(place) } else { unit.mix.fadeIn(place) }
        }
        if chosen != 0 || slots[parent].settles != nil { slots[slot].settles = tick + hangoverTicks }
        slots[slot].wantsIndependence = slots[parent].wantsIndependence
        forks.append(MixFork(parent: parent, key: key, chosen: chosen, slot: slot))
        statistics.forks += 1
        return slot
    }

    /// Says of every mix whose voices are in it.
    mutating func listContributors(_ members: borrowing RigidArray<Member>) {
        for i in slots.indices where slots[i].unit != nil {
            var count = 0
            for place in places.indices where audible & ~slots[i].key & (1 << UInt64(place)) != 0 {
                guard let member = places[place].member, count < 15 else { continue }
                slots[i].contributors[count] = members[member].profile.ssrc
                count += 1
            }
            slots[i].contributorCount = count
        }
    }
}
