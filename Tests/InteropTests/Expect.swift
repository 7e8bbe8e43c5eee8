import Foundation
import Testing

/// What is expected of every mix of a capture.
enum Expect {
    /// Every packet was opened and played, and nothing was made up; but what came late on a busy machine may be.
    static func whole(_ participant: MixDocument.Participant, packets: Int, stalled: Double) throws {
        let network = try #require(participant.network)
        #expect(network.received == packets)
        #expect(network.played + network.late == packets && (network.late == 0 || stalled > 0))
        #expect(network.lost == network.late && network.duplicates == 0)
        #expect(network.malformed + network.unauthenticated + network.replayed == 0)
        #expect(network.secondsConcealed <= stalled)
    }

    static func tone(_ hertz: Double, in sound: Sound, stalled: Double) {
        let heard = sound.seconds(of: hertz, amplitude: Source.amplitude)
        #expect(heard > Source.seconds - 0.15 - 2 * stalled, "the tone is heard all the time, not \(heard) s")
        #expect((sound.duration - Source.seconds).magnitude < 0.4 + stalled)
    }

    /// A wrong key, and none, are one line of error and exit status 65.
    static func refusal(of path: String, key: String) async throws {
        let folder = try TemporaryFolder()
        let wrong = try await Program.parley("mix", path, "-o", folder.file("no.wav"), "--srtp-key", key)
        let none = try await Program.parley("mix", path, "-o", folder.file("no.wav"))
        for (result, words) in [(wrong, "the key does not fit"), (none, "give the key with --srtp-key")] {
            #expect(result.status == 65)
            #expect(result.error.split(separator: "\n").count == 1 && result.error.contains(words), "\(result.error)")
            #expect(result.error.hasPrefix("parley: error: "))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("no.wav")))
    }
}
