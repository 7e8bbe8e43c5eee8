import MediaCore
public import StageCosts

/// A report as a run gives it: figures of the size that stages really have.
public enum SampleCosts {
    public static let inputs = ["speech", "silence", "noise"]

    public static func report() -> CostReport {
        var report = CostReport(
            parley: "0.1.0", date: "2026-01-31T12:00:00Z",
            machine: MachineDescription(
                processor: "AMD EPYC 7B13", cores: 2, kernel: "Linux 6.1.0", isVirtual: true,
                libraries: ["libopus 1.4", "OpenSSL 3.0.15", "libsrtp 2.5.0"], steal: 0.003, load: 1.24,
                missing: ["instruction counters"]),
            warnings: ["the processor's speed varied by 4 % between rounds"])
        for (index, input) in inputs.enumerated() {
            report.costs += costs(input, scale: [1, 0.72, 1.11][index])
        }
        return report
    }

    /// A cost whose interval is 0.6 % wide on either side.
    public static func cost(
        _ kind: String, _ nanoseconds: Double, part: String? = nil, input: String = "speech",
        arguments: [String: String] = [:], unit: StageCost.Unit = .frame, floor: (name: String, ratio: Double)? = nil
    ) -> StageCost {
        func around(_ value: Double) -> Interval { Interval(low: value * 0.994, high: value * 1.006) }
        return StageCost(
            subject: CostSubject(kind: kind, part: part, arguments: arguments, input: input), unit: unit,
            nanoseconds: CostQuantiles(
                median: nanoseconds, p95: nanoseconds * 1.13, p99: nanoseconds * 1.42, interval: around(nanoseconds)),
            floor: floor.map {
                FloorCost(
                    name: $0.name, nanoseconds: nanoseconds / $0.ratio, ratio: $0.ratio, interval: around($0.ratio))
            }, allocations: 0)
    }

    private static func costs(_ input: String, scale: Double) -> [StageCost] {
        func made(
            _ kind: String, _ nanoseconds: Double, part: String? = nil, _ arguments: [String: String] = [:],
            unit: StageCost.Unit = .frame, floor: (String, Double)? = nil, state: Int? = nil, bytes: (Int, Int) = (0, 0)
        ) -> StageCost {
            var cost = cost(
                kind, nanoseconds * scale, part: part, input: input, arguments: arguments, unit: unit, floor: floor)
            cost.bytes = TouchedBytes(input: bytes.0, output: bytes.1, state: state)
            return cost
        }
        let encoding = ["mode": "audio", "complexity": "10"]
        var protect = made(
            "srtp.protect", 250, unit: .packet, floor: ("AES-128-GCM of OpenSSL", 1.08), state: 640, bytes: (212, 228))
        var unprotect = made(
            "srtp.unprotect", 270, unit: .packet, floor: ("AES-128-GCM of OpenSSL", 1.13), state: 704, bytes: (228, 212)
        )
        (protect.subject.width, protect.subject.widthUnit) = (1000, "keys")
        (unprotect.subject.width, unprotect.subject.widthUnit) = (1000, "keys")
        var mix = made(
            "mix", 370, ["fade": "10 ms"], floor: ("samples added in C", 1.21), state: 8192, bytes: (30_720, 3840))
        (mix.subject.width, mix.subject.widthUnit, mix.samples) = (8, "voices", 7680)
        return [
            protect, unprotect,
            made(
                "jitter.adaptive", 148, part: "ingest", ["target": "95 %"], unit: .packet, state: 131_072,
                bytes: (212, 0)),
            made("jitter.adaptive", 93, part: "tick", ["target": "95 %"], unit: .tick, state: 131_072),
            made("silence.skip", 3.4, unit: .packet, bytes: (80, 0)),
            made("opus.decode", 24_100, floor: ("opus_decode_float", 1.004), state: 26_500, bytes: (80, 3840)),
            made("silence.gate", 1240, ["threshold": "auto"], floor: ("the same filters in C", 1.62), state: 12_400),
            made("high-pass", 410, ["cutoff": "80 Hz"], floor: ("a biquad in C", 0.983), bytes: (3840, 3840)),
            made("gain", 62, ["gain": "-3 dB"], floor: ("samples scaled in C", 1.02), bytes: (3840, 3840)),
            made("select.loudest", 84, ["count": "5"], state: 4096), mix,
            made(
                "limit", 890, ["ceiling": "-1 dBFS"], floor: ("true peaks in C", 2.71), state: 5300, bytes: (3840, 3840)
            ),
            made(
                "opus.encode", 75_200, encoding.merging(["bitrate": "64 kbit/s"]) { $1 },
                floor: ("opus_encode_float", 1.006), state: 41_000, bytes: (3840, 160)),
            made(
                "opus.encode", 91_800, encoding.merging(["bitrate": "96 kbit/s"]) { $1 },
                floor: ("opus_encode_float", 1.003), state: 41_000, bytes: (3840, 240)),
            made("rtp.packetize", 21, unit: .packet, floor: ("a header written in C", 1.4), bytes: (160, 172)),
        ]
    }
}
