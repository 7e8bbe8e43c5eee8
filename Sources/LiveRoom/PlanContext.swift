import BasicContainers
import MediaCore
import PipelineSpec
import VoiceRoom

/// A sender's way in, lent to whoever speaks.
final class VoiceLane {
    var lane: PacketLane

    init(_ plan: PipelinePlan) throws { lane = try PacketLane(plan: plan, entry: .rtp) }
}

/// One mix and its encoder.
final class MixUnit {
    var mix: MixClass
    var listener: ListenerLane

    init(_ plan: PipelinePlan, places: Int) throws {
        mix = try MixClass(plan: plan, places: places)
        listener = try ListenerLane(plan: plan)
    }

    func reset() {
        mix.reset()
        listener.reset()
    }
}

/// What is dear and only needed by those who speak, made ahead and used again, for all rooms of one plan and size.
final class PlanContext {
    /// Spare parts that are kept ready, of each kind.
    static let ready = 16

    let plan: PipelinePlan
    let places: Int
    let fingerprint: String
    let maximumPayloadBytes: Int
    /// Rooms that are open.
    var rooms = 0
    private(set) var lanes: [VoiceLane] = []
    private(set) var units: [MixUnit] = []
    private(set) var engines: [EngineBox] = []
    /// What one unit tells another when it is copied.
    var image: StateImage
    /// Lanes and units that have been made, in all.
    private(set) var madeLanes = 0
    private(set) var madeUnits = 0

    init(_ plan: PipelinePlan, places: Int) throws {
        self.plan = plan
        self.places = places
        fingerprint = Self.fingerprint(plan, places)
        let unit = try MixUnit(plan, places: places)
        let lane = try VoiceLane(plan)
        let engine = try EngineBox(plan, places: places)
        maximumPayloadBytes = unit.listener.maximumPayloadBytes
        image = StateImage(capacity: max(unit.mix.stateBytes, unit.listener.stateBytes))
        units = [unit]
        lanes = [lane]
        engines = [engine]
        (madeUnits, madeLanes) = (1, 1)
        units.reserveCapacity(Self.ready * 4)
        lanes.reserveCapacity(Self.ready * 4)
    }

    /// Equal for plans that build the same.
    static func fingerprint(_ plan: PipelinePlan, _ places: Int) -> String {
        var text = "\(plan.name) \(plan.format) \(places)"
        for scope in StageScope.allCases {
            for stage in plan[scope] {
                text += " \(stage.descriptor.kind)"
                for parameter in stage.descriptor.parameters {
                    if let value = stage.arguments[parameter.name] { text += " \(parameter.name)=\(value)" }
                }
            }
        }
        return text
    }

    func takeLane() throws -> VoiceLane {
        if let spare = lanes.popLast() { return spare }
        madeLanes += 1
        return try VoiceLane(plan)
    }

    func takeUnit() throws -> MixUnit {
        if let spare = units.popLast() { return spare }
        madeUnits += 1
        return try MixUnit(plan, places: places)
    }

    func takeEngine() throws -> EngineBox {
        if let spare = engines.popLast() { return spare }
        return try EngineBox(plan, places: places)
    }

    func giveBack(_ lane: VoiceLane) {
        lane.lane.reset()
        lanes.append(lane)
    }

    func giveBack(_ unit: MixUnit) {
        unit.reset()
        units.append(unit)
    }

    func giveBack(_ engine: EngineBox) {
        engine.engine.reset()
        engines.append(engine)
    }

    /// Makes one of what is short.
    /// - Returns: whether anything was made.
    func maintain() -> Bool {
        if lanes.count < min(Self.ready, rooms * 2), let made = try? VoiceLane(plan) {
            lanes.append(made)
            madeLanes += 1
            return true
        }
        if units.count < min(Self.ready, rooms * 2), let made = try? MixUnit(plan, places: places) {
            units.append(made)
            madeUnits += 1
            return true
        }
        return false
    }
}
