import LiveRoom
import PacketCapture
import SecureRTP
import VoiceInstance

/// How people speak the voice gateway's protocol.
extension Simulation {
    /// A question for the own address is asked again after.
    private static let discoveryInterval: Int64 = 500 * .millisecond
    /// From saying that they may speak to the first packet: what is said must be there first.
    private static let announcement: Int64 = 2 * .second

    func arrive(_ person: Person) {
        guard person.phase == .away else { return }
        person.newSession()
        let owner = owner(ofChannel: person.crowd.channel)
        owners[owner].put(
            VoiceState(
                user: person.user, channel: Self.snowflake(ofChannel: person.crowd.channel), session: person.session,
                token: person.token))
        person.phase = .connecting
        person.arrived = now
        push(owner)
        connect(person)
    }

    func connect(_ person: Person) {
        guard person.isPresent, person.connection == nil else { return }
        let connection = connections.new(.person(person.index))
        person.connection = connection
        let time = gatewayTime(person, after: person.lastToServer)
        person.lastToServer = time
        agenda.insert(.open(connection, version: "8", from: person.endpoint), at: time)
    }

    func say(_ operation: Int, _ data: String, _ person: Person) {
        // Before a session is resumed nothing else may be said of it.
        guard let connection = person.connection, !person.isResuming || operation == 7 else { return }
        let time = gatewayTime(person, after: person.lastToServer)
        person.lastToServer = time
        agenda.insert(.text("{\"op\":\(operation),\"d\":\(data)}", connection), at: time)
    }

    func understand(_ message: GatewayText, _ sequence: Int?, _ person: Person) {
        if let sequence {
            if sequence != max(person.acknowledged, 0) + 1 {
                witness.fail(.messages, "message \(sequence) follows \(person.acknowledged) at \(person.user)")
            }
            person.acknowledged = sequence
        }
        switch message {
        case .hello(let interval): greeted(person, interval)
        case .ready(let ssrc, _, let port, let modes):
            person.phase = .identified
            person.ssrc = ssrc
            person.shard = Int(port) - Int(Self.firstPort)
            person.mode = modes[person.chance.below(modes.count)]
            discover(person)
        case .description(let mode, let key): described(person, mode, key)
        case .speaking(let user, let ssrc, let flags):
            if user == 1 {
                person.mixSSRC = ssrc
            } else if flags & 1 != 0 {
                person.speaking.insert(user)
            } else {
                person.speaking.remove(user)
            }
        case .connected(let users): person.known.formUnion(users.filter { $0 != 1 })
        case .disconnected(let user):
            if person.known.remove(user) == nil {
                witness.fail(.truth, "\(person.user) is told that \(user) has left, but not that they had come")
            }
            person.speaking.remove(user)
        case .resumed:
            guard person.isResuming else {
                return witness.fail(.messages, "\(person.user) is told that they have resumed")
            }
            person.isResuming = false
        case .acknowledged: break
        }
    }

    private func greeted(_ person: Person, _ interval: Int64) {
        person.heartbeatInterval = interval
        schedule(.timer(person.index, .heartbeat, life: person.life), in: person.chance.time(upTo: interval))
        let guild = scenario.channels[person.crowd.channel].guild
        if person.isResuming {
            say(
                7,
                "{\"server_id\":\"\(guild)\",\"session_id\":\"\(person.session)\",\"token\":\"\(person.token)\","
                    + "\"seq_ack\":\(person.acknowledged)}", person)
        } else {
            say(
                0,
                "{\"server_id\":\"\(guild)\",\"user_id\":\"\(person.user)\",\"session_id\":\"\(person.session)\","
                    + "\"token\":\"\(person.token)\",\"max_dave_protocol_version\":0}", person)
        }
    }

    func beat(_ person: Person) {
        guard person.connection != nil else { return }
        say(3, "{\"t\":\(now / .millisecond),\"seq_ack\":\(person.acknowledged)}", person)
        schedule(.timer(person.index, .heartbeat, life: person.life), in: person.heartbeatInterval)
    }

    // MARK: - Address and keys

    func discover(_ person: Person) {
        guard person.phase == .identified, person.ssrc != 0, !person.hasMedia else { return }
        var request = [UInt8](repeating: 0, count: IPDiscovery.bytes)
        var span = request.mutableSpan
        IPDiscovery.writeRequest(ssrc: person.ssrc, into: &span)
        transmit(request, person, isSpeech: false)
        schedule(.timer(person.index, .discover, life: person.life), in: Self.discoveryInterval)
    }

    func answered(_ person: Person, _ bytes: [UInt8], _ life: Int) {
        guard life == person.life, person.phase == .identified, !person.hasMedia,
            let told = IPDiscovery.answer(bytes.span), told.ssrc == person.ssrc
        else { return }
        person.hasMedia = true
        say(
            1,
            "{\"protocol\":\"udp\",\"data\":{\"address\":\"\(told.address)\",\"port\":\(told.port),"
                + "\"mode\":\"\(person.mode)\"}}", person)
    }

    private func described(_ person: Person, _ mode: String, _ key: [UInt8]) {
        guard let mode = RTPSizeMode(rawValue: mode), let sealer = try? Sealer(mode, key: key) else {
            return witness.fail(.messages, "\(person.user) is told a mode '\(mode)' or a key that there is not")
        }
        person.sealer = sealer
        person.phase = .inRoom
        person.sequenceNumber = UInt16(truncatingIfNeeded: person.chance.next())
        person.firstTimestamp = UInt32(truncatingIfNeeded: person.chance.next())
        person.mediaStart = now
        guard person.crowd.talk > .zero else { return }
        say(5, "{\"speaking\":1,\"delay\":0,\"ssrc\":\(person.ssrc)}", person)
        let pause = person.chance.time(mean: person.crowd.pause.nanoseconds)
        schedule(.timer(person.index, .talk, life: person.life), in: Self.announcement + pause)
    }

    // MARK: - Ends

    func closed(_ person: Person, _ connection: ConnectionID, _ code: CloseCode) {
        guard person.connection == connection, !isOver else { return }
        let owner = owner(ofChannel: person.crowd.channel)
        let isWanted = owners[owner].voiceState(of: person.user)?.session == person.session
        switch code {
        case .disconnected where !isWanted || instance.isDraining: leave(person, comesBack: !instance.isDraining)
        case .sessionInvalid where person.mayBeReset || person.isResuming:
            // Identifies anew.
            if person.isResuming, !person.mayBeReset, people.count < 40 {
                witness.fail(.closes, "\(person.user) cannot resume")
            }
            person.mayBeReset = false
            person.forget()
            person.phase = .connecting
            schedule(
                .timer(person.index, .connect, life: person.life),
                in: 500 * .millisecond + person.chance.time(upTo: .second))
        default:
            witness.fail(.closes, "\(person.user) is closed by \(code.rawValue) (\(code))")
        }
    }

    /// The person is gone; nothing of theirs is left.
    func leave(_ person: Person, comesBack: Bool) {
        guard person.isPresent else { return }
        result.presence += now - person.arrived
        let owner = owner(ofChannel: person.crowd.channel)
        if owners[owner].voiceState(of: person.user) != nil {
            owners[owner].remove(person.user)
            push(owner)
        }
        person.forget()
        person.phase = .away
        guard comesBack else { return }
        let away = person.chance.time(mean: person.crowd.away.nanoseconds)
        schedule(.timer(person.index, .arrive, life: person.life), in: away)
    }
}
