import BasicContainers
import MediaCore
import PipelineSpec
import StageBench
import StandardStages
import Testing

/// Every stage that can be in a listener's way, on recorded speech: one goes on from where another stands.
@Suite struct ForkTests {
    static let ticks = 200
    static let kinds = ["gain", "high-pass", "limit", "silence.gate"]

    /// Four people talking, and all at once, with pauses.
    static func speech(_ input: BenchInput, channels: Int) throws -> [BenchMaterial] {
        let format = AudioFormat(channels: channels)
        return try (0..<(input == .crowd ? 1 : 4)).map {
            try BenchMaterial(input, talker: $0, format: format, seconds: Double(ticks) * 0.02)
        }
    }

    /// A frame of speech, or of a pause: silent in 12 of 50.
    static func load(_ material: BenchMaterial, _ tick: Int, into frame: inout PCMFrame, gain: Float = 1) {
        guard !(30..<42).contains(tick % 50) else { return frame.silence() }
        let (values, start) = (frame.format.valuesPerFrame, tick % material.frameCount * frame.format.valuesPerFrame)
        frame.load(material.samples.span.extracting(start..<(start + values)))
        guard gain != 1 else { return }
        var samples = frame.mutableSamples
        SampleKernels.scale(&samples, by: gain)
    }

    static func differingBits(_ a: borrowing PCMFrame, _ b: borrowing PCMFrame) -> Int {
        let (first, second) = (a.samples, b.samples)
        var bits = a.isSilent == b.isSilent ? 0 : 1
        bits += a.annotations.activity == b.annotations.activity ? 0 : 1
        bits += a.annotations.meanSquare == b.annotations.meanSquare ? 0 : 1
        bits += a.annotations.lowestGain == b.annotations.lowestGain ? 0 : 1
        for i in first.indices { bits += (first[i].bitPattern ^ second[i].bitPattern).nonzeroBitCount }
        return bits
    }

    @Test(arguments: kinds, [1, 2]) func `a filter goes on bit for bit`(kind: String, channels: Int) throws {
        let format = AudioFormat(channels: channels)
        let stage = try #require(StageRegistry.standard[kind]).planned(format: format)
        guard case .frameFilter(let make) = stage.descriptor.builder else { return }
        let material = try Self.speech(.crowd, channels: channels)[0]
        for fork in [1, 33, 100] {
            var original = try make(stage.arguments, format)
            var copy = try make(stage.arguments, format)
            var image = StateImage(capacity: copy.stateBytes)
            var frame = PCMFrame(format: format)
            var other = PCMFrame(format: format)
            // What the copy has heard before must leave no trace.
            for tick in 0..<20 {
                Self.load(material, 77 + tick, into: &other, gain: 3)
                copy.process(&other)
            }
            var (bits, changed) = (0, 0)
            for tick in 0..<Self.ticks {
                if tick == fork {
                    Self.save(original, into: &image)
                    copy.restore(from: &image)
                    let isRead = image.isRead
                    #expect(isRead)
                }
                Self.load(material, tick, into: &frame)
                other.copy(from: frame)
                original.process(&frame)
                guard tick >= fork else { continue }
                changed += Self.differingBits(frame, other)
                copy.process(&other)
                bits += Self.differingBits(frame, other)
            }
            #expect(bits == 0, "forked at tick \(fork)")
            #expect(changed > 0 || kind == "gain", "the stage did nothing")
        }
    }

    @Test(arguments: [1, 2]) func `a mixer goes on bit for bit, in the middle of fades too`(channels: Int) throws {
        let format = AudioFormat(channels: channels)
        let stage = try #require(StageRegistry.standard["mix"]).planned(settings: [("fade", "50 ms")], format: format)
        guard case .voiceMixer(let make) = stage.descriptor.builder else { return }
        let talkers = try Self.speech(.speech, channels: channels)
        for fork in [1, 32, 100] {
            var bank = VoiceBank(format: format, capacity: 6)
            var original = try make(stage.arguments, format, 6)
            var copy = try make(stage.arguments, format, 6)
            var image = StateImage(capacity: copy.stateBytes)
            var frame = PCMFrame(format: format)
            var other = PCMFrame(format: format)
            for i in 0..<6 { bank.voices[i].isPresent = true }
            copy.mix(bank, excluding: ExclusionSet(5), into: &other)
            copy.fadeOut(0, over: 100)
            var (bits, excluded) = (0, ExclusionSet(5))
            for tick in 0..<Self.ticks {
                Self.bring(talkers, tick, into: &bank)
                if tick == 31 {
                    excluded.insert(1)
                    original.fadeOut(1, over: 1440)
                }
                if tick == 99 {
                    excluded.remove(1)
                    original.fadeIn(1, over: 1440)
                }
                if tick == fork {
                    Self.save(original, into: &image)
                    copy.restore(from: &image)
                    let isRead = image.isRead
                    #expect(isRead)
                }
                original.mix(bank, excluding: excluded, into: &frame)
                guard tick >= fork else { continue }
                // What happened before the fork came with it.
                if fork < 31 && tick == 31 { copy.fadeOut(1, over: 1440) }
                if fork < 99 && tick == 99 { copy.fadeIn(1, over: 1440) }
                copy.mix(bank, excluding: excluded, into: &other)
                bits += Self.differingBits(frame, other)
            }
            #expect(bits == 0, "forked at tick \(fork)")
        }
    }

    private static func bring(_ talkers: [BenchMaterial], _ tick: Int, into bank: inout VoiceBank) {
        for i in 0..<bank.capacity {
            load(talkers[i % talkers.count], tick + 13 * i, into: &bank.frames[i])
            bank.voices[i].isPresent = i != 4 || tick % 40 < 30
            bank.voices[i].isSelected = i != 3 || tick % 6 < 3
            bank.voices[i].gain = i == 2 ? Float(1 + tick / 9 % 3) / 3 : 1
            bank.voices[i].pan = Float(i - 3) / 6
        }
    }

    @Test(arguments: ["low-delay", "voip", "audio"], [1, 2])
    func `an encoder goes on bit for bit`(mode: String, channels: Int) throws {
        let format = AudioFormat(channels: channels)
        let stage = try #require(StageRegistry.standard["opus.encode"]).planned(
            settings: [("mode", mode), ("complexity", "5"), ("bitrate", mode == "voip" ? "24 kbit/s" : "80 kbit/s")],
            format: format)
        guard case .payloadEncoder(let make) = stage.descriptor.builder else { return }
        let material = try Self.speech(.crowd, channels: channels)[0]
        for fork in [1, 100] {
            var original = try make(stage.arguments, format)
            var copy = try make(stage.arguments, format)
            var image = StateImage(capacity: copy.stateBytes)
            var frame = PCMFrame(format: format)
            Self.load(material, 50, into: &frame)
            _ = Self.packet(of: frame, &copy, isIndependent: false)
            var (differing, bytes) = (0, 0)
            for tick in 0..<Self.ticks {
                if tick == fork {
                    Self.save(original, into: &image)
                    copy.restore(from: &image)
                    let isRead = image.isRead
                    #expect(isRead)
                }
                Self.load(material, tick, into: &frame)
                let packet = Self.packet(of: frame, &original, isIndependent: tick % 30 == 29)
                guard tick >= fork else { continue }
                bytes += packet.count
                differing += Self.packet(of: frame, &copy, isIndependent: tick % 30 == 29) == packet ? 0 : 1
            }
            #expect(differing == 0 && bytes > 3000, "forked at tick \(fork)")
        }
    }

    private static func packet(
        of frame: borrowing PCMFrame, _ encoder: inout any PayloadEncoder & ~Copyable, isIndependent: Bool
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var span = bytes.mutableSpan
        let length =
            isIndependent ? encoder.encodeIndependently(frame, into: &span) : encoder.encode(frame, into: &span)
        return Array(bytes[..<length])
    }

    // A noncopyable existential can be borrowed as a parameter only.

    private static func save(_ stage: borrowing any FrameFilter & ~Copyable, into image: inout StateImage) {
        stage.save(into: &image)
    }

    private static func save(_ stage: borrowing any VoiceMixer & ~Copyable, into image: inout StateImage) {
        stage.save(into: &image)
    }

    private static func save(_ stage: borrowing any PayloadEncoder & ~Copyable, into image: inout StateImage) {
        stage.save(into: &image)
    }
}
