import ArgumentParser
import AudioFile
import CaptureStreams
import Glibc
import OfflineMix
import PacketCapture
import PipelineSpec
import SecureRTP

/// What is written besides the mix, and how.
struct WritingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Output format, where the extension does not say: opus, wav, flac, ogg, aiff, au, caf; pcap, pcapng, rtpdump.",
            valueName: "name"))
    var format: String?

    @Option(
        help: ArgumentHelp("Samples of WAV, FLAC, AIFF: s16, s24 or f32.", valueName: "name"),
        transform: { text in
            guard let format = SoundSampleFormat(rawValue: text) else {
                throw ValidationError("'\(text)' is none of s16, s24, f32")
            }
            return format
        })
    var sampleFormat: SoundSampleFormat?

    @Option(
        help: ArgumentHelp("Also write each participant, cleaned and aligned, into this folder.", valueName: "folder"))
    var stems: String?

    @Option(
        help: ArgumentHelp(
            "Seal the packets of a capture with this key: SUITE:BASE64 of key and salt.", valueName: "key"))
    var srtpOutKey: String?

    @Option(help: ArgumentHelp("Write a page that shows who spoke when, levels and limiting.", valueName: "file.html"))
    var report: String?

    @Flag(name: .shortAndLong, help: "Overwrite files that exist.")
    var force = false

    func target(for path: String) throws -> MixTarget {
        var target = MixTarget(
            path: path, format: try fileFormat(for: path), sampleFormat: sampleFormat, overwrites: force)
        guard let srtpOutKey else { return target }
        guard case .capture = target.format else {
            throw MixError(.request, "--srtp-out-key seals packets, but '\(path)' is an audio file")
        }
        target.key = try CaptureOptions.ring([srtpOutKey], option: "--srtp-out-key")[0]
        return target
    }

    /// One target per participant, in the mix's format; makes the folder if there is none.
    func stemTargets(for inputs: [MixInput], like output: MixTarget) throws -> [MixTarget] {
        guard let stems else { return [] }
        if unsafe mkdir(stems, 0o777) != 0 && errno != EEXIST {
            throw MixError(
                .cannotCreate, "cannot make folder '\(stems)': \(unsafe String(cString: strerror(errno)))")
        }
        return try inputs.map { input in
            var target = output
            let safe = input.name.replacing("/", with: "_")
            target.path = "\(stems)/\(safe).\(output.format.fileExtension)"
            if InputResolver.isSameFile(target.path, input.path) {
                throw MixError(.request, "--stems \(stems): '\(target.path)' is an input; choose another folder")
            }
            return target
        }
    }

    private func fileFormat(for path: String) throws -> MixTarget.Format {
        if let format {
            if let capture = CaptureReader.Format(rawValue: format.lowercased()) { return .capture(capture) }
            guard let known = AudioFileFormat(name: format) else {
                throw MixError(.request, "--format '\(format)': \(advice(format))")
            }
            return .audio(known)
        }
        if path == "-" { throw MixError(.request, "-o -: say which format with --format, such as --format opus") }
        if let capture = CaptureWriter.format(forPath: path) { return .capture(capture) }
        guard let known = AudioFileFormat(path: path) else {
            throw MixError(.request, "-o '\(path)': the extension names no format; \(advice(path))")
        }
        return .audio(known)
    }

    private static let captures = ["pcap", "pcapng", "rtpdump"]

    private func advice(_ text: String) -> String {
        let name = text.split(separator: ".").last.map(String.init) ?? text
        let hint = NearestName.of(name, in: AudioFileFormat.allCases.map(\.rawValue) + Self.captures).map {
            "did you mean '\($0)'?"
        }
        return (hint.map { $0 + " " } ?? "")
            + "formats are \(AudioFileFormat.names), and for packets \(Self.captures.joined(separator: ", "))"
    }
}
