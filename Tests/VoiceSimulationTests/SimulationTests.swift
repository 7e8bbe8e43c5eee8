import Testing
import VoiceSimulation

/// Scenarios with a few seeds, and whether the same seed is the same.
@Suite struct SimulationTests {
    static func scenario(_ name: String, seconds: Int) throws -> Scenario {
        let text = try #require(ShippedScenarios.text(named: name))
        var scenario = try Scenario.load(text: text, file: name)
        scenario.duration = .seconds(seconds)
        return scenario
    }

    @Test(
        arguments: [("quiet-day", 120, 1), ("quiet-day", 120, 2), ("busy-evening", 12, 1), ("hostile-night", 20, 1)]
            as [(String, Int, UInt64)])
    func `every promise is kept`(name: String, seconds: Int, seed: UInt64) throws {
        let result = Simulation(try Self.scenario(name, seconds: seconds), seed: seed).run()
        #expect(result.violations == [], "seed \(seed)")
        #expect(result.packetsChecked > 100 && result.windowsHeard > 0)
    }

    @Test func `a hall that few speak in and many listen to`() throws {
        var scenario = try Self.scenario("conference", seconds: 8)
        scenario.crowds[2].count = 60
        scenario.crowds[2].arrival = .seconds(3)
        scenario.crowds[0].pause = .seconds(2)
        scenario.incidents[0].time = .seconds(5)
        let result = Simulation(scenario, seed: 1).run()
        #expect(result.violations == [])
        #expect(result.packetsChecked > 1000)
    }

    @Test func `the same seed sends the same bytes, and another seed others`() throws {
        let scenario = try Self.scenario("quiet-day", seconds: 40)
        let digests = [3, 3, 4].map { Simulation(scenario, seed: $0).run().digest }
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
    }

    @Test func `several seeds are played side by side`() throws {
        let scenario = try Self.scenario("quiet-day", seconds: 10)
        let seeds = SeedLog()
        #expect(SimulationRuns(scenario, seeds: 1...4, jobs: 2).play { seeds.append($0.seed) })
        #expect(seeds.sorted == [1, 2, 3, 4])
    }
}
