import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import SecureRTP

/// What is known of a member from the commands, events and datagrams that have passed by: what a shard must do follows.
final class WitnessedMember {
    let id: MemberID
    let person: Person
    let room: RoomID
    let shard: Int
    let ssrc: UInt32
    let streamSSRC: UInt32
    var flags: VoiceFlags
    var key: [UInt8] = []
    var opener: Opener?
    var claimed: Endpoint?
    var discovered: Endpoint?
    var destination: Endpoint?
    /// Since when they do not hear whom.
    var mutes: [MemberID: Int64] = [:]
    var mutedSince: Int64?
    var isDescribed = false
    var describedSince: Int64 = 0

    // Their voice.
    var audibleSince: Int64?
    var lastAccepted: Int64 = .min / 2
    /// The first packet of those that have come without a pause.
    var spurtAccepted: Int64 = .min / 2

    // What they are sent.
    /// Since when they have had somebody to hear.
    var hearsSince: Int64?
    /// Packets are allowed until then although there is nobody to hear.
    var mayHearUntil: Int64 = .min
    var last: (time: Int64, sequenceNumber: UInt16, timestamp: UInt32)?
    var packets = 0
    var ear: Ear?

    init(_ id: MemberID, _ person: Person, _ room: RoomID, shard: Int, _ profile: MemberProfile) {
        self.id = id
        self.person = person
        self.room = room
        self.shard = shard
        ssrc = profile.ssrc
        streamSSRC = profile.stream.ssrc
        flags = profile.flags
    }

    /// A client's claim counts if it has been answered there.
    func settleClaim() {
        guard destination == nil, let claimed, claimed == discovered else { return }
        destination = claimed
    }
}

/// What opens a listener's packets.
final class Opener {
    private var cipher: RTPSizeCipher

    init?(_ key: KeyMaterial) {
        guard let mode = RTPSizeMode(rawValue: key.suite),
            let cipher = try? RTPSizeCipher(mode, key: key.secret, isSealing: false)
        else { return nil }
        self.cipher = cipher
    }

    /// - Returns: the length of the opened packet; nil if it is not for the key.
    func open(_ bytes: inout [UInt8]) -> Int? {
        var span = bytes.mutableSpan
        switch cipher.process(&span, length: span.count) {
        case .passed(let length): return length
        case .refused: return nil
        }
    }
}

final class WitnessedRoom {
    let id: RoomID
    let period: Int64
    /// What a frame adds to a timestamp.
    let samplesPerFrame: Int64
    /// Voices that are mixed at the same time.
    let selected: Int
    var members: [WitnessedMember] = []
    /// Voices of those who have left fade until then.
    var ghostsUntil: Int64 = .min
    /// When the mixes were last to be made anew.
    var lastChange: Int64 = .min / 2
    var lastAccepted: Int64 = .min / 2

    init(_ id: RoomID, period: Int64, samplesPerFrame: Int64, selected: Int) {
        self.id = id
        self.period = period
        self.samplesPerFrame = samplesPerFrame
        self.selected = selected
    }
}

/// Watches everything that passes between instance, shards and network, and finds what is not as promised.
final class Witness {
    /// What is kept of what is found.
    static let mostViolations = 16
    /// A voice that has left fades within.
    static let ghostTime: Int64 = 500 * .millisecond
    /// A muted voice is not heard after: fade, the gate's hangover, the mix's.
    static let muteTime: Int64 = 1 * .second
    /// Whoever speaks is heard within: the jitter buffer, the gate, a selection that holds.
    static let onsetTime: Int64 = 1_500 * .millisecond
    /// Whoever is silent is not heard any more after.
    static let hushTime: Int64 = 2_500 * .millisecond

    let start: Int64
    var now: Int64
    private(set) var violations: [Violation] = []
    var members: [MemberID: WitnessedMember] = [:]
    var rooms: [RoomID: WitnessedRoom] = [:]
    var byStream: [UInt32: WitnessedMember] = [:]
    /// Whose an address is or was.
    var owners: [Endpoint: Person] = [:]
    var onsets: [Int64] = []
    var packetsChecked = 0
    var windowsHeard = 0

    init(start: Int64) {
        self.start = start
        now = start
    }

    func fail(_ promise: Promise, _ what: @autoclosure () -> String) {
        guard violations.count < Self.mostViolations else { return }
        violations.append(Violation(promise: promise, time: now - start, what: what()))
    }

    // MARK: - Commands

    func saw(_ command: ShardCommand, on shard: Int, person: (MemberID) -> Person?) {
        switch command {
        case .open(let room, let plan, _):
            let period = plan.format.frameDuration.nanoseconds
            let samples = Int64(plan.format.samplesPerFrame * 48_000 / plan.format.sampleRate)
            rooms[room] = WitnessedRoom(
                room, period: period, samplesPerFrame: samples, selected: plan.selectedVoices)
        case .close(let id):
            for member in rooms[id]?.members ?? [] { forget(member) }
            rooms[id] = nil
        case .join(let id, let number, let profile):
            guard let room = rooms[id], let person = person(number) else { return }
            let member = WitnessedMember(number, person, id, shard: shard, profile)
            if person.isSampled { member.ear = Ear(member) }
            members[number] = member
            byStream[member.streamSSRC] = member
            room.members.append(member)
            changed(room)
        case .secure(let number, let session): secure(number, session)
        case .set(let number, let flags):
            guard let member = members[number], let room = rooms[member.room] else { return }
            let isMute = flags.isMute || flags.isDeaf
            member.mutedSince = isMute ? member.mutedSince ?? now : nil
            member.flags = flags
            changed(room)
        case .mute(let number, let other, let isMuted):
            guard let member = members[number], let room = rooms[member.room] else { return }
            member.mutes[other] = isMuted ? now : nil
            changed(room)
        case .leave(let number):
            guard let member = members[number], let room = rooms[member.room] else { return }
            room.members.removeAll { $0 === member }
            if member.audibleSince != nil { room.ghostsUntil = now + Self.ghostTime }
            forget(member)
            changed(room)
        case .report: break
        }
    }

    private func secure(_ number: MemberID, _ session: MediaSession) {
        guard let member = members[number], let room = rooms[member.room], let key = session.outbound else { return }
        if members.values.contains(where: { $0 !== member && $0.key == key.secret }) {
            fail(.secrets, "\(member.person.user) is given the key of somebody else")
        }
        member.key = key.secret
        member.opener = Opener(key)
        member.last = nil
        member.claimed = session.destination
        member.settleClaim()
        changed(room)
    }

    private func forget(_ member: WitnessedMember) {
        members[member.id] = nil
        byStream[member.streamSSRC] = nil
    }

    /// Whoever was asked for their address is answered there.
    func discovered(_ ssrc: UInt32, from source: Endpoint) {
        guard let member = members.values.first(where: { $0.ssrc == ssrc }), let room = rooms[member.room] else {
            return
        }
        member.discovered = source
        member.settleClaim()
        changed(room)
    }

    // MARK: - Events

    func saw(_ event: ShardEvent) {
        switch event {
        case .speaking(let room, let number, let isSpeaking):
            guard let member = members[number], let room = rooms[room] else { return }
            if isSpeaking { begins(member) } else { member.audibleSince = nil }
            changed(room)
        case .located(let number, let endpoint):
            guard let member = members[number], let room = rooms[member.room] else { return }
            if owners[endpoint] !== member.person {
                fail(.forged, "\(member.person.user) is taken to be at \(endpoint), where they never were")
            }
            member.destination = endpoint
            changed(room)
        case .failed(let number, let text): fail(.closes, "member \(number.number) cannot be served: \(text)")
        case .unannounced, .report: break
        }
    }

    private func begins(_ member: WitnessedMember) {
        if member.audibleSince != nil { fail(.truth, "\(member.person.user) begins to speak twice") }
        member.audibleSince = now
        if now - member.lastAccepted > Self.hushTime {
            fail(.hushed, "\(member.person.user) is heard and has sent nothing lately")
        }
        if let since = member.mutedSince, now - since > Self.muteTime {
            fail(.muted, "\(member.person.user) begins to be heard though muted")
        }
        if now - member.spurtAccepted < Self.onsetTime { onsets.append(now - member.spurtAccepted) }
    }

    /// A packet of speech was given to the jitter buffer.
    func accepted(_ member: WitnessedMember) {
        if now - member.lastAccepted > 300 * .millisecond { member.spurtAccepted = now }
        member.lastAccepted = now
        rooms[member.room]?.lastAccepted = now
    }

    // MARK: - Who is to hear something

    /// Finds out anew, for all of a room, who has somebody to hear.
    func changed(_ room: WitnessedRoom) {
        room.lastChange = now
        let audible = room.members.filter { $0.audibleSince != nil }
        for member in room.members {
            let hears =
                member.opener != nil && member.destination != nil && !member.flags.isDeaf
                && audible.contains { $0 !== member && member.mutes[$0.id] == nil }
            if hears, member.hearsSince == nil { member.hearsSince = now }
            if !hears, let since = member.hearsSince {
                member.hearsSince = nil
                let last = member.last?.time ?? .min
                if now - since > room.period, last < now - room.period {
                    fail(.everyFrame, "\(member.person.user) was sent nothing from \(ago(max(last, since))) on")
                }
            }
            if room.ghostsUntil > now { member.mayHearUntil = room.ghostsUntil }
        }
    }

    func ago(_ time: Int64) -> String { "\((now - time) / .millisecond) ms before" }
}
