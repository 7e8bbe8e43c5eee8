import LiveRoom
import NetworkImpairment
import PacketCapture
import VoiceInstance

/// An instance and its shards on virtual time, with scripted people on seeded networks, and a witness who watches.
///
/// One value of it plays one scenario with one seed, once.
public final class Simulation {
    /// The clock does not begin at zero.
    static let start: Int64 = 10 * .second
    /// After the end there is time for what is under way, and for sessions that wait to be resumed.
    static let aftermath: Int64 = 200 * .second
    static let serverIP = "203.0.113.1"
    static let firstPort: UInt16 = 5000

    let scenario: Scenario
    let seed: UInt64
    var now: Int64
    var agenda = Agenda<Happening>()
    var instance: Instance
    var hosts: [ShardHost]
    var owners: [GuildOwner] = []
    var people: [Person] = []
    var intruders: [Intruder] = []
    let witness: Witness
    var voices = VoiceLoops()
    var digest = Digest()
    var connections = Connections()
    var result: SimulationResult
    var isOver = false
    /// What is broken on purpose, and what has been counted for it.
    let fault: Fault?
    var faultCount = 0

    public convenience init(_ scenario: Scenario, seed: UInt64) { self.init(scenario, seed: seed, fault: nil) }

    package init(_ scenario: Scenario, seed: UInt64, fault: Fault?) {
        self.scenario = scenario
        self.seed = seed
        self.fault = fault
        now = Self.start
        witness = Witness(start: Self.start)
        result = SimulationResult(scenario: scenario.name, seed: seed)
        hosts = (0..<scenario.shards).map { _ in ShardHost() }
        var chance = Chance(seed: seed, .instance)
        let addresses = (0..<scenario.shards).map {
            MediaAddress(ip: Self.serverIP, port: Self.firstPort + UInt16($0))
        }
        instance = Instance(
            InstanceConfiguration(), shards: addresses, pipelines: .shipped(),
            random: SplitMix64(state: chance.next()))
    }

    /// Plays it all.
    public func run() -> SimulationResult {
        prepare()
        let end = Self.start + scenario.duration.nanoseconds
        let limit = end + Self.aftermath
        while witness.violations.isEmpty, step(upTo: limit) {}
        if witness.violations.isEmpty { checkEnd() }
        finish()
        return result
    }

    /// Does what falls due next: ticks first, then deadlines of the instance, then what happens around them.
    /// - Returns: false if nothing is left to be done.
    private func step(upTo limit: Int64) -> Bool {
        let happening = agenda.earliest ?? .max
        let deadline = instance.nextDeadline ?? .max
        var host: Int?
        var tick = Int64.max
        for i in hosts.indices {
            guard let next = hosts[i].shard.nextDeadline, next < tick else { continue }
            (tick, host) = (next, i)
        }
        let next = min(happening, deadline, tick)
        guard next <= limit else { return false }
        now = max(now, next)
        witness.now = now
        if tick == next, let host {
            hosts[host].advance(to: now)
            collect(host)
        } else if deadline == next {
            instance.advance(to: now)
            perform()
        } else if let (_, what) = agenda.removeEarliest() {
            handle(what)
        }
        return true
    }

    private func finish() {
        result.digest = digest.value
        result.duration = min(now - Self.start, scenario.duration.nanoseconds)
        result.violations = witness.violations
        result.shards = hosts.map { $0.shard.statistics }
        result.instance = instance.statistics
        result.onsets = witness.onsets.sorted()
        result.packetsChecked = witness.packetsChecked
        result.windowsHeard = witness.windowsHeard
    }

    // MARK: - The beginning

    private func prepare() {
        makeOwners()
        var voicesTaken = Array(repeating: 0, count: scenario.channels.count)
        for crowd in scenario.crowds {
            for i in 0..<crowd.count {
                let person = Person(
                    people.count, crowd, voice: voicesTaken[crowd.channel], isSampled: i % scenario.sample == 0,
                    seed: seed)
                voicesTaken[crowd.channel] += 1
                people.append(person)
                witness.owners[person.endpoint] = person
                schedule(
                    .timer(person.index, .arrive, life: nil), in: person.chance.time(upTo: crowd.arrival.nanoseconds))
                for trouble in Trouble.allCases { schedule(trouble, of: person) }
            }
        }
        for band in scenario.bands {
            for _ in 0..<band.count {
                let intruder = Intruder(intruders.count, band, seed: seed)
                intruders.append(intruder)
                schedule(.attack(intruder.index), in: intruder.pause())
            }
        }
        for i in scenario.incidents.indices {
            schedule(.incident(i), in: scenario.incidents[i].time.nanoseconds)
        }
        schedule(.look, in: scenario.check.nanoseconds)
        schedule(.end, in: scenario.duration.nanoseconds)
    }

    private func makeOwners() {
        let guilds = Set(scenario.channels.map(\.guild)).sorted()
        for guild in guilds {
            let channels = scenario.channels.indices.filter { scenario.channels[$0].guild == guild }.map { index in
                let channel = scenario.channels[index]
                return ChannelState(
                    channel: Self.snowflake(ofChannel: index), pipeline: channel.pipeline, places: channel.places)
            }
            owners.append(GuildOwner(guild: UInt64(guild), channels: channels))
            push(owners.count - 1)
        }
    }

    static func snowflake(ofChannel index: Int) -> Snowflake { Snowflake(UInt64(100 + index)) }

    func owner(ofChannel index: Int) -> Int {
        let guild = Snowflake(UInt64(scenario.channels[index].guild))
        return owners.firstIndex { $0.state.guild == guild } ?? 0
    }

    func push(_ owner: Int) {
        do { try instance.push(owners[owner].state, at: now) } catch {
            witness.fail(.epochs, "a guild's newer state is refused: \(error)")
        }
        perform()
    }

    func schedule(_ what: Happening, in delay: Int64) { agenda.insert(what, at: now + max(delay, 0)) }
}

/// Everything that can happen.
enum Happening {
    /// A datagram arrives at a shard.
    case datagram([UInt8], from: Endpoint, shard: Int, by: Sender)
    /// The answer to a question for the own address arrives.
    case answer(Int, [UInt8], life: Int)
    case open(ConnectionID, version: String, from: Endpoint)
    case text(String, ConnectionID)
    case hangUp(ConnectionID)
    case message(Int, ConnectionID, GatewayText, sequence: Int?)
    case closed(Int, ConnectionID, CloseCode)
    /// - Parameter life: of the person; nil: whichever.
    case timer(Int, Timer, life: Int?)
    case trouble(Int, Trouble)
    case attack(Int)
    case incident(Int)
    case look
    case end
}

enum Sender {
    /// - Parameter isSpeech: unlike silence and what is not media.
    case person(Int, isSpeech: Bool, life: Int)
    case intruder
}

enum Timer {
    case arrive, connect, discover, heartbeat, talk, frame
}

/// What befalls people now and then.
enum Trouble: CaseIterable {
    case leave, selfMute, serverMute, localMute, deafen, lostConnection, crash, move
}
