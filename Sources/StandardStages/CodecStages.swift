import MediaCore
import OpusCodec
import PipelineSpec

/// The stages of `OpusCodec`.
enum CodecStages {
    static let all = [silenceSkip, decode, encode]

    static let silenceSkip = StageDescriptor(
        kind: "silence.skip",
        summary: "Does not decode packets that say themselves that they are silent: DTX, comfort noise, silence flag.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "level", .either(["auto"], .level(.dBov, -127...0)), default: .word("auto"),
                "also skip packets whose sender gives their audio level (RFC 6464) as at most this; auto ignores levels"
            ),
            Parameter(
                "ring-out", .count(0...50, unit: "packets"), default: .count(2),
                "silent packets that are still decoded at the start of a pause, so that the decoder ends in silence"),
        ],
        builder: .payloadFilter { arguments, _ in
            let level = arguments.word("level") == nil ? Int(arguments.level("level").rounded()) : nil
            return SilenceSkip(.init(level: level, ringOut: arguments.count("ring-out")))
        })

    static let decode = StageDescriptor(
        kind: "opus.decode",
        summary: "Decodes Opus packets of any frame size, mono or stereo; conceals gaps.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "fec", .choice(["in-band", "off"]), default: .word("in-band"),
                "whether a gap is filled from the redundant copy in the packet after it, where there is one"),
            Parameter(
                "concealment", .choice(["deep", "classic"]), default: .word("deep"),
                "whether a libopus from 1.5 on may fill in by its neural networks, where it has them"),
            Parameter("gain", .level(.dB, -60...60), default: .level(0), "applied to what is decoded"),
        ],
        validate: { _, format in opusRate(format) },
        builder: .payloadDecoder { arguments, format in
            try OpusDecoder(
                format: format,
                .init(
                    usesInBandFEC: arguments.word("fec") == "in-band", gain: Decibels(arguments.level("gain")),
                    usesDeepConcealment: arguments.word("concealment") == "deep"))
        })

    static let encode = StageDescriptor(
        kind: "opus.encode",
        summary: "Encodes one Opus packet per frame.",
        scopes: [.listener],
        parameters: encodeParameters,
        latency: { arguments, format in
            // The encoder itself says how far it looks ahead; a format it refuses is reported by `validate`.
            (try? OpusEncoder(format: format, configuration(arguments)).latency) ?? 0
        },
        validate: { _, format in opusRate(format) ?? opusFrame(format) },
        builder: .payloadEncoder { arguments, format in try OpusEncoder(format: format, configuration(arguments)) })

    private static let encodeParameters = [
        Parameter("bitrate", .bitrate(6000...510_000), default: .bitrate(64_000), "on average"),
        Parameter(
            "mode", .choice(OpusEncoder.Mode.allCases.map(\.rawValue)), default: .word("audio"),
            "audio is faithful to anything, voip favours speech at low bitrates, low-delay looks ahead 2.5 ms only"),
        Parameter("complexity", .count(0...10), default: .count(10), "from 0, cheapest, to 10, best"),
        Parameter(
            "rate-control", .choice(OpusEncoder.RateControl.allCases.map(\.rawValue)), default: .word("variable"),
            "how strictly every packet keeps to the bitrate"),
        Parameter(
            "signal", .choice(OpusEncoder.Signal.allCases.map(\.rawValue)), default: .word("auto"),
            "what the input is known to be"),
        Parameter("dtx", .toggle, default: .toggle(false), "send next to nothing in silence"),
        Parameter(
            "fec", .choice(["in-band", "off"]), default: .word("off"),
            "put a redundant copy of each frame into the packet after it; costs three times the CPU"),
        Parameter("expected-loss", .percentage(0...100), default: .percentage(0), "what the encoder prepares for"),
    ]

    private static func configuration(_ arguments: StageArguments) -> OpusEncoder.Configuration {
        var configuration = OpusEncoder.Configuration()
        configuration.bitrate = arguments.bitrate("bitrate")
        configuration.mode = arguments.word("mode").flatMap(OpusEncoder.Mode.init) ?? .audio
        configuration.complexity = arguments.count("complexity")
        configuration.rateControl = arguments.word("rate-control").flatMap(OpusEncoder.RateControl.init) ?? .variable
        configuration.signal = arguments.word("signal").flatMap(OpusEncoder.Signal.init) ?? .auto
        configuration.usesDTX = arguments.toggle("dtx")
        configuration.usesInBandFEC = arguments.word("fec") == "in-band"
        configuration.expectedLoss = Int(arguments.percentage("expected-loss"))
        return configuration
    }

    private static func opusRate(_ format: AudioFormat) -> StageProblem? {
        guard ![8000, 12_000, 16_000, 24_000, 48_000].contains(format.sampleRate) else { return nil }
        return StageProblem("Opus has no rate of \(format.sampleRate) Hz; it has 8, 12, 16, 24 and 48 kHz")
    }

    private static func opusFrame(_ format: AudioFormat) -> StageProblem? {
        let (steps, rest) = (format.samplesPerFrame * 400).quotientAndRemainder(dividingBy: format.sampleRate)
        guard rest != 0 || !OpusEncoder.frameSizesIn400thsOfASecond.contains(steps) else { return nil }
        return StageProblem("Opus has no frame of that length; it has 2.5, 5, 10, 20, 40 and 60 ms")
    }
}
