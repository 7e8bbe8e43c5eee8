import BasicContainers
import CAllocationCounter
import MediaCore
import PipelineSpec
import ShippedPipelines
import StageBench
import StandardStages
import Testing
import VoiceRoom

#if !DEBUG
    extension ReleaseTestsOfStages {
        @Test func `going private, muting and coming back allocates nothing`() throws {
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice",
                registry: .standard)
            let talkers = try StageTrials(registry: .standard, format: plan.format, conditions: Self.conditions)
                .talkers(.speech)
            var bank = VoiceBank(format: plan.format, capacity: 4)
            var shared = try MixClass(plan: plan, places: 4)
            var own = try MixClass(plan: plan, places: 4)
            var sharedLane = try ListenerLane(plan: plan)
            var ownLane = try ListenerLane(plan: plan)
            var image = StateImage(capacity: max(own.stateBytes, ownLane.stateBytes))
            var (counted, bytes) = (0, 0)
            for tick in 0..<300 {
                for place in 0..<4 {
                    bank.voices[place].isPresent = true
                    let samples = talkers[place].samples
                    let start = tick % talkers[place].frameCount * plan.format.valuesPerFrame
                    bank.frames[place].load(samples.span.extracting(start..<(start + plan.format.valuesPerFrame)))
                }
                allocation_counter_start()
                shared.advance(bank)
                sharedLane.advance(shared.frame, isIndependent: tick % 10 == 9)
                if tick % 10 == 0 {
                    own.fork(from: shared, through: &image)
                    ownLane.fork(from: sharedLane, through: &image)
                    own.excluded = ExclusionSet(2)
                }
                if tick % 10 == 3 { own.fadeOut(1) }
                if tick % 10 == 6 { own.fadeIn(1) }
                own.advance(bank)
                ownLane.advance(own.frame)
                if tick == 250 {
                    own.reset()
                    ownLane.reset()
                }
                let count = allocation_counter_stop()
                if tick >= 100 { counted += count }
                bytes += ownLane.payload.count
            }
            #expect(counted == 0, "\(counted) allocations in 200 ticks")
            #expect(bytes > 30_000)
        }
    }
#endif
