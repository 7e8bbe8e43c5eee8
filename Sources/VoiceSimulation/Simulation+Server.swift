import LiveRoom
import NetworkImpairment
import PacketCapture
import VoiceInstance

/// What goes in and out of the instance and its shards.
extension Simulation {
    /// Does what the instance wants done.
    func perform() {
        for action in instance.takeActions() {
            switch action {
            case .send(let connection, let text): deliver(faulty(text), on: connection)
            case .close(let connection, let code, _): close(connection, code)
            case .command(let shard, let command): apply(command, to: shard)
            }
        }
    }

    private func apply(_ command: ShardCommand, to shard: Int) {
        witness.saw(command, on: shard) { member in
            guard let user = instance.snapshot(of: member)?.id.value else { return nil }
            return people.indices.contains(Int(user) - 1000) ? people[Int(user) - 1000] : nil
        }
        guard !swallows(command) else { return }
        hosts[shard].apply(command, at: now)
        collect(shard)
    }

    /// Takes what a shard has brought forth: first what it says, then what it sent, which follows from that.
    func collect(_ shard: Int) {
        let datagrams = hosts[shard].takeDatagrams()
        var events: [ShardEvent] = []
        while let event = hosts[shard].shard.nextEvent() {
            witness.saw(event)
            events.append(event)
        }
        for (destination, bytes) in faulty(datagrams) {
            digest.add(UInt64(bitPattern: now))
            digest.add(destination.low << 16 | UInt64(destination.port))
            digest.add(bytes.span)
            witness.saw(bytes, to: destination)
        }
        for event in events {
            if case .report(_, let report) = event { check(report, of: shard) }
            instance.shardEvent(event, from: shard, at: now)
        }
        if !events.isEmpty { perform() }
    }

    // MARK: - Datagrams

    func receive(_ datagram: [UInt8], from source: Endpoint, at shard: Int, by sender: Sender) {
        let host = hosts[shard]
        let before = host.shard.statistics
        host.receive(datagram, from: source, at: now)
        let after = host.shard.statistics
        result.received += 1
        if let ssrc = IPDiscovery.request(datagram.span) {
            answer(to: ssrc, from: source, question: datagram.count, host)
        }
        let authentic = after.authentic - before.authentic
        switch sender {
        case .intruder:
            if authentic > 0 { witness.fail(.forged, "a packet from \(source) that is none of theirs") }
        case .person(let index, let isSpeech, let life):
            let person = people[index]
            guard authentic > 0 else { break }
            person.lastDelivered = datagram
            guard isSpeech, after.accepted > before.accepted, person.life == life,
                let member = witness.byStream[person.mixSSRC]
            else { break }
            witness.accepted(member)
        }
        collect(shard)
    }

    /// The answer goes to whoever asked, and is no longer than the question.
    private func answer(to ssrc: UInt32, from source: Endpoint, question: Int, _ host: ShardHost) {
        for (destination, bytes) in host.takeDatagrams() {
            digest.add(bytes.span)
            guard destination == source, bytes.count <= question, let told = IPDiscovery.answer(bytes.span) else {
                witness.fail(
                    .stranger, "a question from \(source) is answered by \(bytes.count) bytes to \(destination)")
                continue
            }
            if told.ssrc != ssrc || told.address != source.address || told.port != source.port {
                witness.fail(.secrets, "\(source) is told that it is \(told.address):\(told.port)")
            }
            witness.discovered(ssrc, from: source)
            guard let person = witness.owners[source] else { continue }
            schedule(
                .answer(person.index, bytes, life: person.life), in: person.crowd.network.delay.nanoseconds)
        }
    }

    // MARK: - Messages

    private func deliver(_ text: String, on connection: ConnectionID) {
        digest.add(text)
        guard let party = connections.party(of: connection) else {
            return witness.fail(.messages, "a message on a connection that is closed: \(text.prefix(80))")
        }
        // All addresses of people begin so, and nothing else that is told to anybody does.
        if text.contains("\"10.") || text.contains("10.0.") { witness.fail(.secrets, "a message says: \(text)") }
        let message: GatewayText
        let sequence: Int?
        do throws(GatewayText.Refusal) { (message, sequence) = try GatewayText.parse(text) } catch {
            return witness.fail(.messages, "\(error.text): \(text.prefix(80))")
        }
        guard case .person(let index) = party else {
            switch message {
            case .hello, .acknowledged: return
            default: return witness.fail(.secrets, "an intruder is told: \(text.prefix(80))")
            }
        }
        let person = people[index]
        check(message, to: person)
        person.messagesUnderWay += 1
        let time = gatewayTime(person, after: person.lastToPerson)
        person.lastToPerson = time
        agenda.insert(.message(index, connection, message, sequence: sequence), at: time)
    }

    private func check(_ message: GatewayText, to person: Person) {
        switch message {
        case .ready(_, let ip, let port, let modes):
            guard ip == Self.serverIP, Int(port) - Int(Self.firstPort) < hosts.count, !modes.isEmpty else {
                return witness.fail(.messages, "\(person.user) is told to send to \(ip):\(port)")
            }
        case .description(_, let key):
            guard let member = member(of: person) else {
                return witness.fail(.secrets, "\(person.user) is told a key and is in no room")
            }
            if member.key != key { witness.fail(.secrets, "\(person.user) is told a key that is not theirs") }
            if !member.isDescribed { (member.isDescribed, member.describedSince) = (true, now) }
        case .connected(let users):
            if users.contains(person.user.value) { witness.fail(.truth, "\(person.user) is told of themselves") }
        default: break
        }
    }

    /// The member that a person is at this moment.
    func member(of person: Person) -> WitnessedMember? {
        let room = RoomID(
            guild: UInt64(scenario.channels[person.crowd.channel].guild),
            channel: Self.snowflake(ofChannel: person.crowd.channel).value)
        return witness.rooms[room]?.members.first { $0.person === person }
    }

    private func close(_ connection: ConnectionID, _ code: CloseCode) {
        digest.add(UInt64(code.rawValue))
        switch connections.party(of: connection) {
        case .person(let index):
            let person = people[index]
            let time = gatewayTime(person, after: person.lastToPerson)
            person.lastToPerson = time
            agenda.insert(.closed(index, connection, code), at: time)
        case .intruder:
            if let expected = connections.expected[connection], !expected.codes.contains(code) {
                let codes = expected.codes.map { "\($0.rawValue)" }.sorted().joined(separator: " or ")
                witness.fail(.closes, "an intruder's connection is closed by \(code.rawValue), not \(codes)")
            }
        case nil: witness.fail(.closes, "a connection is closed twice, by \(code.rawValue)")
        }
        connections.remove(connection)
    }

    /// When a message arrives that is sent now: in order, but never lost.
    func gatewayTime(_ person: Person, after last: Int64) -> Int64 {
        let network = person.crowd.network
        let jitter = person.chance.time(upTo: 2 * network.jitter.nanoseconds)
        return max(last, now + network.delay.nanoseconds + jitter)
    }
}

extension ShardStatistics {
    /// Datagrams that were taken to come from who they say.
    var authentic: Int { accepted + silent + muted + withoutPlace + unannounced + misplaced }
}
