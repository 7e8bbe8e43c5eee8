import BasicContainers
import Foundation
import MediaCore
import OpusCodec
import PipelineSpec
import ShippedPipelines
import StageBench
import StandardStages
import Testing
import VoiceRoom

/// Who begins to speak gets a mix and an encoder of their own, and gives them back after; on recorded speech, through the
/// guild's pipeline.
@Suite struct EncoderSwitchTests {
    static func plan() throws -> PipelinePlan {
        try PipelineFile.load(
            text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice", registry: .standard)
    }

    static let talkers = Result {
        try (0..<3).map { try BenchMaterial(.speech, talker: $0, format: AudioFormat(), seconds: 12) }
    }

    /// Two who talk with pauses, and one, at place 2, who talks when told to.
    struct Call: ~Copyable {
        var bank = VoiceBank(format: AudioFormat(), capacity: 3)
        private let talkers: [BenchMaterial]

        init() throws {
            talkers = try EncoderSwitchTests.talkers.get()
            for place in 0..<3 { bank.voices[place].isPresent = true }
        }

        mutating func bring(_ tick: Int, isTalking: Bool) {
            for place in 0..<3 {
                let pauses = place < 2 && (tick + 61 * place) % 170 > 130
                guard place == 2 ? isTalking : !pauses else {
                    bank.frames[place].silence()
                    continue
                }
                let (samples, start) = (talkers[place].samples, (tick + 29 * place) % talkers[place].frameCount * 960)
                bank.frames[place].load(samples.span.extracting(start..<(start + 960)))
            }
        }
    }

    /// What one exclusion class hears.
    struct Stream: ~Copyable {
        var mix: MixClass
        var lane: ListenerLane

        init(_ plan: PipelinePlan, excluding excluded: ExclusionSet = ExclusionSet()) throws {
            let mix = try MixClass(plan: plan, places: 3, excluding: excluded)
            let lane = try ListenerLane(plan: plan)
            self.mix = mix
            self.lane = lane
        }

        mutating func advance(_ call: borrowing Call, isIndependent: Bool = false) -> [UInt8] {
            mix.advance(call.bank)
            return encode(isIndependent: isIndependent)
        }

        mutating func encode(isIndependent: Bool) -> [UInt8] {
            lane.advance(mix.frame, isIndependent: isIndependent)
            let payload = lane.payload
            return payload.indices.map { payload[$0] }
        }

        mutating func fork(from other: borrowing Stream, through image: inout StateImage) {
            mix.fork(from: other.mix, through: &image)
            lane.fork(from: other.lane, through: &image)
        }

        var stateBytes: Int { max(mix.stateBytes, lane.stateBytes) }
    }

    @Test(arguments: [1, 40, 100, 137])
    func `who begins to speak goes on with the very bits of a stream that never was shared`(start: Int) throws {
        let plan = try Self.plan()
        var call = try Call()
        var shared = try Stream(plan)
        var own = try Stream(plan, excluding: ExclusionSet(2))
        var truth = try Stream(plan, excluding: ExclusionSet(2))
        var image = StateImage(capacity: own.stateBytes)
        // Somebody else had it before.
        for tick in 0..<9 {
            call.bring(tick, isTalking: true)
            _ = own.advance(call)
        }
        var (differing, different) = (0, 0)
        for tick in 0..<(start + 100) {
            call.bring(tick, isTalking: tick >= start)
            if tick == start { own.fork(from: shared, through: &image) }
            let (heard, all) = (truth.advance(call), shared.advance(call))
            if tick < start {
                #expect(heard == all)
            } else {
                differing += own.advance(call) == heard ? 0 : 1
                different += heard == all ? 0 : 1
            }
        }
        #expect(differing == 0)
        #expect(different == 100, "the voice is not in the shared mix at all")
    }

    @Test func `who mutes somebody comes to hear what somebody hears who never heard them, and back`() throws {
        let plan = try Self.plan()
        var call = try Call()
        var never = try Stream(plan, excluding: ExclusionSet(0))
        var always = try Stream(plan)
        var own = try Stream(plan)
        var alike: [String: [Int]] = ["never": [], "always": []]
        for tick in 0..<120 {
            call.bring(tick, isTalking: true)
            if tick == 20 { own.mix.fadeOut(0) }
            if tick == 70 { own.mix.fadeIn(0) }
            own.mix.advance(call.bank)
            never.mix.advance(call.bank)
            always.mix.advance(call.bank)
            if own.mix.soundsLike(never.mix) { alike["never"]?.append(tick) }
            if own.mix.soundsLike(always.mix) { alike["always"]?.append(tick) }
        }
        let (from, to) = (alike["never"]?.first ?? 0, alike["never"]?.last ?? 0)
        #expect(from > 21 && from < 70 && to == 69)
        #expect(alike["always"]?.prefix(20).elementsEqual(0..<20) == true)
        #expect(alike["always"]?.last == 119 && alike["always"]?.contains(71) == false)
    }

    @Test func `a stream that was reset is as new`() throws {
        let plan = try Self.plan()
        var call = try Call()
        var used = try Stream(plan)
        var new = try Stream(plan)
        for tick in 0..<100 {
            call.bring(tick, isTalking: true)
            _ = used.advance(call)
        }
        used.mix.reset()
        used.lane.reset()
        let isEmpty = used.lane.payload.isEmpty
        #expect(isEmpty)
        for tick in 0..<50 {
            call.bring(tick, isTalking: true)
            #expect(used.advance(call) == new.advance(call))
        }
    }

    /// The difference of what two decoders give for one packet, in dB below the sound.
    static func signalToNoise(_ packet: [UInt8], _ first: inout OpusDecoder, _ second: inout OpusDecoder) -> Double? {
        let (a, b) = (decode(packet, &first), decode(packet, &second))
        let signal = a.reduce(0.0) { $0 + Double($1) * Double($1) }
        let noise = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        // Below -60 dBov there is nothing to be heard.
        guard signal / Double(a.count) > 1e-6 else { return nil }
        return noise == 0 ? .infinity : 10 * log10(signal / noise)
    }

    private static func decode(_ packet: [UInt8], _ decoder: inout OpusDecoder) -> [Float] {
        var samples = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket)
        var span = samples.mutableSpan
        let count = decoder.decode(packet.span, into: &span) ?? 0
        return Array(samples[..<count])
    }

    /// What comes of the way back, over many turns: how much is heard of it in the first two frames, and its wait.
    struct Return {
        var first: [Double] = []
        var second: [Double] = []
        /// Ticks beyond the hangover.
        var waits: [Int] = []
    }

    /// Turns of various lengths: talk, hangover, a wait until both mixes are one, then some ticks on the shared stream.
    static func takeTurns(_ turns: Int, hangover: Int) throws -> Return {
        let plan = try plan()
        var call = try Call()
        var shared = try Stream(plan)
        var own = try Stream(plan, excluding: ExclusionSet(2))
        var image = StateImage(capacity: own.stateBytes)
        var always = try OpusDecoder(format: plan.format)
        var back = try OpusDecoder(format: plan.format)
        var result = Return()
        var (tick, start) = (0, 20)
        for turn in 0..<turns {
            let end = start + 15 + 7 * turn % 40
            // The tick of the first packet that the listener gets from the shared stream again.
            var comesBack: Int?
            while comesBack.map({ tick < $0 + 8 }) ?? true {
                call.bring(tick, isTalking: (start..<end).contains(tick))
                if tick == start { own.fork(from: shared, through: &image) }
                let isAway = tick >= start && comesBack == nil
                if isAway { own.mix.advance(call.bank) }
                shared.mix.advance(call.bank)
                if isAway && tick >= end + hangover && own.mix.soundsLike(shared.mix) {
                    comesBack = tick + 1
                    result.waits.append(tick - end - hangover)
                }
                let age = comesBack.map { tick - $0 } ?? -9
                let packet = shared.encode(isIndependent: (-1..<(ListenerLane.changeoverPackets - 1)).contains(age))
                if isAway {
                    _ = decode(own.encode(isIndependent: age == -1), &back)
                    _ = decode(packet, &always)
                } else if let ratio = signalToNoise(packet, &always, &back) {
                    if age == 0 { result.first.append(ratio) }
                    if age == 1 { result.second.append(ratio) }
                }
                tick += 1
            }
            start = tick + turn % 7
        }
        return result
    }

    @Test(arguments: [5, 8, 15]) func `who stops speaking comes back to the shared stream unheard`(hangover: Int) throws
    {
        let result = try Self.takeTurns(60, hangover: hangover)
        let (first, second) = (result.first.sorted(), result.second.sorted())
        #expect(first.count >= 40 && second.count >= 40)
        #expect(first[first.count / 2] >= 60)
        // After 100 ms, the least that is allowed, one turn of 60 is at 27.9 dB; after 160 ms none is below 28.
        withKnownIssue("the worst change-over after 100 ms", isIntermittent: true) {
            #expect(first[0] >= 28, "\(first.prefix(4))")
        } when: {
            hangover == 5
        }
        #expect(second[0] >= 80)
        #expect((result.waits.max() ?? 0) <= 50)
    }
}
