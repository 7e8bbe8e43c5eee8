public import MediaCore
public import PipelineSpec

/// What a room of a pipeline will cost at real time, from what its stages were measured to cost.
///
/// In each tick, which is one frame, every speaker sends one packet; speakers talk without pause, all at once. Listeners
/// only listen and share one exclusion class. Each speaker hears everybody but themselves, so has a class of their own; a
/// lone speaker hears nobody, and nothing is mixed for them. Everyone with a class gets a packet per tick. Beyond a
/// selection of the loudest no more voices are mixed than it lets through.
public struct CapacityPrediction: Sendable {
    /// Listeners of a room that are predicted for, at most.
    public static let maximumListeners = 1_000_000

    /// The parts of a tick, in their order.
    public enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
        /// Datagrams from the kernel.
        case receive
        /// Each packet opened and put into its playout buffer.
        case ingest
        /// The playout buffers, decoders and frame filters of the speakers, and what their lanes add.
        case play
        /// Selection, mixes and the frame filters after them.
        case mix
        /// The listener's scope up to the encoder.
        case encode
        /// Each member's packet made and sealed.
        case transmit
        /// Datagrams to the kernel.
        case send
    }

    /// What a part is there once for.
    public enum Payer: String, Sendable, Hashable, Codable, CaseIterable {
        case speaker, room
        /// An exclusion class: a mix.
        case exclusionClass = "class"
        /// A member who gets packets, whether they speak or not.
        case member
    }

    /// A stage, a part of one, or a part of the engine.
    public struct Part: Sendable, Hashable, Codable {
        public var phase: Phase
        public var payer: Payer
        /// The kind of the stage, or `engine.…`.
        public var kind: String
        /// `opus.decode`, `jitter.adaptive tick`, `mix, 3 voices`
        public var title: String
        /// How often in a tick.
        public var count: Int
        /// Processor time of one; nil if no cost of it is known.
        public var nanoseconds: Double?
        /// What the cost was taken from, where that is not exactly this; empty if it is.
        public var deviations: [String]

        /// Processor time in a tick; 0 if no cost is known.
        public var nanosecondsPerTick: Double { (nanoseconds ?? 0) * Double(count) }
    }

    public let pipeline: String
    public let format: AudioFormat
    public let speakers: Int
    public let listeners: Int
    /// In the order in which a tick runs them. What is not there in this room is left out.
    public let parts: [Part]
    /// Exclusion classes: mixes, each encoded once.
    public let classes: Int
    /// Who gets packets.
    public let members: Int
    /// Whether speakers send packets: whether the pipeline has a jitter buffer.
    public let receivesPackets: Bool
    /// Whether members get packets: whether the pipeline has a packetizer.
    public let sendsPackets: Bool
    /// What one core carries.
    public let capacity: Capacity

    /// - Parameters:
    ///   - speakers: who talk and hear one another, 0...`ExclusionSet.capacity`.
    ///   - listeners: who only listen, 0...`maximumListeners`.
    /// - Precondition: numbers in these ranges.
    public init(plan: PipelinePlan, speakers: Int, listeners: Int, costs: CostReport) {
        precondition((0...ExclusionSet.capacity).contains(speakers), "a room has at most 1024 speakers")
        precondition((0...Self.maximumListeners).contains(listeners), "a million listeners are predicted for at most")
        let model = RoomModel(plan: plan, lookup: CostLookup(costs))
        let room = RoomModel.Room(speakers: speakers, listeners: listeners)
        pipeline = plan.name
        format = plan.format
        (self.speakers, self.listeners) = (speakers, listeners)
        (classes, members) = (room.classes, room.members)
        (receivesPackets, sendsPackets) = (model.receivesPackets, model.sendsPackets)
        parts = model.parts(of: room)
        capacity = Capacity(model, room)
    }

    // MARK: - Sums, in nanoseconds of processor time per tick

    /// One speaker on the way in: receive, ingest, play. What they hear is a class's and a member's.
    public var nanosecondsPerSpeaker: Double { each(.speaker) }
    /// Once, however many there are: the selection.
    public var nanosecondsPerRoom: Double { each(.room) }
    /// One exclusion class, on average: its mix, what follows it, its encoder.
    public var nanosecondsPerClass: Double {
        classes > 0 ? total { $0.payer == .exclusionClass } / Double(classes) : 0
    }
    /// One member who gets packets: packetized, sealed, sent.
    public var nanosecondsPerListener: Double { each(.member) }
    /// The whole room.
    public var nanosecondsPerTick: Double { total { _ in true } }
    /// Of one phase.
    public func nanoseconds(of phase: Phase) -> Double { total { $0.phase == phase } }

    /// The length of a tick.
    public var tickNanoseconds: Double { format.frameDuration.seconds * 1e9 }
    /// The room's share of one core; also its seconds of processor time per second.
    public var load: Double { nanosecondsPerTick / tickNanoseconds }
    /// Titles of the parts of which no cost is known, each once.
    public var missing: [String] {
        parts.filter { $0.nanoseconds == nil }.reduce(into: []) { if !$0.contains($1.title) { $0.append($1.title) } }
    }
    /// Whether the sums are too low, because costs are missing in them.
    public var isLowerBound: Bool { !missing.isEmpty }

    private func total(_ isCounted: (Part) -> Bool) -> Double {
        parts.reduce(0) { isCounted($1) ? $0 + $1.nanosecondsPerTick : $0 }
    }

    private func each(_ payer: Payer) -> Double {
        parts.reduce(0) { $1.payer == payer ? $0 + ($1.nanoseconds ?? 0) : $0 }
    }
}
