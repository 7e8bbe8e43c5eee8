import MediaCore
import PipelineSpec

/// What runs in one tick of a room, how often, and what each costs.
struct RoomModel {
    typealias Part = CapacityPrediction.Part
    typealias Phase = CapacityPrediction.Phase
    typealias Payer = CapacityPrediction.Payer

    /// Who is there.
    struct Room {
        var speakers: Int
        var listeners: Int

        /// Speakers who hear others: a lone one hears nobody.
        var hearing: Int { speakers > 1 ? speakers : 0 }
        var classes: Int { hearing + (listeners > 0 ? 1 : 0) }
        var members: Int { hearing + listeners }
        /// What a mix is like: one voice, or several at once.
        var heard: String { speakers > 1 ? "crowd" : "speech" }
    }

    let plan: PipelinePlan
    let lookup: CostLookup

    var tickNanoseconds: Double { plan.format.frameDuration.seconds * 1e9 }
    var receivesPackets: Bool { plan.participant.contains { $0.descriptor.input == .rtp } }
    var sendsPackets: Bool { plan.listener.contains { $0.descriptor.input == .opus && $0.descriptor.output == .rtp } }

    func nanoseconds(of room: Room) -> Double { parts(of: room).reduce(0) { $0 + $1.nanosecondsPerTick } }

    func nanosecondsPerMember(of room: Room) -> Double {
        memberParts(room).reduce(0) { $0 + ($1.nanoseconds ?? 0) }
    }

    func nanosecondsPerSpeaker(of room: Room) -> Double {
        var room = room
        room.speakers = max(room.speakers, 1)
        return speakerParts(room).reduce(0) { $0 + ($1.nanoseconds ?? 0) }
    }

    /// All parts, in the order of a tick.
    func parts(of room: Room) -> [Part] {
        (speakerParts(room) + roomParts(room) + memberParts(room)).filter { $0.count > 0 }
    }

    // MARK: - Scopes

    private func speakerParts(_ room: Room) -> [Part] {
        let speakers = room.speakers
        var (ingest, play): ([Part], [Part]) = ([], [])
        for stage in plan.participant {
            switch stage.descriptor.builder {
            case .unprotector where receivesPackets:
                ingest.append(part(stage, .ingest, .speaker, speakers, width: speakers))
            case .playoutBuffer:
                ingest.append(part(stage, called: "ingest", .ingest, .speaker, speakers, width: speakers))
                play.append(part(stage, called: "tick", .play, .speaker, speakers, width: speakers))
                play.append(engine("engine.lane", .play, .speaker, speakers))
            case .unprotector: break
            default: play.append(part(stage, .play, .speaker, speakers))
            }
        }
        let receive = receivesPackets ? [engine("engine.receive", .receive, .speaker, speakers)] : []
        return receive + ingest + play
    }

    private func roomParts(_ room: Room) -> [Part] {
        let isMixed = room.classes > 0
        var parts: [Part] = []
        for stage in plan.room {
            switch stage.descriptor.builder {
            case .voiceSelector:
                let voices = room.speakers
                var part = part(stage, .mix, .room, isMixed ? 1 : 0, width: voices, law: .proportional)
                part.title += ", \(Self.voices(voices))"
                parts.append(part)
            case .voiceMixer: parts += mixes(stage, room)
            default: parts.append(part(stage, .mix, .exclusionClass, room.classes, input: room.heard))
            }
        }
        for stage in plan.listener where !Self.isMembers(stage) {
            parts.append(part(stage, .encode, .exclusionClass, room.classes, input: room.heard))
        }
        return parts
    }

    /// The mixes that speakers hear, and the one that listeners hear.
    private func mixes(_ stage: PlannedStage, _ room: Room) -> [Part] {
        let heard = min(room.speakers, selected)
        let hearsSelf = stage.arguments["exclude"] == .word("nobody")
        // Beyond a selection most speakers are not heard themselves, so that leaving them out leaves out nothing.
        let others = hearsSelf || room.speakers > selected ? heard : max(heard - 1, 0)
        var counts = [(voices: others, count: room.hearing), (heard, room.listeners > 0 ? 1 : 0)]
        if others == heard { counts = [(heard, room.classes)] }
        return counts.map { voices, count in
            var part = part(stage, .mix, .exclusionClass, count, width: voices, law: .linear)
            part.title += ", \(Self.voices(voices))"
            return part
        }
    }

    /// How many voices the selection lets through.
    private var selected: Int {
        plan.room.reduce(Int.max) { least, stage in
            guard stage.descriptor.kind == "select.loudest", case .count(let count)? = stage.arguments["count"] else {
                return least
            }
            return min(least, count)
        }
    }

    private func memberParts(_ room: Room) -> [Part] {
        guard sendsPackets else { return [] }
        let members = room.members
        let stages = plan.listener.filter(Self.isMembers).map { part($0, .transmit, .member, members, width: members) }
        return stages + [
            engine("engine.transmit", .transmit, .member, members), engine("engine.send", .send, .member, members),
        ]
    }

    /// Whether a stage of the listener's scope is there for each member, not for each class.
    private static func isMembers(_ stage: PlannedStage) -> Bool {
        switch stage.descriptor.builder {
        case .packetizer, .protector: true
        default: false
        }
    }

    private static func voices(_ count: Int) -> String { "\(count) voice\(count == 1 ? "" : "s")" }

    // MARK: - Costs

    private func part(
        _ stage: PlannedStage, called name: String? = nil, _ phase: Phase, _ payer: Payer, _ count: Int, width: Int = 1,
        law: WidthLaw = .logarithmic, input: String = "speech"
    ) -> Part {
        let subject = CostSubject(
            kind: stage.descriptor.kind, part: name, arguments: CostSubject.arguments(of: stage), input: input,
            width: width, format: CostFormat(plan.format))
        return part(subject, stage.descriptor, phase, payer, count, law)
    }

    private func engine(_ kind: String, _ phase: Phase, _ payer: Payer, _ count: Int) -> Part {
        let subject = CostSubject(kind: kind, input: "speech", width: count, format: CostFormat(plan.format))
        return part(subject, nil, phase, payer, count, .logarithmic)
    }

    private func part(
        _ subject: CostSubject, _ descriptor: StageDescriptor?, _ phase: Phase, _ payer: Payer, _ count: Int,
        _ law: WidthLaw
    ) -> Part {
        let found = lookup.cost(of: subject, descriptor: descriptor, law: law)
        return Part(
            phase: phase, payer: payer, kind: subject.kind,
            title: subject.kind + (subject.part.map { " \($0)" } ?? ""), count: count, nanoseconds: found?.nanoseconds,
            deviations: found?.deviations ?? [])
    }
}
