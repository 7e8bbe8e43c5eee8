import BasicContainers
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import VoiceRoom

/// A room of a shard: its members, and its engine while anybody speaks.
struct LiveRoom: ~Copyable {
    let id: RoomID
    let context: PlanContext
    /// From the packet that wakes a room to its tick. A packet waits so long, and a whole frame more if the jitter buffer
    /// wants it to wait longer: what is usual on a good network fits in.
    static let lead: Int64 = 8_000_000

    /// Members who are sent to in one go; of a large room the next so many are sent to when other rooms have had their turn.
    static let slice = 256

    /// How far a tick's packets have been sent.
    struct Sending {
        var tick: Int64
        /// The first member who has not been sent theirs.
        var next: Int
    }

    /// Nanoseconds of a frame, and how far its ticks are after multiples of it.
    let period: Int64
    private(set) var offset: Int64 = 0
    var members: RigidArray<Member>
    private(set) var box: EngineBox?
    /// nil between two ticks.
    private(set) var sending: Sending?
    private var sliceDeadline: Int64 = 0
    private var nextTick: Int64 = 0

    init(_ id: RoomID, _ context: PlanContext) {
        self.id = id
        self.context = context
        period = Int64(context.plan.format.frameDuration / .nanoseconds(1))
        members = RigidArray(capacity: 4)
    }

    var isAwake: Bool { box != nil }

    /// Begins to tick, shortly after where the packets of the first who speaks come: they wait no longer than they must,
    /// and rooms tick all over the frame, as people begin to speak.
    /// - Returns: when the first tick is due.
    mutating func wake(at now: Int64) -> Int64 {
        offset = (now + Self.lead) % period
        return now + Self.lead
    }

    /// From now on ticks come later by so many nanoseconds. They are counted on as before.
    mutating func delayTicks(by later: Int64) {
        guard later != 0, let box else { return }
        offset += later
        nextTick += later
        for place in box.engine.places { place.lane?.lane.tickMoved() }
    }

    /// When the room has to be seen to next: for a tick, or the next slice of one.
    var nextDeadline: Int64 { sending == nil ? nextTick : sliceDeadline }

    // MARK: - Members

    mutating func join(_ member: consuming Member) -> Int {
        if members.isFull { members.reserveCapacity(members.capacity * 2) }
        members.append(member)
        let index = members.count - 1
        var newcomer = members[index].excluded
        for place in places(mutedBy: index) { newcomer |= 1 << UInt64(place) }
        members[index].excluded = newcomer
        box?.engine.isDirty = true
        return index
    }

    /// Takes a member out; the last one takes their number.
    /// - Returns: who has moved.
    mutating func leave(_ index: Int) -> MemberID? {
        if let place = members[index].place { box?.engine.abandon(place) }
        box?.engine.isDirty = true
        let last = members.count - 1
        if index != last {
            members.swapAt(index, last)
            if let place = members[index].place { box?.engine.places[place].member = index }
        }
        _ = members.removeLast()
        return index == last ? nil : members[index].id
    }

    mutating func set(_ index: Int, _ flags: VoiceFlags) {
        members[index].flags = flags
        box?.engine.isDirty = true
    }

    mutating func mute(_ index: Int, _ other: MemberID, _ isMuted: Bool) {
        guard members[index].mute(other, isMuted) else { return }
        for m in members.indices where members[m].id == other {
            guard let place = members[m].place, m != index else { continue }
            let bit: UInt64 = 1 << UInt64(place)
            if isMuted { members[index].excluded |= bit } else { members[index].excluded &= ~bit }
            members[index].chosen |= bit
        }
        box?.engine.isDirty = true
    }

    private func places(mutedBy index: Int) -> [Int] {
        guard !members[index].mutes.isEmpty else { return [] }
        var places: [Int] = []
        for m in members.indices where members[index].mutes.contains(members[m].id) {
            if let place = members[m].place { places.append(place) }
        }
        return places
    }

    /// Something a mix depends on has changed.
    mutating func touch() { box?.engine.isDirty = true }

    // MARK: - Voices

    /// Takes in an opened packet of a member who may be heard.
    mutating func hear(
        _ packet: Span<UInt8>, from index: Int, at now: Int64, _ statistics: inout ShardStatistics
    ) {
        let tick = (now - offset) / period
        if members[index].place == nil {
            guard !Self.isSilent(packet) else {
                statistics.silent += 1
                return
            }
            guard takePlace(for: index, at: tick) else {
                statistics.withoutPlace += 1
                return
            }
        }
        guard let box, let place = members[index].place, let lane = box.engine.places[place].lane else { return }
        box.engine.places[place].lastPacket = tick
        lane.lane.ingest(packet, at: now)
        statistics.accepted += 1
    }

    private mutating func takePlace(for index: Int, at tick: Int64) -> Bool {
        guard let box = box ?? (try? context.takeEngine()) else { return false }
        guard let place = box.engine.takePlace(for: index, context, at: tick, isMute: members[index].flags.isSilenced)
        else {
            if self.box == nil { context.giveBack(box) }
            return false
        }
        self.box = box
        let bit: UInt64 = 1 << UInt64(place)
        members[index].place = place
        members[index].excluded |= bit
        let id = members[index].id
        for m in members.indices where members[m].mutes.contains(id) { members[m].excluded |= bit }
        if let lane = box.engine.places[place].lane { lane.lane.payloadTypes = .init(level: 1) }
        return true
    }

    /// Whether an RTP packet says itself that nothing is to be heard in it.
    private static func isSilent(_ packet: Span<UInt8>) -> Bool {
        guard let header = try? RTPHeader(parsing: packet) else { return true }
        if let level = AudioLevel(identifier: 1, of: header, in: packet), level.level <= -127 { return true }
        guard let layout = OpusLayout(packet.extracting(header.payload)) else { return true }
        return layout.isSilent
    }

    // MARK: - Time

    mutating func tick(
        at deadline: Int64, _ output: inout TickOutput, into sink: inout some DatagramSink & ~Copyable
    ) {
        guard let box else { return }
        let tick = (deadline - offset) / period
        box.engine.tick(tick, at: deadline, room: id, &members, context, &output)
        nextTick = deadline + period
        sending = Sending(tick: tick, next: 0)
        send(at: deadline, &output, into: &sink)
    }

    /// Sends this tick's packets to the next slice of members, and says when it is the turn of the slice after.
    mutating func send(
        at deadline: Int64, _ output: inout TickOutput, into sink: inout some DatagramSink & ~Copyable
    ) {
        guard let box, let now = sending else { return }
        let end = min(now.next + Self.slice, members.count)
        box.engine.transmit(at: now.tick, to: now.next..<end, of: &members, &output, into: &sink)
        guard end == members.count else {
            sending?.next = end
            sliceDeadline = deadline + min(Int64(Self.slice) * TickSpread.memberCost, period * 9 / 10 / slices)
            return
        }
        sending = nil
        if box.engine.isEmpty { sleep() }
    }

    /// Of a tick.
    private var slices: Int64 { Int64((members.count + Self.slice - 1) / Self.slice) }
    /// Members that the first slice of a tick leaves for the next ones.
    var membersOfLaterSlices: Int { max(members.count - Self.slice, 0) }

    /// Gives everything back that a silent room does not need.
    mutating func sleep() {
        guard let box else { return }
        box.engine.surrender(to: context)
        context.giveBack(box)
        self.box = nil
        sending = nil
        for m in members.indices {
            members[m].unit = nil
            members[m].place = nil
            members[m].excluded = 0
            members[m].chosen = 0
        }
    }
}
