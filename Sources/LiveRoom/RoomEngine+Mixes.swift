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
    /// How many there were before this tick's assignment.
    var membersBefore = 0
    /// The tick at which a mix that fades after somebody's choice will be like any other with its key; nil: it is.
    var settles: Int64?
    /// Order of making: tells a mix from another that had its slot before.
    var number = 0
    /// Frames that are still to be coded so that a decoder can begin with them.
    var independent = 0
    /// The mix that this one is about to become equal to, and since when.
    var heir: MixHeir?
    /// SSRCs of those who are heard.
    var contributors = InlineArray<15, UInt32>(repeating: 0)
    var contributorCount = 0
}

/// Where the members of a mix are going.
struct MixHeir {
    var slot: Int
    var number: Int
    var since: Int64
    /// Both streams have had their frame before the change.
    var isPrepared = false
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
/// time, mixes that differed in it alone become equal as soon as their limiters have let go of it: then the members of the
/// smaller go over to the larger. Three frames around the change need no frame before them, so that decoders agree at once.
extension RoomEngine {
    mutating func assignMixes(
        _ members: inout RigidArray<Member>, _ context: PlanContext, at tick: Int64,
        _ statistics: inout ShardStatistics
    ) {
        forks.removeAll(keepingCapacity: true)
        for i in 0..<slotsInUse {
            slots[i].membersBefore = slots[i].members
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
            if slot == nil {
                // There are more choices than mixes: whom the member has muted is heard, but never their own voice.
                let own = members[m].place.map { audible & (1 << UInt64($0)) } ?? 0
                slot = findMix(after: nil, own, 0, context, at: tick, &statistics)
            }
            members[m].unit = slot
            if let slot { slots[slot].members += 1 }
        }
        for i in 0..<slotsInUse where slots[i].members == 0 {
            guard let unit = slots[i].unit else { continue }
            slots[i] = MixSlot()
            context.giveBack(unit)
        }
        while slotsInUse > 0, slots[slotsInUse - 1].unit == nil { slotsInUse -= 1 }
    }

    /// The mix that follows `old` for a member.
    private mutating func findMix(
        after old: Int?, _ key: UInt64, _ chosen: UInt64, _ context: PlanContext, at tick: Int64,
        _ statistics: inout ShardStatistics
    ) -> Int? {
        guard let old, slots[old].unit != nil else {
            guard let slot = largestMix(key) else { return makeMix(key, context) }
            slots[slot].independent = max(slots[slot].independent, Self.framesAfterChange)
            return slot
        }
        if chosen != 0 { return fork(old, key, chosen, context, at: tick, &statistics) }
        guard key & ~slots[old].key == 0 else { return fork(old, key, 0, context, at: tick, &statistics) }
        // Voices may have ended that this mix left out.
        if key != slots[old].key {
            slots[old].key = key
            slots[old].unit?.mix.excluded = ExclusionSet(firstPlaces: key)
        }
        guard slots[old].settles == nil, let larger = largestMix(key), larger != old else { return old }
        return converge(old, larger, at: tick, &statistics)
    }

    /// The settled mix with most members that leaves out just these places; the eldest of those.
    private func largestMix(_ key: UInt64) -> Int? {
        var best: Int?
        for i in 0..<slotsInUse where slots[i].unit != nil && slots[i].key == key && slots[i].settles == nil {
            guard let found = best else {
                best = i
                continue
            }
            let (mine, theirs) = (slots[i].membersBefore, slots[found].membersBefore)
            if mine > theirs || mine == theirs && slots[i].number < slots[found].number { best = i }
        }
        return best
    }

    /// Goes over to an equal mix when both are ready.
    private mutating func converge(
        _ old: Int, _ new: Int, at tick: Int64, _ statistics: inout ShardStatistics
    ) -> Int {
        guard let heir = slots[old].heir, heir.slot == new, heir.number == slots[new].number else {
            slots[old].heir = MixHeir(slot: new, number: slots[new].number, since: tick)
            return old
        }
        guard heir.isPrepared else { return old }
        slots[new].independent = max(slots[new].independent, Self.framesAfterChange)
        statistics.merges += 1
        return new
    }

    /// Looks whether mixes have become equal; then both streams get a frame to begin with, and the next tick is the change.
    mutating func prepareChanges(at tick: Int64) {
        for i in 0..<slotsInUse {
            guard let heir = slots[i].heir, let unit = slots[i].unit else { continue }
            isDirty = true
            guard !heir.isPrepared else { continue }
            guard let other = slots[heir.slot].unit, slots[heir.slot].number == heir.number else {
                slots[i].heir = nil
                continue
            }
            guard unit.mix.soundsLike(other.mix) || tick - heir.since >= patienceTicks else { continue }
            slots[i].heir?.isPrepared = true
            slots[i].independent = max(slots[i].independent, 1)
            slots[heir.slot].independent = max(slots[heir.slot].independent, 1)
        }
    }

    private mutating func makeMix(_ key: UInt64, _ context: PlanContext) -> Int? {
        var slot = 0
        while slot < slotsInUse, slots[slot].unit != nil { slot += 1 }
        guard slot < slots.count, let unit = try? context.takeUnit() else { return nil }
        unit.mix.excluded = ExclusionSet(firstPlaces: key)
        nextNumber += 1
        slots[slot] = MixSlot(unit: unit, key: key, number: nextNumber)
        slotsInUse = max(slotsInUse, slot + 1)
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
        slots[slot].independent = slots[parent].independent
        forks.append(MixFork(parent: parent, key: key, chosen: chosen, slot: slot))
        statistics.forks += 1
        return slot
    }

    /// Says of every mix whose voices are in it.
    mutating func listContributors(_ members: borrowing RigidArray<Member>) {
        for i in 0..<slotsInUse where slots[i].unit != nil {
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
