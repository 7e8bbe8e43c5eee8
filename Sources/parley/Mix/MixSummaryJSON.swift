import Foundation
import MediaCore
import OfflineMix
import VoiceRoom

/// The summary for machines. Absent measurements are left out; times are seconds, levels dB.
enum MixSummaryJSON {
    private struct Document: Encodable {
        struct Participant: Encodable {
            let name, path: String
            let duration, speaking, share: Double
            let loudness, peak: Double?
            let packetsDecoded, packetsSkipped, packetsCorrupt: Int
            let secondsConcealed, secondsMissing: Double
            let network: Network?
        }

        /// Of a captured stream.
        struct Network: Encodable {
            let received, played, lost, late, duplicates, reordered, recoveredFromFEC, recoveredFromCopy: Int
            let skipped, overflowed, refused, restarts, malformed, unauthenticated, replayed, tooOld: Int
            let meanDelay, longestDelay, secondsConcealed, secondsBridged, secondsShortened, secondsLengthened: Double
            let driftPPM: Double

            init(_ network: MixSummary.Network) {
                let (playout, packets) = (network.playout, network.packets)
                received = packets.received
                played = playout.played
                lost = playout.lost
                late = playout.late
                duplicates = playout.duplicates
                reordered = playout.reordered
                recoveredFromFEC = playout.recoveredFromFEC
                recoveredFromCopy = playout.recoveredFromCopy
                skipped = playout.skipped
                overflowed = playout.overflowed
                refused = playout.refused
                restarts = playout.restarts
                malformed = packets.malformed
                unauthenticated = packets.unauthenticated
                replayed = packets.replayed
                tooOld = packets.tooOld
                func seconds(_ samples: Int) -> Double { Double(samples) / 48_000 }
                meanDelay = playout.meanDelay
                longestDelay = seconds(playout.longestDelay)
                secondsConcealed = seconds(playout.samplesConcealed)
                secondsBridged = seconds(playout.samplesBridged)
                secondsShortened = seconds(playout.samplesShortened)
                secondsLengthened = seconds(playout.samplesLengthened)
                driftPPM = network.drift * 1e6
            }
        }

        struct Limiter: Encodable {
            let duration, deepest, position: Double
        }

        let output, pipeline: String
        let duration, elapsed, realTimeFactor: Double
        let bytes: Int64
        let sampleRate, channels: Int
        let loudness, peak: Double?
        let limiter: Limiter
        let participants: [Participant]
        let warnings: [String]
    }

    static func text(_ summary: MixSummary, elapsed: Double) -> String {
        let rate = Double(summary.format.sampleRate)
        let document = Document(
            output: summary.output, pipeline: summary.pipeline, duration: summary.duration, elapsed: elapsed,
            realTimeFactor: elapsed > 0 ? summary.duration / elapsed : 0, bytes: summary.bytes,
            sampleRate: summary.format.sampleRate, channels: summary.format.channels, loudness: summary.loudness,
            peak: finite(summary.peak.value),
            limiter: .init(
                duration: summary.limiting.duration, deepest: summary.limiting.deepest.value,
                position: summary.limiting.position),
            participants: summary.participants.map {
                .init(
                    name: $0.name, path: $0.path, duration: $0.duration, speaking: $0.speaking, share: $0.share,
                    loudness: $0.loudness, peak: finite($0.peak.value), packetsDecoded: $0.lane.packetsDecoded,
                    packetsSkipped: $0.lane.packetsSkipped, packetsCorrupt: $0.lane.packetsCorrupt,
                    secondsConcealed: Double($0.lane.samplesConcealed) / rate,
                    secondsMissing: Double($0.lane.samplesMissing) / rate,
                    network: $0.network.map(Document.Network.init))
            },
            warnings: summary.warnings)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
