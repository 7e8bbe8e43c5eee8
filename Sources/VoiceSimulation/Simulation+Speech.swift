import NetworkImpairment
import PacketCapture
import RTPWire
import SecureRTP
import VoiceInstance

/// How people talk, and what befalls them.
extension Simulation {
    static let frame: Int64 = 20 * .millisecond
    /// What says that somebody begins to speak goes ahead of what they say.
    private static let leadTime: Int64 = 300 * .millisecond
    /// Silent frames at the end of a talk-spurt.
    private static let silentFrames = 5

    func beginTalking(_ person: Person) {
        guard person.phase == .inRoom, !person.isTalking else { return }
        guard !isQuiet(person) else { return pause(person) }
        say(5, "{\"speaking\":1,\"delay\":0,\"ssrc\":\(person.ssrc)}", person)
        person.isTalking = true
        person.silenceLeft = Self.silentFrames
        person.spurtEnd = now + Self.leadTime + person.chance.time(mean: person.crowd.talk.nanoseconds)
        schedule(.timer(person.index, .frame, life: person.life), in: Self.leadTime)
    }

    private func pause(_ person: Person) {
        let pause = person.chance.time(mean: person.crowd.pause.nanoseconds)
        schedule(.timer(person.index, .talk, life: person.life), in: Self.leadTime + pause)
    }

    /// A person does not talk while they have muted themselves or are deaf.
    private func isQuiet(_ person: Person) -> Bool {
        let voice = owners[owner(ofChannel: person.crowd.channel)].voiceState(of: person.user)
        return voice.map { $0.selfMute || $0.selfDeaf } ?? true
    }

    func sendFrame(_ person: Person) {
        guard person.isTalking, let sealer = person.sealer else { return }
        let isSpeech = now < person.spurtEnd && !isQuiet(person)
        if !isSpeech {
            guard person.silenceLeft > 0 else {
                person.isTalking = false
                say(5, "{\"speaking\":0,\"delay\":0,\"ssrc\":\(person.ssrc)}", person)
                return pause(person)
            }
            person.spurtEnd = now
            person.silenceLeft -= 1
        }
        person.frame += 1
        guard let payload = isSpeech ? try? voices.payload(person.voice, frame: person.frame) : VoiceLoops.silence
        else { return witness.fail(.heard, "no voice can be made") }
        let frames = (now - person.mediaStart) / Self.frame
        let writer = RTPWriter(
            payloadType: 120, sequenceNumber: person.sequenceNumber,
            timestamp: person.firstTimestamp &+ UInt32(truncatingIfNeeded: frames * 960), ssrc: person.ssrc)
        person.sequenceNumber &+= 1
        var bytes = [UInt8](repeating: 0, count: 12 + payload.count + RTPSizeMode.overheadBytes)
        Self.write(writer, into: &bytes)
        bytes.replaceSubrange(12..<(12 + payload.count), with: payload)
        let length = sealer.seal(&bytes, length: 12 + payload.count)
        bytes.removeLast(bytes.count - length)
        transmit(bytes, person, isSpeech: isSpeech)
        schedule(.timer(person.index, .frame, life: person.life), in: Self.frame)
    }

    private static func write(_ writer: RTPWriter, into bytes: inout [UInt8]) {
        let nobody: [UInt32] = []
        var span = bytes.mutableSpan
        _ = writer.write(contributingSources: nobody.span, into: &span)
    }

    /// Sends a datagram over the person's network.
    func transmit(_ bytes: [UInt8], _ person: Person, isSpeech: Bool) {
        let sender = Sender.person(person.index, isSpeech: isSpeech, life: person.life)
        let arrival = Happening.datagram(bytes, from: person.endpoint, shard: person.shard, by: sender)
        switch person.uplink.send(bytes: bytes.count, at: now) {
        case .delivered(let time): agenda.insert(arrival, at: max(time, now))
        case .duplicated(let one, let other):
            agenda.insert(arrival, at: max(one, now))
            agenda.insert(arrival, at: max(other, now))
        case .lost, .outage, .dropped: break
        }
    }

    // MARK: - Trouble

    func schedule(_ trouble: Trouble, of person: Person) {
        let crowd = person.crowd
        let mean =
            switch trouble {
            case .leave: crowd.stay
            case .selfMute: crowd.selfMutes
            case .serverMute: crowd.serverMutes
            case .localMute: crowd.localMutes
            case .deafen: crowd.deafens
            case .lostConnection: crowd.resumes
            case .crash: crowd.crashes
            case .move: crowd.moves
            }
        guard mean > .zero else { return }
        schedule(.trouble(person.index, trouble), in: person.chance.time(mean: mean.nanoseconds))
    }

    func befall(_ trouble: Trouble, _ person: Person) {
        guard !isOver else { return }
        schedule(trouble, of: person)
        guard person.phase == .inRoom else { return }
        switch trouble {
        case .leave:
            if let connection = person.connection { schedule(.hangUp(connection), in: 0) }
            leave(person, comesBack: true)
        case .selfMute: change(person) { $0.selfMute.toggle() }
        case .serverMute: change(person) { $0.mute.toggle() }
        case .deafen: change(person) { $0.selfDeaf.toggle() }
        case .localMute: toggleLocalMute(person)
        case .move:
            person.move()
            witness.owners[person.endpoint] = person
        case .lostConnection:
            guard let connection = person.connection, !person.isResuming else { return }
            schedule(.hangUp(connection), in: person.chance.time(upTo: 2 * .second))
            person.connection = nil
            person.isResuming = true
            schedule(
                .timer(person.index, .connect, life: person.life),
                in: 200 * .millisecond + person.chance.time(upTo: 4 * .second))
        case .crash:
            result.presence += now - person.arrived
            person.forget()
            person.phase = .away
            let away = person.chance.time(upTo: 2 * person.crowd.away.nanoseconds)
            schedule(.timer(person.index, .arrive, life: person.life), in: away)
        }
    }

    private func change(_ person: Person, _ body: (inout VoiceState) -> Void) {
        let owner = owner(ofChannel: person.crowd.channel)
        guard var voice = owners[owner].voiceState(of: person.user) else { return }
        body(&voice)
        owners[owner].put(voice)
        push(owner)
    }

    private func toggleLocalMute(_ person: Person) {
        let others = people.filter { $0.crowd.channel == person.crowd.channel && $0 !== person && $0.isPresent }
        guard !others.isEmpty else { return }
        let other = others[person.chance.below(others.count)].user
        change(person) { voice in
            if let index = voice.localMutes.firstIndex(of: other) {
                voice.localMutes.remove(at: index)
            } else if voice.localMutes.count < 8 {
                voice.localMutes.append(other)
            }
        }
    }
}
