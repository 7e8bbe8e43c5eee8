import CaptureStreams
import FileAccess
import Foundation
import Inspection
import MediaCore
import PacketCapture
import RTPWire

/// What `parley inspect --json` prints. Times are seconds, rates bit/s; what is not known is left out.
enum InspectionJSON {
    private struct Opus: Encodable {
        let packets, bytes, stereo, silent, inBandFEC, malformed: Int
        let bitrate: Double
        let modes, bandwidths, frameMilliseconds: [String: Int]

        init(_ opus: OpusInventory) {
            packets = opus.packets
            bytes = opus.bytes
            stereo = opus.stereo
            silent = opus.silent
            inBandFEC = opus.redundant
            malformed = opus.malformed
            bitrate = opus.bitrate
            modes = Dictionary(uniqueKeysWithValues: opus.modes.map { ($0.key.rawValue, $0.value) })
            bandwidths = Dictionary(uniqueKeysWithValues: opus.bandwidths.map { ($0.key.rawValue, $0.value) })
            frameMilliseconds = Dictionary(
                uniqueKeysWithValues: opus.durations.map { (TextFormat.decimal(Double($0.key) / 48, 1), $0.value) })
        }
    }

    private struct Playout: Encodable {
        let meanDelay, longestDelay, secondsConcealed, secondsBridged, secondsShortened, secondsLengthened: Double
        let played, late, lost, duplicates, recoveredFromCopy, recoveredFromFEC, skipped, refused, restarts: Int
    }

    private struct Stream: Encodable {
        let ssrc, source, destination, content: String
        let name: String?
        let payloadTypes: [String: Int]
        let isEncrypted: Bool
        let packets, expected, lost, reordered, duplicates, unauthenticated, talkSpurts: Int
        let start, duration, bitrate, meanJitter, maximumJitter: Double
        let driftPPM, driftErrorPPM: Double?
        let opus: Opus?
        let playout: Playout?
    }

    private struct Capture: Encodable {
        let path, format: String
        let duration: Double
        let datagrams, rtp, rtcp, otherFrames, fragments, cut, timesGoneBack, timesDoubtful, forgottenSSRCs: Int
        let streams: [Stream]
        let warnings: [String]
    }

    private struct File: Encodable {
        let path: String
        let duration: Double
        let sampleRate, channels, links: Int
        let missing: Double
        let peak, rms: Double?
        let opus: Opus?
        let warnings: [String]
    }

    static func text(_ inspection: CaptureInspection) -> String {
        let scan = inspection.scan
        return encode(
            Capture(
                path: inspection.path, format: scan.format.rawValue, duration: inspection.duration,
                datagrams: scan.counters.datagrams, rtp: scan.rtpPackets, rtcp: scan.rtcpPackets,
                otherFrames: scan.counters.otherFrames, fragments: scan.counters.fragments, cut: scan.counters.cut,
                timesGoneBack: scan.counters.timesGoneBack, timesDoubtful: scan.counters.timesDoubtful,
                forgottenSSRCs: scan.forgotten,
                streams: inspection.streams.map { stream($0, start: scan.firstTime ?? 0) },
                warnings: scan.warnings.map(\.description)))
    }

    static func text(_ file: FileInspection) -> String {
        func finite(_ value: Double) -> Double? { value.isFinite && file.opus == nil ? value : nil }
        return encode(
            File(
                path: file.path, duration: file.duration, sampleRate: file.sampleRate, channels: file.channels,
                links: file.links, missing: file.missing, peak: finite(file.peak.value),
                rms: finite(file.meanSquare.value), opus: file.opus.map(Opus.init),
                warnings: file.warnings.map(\.description)))
    }

    private static func stream(_ inspection: StreamInspection, start: Int64) -> Stream {
        let summary = inspection.stream
        let isOpus = summary.content == .opus
        return Stream(
            ssrc: summary.key.ssrcText, source: summary.key.source.description,
            destination: summary.key.destination.description, content: content(summary.content),
            name: summary.canonicalName,
            payloadTypes: Dictionary(
                uniqueKeysWithValues: summary.payloadTypes.map { ("\($0.payloadType)", $0.packets) }),
            isEncrypted: summary.isEncrypted, packets: summary.reception.received,
            expected: summary.reception.expected, lost: summary.lost,
            reordered: summary.reception.reordered, duplicates: summary.duplicates,
            unauthenticated: summary.unauthenticated,
            talkSpurts: inspection.talkSpurts,
            start: Double(summary.firstTime - start) * 1e-9,
            duration: inspection.duration, bitrate: inspection.bitrate,
            meanJitter: summary.reception.meanJitter / Double(summary.clockRate),
            maximumJitter: summary.reception.maximumJitter / Double(summary.clockRate),
            driftPPM: inspection.drift, driftErrorPPM: inspection.driftError,
            opus: isOpus ? Opus(inspection.opus) : nil,
            playout: isOpus ? playout(inspection) : nil)
    }

    private static func playout(_ inspection: StreamInspection) -> Playout {
        let playout = inspection.playout
        func seconds(_ samples: Int) -> Double { Double(samples) / 48_000 }
        return Playout(
            meanDelay: playout.meanDelay, longestDelay: seconds(playout.longestDelay),
            secondsConcealed: seconds(playout.samplesConcealed), secondsBridged: seconds(playout.samplesBridged),
            secondsShortened: seconds(playout.samplesShortened), secondsLengthened: seconds(playout.samplesLengthened),
            played: playout.played, late: playout.late, lost: playout.lost, duplicates: playout.duplicates,
            recoveredFromCopy: playout.recoveredFromCopy, recoveredFromFEC: playout.recoveredFromFEC,
            skipped: playout.skipped, refused: playout.refused, restarts: playout.restarts)
    }

    private static func content(_ content: StreamContent) -> String {
        switch content {
        case .opus: "opus"
        case .other(let codec): codec
        case .unknown: "unknown"
        case .undecipherable: "undecipherable"
        }
    }

    private static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
