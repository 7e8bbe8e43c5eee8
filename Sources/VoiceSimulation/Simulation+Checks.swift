import LiveRoom
import VoiceInstance

/// Looks at everything now and then, and at the end.
extension Simulation {
    /// After a change, rooms have settled within: hangovers, and a second in which limiters come to agree.
    private static let settling: Int64 = 1_800 * .millisecond
    /// A lane is given back after ten seconds without a packet; then the room sleeps.
    private static let sleepTime: Int64 = 12 * .second
    /// People whose knowledge is looked at each time.
    private static let asked = 16
    private static let reachTime: Int64 = 1 * .second

    func look() {
        guard !isOver else { return }
        schedule(.look, in: scenario.check.nanoseconds)
        for shard in hosts.indices {
            instance.setLoad(0.1, ofShard: shard)
            hosts[shard].apply(.report(token: 1), at: now)
            collect(shard)
            while hosts[shard].shard.maintain() {}
            let counts = hosts[shard].shard.statistics
            if counts.received != counts.outcomes {
                witness.fail(.outcomes, "\(counts.received) datagrams have \(counts.outcomes) outcomes")
            }
            checkSilence(shard, counts)
        }
        checkVoices()
        for (connection, expected) in connections.expected where expected.by < now {
            witness.fail(.closes, "an intruder's connection \(connection.number) is still open")
        }
        let first = Int(now / .second) % max(people.count, 1)
        checkTruth(of: (0..<min(Self.asked, people.count)).map { (first + $0 * 7) % people.count })
    }

    private func checkSilence(_ shard: Int, _ counts: ShardStatistics) {
        let rooms = witness.rooms.values.filter { room in
            room.members.first.map { $0.shard == shard } ?? true
        }
        let awake = rooms.count { now - $0.lastAccepted < Self.sleepTime || $0.ghostsUntil > now }
        if counts.awakeRooms > awake {
            witness.fail(.silence, "\(counts.awakeRooms) rooms are awake; somebody was heard lately in \(awake)")
        }
        if awake == 0, hosts[shard].shard.nextDeadline != nil {
            witness.fail(.silence, "shard \(shard) has a deadline and nobody speaks")
        }
    }

    /// Mixes that are made, held against who hears whom.
    func check(_ report: ShardReport, of shard: Int) {
        for entry in report.rooms {
            guard let room = witness.rooms[entry.room], now - room.lastChange > Self.settling else { continue }
            let audible = room.members.filter { $0.audibleSince != nil }.map(\.id)
            var keys: Set<Set<MemberID>> = []
            for member in room.members where member.hearsSince != nil {
                keys.insert(Set(audible.filter { $0 == member.id || member.mutes[$0] != nil }))
            }
            if entry.classes != keys.count {
                witness.fail(
                    .classes, "\(entry.classes) mixes in channel \(entry.room.channel); \(keys.count) are needed")
            }
            if entry.members.count != room.members.count {
                witness.fail(
                    .pools, "\(entry.members.count) members in channel \(entry.room.channel), not \(room.members.count)"
                )
            }
        }
    }

    private func checkVoices() {
        for room in witness.rooms.values.sorted(by: { $0.id < $1.id }) {
            let talkers = room.members.count { now - $0.lastAccepted < 3 * .second }
            for member in room.members {
                let user = member.person.user
                if let since = member.audibleSince {
                    if now - max(member.lastAccepted, since) > Witness.hushTime {
                        witness.fail(.hushed, "\(user) has sent nothing for \((now - member.lastAccepted) / .second) s")
                    }
                    if let muted = member.mutedSince, now - muted > Witness.muteTime {
                        witness.fail(.muted, "\(user) is heard, muted for \((now - muted) / .millisecond) ms")
                    }
                } else if talkers <= room.selected, member.mutedSince == nil,
                    now - member.lastAccepted < 60 * .millisecond, now - member.spurtAccepted > Witness.onsetTime
                {
                    witness.fail(.heard, "\(user) has spoken for \((now - member.spurtAccepted) / .millisecond) ms")
                }
                if member.isDescribed, member.destination == nil, now - member.describedSince > Self.reachTime {
                    witness.fail(
                        .reachable, "\(user) has no address since \((now - member.describedSince) / .second) s")
                }
            }
        }
    }

    /// What people were told, held against who is there and who speaks.
    func checkTruth(of indices: [Int]) {
        for index in indices {
            let person = people[index]
            guard person.phase == .inRoom, person.connection != nil, !person.isResuming, person.messagesUnderWay == 0,
                let member = member(of: person), let room = witness.rooms[member.room]
            else { continue }
            let others = room.members.filter { $0 !== member && $0.isDescribed }
            let known = Set(others.map { $0.person.user.value })
            if person.known != known {
                let wrong = person.known.symmetricDifference(known).sorted()
                witness.fail(.truth, "\(person.user) does not know that \(wrong) have come or gone")
            }
            let speaking = Set(others.filter { $0.audibleSince != nil }.map { $0.person.user.value })
            if person.speaking != speaking {
                let wrong = person.speaking.symmetricDifference(speaking).sorted()
                witness.fail(.truth, "\(person.user) does not know whether \(wrong) speak")
            }
        }
    }

    /// When all have left and what was under way has arrived.
    func checkEnd() {
        for (index, host) in hosts.enumerated() {
            let counts = host.shard.statistics
            if counts.members + counts.voices + counts.classes > 0 {
                witness.fail(
                    .pools,
                    "shard \(index) has \(counts.members) members, \(counts.voices) voices, \(counts.classes) mixes")
            }
            if counts.received != counts.outcomes {
                witness.fail(.outcomes, "\(counts.received) datagrams have \(counts.outcomes) outcomes")
            }
            if host.shard.nextDeadline != nil { witness.fail(.silence, "shard \(index) still has a deadline") }
        }
        let received = hosts.reduce(0) { $0 + $1.shard.statistics.received }
        if received != result.received {
            witness.fail(.outcomes, "\(received) datagrams of \(result.received) are counted")
        }
        let counts = instance.statistics
        if counts.members + counts.sessions + counts.connections > 0 {
            witness.fail(
                .pools,
                "\(counts.members) members, \(counts.sessions) sessions and \(counts.connections) connections are left")
        }
        if instance.givenSSRCs > 0 { witness.fail(.pools, "\(instance.givenSSRCs) SSRCs are still given") }
    }
}
