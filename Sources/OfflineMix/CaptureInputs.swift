public import CaptureStreams
import FileAccess
public import MediaCore
import PacketCapture
public import VoiceRoom

/// One RTP stream of a capture, as an input of a mix.
public struct CapturedStream: Sendable, Hashable {
    public var key: StreamKey
    /// nil: not encrypted.
    public var secret: KeyMaterial?
    public var payloadTypes: PacketLane.PayloadTypes
    /// When the first datagram of the capture came, and the last packet of the stream, in nanoseconds since 1970.
    public var captureStart: Int64
    public var lastTime: Int64
}

/// Finds the participants in captures: every Opus stream is one.
public struct CaptureInputs {
    /// Which streams are wanted: an SSRC, or an address with or without a port.
    public struct Choice: Sendable, Hashable {
        public var text: String

        public init(_ text: String) { self.text = text }

        func matches(_ key: StreamKey) -> Bool {
            if let ssrc = KeyRing.ssrc(text) { return key.ssrc == ssrc }
            return [key.source, key.destination].contains { $0.description == text || $0.address == text }
        }
    }

    private let keys: KeyRing
    private let choices: [Choice]
    /// The identifier of the audio level's header extension (RFC 6464); captures do not say it.
    private let levelIdentifier: Int?
    /// What was noticed on the way.
    public private(set) var warnings: [String] = []

    public init(keys: KeyRing = KeyRing(), choices: [Choice] = [], levelIdentifier: Int? = nil) {
        self.keys = keys
        self.choices = choices
        self.levelIdentifier = levelIdentifier
    }

    /// Puts the streams of every capture among the inputs in its place; other inputs stay.
    public mutating func expand(_ inputs: [MixInput]) throws -> [MixInput] {
        var expanded: [MixInput] = []
        var hasCapture = false
        for input in inputs {
            guard input.path != "-", try Self.isCapture(input.path) else {
                expanded.append(input)
                continue
            }
            hasCapture = true
            expanded += try streams(of: input)
        }
        if !hasCapture, !choices.isEmpty {
            throw MixError(.request, "--stream chooses among the streams of a capture, but no input is one")
        }
        return Self.withUniqueNames(expanded)
    }

    private static func isCapture(_ path: String) throws(FileError) -> Bool {
        var source = try ByteSource(path: path)
        return CaptureReader.isCapture(try source.sniff())
    }

    private mutating func streams(of input: MixInput) throws -> [MixInput] {
        let scan = try CaptureScan(path: input.path, keys: keys)
        let chosen =
            choices.isEmpty ? scan.streams : scan.streams.filter { s in choices.contains { $0.matches(s.key) } }
        let usable = chosen.filter { $0.content == .opus }
        guard !usable.isEmpty else { throw refusal(input.path, scan, chosen) }
        for stream in chosen where stream.content == .undecipherable {
            warnings.append("'\(input.path)': stream \(stream.key.ssrcText) is left out: its key does not fit")
        }
        let isNamed = input.name != InputResolver.participantName(ofPath: input.path)
        guard !isNamed || usable.count == 1 else {
            throw MixError(
                .request,
                "'\(input.name)=\(input.path)': a capture of \(usable.count) Opus streams takes no name; choose one with "
                    + "--stream: \(Self.list(usable))")
        }
        return usable.map { stream in
            var result = input
            if !isNamed { result.name = Self.name(of: stream) }
            result.stream = CapturedStream(
                key: stream.key, secret: stream.isEncrypted ? keys[stream.key.ssrc] : nil,
                payloadTypes: .init(
                    opus: stream.opusPayloadType, redundancy: stream.redundancyPayloadType, level: levelIdentifier),
                captureStart: scan.firstTime ?? stream.firstTime, lastTime: stream.lastTime)
            return result
        }
    }

    /// `=` ends names on the command line.
    private static func name(of stream: StreamSummary) -> String {
        (stream.canonicalName ?? stream.key.ssrcText).replacing("=", with: "_")
    }

    private static func list(_ streams: [StreamSummary]) -> String {
        let shown = streams.prefix(8).map { "\($0.key.ssrcText) (\($0.key.source) to \($0.key.destination))" }
        return shown.joined(separator: ", ") + (streams.count > shown.count ? ", …" : "")
    }

    /// Why no stream of a capture can be mixed, and what to do about it.
    private func refusal(_ path: String, _ scan: CaptureScan, _ chosen: [StreamSummary]) -> MixError {
        guard !scan.streams.isEmpty else {
            return MixError(
                .badInput,
                "'\(path)': no RTP stream among \(scan.counters.datagrams) UDP datagrams; 'parley inspect' says what there is"
            )
        }
        guard !chosen.isEmpty else {
            let wanted = choices.map { "'\($0.text)'" }.joined(separator: ", ")
            return MixError(
                .request, "'\(path)': no stream matches --stream \(wanted); there are \(Self.list(scan.streams))")
        }
        let closed = chosen.filter { $0.content == .undecipherable }
        guard closed.isEmpty else {
            return MixError(
                .badInput,
                "'\(path)': the key does not fit: not one packet of \(Self.list(closed)) is authentic; check --srtp-key"
            )
        }
        return MixError(
            .badInput,
            "'\(path)': no stream of Opus: \(Self.list(chosen)) hold another codec, or are encrypted: "
                + "give the key with --srtp-key")
    }

    /// Two participants of one name get their SSRCs, or a number, behind it.
    private static func withUniqueNames(_ inputs: [MixInput]) -> [MixInput] {
        var counts: [String: Int] = [:]
        for input in inputs { counts[input.name, default: 0] += 1 }
        var seen: [String: Int] = [:]
        return inputs.map { input in
            guard let stream = input.stream, counts[input.name] ?? 0 > 1 else { return input }
            var input = input
            input.name += input.name == stream.key.ssrcText ? "" : "-\(stream.key.ssrcText)"
            let repeats = seen[input.name, default: 0]
            seen[input.name] = repeats + 1
            if repeats > 0 { input.name += "-\(repeats + 1)" }
            return input
        }
    }
}
