import CaptureStreams
import Inspection
import MediaCore
import PacketCapture
import RTPWire

/// What `parley inspect` prints.
enum InspectionTable {
    static func text(_ inspection: CaptureInspection) -> String {
        let counters = inspection.scan.counters
        var lines = [
            "\(inspection.path)  \(inspection.scan.format.rawValue)  \(TextFormat.clock(inspection.duration))"
                + "  \(counters.datagrams) UDP datagrams: \(inspection.scan.rtpPackets) RTP, "
                + "\(inspection.scan.rtcpPackets) RTCP"
        ]
        let passed = [
            (counters.otherFrames, "frames of other kinds"), (counters.fragments, "fragments of IP packets"),
            (counters.cut, "cut datagrams"), (counters.timesGoneBack, "times gone back"),
            (counters.timesDoubtful, "absurd times"),
            (inspection.scan.forgotten, "stray SSRCs"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !passed.isEmpty { lines.append("passed over: " + passed.joined(separator: ", ")) }
        if inspection.streams.isEmpty { lines.append("no RTP stream") }
        for stream in inspection.streams { lines += [""] + text(stream) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ stream: StreamInspection) -> [String] {
        let summary = stream.stream
        let name = summary.canonicalName.map { "  \($0)" } ?? ""
        let title =
            "\(summary.key.ssrcText)\(name)  \(summary.key.source) → \(summary.key.destination)  "
            + "\(TextFormat.clock(stream.duration))  \(TextFormat.decimal(stream.bitrate / 1000, 1)) kbit/s"
        let types = summary.payloadTypes.map { "\($0.payloadType)" }.joined(separator: ", ")
        let reception = summary.reception
        let share = reception.expected > 0 ? Double(summary.lost) / Double(reception.expected) * 100 : 0
        var rows = [
            ("content", content(summary) + ", payload type \(types)"),
            (
                "packets",
                "\(reception.received), \(summary.lost) lost (\(TextFormat.decimal(share, 2)) %), "
                    + "\(reception.reordered) reordered"
                    + (reception.restarts > 0 ? ", \(reception.restarts) new beginnings" : "")
                    + (summary.unauthenticated > 0 ? ", \(summary.unauthenticated) not authentic" : "")
                    + (summary.duplicates > 0 ? ", \(summary.duplicates) twice" : "")
            ),
            (
                "jitter",
                "mean \(milliseconds(reception.meanJitter, summary)), highest \(milliseconds(reception.maximumJitter, summary))"
                    + drift(stream)
            ),
        ]
        if summary.content == .opus { rows += opus(stream) }
        return [title] + rows.map { "  \(TextFormat.left($0.0, 10))\($0.1)" }
    }

    private static func drift(_ stream: StreamInspection) -> String {
        guard let drift = stream.drift, let error = stream.driftError else { return "" }
        return ", drift \(TextFormat.decimal(drift, 1)) ± \(TextFormat.decimal(error, 1)) ppm"
    }

    private static func content(_ summary: StreamSummary) -> String {
        let opened = summary.isEncrypted ? " in SRTP" : ""
        return switch summary.content {
        case .opus: "Opus\(summary.redundancyPayloadType == nil ? "" : " with copies (RED)")\(opened)"
        case .other(let codec): codec
        case .unknown: "no Opus, or encrypted (give --srtp-key)"
        case .undecipherable: "the key does not fit: \(summary.unauthenticated) packets are not authentic"
        }
    }

    private static func opus(_ stream: StreamInspection) -> [(String, String)] {
        let playout = stream.playout
        let recovered = playout.recoveredFromCopy + playout.recoveredFromFEC
        return [
            (
                "opus",
                InspectionTable.inventory(stream.opus)
                    + ", \(stream.talkSpurts) talk-spurt\(stream.talkSpurts == 1 ? "" : "s")"
            ),
            (
                "playout",
                "delay \(TextFormat.decimal(playout.meanDelay * 1000, 0)) ms, \(playout.late) late, \(recovered) recovered "
                    + "(\(playout.recoveredFromCopy) from copies, \(playout.recoveredFromFEC) from in-band FEC), "
                    + "\(TextFormat.decimal(Double(playout.samplesConcealed) / 48_000, 2)) s concealed"
            ),
        ]
    }

    private static func inventory(_ opus: OpusInventory) -> String {
        func parts<Key>(_ counts: [Key: Int], _ name: (Key) -> String) -> String {
            let total = max(counts.values.reduce(0, +), 1)
            return counts.sorted { ($1.value, name($0.key)) < ($0.value, name($1.key)) }
                .map { counts.count == 1 ? name($0.key) : "\(name($0.key)) \((100 * $0.value + total / 2) / total) %" }
                .joined(separator: " ")
        }
        var text = "\(parts(opus.modes) { $0.rawValue }), \(parts(opus.bandwidths) { $0.rawValue }), "
        text += parts(opus.durations) { "\(TextFormat.decimal(Double($0) / 48, $0 % 48 == 0 ? 0 : 1)) ms" }
        text += ", \(TextFormat.decimal(opus.bitrate / 1000, 1)) kbit/s of Opus"
        if opus.stereo > 0 { text += ", \(100 * opus.stereo / max(opus.packets, 1)) % stereo" }
        if opus.redundant > 0 { text += ", \(100 * opus.redundant / max(opus.packets, 1)) % with in-band FEC" }
        if opus.silent > 0 { text += ", \(opus.silent) silent" }
        if opus.malformed > 0 { text += ", \(opus.malformed) malformed" }
        return text
    }

    private static func milliseconds(_ ticks: Double, _ stream: StreamSummary) -> String {
        "\(TextFormat.decimal(ticks * 1000 / Double(stream.clockRate), 2)) ms"
    }

    static func text(_ file: FileInspection) -> String {
        var lines = [
            "\(file.path)  \(TextFormat.clock(file.duration))  \(file.sampleRate) Hz, "
                + (file.channels == 1 ? "mono" : "\(file.channels) channels")
        ]
        if let opus = file.opus {
            lines.append("  opus      \(opus.packets) packets, \(inventory(opus))")
            if file.links > 0 { lines.append("  chain     \(file.links + 1) links") }
            if file.missing > 0 { lines.append("  missing   \(TextFormat.decimal(file.missing, 2)) s") }
        } else {
            lines.append(
                "  level     peak \(TextFormat.decimal(file.peak.value, 1)) dBFS, "
                    + "RMS \(TextFormat.decimal(file.meanSquare.value, 1)) dBFS")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
