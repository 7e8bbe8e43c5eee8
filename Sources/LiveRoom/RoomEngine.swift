import BasicContainers
import MediaCore
import PipelineSpec
import VoiceRoom

/// A room's place in memory that can be lent.
final class EngineBox {
    var engine: RoomEngine

    init(_ plan: PipelinePlan, places: Int) throws { engine = try RoomEngine(plan, places: places) }
}

/// One voice's place in a room.
struct VoicePlace {
    /// Index among the room's members; nil once they have left, while their voice fades.
    var member: Int?
    /// nil: the place is free.
    var lane: VoiceLane?
    /// The last tick in which the voice was heard.
    var lastHeard = Int64.min / 2
    /// The last tick before which a packet came.
    var lastPacket = Int64.min / 2
    /// What the voice's mute has come to: 1 heard, 0 not.
    var gain: Float = 1
    /// Ticks in a row without anything to play.
    var idleTicks = 0
}

/// What a room needs while somebody speaks: the voices' bank, the selection, and the mixes that are made of them.
///
/// A silent room has none. All of a tick happens here, in `tick`.
struct RoomEngine: ~Copyable {
    /// For so long a voice that is not heard any more still counts; the limiters have mostly let go of it then.
    static let hangover = Duration.milliseconds(160)
    /// Mixes that are about to become equal are given so long; then they count as equal.
    static let patience = Duration.seconds(1)
    /// Frames after a change from mix to mix that are coded without prediction.
    static let framesAfterChange = ListenerLane.changeoverPackets - 1
    /// A lane is given back after so long without a packet.
    static let retention = Duration.seconds(10)
    /// Mixes beside those of the speakers: of members who have muted somebody.
    static let spareMixes = 64
    static let muteFade = Duration.milliseconds(30)
    static let leaveFade = Duration.milliseconds(10)
    /// What everyone else is turned down by while a priority speaker is heard: 15 dB.
    static let ducked: Float = 0.1778

    let format: AudioFormat
    let hangoverTicks: Int64
    let patienceTicks: Int64
    let retentionTicks: Int64
    /// What one tick adds to a timestamp.
    let timestampStep: Int
    var bank: VoiceBank
    private var selectors: RigidArray<any VoiceSelector & ~Copyable>
    var places: [VoicePlace]
    /// Places that are heard, one bit each, and those who were heard in the tick before.
    var audible: UInt64 = 0
    var isDirty = true
    var slots: RigidArray<MixSlot>
    /// Slots from here on are free.
    var slotsInUse = 0
    /// Mixes that were made in this tick by copying.
    var forks: [MixFork] = []
    /// Of the mix that was made last.
    var nextNumber = 0

    init(_ plan: PipelinePlan, places count: Int) throws {
        format = plan.format
        let frame = plan.format.frameDuration
        hangoverTicks = max(Int64((Self.hangover / frame).rounded(.up)), 1)
        patienceTicks = Int64(Self.patience / frame)
        retentionTicks = Int64(Self.retention / frame)
        timestampStep = plan.format.samplesPerFrame * 48_000 / plan.format.sampleRate
        bank = VoiceBank(format: plan.format, capacity: count)
        selectors = RigidArray(capacity: plan.room.count)
        for stage in plan.room {
            guard case .voiceSelector(let make) = stage.descriptor.builder else { continue }
            selectors.append(try make(stage.arguments, plan.format, count))
        }
        places = Array(repeating: VoicePlace(), count: count)
        // Within a tick there may be two for each speaker: the one that is left and the one that follows.
        slots = RigidArray(repeating: MixSlot(), count: 2 * (count + 1) + Self.spareMixes)
        forks.reserveCapacity(slots.count)
    }

    /// As if new; lanes and mixes must have been given back.
    mutating func reset() {
        for i in selectors.indices { selectors[i].reset() }
        for i in places.indices {
            places[i] = VoicePlace()
            bank.voices[i] = Voice()
            bank.frames[i].silence()
        }
        (audible, isDirty) = (0, true)
        for i in 0..<slotsInUse { slots[i] = MixSlot() }
        slotsInUse = 0
        nextNumber = 0
    }

    /// Gives back all lanes and mixes.
    mutating func surrender(to context: PlanContext) {
        for i in places.indices {
            guard let lane = places[i].lane else { continue }
            places[i] = VoicePlace()
            context.giveBack(lane)
        }
        for i in 0..<slotsInUse {
            guard let unit = slots[i].unit else { continue }
            slots[i] = MixSlot()
            context.giveBack(unit)
        }
        slotsInUse = 0
    }

    /// Whether nobody has a place.
    var isEmpty: Bool {
        for i in places.indices where places[i].lane != nil { return false }
        return true
    }

    var placesTaken: Int { places.count { $0.lane != nil } }
    /// Mixes that are made now.
    var mixes: Int {
        var count = 0
        for i in 0..<slotsInUse where slots[i].unit != nil { count += 1 }
        return count
    }

    // MARK: - Places

    /// Gives a member a place among the voices.
    /// - Returns: nil if there is none.
    mutating func takePlace(for member: Int, _ context: PlanContext, at tick: Int64, isMute: Bool) -> Int? {
        guard let place = places.firstIndex(where: { $0.lane == nil }), let lane = try? context.takeLane() else {
            return nil
        }
        places[place] = VoicePlace(member: member, lane: lane, lastPacket: tick, gain: isMute ? 0 : 1)
        bank.voices[place] = Voice()
        bank.voices[place].isPresent = true
        bank.frames[place].silence()
        return place
    }

    /// The member of a place has gone; what is still heard of them fades.
    mutating func abandon(_ place: Int) { places[place].member = nil }

    /// Gives back the lanes of those who have said nothing for long, or have left.
    private mutating func freePlaces(
        _ members: inout RigidArray<Member>, _ context: PlanContext, at tick: Int64
    ) -> Bool {
        var hasFreed = false
        for i in places.indices {
            guard let lane = places[i].lane, audible & (1 << UInt64(i)) == 0 else { continue }
            let hasLeft = places[i].member == nil
            guard hasLeft || tick - places[i].lastPacket > retentionTicks && places[i].idleTicks > 5 else { continue }
            if let member = places[i].member { members[member].place = nil }
            for m in members.indices { members[m].excluded &= ~(1 << UInt64(i)) }
            places[i] = VoicePlace()
            bank.voices[i] = Voice()
            bank.frames[i].silence()
            context.giveBack(lane)
            hasFreed = true
        }
        return hasFreed
    }

    // MARK: - A tick

    /// - Parameters:
    ///   - tick: counted in frames of the room since the clock's zero.
    ///   - now: when it is due.
    mutating func tick(
        _ tick: Int64, at now: Int64, room: RoomID, _ members: inout RigidArray<Member>, _ context: PlanContext,
        _ output: inout TickOutput
    ) {
        output.statistics.ticks += 1
        pullVoices(at: now, members, &output.statistics)
        for i in selectors.indices { selectors[i].select(&bank) }
        listen(at: tick, room, members, &output)
        if isDirty {
            isDirty = false
            assignMixes(&members, context, at: tick, &output.statistics)
            listContributors(members)
        }
        prepareChanges(at: tick)
        mix(&output.statistics)
        if freePlaces(&members, context, at: tick) { isDirty = true }
    }

    private mutating func pullVoices(
        at now: Int64, _ members: borrowing RigidArray<Member>, _ statistics: inout ShardStatistics
    ) {
        for i in places.indices {
            guard let lane = places[i].lane else { continue }
            if lane.lane.isIdle {
                places[i].idleTicks += 1
                // The first idle frames still bring what was decoded and what the gate holds back.
                if places[i].idleTicks > 5, bank.frames[i].isSilent { continue }
            } else {
                places[i].idleTicks = 0
            }
            let decoded = lane.lane.statistics.packetsDecoded
            lane.lane.pull(into: &bank.frames[i], at: now)
            statistics.framesDecoded += lane.lane.statistics.packetsDecoded - decoded
            fade(i, members)
        }
    }

    /// Mutes and leaves are not heard as a click.
    private mutating func fade(_ place: Int, _ members: borrowing RigidArray<Member>) {
        let start = places[place].gain
        var length = format.samples(in: Self.muteFade)
        var end: Float = 1
        if let member = places[place].member {
            end = members[member].flags.isSilenced ? 0 : 1
        } else {
            (end, length) = (0, format.samples(in: Self.leaveFade))
        }
        guard start != 1 || end != 1 else { return }
        guard start != 0 || end != 0 else { return bank.frames[place].silence() }
        let step = Float(format.samplesPerFrame) / Float(length)
        let reached = end < start ? max(start - step, end) : min(start + step, end)
        places[place].gain = reached
        guard !bank.frames[place].isSilent else { return }
        let count = min(Int(abs(reached - start) * Float(length)), format.samplesPerFrame)
        let channels = format.channels
        var samples = bank.frames[place].mutableSamples
        SampleKernels.apply(.init(from: start, to: reached, length: count), to: &samples, channels: channels)
    }

    /// Finds out who is heard.
    private mutating func listen(
        at tick: Int64, _ room: RoomID, _ members: borrowing RigidArray<Member>, _ output: inout TickOutput
    ) {
        var heard: UInt64 = 0
        var priority: UInt64 = 0
        for i in places.indices where places[i].lane != nil {
            if bank.voices[i].isSelected, !bank.frames[i].isSilent { places[i].lastHeard = tick }
            guard tick - places[i].lastHeard <= hangoverTicks else { continue }
            heard |= 1 << UInt64(i)
            if let member = places[i].member, members[member].flags.contains(.priority) { priority |= 1 << UInt64(i) }
        }
        for i in places.indices where places[i].lane != nil {
            bank.voices[i].gain = priority == 0 || priority & (1 << UInt64(i)) != 0 ? 1 : Self.ducked
        }
        guard heard != audible else { return }
        for i in places.indices where (heard ^ audible) & (1 << UInt64(i)) != 0 {
            guard let member = places[i].member else { continue }
            output.events.append(.speaking(room, members[member].id, heard & (1 << UInt64(i)) != 0))
        }
        audible = heard
        isDirty = true
    }

    private mutating func mix(_ statistics: inout ShardStatistics) {
        for i in 0..<slotsInUse {
            guard let unit = slots[i].unit else { continue }
            unit.mix.advance(bank)
            unit.listener.advance(unit.mix.frame, isIndependent: slots[i].independent > 0)
            if slots[i].independent > 0 { slots[i].independent -= 1 }
            statistics.framesEncoded += 1
            if slots[i].settles != nil { isDirty = true }
        }
    }
}
