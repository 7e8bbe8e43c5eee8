import Testing
import VoiceInstance

/// The fuzzer's driver, on inputs that a seed makes.
@Suite struct ExerciseTests {
    @Test(arguments: 0..<8) func `random events break no promise`(seed: UInt64) {
        var random = Seeded(state: seed)
        var (sessions, resumes, pushes) = (0, 0, 0)
        var closes: Set<UInt16> = []
        for _ in 0..<250 {
            let count = 20 + Int(random.next() % 400)
            // The first events are a push and a connection more often than chance has it.
            let bytes =
                [9, 2, 0xFF, 0, 0, 0, 0, 0, 0] + (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let outcome = GatewayExercise.run(bytes)
            sessions += outcome.sessions
            resumes += outcome.resumes
            pushes += outcome.pushes
            closes.formUnion(outcome.closes)
        }
        #expect(sessions > 50 && pushes > 300 && resumes > 0, "\(sessions) \(resumes) \(pushes)")
        #expect(closes.count > 10, "\(closes.sorted())")
    }
}
