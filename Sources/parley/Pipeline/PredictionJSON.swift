import MediaCore
import PipelineSpec
import StageCosts

/// What `parley pipeline check --json` prints of one pipeline. Times are nanoseconds of processor time for one tick;
/// shares are of one core; what is not known or without limit is left out.
struct PredictionJSON: Encodable {
    private struct Costs: Encodable {
        let source, parley, date: String
        let isShipped: Bool
        let machine: MachineDescription
        let warnings: [String]
    }

    private struct Latency: Encodable {
        let participant, room, listener: Double
    }

    private struct PerTick: Encodable {
        let speaker, room, mix, listener, all: Double
        let phases: [String: Double]
    }

    private struct PerCore: Encodable {
        let rooms, speakers, listeners, moreListeners, lanes: Double?
        let conversation: Int

        init(_ capacity: CapacityPrediction.Capacity) {
            func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
            rooms = finite(capacity.rooms)
            speakers = finite(capacity.speakers)
            listeners = finite(capacity.listeners)
            moreListeners = finite(capacity.moreListeners)
            lanes = finite(capacity.lanes)
            conversation = capacity.conversation
        }
    }

    private let pipeline: String
    private let speakers, listeners, mixes, streams: Int
    private let receivesPackets, sendsPackets: Bool
    private let tickNanoseconds, load: Double
    private let isLowerBound: Bool
    private let missing: [String]
    private let nanoseconds: PerTick
    private let perCore: PerCore
    private let parts: [CapacityPrediction.Part]
    private let latencyMilliseconds: Latency
    private let costs: Costs

    init(_ prediction: CapacityPrediction, plan: PipelinePlan, source: CostSource) {
        pipeline = prediction.pipeline
        (speakers, listeners) = (prediction.speakers, prediction.listeners)
        (mixes, streams) = (prediction.classes, prediction.members)
        (receivesPackets, sendsPackets) = (prediction.receivesPackets, prediction.sendsPackets)
        (tickNanoseconds, load) = (prediction.tickNanoseconds, prediction.load)
        (isLowerBound, missing) = (prediction.isLowerBound, prediction.missing)
        let phases = CapacityPrediction.Phase.allCases.map { ($0.rawValue, prediction.nanoseconds(of: $0)) }
        nanoseconds = PerTick(
            speaker: prediction.nanosecondsPerSpeaker, room: prediction.nanosecondsPerRoom,
            mix: prediction.nanosecondsPerClass, listener: prediction.nanosecondsPerListener,
            all: prediction.nanosecondsPerTick, phases: Dictionary(uniqueKeysWithValues: phases))
        perCore = PerCore(prediction.capacity)
        parts = prediction.parts
        func latency(_ scope: StageScope) -> Double {
            Double(plan.latency(of: scope)) * 1000 / Double(plan.format.sampleRate)
        }
        latencyMilliseconds = Latency(
            participant: latency(.participant), room: latency(.room), listener: latency(.listener))
        let report = source.report
        costs = Costs(
            source: source.name, parley: report.parley, date: report.date, isShipped: report.isShipped == true,
            machine: report.machine, warnings: report.warnings)
    }
}
