import Foundation
import Testing
import VoiceInstance

/// Replays what the fuzzer of the voice gateway has found interesting.
@Suite struct GatewayCorpusTests {
    @Test func `clients, pushes, shards and time`() throws {
        let files = CorpusTests.files("gateway")
        #expect(files.count >= 8)
        var (sessions, resumes) = (0, 0)
        var closes: Set<UInt16> = []
        for file in files {
            let data = try Data(contentsOf: CorpusTests.corpus.appending(path: "gateway/\(file)"))
            let outcome = GatewayExercise.run([UInt8](data))
            sessions += outcome.sessions
            resumes += outcome.resumes
            closes.formUnion(outcome.closes)
        }
        #expect(sessions > 10 && resumes > 2, "some of them come in, some come back")
        #expect(closes.isSuperset(of: CloseCode.allCases.map(\.rawValue)), "\(closes.sorted())")
    }
}
