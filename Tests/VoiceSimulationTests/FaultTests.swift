import Testing
import VoiceSimulation

/// What is broken on purpose is noticed, and by the promise that it breaks.
@Suite struct FaultTests {
    /// Three who talk a lot, mute each other and themselves, and two who only listen.
    static func scenario() throws -> Scenario {
        try Scenario.load(
            text: """
                scenario: small
                duration: 25 s
                check: 500 ms
                sample: 1
                channels:
                  - { name: lounge }
                people:
                  - { channel: lounge, count: 3, talk: 3 s, pause: 500 ms, arrival: 1 s, local-mutes-every: 4 s }
                  - { channel: lounge, count: 1, talk: 20 s, pause: 1 s, arrival: 1 s, server-mutes-every: 3 s }
                  - { channel: lounge, count: 2, arrival: 1 s, stay: 5 s, away: 1 s, deafens-every: 8 s }
                """, file: "small")
    }

    @Test func `without a fault everything is fine`() throws {
        for seed: UInt64 in 1...2 {
            let result = Simulation(try Self.scenario(), seed: seed).run()
            #expect(result.violations == [], "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            (.dropped(200), [.everyFrame, .noGap]), (.repeated(200), [.noGap]), (.misdirected(200), [.stranger]),
            (.mixedUp(200), [.sealed]), (.unmuted, [.muted, .nothingToHear, .classes, .everyFrame]),
            (.unflagged, [.muted]), (.stayed, [.nothingToHear, .pools, .stranger]), (.untold(3), [.truth]),
            (.indiscreet, [.secrets]),
        ] as [(Fault, Set<Promise>)])
    func `what is broken is noticed`(fault: Fault, promises: Set<Promise>) throws {
        let result = Simulation(try Self.scenario(), seed: 1, fault: fault).run()
        let first = try #require(result.violations.first)
        #expect(promises.contains(first.promise), "\(first)")
        #expect(first.time > 0 && first.description.contains("at 0:"))
    }
}
