import NetworkImpairment
import PipelineSpec
import ShippedPipelines
import Testing

/// The bad network does what its profile says, and the same for the same seed.
@Suite struct ImpairedNetworkTests {
    /// What comes out of a packet of 80 bytes every 20 ms: time in milliseconds by packet; nil if it did not.
    static func run(_ profile: NetworkProfile, packets: Int = 50_000, seed: UInt64 = 1) -> [Double?] {
        var network = ImpairedNetwork(profile, seed: seed)
        return (0..<packets).map { packet in
            switch network.send(bytes: 80, at: Int64(packet) * 20_000_000) {
            case .delivered(let time), .duplicated(let time, _): Double(time) / 1e6 - Double(packet) * 20
            case .lost, .outage, .dropped: nil
            }
        }
    }

    static func profile(_ change: (inout NetworkProfile) -> Void) -> NetworkProfile {
        var profile = NetworkProfile()
        change(&profile)
        return profile
    }

    static func runs(_ delays: [Double?]) -> [Int] {
        delays.split { $0 != nil }.map(\.count)
    }

    @Test func `a network without faults passes everything at once`() {
        #expect(Self.run(NetworkProfile()).allSatisfy { $0 == 0 })
    }

    @Test func `same seed, same network; another seed, another`() {
        let profile = Self.profile { ($0.loss, $0.jitter, $0.duplicate) = (0.1, .milliseconds(10), 0.05) }
        #expect(Self.run(profile, packets: 2000, seed: 4) == Self.run(profile, packets: 2000, seed: 4))
        #expect(Self.run(profile, packets: 2000, seed: 4) != Self.run(profile, packets: 2000, seed: 5))
    }

    @Test(arguments: [0.01, 0.1, 0.3], [1.0, 3, 8])
    func `losses are as many and as long as asked for`(loss: Double, burst: Double) {
        let delays = Self.run(Self.profile { ($0.loss, $0.burst) = (loss, burst) }, packets: 400_000)
        let lost = Double(delays.count { $0 == nil }) / Double(delays.count)
        #expect(abs(lost - loss) < loss * 0.1 + 0.001)
        let runs = Self.runs(delays)
        let mean = Double(runs.reduce(0, +)) / Double(runs.count)
        // Independent losses fall beside one another, too.
        #expect(abs(mean - (burst == 1 ? 1 / (1 - loss) : burst)) < burst * 0.06)
    }

    @Test(arguments: [0.05, 0.1, 0.3]) func `exact bursts are all as long, and as many, as asked for`(loss: Double) {
        let profile = Self.profile { ($0.loss, $0.burst, $0.hasExactBursts) = (loss, 3, true) }
        let delays = Self.run(profile, packets: 400_000)
        let runs = Self.runs(delays)
        #expect(runs.dropLast().allSatisfy { $0 % 3 == 0 } && runs.count > 500)
        let lost = Double(delays.count { $0 == nil }) / Double(delays.count)
        #expect(abs(lost - loss) < loss * 0.02, "\(lost)")
    }

    @Test func `a burst may let packets through, and packets may be lost between bursts`() {
        let profile = Self.profile {
            ($0.loss, $0.burst, $0.burstLoss, $0.strayLoss) = (0.1, 10, 0.5, 0.01)
        }
        let delays = Self.run(profile, packets: 400_000)
        let lost = Double(delays.count { $0 == nil }) / Double(delays.count)
        // Half of the packets of the bad state, which is a fifth of the time, and a hundredth of the rest.
        #expect(abs(lost - 0.108) < 0.005, "\(lost)")
        let runs = Self.runs(delays)
        #expect(Double(runs.reduce(0, +)) / Double(runs.count) < 2.5, "runs are broken up")
    }

    @Test(arguments: NetworkProfile.Jitter.allCases)
    func `jitter is as wide as asked for, over the least delay`(distribution: NetworkProfile.Jitter) {
        let profile = Self.profile {
            ($0.delay, $0.jitter, $0.distribution, $0.keepsOrder) = (
                .milliseconds(30), .milliseconds(10), distribution, false
            )
        }
        let beyond = Self.run(profile, packets: 200_000).compactMap { $0.map { $0 - 30 } }
        #expect(beyond.allSatisfy { $0 >= -1e-6 })
        let mean = beyond.reduce(0, +) / Double(beyond.count)
        switch distribution {
        case .normal: #expect(abs(mean - 10 * 0.798) < 0.2)
        case .exponential, .pareto: #expect(abs(mean - 10) < 0.7)
        }
    }

    @Test func `packets that keep their order never overtake; those held back do`() {
        func overtakings(_ profile: NetworkProfile) -> Int {
            let times = Self.run(profile).enumerated().compactMap { i, delay in delay.map { $0 + Double(i) * 20 } }
            return zip(times, times.dropFirst()).count { $0 > $1 }
        }
        #expect(overtakings(Self.profile { ($0.jitter, $0.distribution) = (.milliseconds(60), .pareto) }) == 0)
        let share =
            Double(overtakings(Self.profile { ($0.reorder, $0.reorderDelay) = (0.02, .milliseconds(50)) })) / 50_000
        #expect(abs(share - 0.02) < 0.004)
    }

    @Test func `a link carries what its bandwidth allows and drops what would wait too long`() {
        // 108 bytes every 20 ms are 43.2 kbit/s.
        let narrow = Self.run(Self.profile { ($0.bandwidth, $0.queue) = (21_600, .milliseconds(200)) })
        let delivered = narrow.compactMap { $0 }
        #expect(abs(Double(delivered.count) / Double(narrow.count) - 0.5) < 0.01)
        #expect(delivered.allSatisfy { $0 <= 241 })
        let wide = Self.run(Self.profile { $0.bandwidth = 100_000 })
        #expect(wide.allSatisfy { $0.map { abs($0 - 8.64) < 0.01 } ?? false })
    }

    @Test func `a fast clock's packets come ever earlier`() throws {
        let delays = Self.run(Self.profile { $0.drift = 200 })
        let last = try #require(delays.last ?? nil)
        #expect(abs(last - -Double(50_000 * 20) * 200e-6) < 0.1)
    }

    @Test func `outages come at their times, spikes rise at once and fall`() {
        let profile = Self.profile { ($0.outageInterval, $0.outage) = (.seconds(10), .seconds(1)) }
        let runs = Self.runs(Self.run(profile))
        #expect(runs.count == 99 && runs.allSatisfy { $0 == 50 })
        let spikes = Self.run(Self.profile { ($0.spikes, $0.spikeHeight) = (0.001, .milliseconds(300)) })
        let highest = spikes.compactMap { $0 }.max() ?? 0
        #expect(highest > 250 && highest <= 450)
    }

    @Test func `duplicates come after their originals, within 10 ms`() {
        var network = ImpairedNetwork(Self.profile { $0.duplicate = 0.1 }, seed: 3)
        var copies = 0
        for packet in 0..<20_000 {
            guard case .duplicated(let first, let second) = network.send(bytes: 80, at: Int64(packet) * 20_000_000)
            else { continue }
            copies += 1
            #expect(second >= first && second <= first + 10_000_000)
        }
        #expect(abs(copies - 2000) < 200)
        #expect(network.counters.duplicated == copies)
    }

    @Test(arguments: ShippedPipelines.networkNames) func `shipped profiles are read, and are bad`(name: String) throws {
        let text = try #require(ShippedPipelines.network(named: name))
        let profile = try NetworkProfile.load(text: text, file: name)
        #expect(profile.name == name && !profile.description.isEmpty)
        let delays = Self.run(profile)
        let lost = Double(delays.count { $0 == nil }) / Double(delays.count)
        #expect(lost > 0.001 && lost < 0.1)
    }

    @Test func `a profile that is wrong says where`() {
        let text = "network: mine\nlos: 5 %\njitter: 3 kHz\n"
        #expect {
            try NetworkProfile.load(text: text, file: "mine.yaml")
        } throws: { error in
            "\(error)".contains("mine.yaml:2:1") && "\(error)".contains("did you mean 'loss'?")
                && "\(error)".contains("mine.yaml:3:9")
        }
    }
}
