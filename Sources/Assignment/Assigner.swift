/// Gives guilds to voice servers. It knows no clock, no network and no chance but its seed: the same calls give the same
/// answers.
///
/// Reports are seconds old, and many guilds are given away between two of them. So a server counts as loaded with what it
/// has said and with what it has been given since (`ServerEntry.estimate`).
public struct Assigner: Sendable {
    public struct Configuration: Sendable, Hashable {
        public var policy = AssignmentPolicy.leastUtilised
        public var limits = ServerLimits()
        public var regions = RegionMap()
        /// How long after it was given a guild is not yet seen in a report, in nanoseconds.
        public var settling: Int64 = 2_000_000_000
        /// What one person adds to a load, as long as no report tells; and how many a guild has.
        public var loadOfOnePerson = 0.0005
        public var peopleOfOneGuild = 4.0
        public var seed: UInt64 = 1

        public init() {}
    }

    /// Others that an assignment tells of.
    static let othersTold = 3

    public let configuration: Configuration
    /// By slot; those of servers that have gone are used again.
    private var entries: [ServerEntry] = []
    private var freeSlots: [Int] = []
    private var slots: [String: Int] = [:]
    /// Slots by region, in the order of the servers' names.
    private var regions: [String: [Int]] = [:]
    private var average: FleetAverage
    private var random: SplitMix

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        average = FleetAverage(configuration)
        random = SplitMix(seed: configuration.seed)
    }

    // MARK: - Servers

    /// Takes in what a server says; what is older than its last report is left out.
    public mutating func take(_ report: ServerReport) {
        let slot = slots[report.server] ?? enter(report)
        guard report.time >= entries[slot].report.time else { return }
        let old = entries[slot].report.region
        entries[slot].take(report, settling: configuration.settling)
        if old != report.region {
            leave(slot, old)
            stand(slot, in: report.region)
        }
        average.take(report)
    }

    /// A server has gone.
    public mutating func remove(_ server: String) {
        guard let slot = slots.removeValue(forKey: server) else { return }
        leave(slot, entries[slot].report.region)
        freeSlots.append(slot)
    }

    /// What a server is thought to be loaded with; nil if it is not known.
    public func load(of server: String) -> Double? { slots[server].map { entries[$0].estimate } }

    private mutating func enter(_ report: ServerReport) -> Int {
        let slot = freeSlots.popLast() ?? entries.count
        if slot == entries.count { entries.append(ServerEntry(report)) } else { entries[slot] = ServerEntry(report) }
        slots[report.server] = slot
        stand(slot, in: report.region)
        return slot
    }

    private mutating func stand(_ slot: Int, in region: String) {
        let name = entries[slot].report.server
        let place = regions[region]?.firstIndex { entries[$0].report.server > name }
        regions[region, default: []].insert(slot, at: place ?? regions[region]?.count ?? 0)
    }

    private mutating func leave(_ slot: Int, _ region: String) {
        regions[region]?.removeAll { $0 == slot }
        if regions[region]?.isEmpty == true { regions[region] = nil }
    }

    // MARK: - Guilds

    /// Chooses a server for a guild, and counts the guild as its.
    /// - Throws: `AssignmentRefusal` if no region has one.
    public mutating func assign(_ request: AssignmentRequest, at now: Int64) throws(AssignmentRefusal) -> Assignment {
        var full: [RegionShortage] = []
        for region in configuration.regions.regions(for: request.region) {
            var shortage = RegionShortage(region: region)
            var candidates = candidates(in: region, for: request, at: now, &shortage)
            guard !candidates.isEmpty else {
                full.append(shortage)
                continue
            }
            let chosen = choose(among: &candidates)
            let people = request.people.map(Double.init) ?? average.peopleOfOneGuild
            entries[chosen.slot].give(people: people, load: people * average.loadOfOnePerson, at: now)
            let others = candidates.prefix(Self.othersTold + 1).filter { $0.slot != chosen.slot }
            return Assignment(
                guild: request.guild, server: name(chosen), region: region, load: chosen.load,
                policy: configuration.policy, full: full,
                others: others.prefix(Self.othersTold).map { .init(server: name($0), load: $0.load) },
                candidates: candidates.count)
        }
        throw AssignmentRefusal(guild: request.guild, regions: full)
    }

    private struct Choice {
        var slot: Int
        var load: Double
        var guilds: Int

        static func < (lhs: Choice, rhs: Choice) -> Bool { (lhs.load, lhs.guilds) < (rhs.load, rhs.guilds) }
    }

    private func name(_ choice: Choice) -> String { entries[choice.slot].report.server }

    private func candidates(
        in region: String, for request: AssignmentRequest, at now: Int64, _ shortage: inout RegionShortage
    ) -> [Choice] {
        guard let known = regions[region] else { return [] }
        var result: [Choice] = []
        result.reserveCapacity(known.count)
        for slot in known {
            shortage.servers += 1
            switch entries[slot].report.state {
            case .failed: shortage.failed += 1
            case .draining: shortage.draining += 1
            case .flooded: shortage.flooded += 1
            case .ready where isExcluded(slot, by: request): shortage.excluded += 1
            case .ready where now - entries[slot].report.time > configuration.limits.silence: shortage.silent += 1
            case .ready where !entries[slot].hasRoom(configuration.limits): shortage.full += 1
            case .ready:
                result.append(Choice(slot: slot, load: entries[slot].estimate, guilds: entries[slot].guilds))
            }
        }
        return result
    }

    private func isExcluded(_ slot: Int, by request: AssignmentRequest) -> Bool {
        !request.excluded.isEmpty && request.excluded.contains(entries[slot].report.server)
    }

    /// Brings the first few into order on the way.
    private mutating func choose(among candidates: inout [Choice]) -> Choice {
        var drawn: [Choice] = []
        if configuration.policy == .twoChoices, candidates.count > 2 {
            let first = random.next(below: candidates.count)
            var second = random.next(below: candidates.count - 1)
            if second >= first { second += 1 }
            drawn = [candidates[first], candidates[second]]
        }
        for i in 0..<min(Self.othersTold + 1, candidates.count) {
            var least = i
            for j in i..<candidates.count where candidates[j] < candidates[least] { least = j }
            // What is passed over keeps its order, so that equals stay in the order of their names.
            candidates.insert(candidates.remove(at: least), at: i)
        }
        guard drawn.count == 2 else { return candidates[0] }
        return drawn[1] < drawn[0] ? drawn[1] : drawn[0]
    }
}
