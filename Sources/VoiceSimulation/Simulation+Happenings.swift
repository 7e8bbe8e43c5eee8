import LiveRoom
import PacketCapture
import VoiceInstance

/// What happens around the server.
extension Simulation {
    func handle(_ what: Happening) {
        switch what {
        case .datagram(let bytes, let source, let shard, let sender):
            receive(bytes, from: source, at: shard, by: sender)
        case .answer(let index, let bytes, let life): answered(people[index], bytes, life)
        case .open(let connection, let version, let address):
            instance.opened(connection, version: version, address: address, at: now)
            perform()
        case .text(let text, let connection):
            instance.received(Array(text.utf8), on: connection, at: now)
            perform()
        case .hangUp(let connection):
            connections.remove(connection)
            instance.closed(connection, at: now)
            perform()
        case .message(let index, let connection, let message, let sequence):
            people[index].messagesUnderWay -= 1
            guard people[index].connection == connection else { return }
            if isUntold(message) {
                people[index].acknowledged = sequence ?? people[index].acknowledged
            } else {
                understand(message, sequence, people[index])
            }
        case .closed(let index, let connection, let code): closed(people[index], connection, code)
        case .timer(let index, let timer, let life): fire(timer, people[index], life)
        case .trouble(let index, let trouble): befall(trouble, people[index])
        case .attack(let index): attack(intruders[index])
        case .incident(let index): happen(scenario.incidents[index])
        case .look: look()
        case .end: end()
        }
    }

    private func fire(_ timer: Timer, _ person: Person, _ life: Int?) {
        guard !isOver, life == nil || life == person.life else { return }
        switch timer {
        case .arrive: arrive(person)
        case .connect: connect(person)
        case .discover: discover(person)
        case .heartbeat: beat(person)
        case .talk: beginTalking(person)
        case .frame: sendFrame(person)
        }
    }

    // MARK: - Incidents

    private func happen(_ incident: Scenario.Incident) {
        guard !isOver else { return }
        switch incident.kind {
        case .drain: instance.drain()
        case .pipeline:
            let owner = owner(ofChannel: incident.channel)
            owners[owner].set(pipeline: incident.pipeline, of: Self.snowflake(ofChannel: incident.channel))
            for person in people where person.crowd.channel == incident.channel { person.mayBeReset = true }
            push(owner)
        case .stale: for owner in owners { pushStale(owner.state) }
        }
    }

    /// States that are older, or of the same revision and not the same.
    private func pushStale(_ state: GuildState) {
        var older = state
        older.epoch -= 1
        older.revision += 100
        var emptied = state
        emptied.voiceStates = []
        if emptied == state { emptied.channels = [] }
        var earlier = emptied
        earlier.revision -= 1
        for (wrong, what) in [
            (older, "an older epoch"), (emptied, "the same revision"), (earlier, "an older revision"),
        ] {
            do {
                try instance.push(wrong, at: now)
                witness.fail(.epochs, "a state of guild \(state.guild) of \(what) is taken")
            } catch {
                guard case .stale = error else {
                    witness.fail(.epochs, "\(what) is refused by: \(error)")
                    continue
                }
            }
        }
        do throws(InstanceError) {
            _ = try instance.delete(guild: state.guild, epoch: state.epoch - 1, at: now)
            witness.fail(.epochs, "guild \(state.guild) is deleted by an older epoch")
        } catch {}
        let actions = instance.takeActions()
        if !actions.isEmpty { witness.fail(.epochs, "what is old brings forth \(actions.count) actions") }
        if instance.guildState(state.guild) != state { witness.fail(.epochs, "guild \(state.guild) has changed") }
    }

    /// Everyone leaves.
    private func end() {
        isOver = true
        checkTruth(of: people.indices.map { $0 })
        for owner in owners.indices {
            owners[owner].removeAll()
            push(owner)
        }
        for person in people {
            if let connection = person.connection { schedule(.hangUp(connection), in: 0) }
            person.forget()
            person.phase = .away
        }
    }
}
