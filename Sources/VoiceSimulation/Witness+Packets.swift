import LiveRoom
import PacketCapture
import RTPWire

/// What is sent to listeners, packet by packet, before the network has it.
extension Witness {
    /// Of how many packets of a listener who is not listened to, one is opened.
    private static let opened = 50

    func saw(_ datagram: [UInt8], to destination: Endpoint) {
        packetsChecked += 1
        guard let header = try? RTPHeader(parsing: datagram.span) else {
            return fail(.stranger, "something that is no RTP is sent to \(destination)")
        }
        guard let member = byStream[header.ssrc], let room = rooms[member.room] else {
            return fail(.stranger, "a stream of nobody's is sent to \(destination)")
        }
        guard member.destination == destination else {
            return fail(
                .stranger,
                "\(destination) is sent what is for \(member.person.user) at \(text(member.destination))")
        }
        check(header, member, room)
        member.packets += 1
        guard member.ear != nil || member.packets % Self.opened == 1 else { return }
        var bytes = datagram
        guard let length = member.opener?.open(&bytes) else {
            return fail(.sealed, "a packet to \(member.person.user) does not open")
        }
        guard let ear = member.ear else { return }
        if let window = ear.hear(bytes.span.extracting(header.payload.lowerBound..<length), at: now) {
            windowsHeard += 1
            judge(window, of: member, in: room)
        }
    }

    private func check(_ header: RTPHeader, _ member: WitnessedMember, _ room: WitnessedRoom) {
        let user = member.person.user
        defer { member.last = (now, header.sequenceNumber, header.timestamp) }
        guard member.hearsSince != nil || member.mayHearUntil >= now else {
            return fail(.nothingToHear, "\(user) is sent a packet")
        }
        if header.contributingSourceCount > 0 { fail(.messages, "\(user) is sent contributing sources") }
        guard let last = member.last else {
            if let since = member.hearsSince, now - since > room.period {
                fail(.everyFrame, "\(user) was sent nothing from \(ago(since)) on")
            }
            return
        }
        if let since = member.hearsSince, now - max(last.time, since) > room.period {
            fail(.everyFrame, "\(user) was sent nothing from \(ago(max(last.time, since))) on")
        }
        if header.sequenceNumber != last.sequenceNumber &+ 1 {
            fail(.noGap, "sequence number \(header.sequenceNumber) follows \(last.sequenceNumber) at \(user)")
        }
        let frames = (now - last.time) / room.period
        let step = UInt32(truncatingIfNeeded: frames * room.samplesPerFrame)
        // A room that has slept ticks elsewhere in the frame: the pause is then rounded up or down to whole frames.
        let isWhole = (now - last.time) % room.period == 0
        let next = last.timestamp &+ step
        let isRight =
            header.timestamp == next || !isWhole && header.timestamp == next &+ UInt32(room.samplesPerFrame)
        if frames < 1 || !isRight {
            fail(.noGap, "timestamp \(header.timestamp) follows \(last.timestamp) after \(frames) frames at \(user)")
        }
    }

    private func text(_ endpoint: Endpoint?) -> String { endpoint.map { "\($0)" } ?? "no address" }

    // MARK: - What is heard

    /// Holds half a second of what a listener heard against who was to be heard.
    private func judge(_ window: Ear.Window, of member: WitnessedMember, in room: WitnessedRoom) {
        let margin: Int64 = 300 * .millisecond
        var absent: [WitnessedMember] = []
        for other in room.members {
            let isMuted = member.mutes[other.id].map { $0 + margin < window.start } ?? false
            let isSilenced = other.mutedSince.map { $0 + Self.muteTime < window.start } ?? false
            if other === member || isMuted || isSilenced { absent.append(other) }
        }
        for other in absent {
            let sharing = room.members.filter { $0.person.voice == other.person.voice }
            guard sharing.allSatisfy({ one in absent.contains { $0 === one } }) else { continue }
            let amplitude = window.amplitude(of: other.person.voice)
            guard amplitude > Ear.audible else { continue }
            let promise = other === member ? Promise.ownVoice : .muted
            fail(promise, "\(member.person.user) hears \(other.person.user), at \(Int(amplitude * 1000)) thousandths")
        }
        expectVoices(window, of: member, in: room, margin)
    }

    private func expectVoices(
        _ window: Ear.Window, of member: WitnessedMember, in room: WitnessedRoom, _ margin: Int64
    ) {
        let audible = room.members.filter { $0.audibleSince != nil }
        guard audible.count <= room.selected else { return }
        for other in audible where other !== member && member.mutes[other.id] == nil && other.mutedSince == nil {
            guard let since = other.audibleSince, since + margin < window.start, now - other.lastAccepted < margin,
                other.spurtAccepted + margin < window.start
            else { continue }
            if window.peak(of: other.person.voice) < Ear.present {
                fail(.heard, "\(member.person.user) does not hear \(other.person.user)")
            }
        }
    }
}
