import Assignment
import Testing

/// Many servers, reports that are five seconds old, a thousand people a second: nobody is given more than their share.
@Suite struct BalanceTests {
    static let second: Int64 = 1_000_000_000
    static let loadOfOnePerson = 0.0004

    struct Fleet {
        var people: [Int]
        var guilds: [Int]
        /// What each has reported, not yet arrived: oldest first.
        var underWay: [[ServerReport]]
        let regions: [Int]

        init(servers: Int, regions: Int) {
            people = Array(repeating: 0, count: servers)
            guilds = people
            underWay = Array(repeating: [], count: servers)
            // Regions of different sizes: the first is the largest.
            self.regions = (0..<servers).map { min($0 * $0 * regions / (servers * servers), regions - 1) }
        }

        mutating func report(_ server: Int, at now: Int64) -> ServerReport? {
            underWay[server].append(
                ServerReport(
                    server: "s\(server)", region: "r\(regions[server])",
                    load: Double(people[server]) * BalanceTests.loadOfOnePerson, guilds: guilds[server],
                    people: people[server], time: now))
            guard let first = underWay[server].first, now - first.time >= 5 * BalanceTests.second else { return nil }
            return underWay[server].removeFirst()
        }
    }

    @Test(arguments: AssignmentPolicy.allCases)
    func `850 servers stay even under a thousand joins a second, with reports five seconds old`(
        policy: AssignmentPolicy
    ) throws {
        var configuration = Assigner.Configuration()
        configuration.policy = policy
        // What is in a report that is five seconds old was given before that.
        configuration.limits.silence = 30 * Self.second
        var fleet = Fleet(servers: 850, regions: 13)
        var assigner = Assigner(configuration)
        for server in 0..<850 {
            assigner.take(
                ServerReport(
                    server: "s\(server)", region: "r\(fleet.regions[server])", load: 0, guilds: 0, people: 0, time: 0))
        }
        var random = RandomSizes(seed: 3)
        let step: Int64 = 10_000_000
        var now: Int64 = 0
        var joins = 0.0
        var guild: UInt64 = 0
        while now < 180 * Self.second {
            now += step
            joins += 10
            while joins > 0 {
                // Where a guild's people are goes by how many servers are there.
                let region = fleet.regions[random.below(850)]
                guild += 1
                let assignment = try assigner.assign(
                    AssignmentRequest(guild: guild, region: "r\(region)"), at: now)
                let server = try #require(Int(assignment.server.dropFirst()))
                let size = random.size()
                fleet.people[server] += size
                fleet.guilds[server] += 1
                joins -= Double(size)
            }
            for server in 0..<850 where (now / step + Int64(server)) % 500 == 0 {
                if let report = fleet.report(server, at: now) { assigner.take(report) }
            }
        }
        for region in 0..<13 {
            let people = fleet.people.indices.filter { fleet.regions[$0] == region }.map { fleet.people[$0] }
            let mean = Double(people.reduce(0, +)) / Double(people.count)
            let most = Double(people.max() ?? 0)
            // A guild of fifty is a third of what a server has by now: two choices do not see it coming either.
            #expect(most / mean <= (policy == .leastUtilised ? 1.2 : 1.4), "region \(region): \(most) of \(mean)")
        }
    }
}

/// Sizes of guilds: many are small, a few are large; four on average.
private struct RandomSizes {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func size() -> Int {
        let part = Double(next() % 10_000) / 10_000
        return min(Int(1.4 / (1 - part * 0.998).squareRoot()) + below(3), 50)
    }
}
