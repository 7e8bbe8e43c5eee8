/// What is known of one server: its last report, and what it was given that the report cannot know of.
struct ServerEntry: Sendable {
    private struct Gift: Sendable {
        var time: Int64
        var people: Double
        var load: Double
    }

    /// Gifts that are kept apart; more than these become one.
    private static let maximumGifts = 4096

    private(set) var report: ServerReport
    private var gifts: [Gift] = []
    private var givenLoad = 0.0
    private var givenPeople = 0.0

    init(_ report: ServerReport) { self.report = report }

    var estimate: Double { report.load + givenLoad }
    var guilds: Int { report.guilds + gifts.count }

    func hasRoom(_ limits: ServerLimits) -> Bool {
        estimate < limits.load && guilds < limits.guilds && Double(report.people) + givenPeople < Double(limits.people)
    }

    mutating func give(people: Double, load: Double, at now: Int64) {
        if gifts.count == Self.maximumGifts {
            gifts[Self.maximumGifts - 1].people += people
            gifts[Self.maximumGifts - 1].load += load
            gifts[Self.maximumGifts - 1].time = now
        } else {
            gifts.append(Gift(time: now, people: people, load: load))
        }
        givenLoad += load
        givenPeople += people
    }

    /// What was given long enough before the report was made is in it.
    mutating func take(_ new: ServerReport, settling: Int64) {
        report = new
        gifts.removeAll { $0.time <= new.time - settling }
        givenLoad = gifts.reduce(0) { $0 + $1.load }
        givenPeople = gifts.reduce(0) { $0 + $1.people }
    }
}

/// What people and guilds are like all over the fleet, slowly averaged: what the next guild will be like, as far as anybody
/// can tell.
struct FleetAverage: Sendable {
    private static let weight = 1.0 / 256
    /// A report of fewer says little.
    private static let leastPeople = 20

    private(set) var loadOfOnePerson: Double
    private(set) var peopleOfOneGuild: Double

    init(_ configuration: Assigner.Configuration) {
        loadOfOnePerson = configuration.loadOfOnePerson
        peopleOfOneGuild = configuration.peopleOfOneGuild
    }

    mutating func take(_ report: ServerReport) {
        guard report.people >= Self.leastPeople, report.guilds > 0 else { return }
        loadOfOnePerson += (report.load / Double(report.people) - loadOfOnePerson) * Self.weight
        peopleOfOneGuild += (Double(report.people) / Double(report.guilds) - peopleOfOneGuild) * Self.weight
    }
}

/// Steele, Lea and Flood's SplitMix64.
struct SplitMix: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(count))
    }
}
