import MediaCore
import PipelineSpec
import StageCosts
import StandardStages
import TestCosts
import Testing

@Suite struct CostLookupTests {
    private static let registry = StageRegistry.standard

    private static func report(_ costs: [StageCost]) -> CostReport {
        CostReport(
            parley: "0", date: "",
            machine: MachineDescription(
                processor: "", cores: 1, kernel: "", isVirtual: false, libraries: []), costs: costs)
    }

    /// A stage with settings, as a subject and with its descriptor.
    private static func stage(
        _ kind: String, _ settings: [(name: String, value: String)] = [], input: String = "speech"
    ) throws -> (subject: CostSubject, descriptor: StageDescriptor) {
        let descriptor = try #require(registry[kind])
        let planned = try descriptor.planned(settings: settings, format: AudioFormat())
        return (CostSubject(kind: kind, arguments: CostSubject.arguments(of: planned), input: input), descriptor)
    }

    private static func cost(_ subject: CostSubject, _ nanoseconds: Double) -> StageCost {
        var cost = SampleCosts.cost(subject.kind, nanoseconds)
        cost.subject = subject
        return cost
    }

    private static func voices(_ widths: [Int: Double]) throws -> [StageCost] {
        try widths.map { width, nanoseconds in
            var subject = try stage("mix").subject
            (subject.width, subject.widthUnit) = (width, "voices")
            return cost(subject, nanoseconds)
        }
    }

    @Test func `arguments are all that are declared, as a file would write them`() throws {
        let arguments = try Self.stage("opus.encode", [("bitrate", "80000bit/s")]).subject.arguments
        #expect(arguments["bitrate"] == "80 kbit/s" && arguments["complexity"] == "10" && arguments["dtx"] == "off")
        #expect(arguments.count == Self.registry["opus.encode"]?.parameters.count)
    }

    @Test func `what was measured exactly is found exactly`() throws {
        let (wanted, descriptor) = try Self.stage("opus.encode", [("complexity", "5")])
        let other = try Self.stage("opus.encode").subject
        let lookup = CostLookup(Self.report([Self.cost(other, 70_000), Self.cost(wanted, 50_000)]))
        let found = lookup.cost(of: wanted, descriptor: descriptor)
        #expect(found == FoundCost(nanoseconds: 50_000, deviations: []))
        #expect(lookup.cost(of: CostSubject(kind: "opus.decode")) == nil)
    }

    @Test func `the nearest arguments are taken, as the numbers that they are`() throws {
        let (wanted, descriptor) = try Self.stage("opus.encode", [("bitrate", "96 kbit/s")])
        let near = try Self.stage("opus.encode", [("bitrate", "80 kbit/s")]).subject
        let far = try Self.stage("opus.encode", [("bitrate", "9 kbit/s")]).subject
        let two = try Self.stage("opus.encode", [("bitrate", "95 kbit/s"), ("complexity", "9")]).subject
        let lookup = CostLookup(Self.report([far, two, near].enumerated().map { Self.cost($1, Double($0)) }))
        let found = try #require(lookup.cost(of: wanted, descriptor: descriptor))
        #expect(found == FoundCost(nanoseconds: 2, deviations: ["measured with bitrate 80 kbit/s, not 96 kbit/s"]))
    }

    @Test func `values that are written differently are equal`() throws {
        var (wanted, descriptor) = try Self.stage("opus.encode", [("bitrate", "64 kbit/s")])
        let cost = Self.cost(wanted, 7)
        wanted.arguments["bitrate"] = "0.064 Mbit/s"
        let found = CostLookup(Self.report([cost])).cost(of: wanted, descriptor: descriptor)
        #expect(found == FoundCost(nanoseconds: 7, deviations: []))
        descriptor = try #require(Self.registry["opus.decode"])
        #expect(CostLookup(Self.report([cost])).cost(of: wanted, descriptor: descriptor)?.deviations.count == 1)
    }

    @Test func `speech comes first, then what has no input, then anything`() throws {
        let (wanted, descriptor) = try Self.stage("opus.decode")
        func found(_ inputs: [String]) throws -> FoundCost? {
            let costs = try inputs.enumerated().map { index, input in
                Self.cost(try Self.stage("opus.decode", input: input).subject, Double(index))
            }
            return CostLookup(Self.report(costs)).cost(of: wanted, descriptor: descriptor)
        }
        #expect(try found(["noise", "", "speech"]) == FoundCost(nanoseconds: 2, deviations: []))
        #expect(try found(["noise", ""]) == FoundCost(nanoseconds: 1, deviations: []))
        #expect(
            try found(["noise"]) == FoundCost(nanoseconds: 0, deviations: ["measured on noise, not speech"]))
    }

    @Test(
        arguments: [
            (2, 100, [] as [String]), (8, 400, []), (5, 250, ["between 2 and 8 voices"]),
            (20, 700, ["between 8 and 32 voices"]), (1, 50, ["on the line through 2 and 8 voices"]),
            (0, 0, ["on the line through 2 and 8 voices"]), (56, 1600, ["on the line through 8 and 32 voices"]),
        ])
    func `a mix lies on the line between the widths that were measured`(
        width: Int, nanoseconds: Double, deviations: [String]
    ) throws {
        var (wanted, descriptor) = try Self.stage("mix")
        wanted.width = width
        let lookup = CostLookup(Self.report(try Self.voices([2: 100, 8: 400, 32: 1000])))
        let found = lookup.cost(of: wanted, descriptor: descriptor, law: .linear)
        #expect(found == FoundCost(nanoseconds: nanoseconds, deviations: deviations))
    }

    @Test func `a mix of fewer voices never costs less than nothing`() throws {
        var (wanted, descriptor) = try Self.stage("mix")
        wanted.width = 0
        let lookup = CostLookup(Self.report(try Self.voices([2: 10, 8: 400])))
        #expect(lookup.cost(of: wanted, descriptor: descriptor, law: .linear)?.nanoseconds == 0)
    }

    @Test(arguments: [(4, 50.0), (8, 100), (16, 200), (100, 2000), (50, 1000)])
    func `a selection is scaled from the nearest width`(width: Int, nanoseconds: Double) throws {
        var (wanted, descriptor) = try Self.stage("select.loudest")
        let costs = [8: 100.0, 100: 2000].map { measured, nanoseconds in
            var subject = wanted
            (subject.width, subject.widthUnit) = (measured, "voices")
            return Self.cost(subject, nanoseconds)
        }
        wanted.width = width
        let found = CostLookup(Self.report(costs)).cost(of: wanted, descriptor: descriptor, law: .proportional)
        #expect(found?.nanoseconds == nanoseconds)
    }

    @Test(
        arguments: [
            (10, 100, [] as [String]), (100, 200, ["between 10 and 1000 keys"]), (1000, 300, []), (1050, 300, []),
            (950, 300, []), (3, 100, ["measured with 10 keys, not 3"]),
            (5000, 300, ["measured with 1000 keys, not 5000"]),
        ])
    func `keys lie on the line over the logarithm, and beyond it are the nearest`(
        width: Int, nanoseconds: Double, deviations: [String]
    ) throws {
        var (wanted, descriptor) = try Self.stage("srtp.protect")
        let costs = [10: 100.0, 1000: 300].map { measured, nanoseconds in
            var subject = wanted
            (subject.input, subject.width, subject.widthUnit) = ("", measured, "keys")
            return Self.cost(subject, nanoseconds)
        }
        wanted.width = width
        let found = try #require(CostLookup(Self.report(costs)).cost(of: wanted, descriptor: descriptor))
        #expect((found.nanoseconds - nanoseconds).magnitude < 1e-9 && found.deviations == deviations, "\(found)")
    }

    @Test func `another format is scaled by the samples of a frame, packets are not`() throws {
        let stereo = CostFormat(AudioFormat(channels: 2, samplesPerFrame: 480))
        var (encode, encoder) = try Self.stage("opus.encode")
        var (protect, protector) = try Self.stage("srtp.protect")
        let lookup = CostLookup(
            Self.report([Self.cost(encode, 1000), Self.cost(protect, 300), SampleCosts.cost("engine.send", 50)]))
        (encode.format, protect.format) = (stereo, stereo)
        encode.format.samplesPerFrame = 240
        let encoded = lookup.cost(of: encode, descriptor: encoder)
        #expect(
            encoded
                == FoundCost(nanoseconds: 500, deviations: ["scaled from 48 kHz mono, frames of 20 ms"]))
        let protected = lookup.cost(of: protect, descriptor: protector)
        #expect(
            protected == FoundCost(nanoseconds: 300, deviations: ["measured at 48 kHz mono, frames of 20 ms"]))
        let send = CostSubject(kind: "engine.send", input: "speech", format: stereo)
        #expect(lookup.cost(of: send)?.nanoseconds == 50)
    }

    @Test func `the own format goes before equal arguments in another`() throws {
        let (wanted, descriptor) = try Self.stage("opus.encode", [("complexity", "5")])
        var elsewhere = wanted
        elsewhere.format = CostFormat(AudioFormat(channels: 2))
        let here = try Self.stage("opus.encode", [("complexity", "6")]).subject
        let lookup = CostLookup(Self.report([Self.cost(elsewhere, 1), Self.cost(here, 2)]))
        let found = lookup.cost(of: wanted, descriptor: descriptor)
        #expect(found == FoundCost(nanoseconds: 2, deviations: ["measured with complexity 6, not 5"]))
    }

    @Test func `arguments that a file does not tell are said to be unknown`() throws {
        let (wanted, descriptor) = try Self.stage("mix")
        let found = CostLookup(Self.report([SampleCosts.cost("mix", 5)])).cost(of: wanted, descriptor: descriptor)
        #expect(found == FoundCost(nanoseconds: 5, deviations: ["measured with unknown exclude, fade"]))
    }

    @Test func `of what was measured twice the last counts, at every width`() throws {
        var (wanted, descriptor) = try Self.stage("mix")
        wanted.width = 8
        let costs = try Self.voices([2: 100]) + Self.voices([8: 400]) + Self.voices([8: 500])
        let found = CostLookup(Self.report(costs)).cost(of: wanted, descriptor: descriptor, law: .linear)
        #expect(found == FoundCost(nanoseconds: 500))
    }
}
