import BasicContainers
import MediaCore
import PacketCapture
import PipelineSpec
import VoiceRoom

extension Shard {
    /// Plans whose spare parts are kept although no room uses them.
    private static let keptContexts = 8

    /// Carries out a command, between two ticks.
    public mutating func apply(
        _ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable
    ) {
        switch command {
        case .open(let room, let plan, let places): open(room, plan, places)
        case .close(let room): close(room, at: now, &sink)
        case .join(let room, let member, let profile): join(room, member, profile)
        case .secure(let member, let session): secure(member, session)
        case .set(let member, let flags): withRoom(of: member) { $0.set($1, flags) }
        case .mute(let member, let other, let isMuted): withRoom(of: member) { $0.mute($1, other, isMuted) }
        case .leave(let member): leave(member, at: now, &sink)
        case .report(let token): output.events.append(.report(token: token, report()))
        }
    }

    private func withRoom(of member: MemberID, _ body: (inout LiveRoom, Int) -> Void) {
        guard let place = directory[member], let box = rooms[place.room] else { return }
        body(&box.room, place.index)
    }

    // MARK: - Rooms

    private mutating func open(_ id: RoomID, _ plan: PipelinePlan, _ places: Int) {
        guard slotOfRoom[id] == nil, slotOfRoom.count < configuration.maximumRooms else { return }
        let count = min(max(places, 1), 64)
        guard let context = context(plan, count) else { return }
        context.rooms += 1
        let slot = freeSlots.popLast() ?? rooms.count
        if slot == rooms.count { rooms.append(nil) }
        rooms[slot] = RoomBox(LiveRoom(id, context), slot: slot)
        slotOfRoom[id] = slot
    }

    private mutating func context(_ plan: PipelinePlan, _ places: Int) -> PlanContext? {
        let fingerprint = PlanContext.fingerprint(plan, places)
        if let known = contexts.first(where: { $0.fingerprint == fingerprint }) { return known }
        guard let made = try? PlanContext(plan, places: places) else { return nil }
        contexts.append(made)
        return made
    }

    private mutating func close(_ id: RoomID, at now: Int64, _ sink: inout some DatagramSink & ~Copyable) {
        guard let slot = slotOfRoom.removeValue(forKey: id), let box = rooms[slot] else { return }
        finishSending(box, into: &sink)
        for m in box.room.members.indices {
            box.room.bid(m, at: now, clockOffset: configuration.clockOffset, &output, &sink)
            directory.remove(box.room.members[m].id, box.room.members[m].profile)
        }
        if box.room.isAwake { schedule.remove(slot: slot) }
        spread.leave(period: box.room.period, &box.share)
        output.flush(into: &sink)
        box.room.sleep()
        box.room.context.rooms -= 1
        if box.room.context.rooms == 0, contexts.count > Self.keptContexts {
            contexts.removeAll { $0 === box.room.context }
        }
        rooms[slot] = nil
        freeSlots.append(slot)
    }

    // MARK: - Members

    private mutating func join(_ id: RoomID, _ member: MemberID, _ profile: MemberProfile) {
        guard let slot = slotOfRoom[id], let box = rooms[slot] else {
            return output.events.append(.failed(member, "the room is not open"))
        }
        guard directory.count < configuration.maximumMembers else {
            return output.events.append(
                .failed(member, "the shard has its \(configuration.maximumMembers) members"))
        }
        let place = MemberPlace(room: slot, index: box.room.members.count)
        guard directory.insert(member, profile, at: place) else {
            return output.events.append(
                .failed(member, "another member has the same number, SSRC or source address"))
        }
        _ = box.room.join(Member(member, profile))
    }

    private mutating func leave(_ member: MemberID, at now: Int64, _ sink: inout some DatagramSink & ~Copyable) {
        guard let place = directory[member], let box = rooms[place.room] else { return }
        finishSending(box, into: &sink)
        box.room.bid(place.index, at: now, clockOffset: configuration.clockOffset, &output, &sink)
        output.flush(into: &sink)
        directory.remove(member, box.room.members[place.index].profile)
        if let moved = box.room.leave(place.index) { directory.move(moved, to: place.index) }
    }

    private mutating func secure(_ member: MemberID, _ session: MediaSession) {
        guard let place = directory[member], let box = rooms[place.room] else { return }
        do {
            let context = box.room.context
            try box.room.members[place.index].secure(
                session, plan: context.plan, maximumPayloadBytes: context.maximumPayloadBytes)
            box.room.touch()
        } catch {
            output.events.append(.failed(member, "\(error)"))
        }
    }

    // MARK: - Reports

    private func report() -> ShardReport {
        var report = ShardReport()
        for box in rooms {
            guard let box else { continue }
            report.rooms.append(box.room.report())
        }
        return report
    }
}

extension LiveRoom {
    func report() -> RoomReport {
        var report = RoomReport(room: id)
        report.classes = box?.engine.mixes ?? 0
        report.placesTaken = box?.engine.placesTaken ?? 0
        for m in members.indices {
            var entry = MemberReport(member: members[m].id)
            entry.endpoint = members[m].destination
            entry.flags = members[m].flags
            entry.packetsReceived = members[m].packetsReceived
            entry.packetsRefused = members[m].packetsRefused
            entry.packetsSent = members[m].packetsSent
            if let box, let place = members[m].place, let lane = box.engine.places[place].lane {
                entry.isSpeaking = box.engine.audible & (1 << UInt64(place)) != 0
                entry.packetsLost = lane.lane.playout.lost
                entry.packetsLate = lane.lane.playout.late
                entry.meanDelay = lane.lane.playout.meanDelay
                entry.targetDelay = lane.lane.targetDelay / .seconds(1)
            }
            report.members.append(entry)
        }
        return report
    }
}
