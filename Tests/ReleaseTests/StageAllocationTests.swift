import CAllocationCounter
import MediaCore
import PipelineSpec
import ShippedPipelines
import StageBench
import StageCosts
import StandardStages
import Testing

#if !DEBUG
    /// In the steady state no stage allocates, whatever it is given, and neither does a room.
    @Suite(.serialized) struct ReleaseTestsOfStages {
        static let conditions: BenchConditions = {
            var conditions = BenchConditions()
            (conditions.keys, conditions.senders, conditions.voices, conditions.seconds) = (16, 8, [2, 8], 1)
            return conditions
        }()

        /// Allocations in 100 batches of a stage's work, after as many that warm up.
        static func count(_ spec: TrialSpec) throws -> Int {
            var trial = try spec.make()
            var counted = 0
            for batch in 0..<200 {
                trial.prepare()
                trial.baseline()
                allocation_counter_start()
                trial.stage()
                let count = allocation_counter_stop()
                if batch >= 100 { counted += count }
            }
            #expect(trial.failure == nil)
            return counted
        }

        @Test(arguments: StageRegistry.standard.all.map(\.kind)) func `a stage allocates nothing`(kind: String) throws {
            let stage = try #require(StageRegistry.standard[kind]).planned(format: AudioFormat())
            let trials = try StageTrials(
                registry: .standard, format: AudioFormat(), conditions: Self.conditions)
            for spec in try trials.trials(of: stage) {
                let counted = try Self.count(spec)
                #expect(counted == 0, "\(spec.subject.title), \(spec.subject.input): \(counted) in 100 batches")
            }
        }

        @Test(arguments: [CryptoName.aesCM80, .aesCM32, .aesGCM256, .discordGCM, .discordXChaCha])
        func `sealing and opening allocates nothing with our own ciphers`(suite: CryptoName) throws {
            var conditions = Self.conditions
            conditions.suite = suite.rawValue
            let trials = try StageTrials(registry: .standard, format: AudioFormat(), conditions: conditions)
            for kind in ["srtp.protect", "srtp.unprotect"] {
                let stage = try #require(StageRegistry.standard[kind]).planned(format: AudioFormat())
                for spec in try trials.trials(of: stage) { #expect(try Self.count(spec) == 0, "\(kind)") }
            }
        }

        enum CryptoName: String {
            case aesCM80 = "aes-cm-128-hmac-sha1-80"
            case aesCM32 = "aes-cm-128-hmac-sha1-32"
            case aesGCM256 = "aead-aes-256-gcm"
            case discordGCM = "aead_aes256_gcm_rtpsize"
            case discordXChaCha = "aead_xchacha20_poly1305_rtpsize"
        }

        @Test func `the engine between the stages allocates nothing`() throws {
            let trials = try StageTrials(registry: .standard, format: AudioFormat(), conditions: Self.conditions)
            for spec in try trials.engineTrials() { #expect(try Self.count(spec) == 0, "\(spec.subject.title)") }
        }

        @Test(arguments: ["guild-voice", "stage"], [1, 3])
        func `a room with packets in and packets out allocates nothing`(pipeline: String, speakers: Int) throws {
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: pipeline)), file: pipeline, registry: .standard)
            let trials = try StageTrials(registry: .standard, format: plan.format, conditions: Self.conditions)
            var room = try RoomTrial(
                plan: plan, speakers: speakers, listeners: 20, talkers: trials.talkers(.speech),
                suite: Self.conditions.suite)
            var times = [Double](repeating: 0, count: RoomTrial.Phase.allCases.count)
            var counted = 0
            for tick in 0..<300 {
                room.bringPackets()
                allocation_counter_start()
                try room.tick(adding: &times)
                let count = allocation_counter_stop()
                if tick >= 100 { counted += count }
            }
            #expect(counted == 0, "\(counted) allocations in 200 ticks")
            #expect(room.sent == 300 * (20 + (speakers > 1 ? speakers : 0)))
            #expect(room.played.packets > 280 * speakers)
        }
    }
#endif
