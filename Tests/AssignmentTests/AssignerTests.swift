import Assignment
import Testing

@Suite struct AssignerTests {
    static let second: Int64 = 1_000_000_000

    static func report(
        _ server: String, in region: String = "eu", _ state: ServerReport.State = .ready, load: Double = 0,
        guilds: Int = 0, people: Int = 0, at time: Int64 = 0
    ) -> ServerReport {
        ServerReport(
            server: server, region: region, state: state, load: load, guilds: guilds, people: people, time: time)
    }

    static func request(_ guild: UInt64 = 1, _ region: String = "eu", without excluded: Set<String> = [])
        -> AssignmentRequest
    { AssignmentRequest(guild: guild, region: region, excluded: excluded) }

    @Test func `the least utilised server of the region gets the guild, and it is told who else could have`() throws {
        var assigner = Assigner()
        for (name, load) in [("a", 0.5), ("b", 0.2), ("c", 0.3), ("d", 0.6), ("e", 0.7)] {
            assigner.take(Self.report(name, load: load))
        }
        assigner.take(Self.report("far", in: "us", load: 0))
        let assignment = try assigner.assign(Self.request(), at: 0)
        #expect(assignment.server == "b" && assignment.load == 0.2 && assignment.candidates == 5)
        #expect(assignment.others.map(\.server) == ["c", "a", "d"])
        #expect(
            "\(assignment)" == "guild 1 → b in eu, load 20 %, least-utilised of 5; next c 30 %, a 50 %, d 60 %")
    }

    @Test func `what was assigned since the report counts, until a report can know of it`() throws {
        var configuration = Assigner.Configuration()
        (configuration.loadOfOnePerson, configuration.peopleOfOneGuild) = (0.01, 10)
        var assigner = Assigner(configuration)
        assigner.take(Self.report("a", load: 0.20))
        assigner.take(Self.report("b", load: 0.25))
        var given: [String] = []
        for guild in 1...4 { given.append(try assigner.assign(Self.request(UInt64(guild)), at: 0).server) }
        #expect(given == ["a", "b", "a", "b"])
        #expect(assigner.load(of: "a") == 0.4)
        // A report of a second later does not know of it yet; one of three seconds does.
        assigner.take(Self.report("a", load: 0.2, at: Self.second))
        #expect(assigner.load(of: "a") == 0.4)
        assigner.take(Self.report("a", load: 0.35, at: 3 * Self.second))
        #expect(assigner.load(of: "a") == 0.35)
        // Reports that overtook one another change nothing.
        assigner.take(Self.report("a", load: 0.9, at: 2 * Self.second))
        #expect(assigner.load(of: "a") == 0.35)
    }

    @Test func `who drains, has failed, is flooded, silent, full or excluded gets nothing, and it is said why`() throws
    {
        var assigner = Assigner()
        let now = 100 * Self.second
        for (name, state) in [("a", ServerReport.State.draining), ("b", .failed), ("c", .flooded)] {
            assigner.take(Self.report(name, state, at: now))
        }
        assigner.take(Self.report("d", at: now - 16 * Self.second))
        assigner.take(Self.report("e", load: 0.76, at: now))
        assigner.take(Self.report("f", at: now))
        #expect(try assigner.assign(Self.request(), at: now).server == "f")
        let refusal = #expect(throws: AssignmentRefusal.self) {
            try assigner.assign(Self.request(without: ["f"]), at: now)
        }
        #expect(
            "\(try #require(refusal))"
                == "no voice server for guild 1: eu has 6: 1 failed, 1 draining, 1 flooded, 1 excluded, 1 silent, 1 full; "
                + "start more, or let more regions stand in (fallback)")
        assigner.remove("f")
        #expect(throws: AssignmentRefusal.self) { try assigner.assign(Self.request(), at: now) }
        #expect(throws: AssignmentRefusal.self) { try assigner.assign(Self.request(1, "nowhere"), at: now) }
    }

    @Test func `people and guilds are limited, those that were just given too`() throws {
        var configuration = Assigner.Configuration()
        (configuration.limits.people, configuration.peopleOfOneGuild) = (30, 10)
        var assigner = Assigner(configuration)
        assigner.take(Self.report("a", people: 5))
        for guild in 1...3 { _ = try assigner.assign(Self.request(UInt64(guild)), at: 0) }
        #expect(throws: AssignmentRefusal.self) { try assigner.assign(Self.request(4), at: 0) }
        configuration.limits.guilds = 2
        var other = Assigner(configuration)
        other.take(Self.report("a", guilds: 1))
        _ = try other.assign(Self.request(1), at: 0)
        #expect(throws: AssignmentRefusal.self) { try other.assign(Self.request(2), at: 0) }
    }

    @Test func `other regions stand in, by order or by distance`() throws {
        var configuration = Assigner.Configuration()
        configuration.regions = RegionMap(order: ["eu": ["us", "asia"]])
        var assigner = Assigner(configuration)
        assigner.take(Self.report("e", in: "eu", load: 0.8))
        assigner.take(Self.report("u", in: "us", load: 0.9))
        assigner.take(Self.report("a", in: "asia", load: 0.1))
        let assignment = try assigner.assign(Self.request(), at: 0)
        #expect(assignment.server == "a" && assignment.full.map(\.region) == ["eu", "us"])
        #expect("\(assignment)".hasSuffix("; eu has 1: 1 full; us has 1: 1 full"))
        #expect(throws: AssignmentRefusal.self) { try assigner.assign(Self.request(1, "us"), at: 0) }

        let places: [String: RegionMap.Place] = [
            "frankfurt": .init(latitude: 50.1, longitude: 8.7), "london": .init(latitude: 51.5, longitude: -0.1),
            "virginia": .init(latitude: 38.9, longitude: -77.4), "sydney": .init(latitude: -33.9, longitude: 151.2),
        ]
        let map = RegionMap(places: places, farthest: 10_000)
        #expect(map.regions(for: "frankfurt") == ["frankfurt", "london", "virginia"])
        #expect(map.regions(for: "sydney") == ["sydney"])
        let kilometres = RegionMap.distance(try #require(places["london"]), try #require(places["virginia"]))
        #expect((5800...6000).contains(kilometres), "\(kilometres)")
    }

    @Test func `a server that comes back in another region is there and nowhere else`() throws {
        var assigner = Assigner()
        assigner.take(Self.report("a", in: "eu"))
        assigner.take(Self.report("a", in: "us", at: 1))
        #expect(throws: AssignmentRefusal.self) { try assigner.assign(Self.request(1, "eu"), at: 1) }
        #expect(try assigner.assign(Self.request(1, "us"), at: 1).server == "a")
    }

    @Test func `the same seed draws the same servers`() throws {
        var configuration = Assigner.Configuration()
        configuration.policy = .twoChoices
        func draw(_ seed: UInt64) throws -> [String] {
            configuration.seed = seed
            var assigner = Assigner(configuration)
            for number in 0..<20 { assigner.take(Self.report("s\(number)", load: Double(number) / 40)) }
            return try (1...50).map { try assigner.assign(Self.request(UInt64($0)), at: 0).server }
        }
        #expect(try draw(7) == draw(7))
        #expect(try draw(7) != draw(8))
    }
}
