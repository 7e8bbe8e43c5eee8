/// How one of the servers that could serve a guild is chosen.
public enum AssignmentPolicy: String, Sendable, Hashable, CaseIterable {
    /// The least utilised one; of equals the one with fewest guilds, then the first by name.
    case leastUtilised = "least-utilised"
    /// The less utilised of two that are drawn: nearly as even, and many assigners who do not know of each other do not all
    /// run to the same server.
    case twoChoices = "two-choices"
}

/// A guild that needs a voice server.
public struct AssignmentRequest: Sendable, Hashable {
    public var guild: UInt64
    /// Where its people are.
    public var region: String
    /// Who are expected; nil: as many as a guild has on average.
    public var people: Int?
    /// Servers that must not get it: those that have failed it.
    public var excluded: Set<String>

    public init(guild: UInt64, region: String, people: Int? = nil, excluded: Set<String> = []) {
        self.guild = guild
        self.region = region
        self.people = people
        self.excluded = excluded
    }
}

/// Which server gets a guild, and what there was to choose from.
public struct Assignment: Sendable, Hashable {
    public var guild: UInt64
    public var server: String
    public var region: String
    /// What it was thought to be loaded with, before this guild.
    public var load: Double
    public var policy: AssignmentPolicy
    /// Regions that were tried before and had nothing, nearest first.
    public var full: [RegionShortage]
    /// The others who could have had it, least loaded first: the first few.
    public var others: [Candidate]
    /// How many could have had it, this one too.
    public var candidates: Int

    public struct Candidate: Sendable, Hashable {
        public var server: String
        public var load: Double
    }
}

/// Why a region had no server for a guild.
public struct RegionShortage: Error, Sendable, Hashable {
    public var region: String
    /// How many servers there are, and why none of them: they are counted once each, in this order.
    public var servers = 0
    public var failed = 0
    public var draining = 0
    public var flooded = 0
    public var excluded = 0
    public var silent = 0
    public var full = 0
}

/// Nobody can serve a guild.
public struct AssignmentRefusal: Error, Sendable, Hashable {
    public var guild: UInt64
    public var regions: [RegionShortage]
}

extension RegionShortage: CustomStringConvertible {
    public var description: String {
        guard servers > 0 else { return "\(region) has no voice server" }
        let reasons = [
            (failed, "failed"), (draining, "draining"), (flooded, "flooded"), (excluded, "excluded"),
            (silent, "silent"), (full, "full"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "\(region) has \(servers): \(reasons.joined(separator: ", "))"
    }
}

extension AssignmentRefusal: CustomStringConvertible {
    public var description: String {
        "no voice server for guild \(guild): " + regions.map(\.description).joined(separator: "; ")
            + "; start more, or let more regions stand in (fallback)"
    }
}

extension Assignment: CustomStringConvertible {
    /// One line for an event log.
    public var description: String {
        func percent(_ load: Double) -> String { "\(Int((load * 100).rounded())) %" }
        var text = "guild \(guild) → \(server) in \(region), load \(percent(load)), \(policy.rawValue) of \(candidates)"
        if !others.isEmpty {
            text += "; next " + others.map { "\($0.server) \(percent($0.load))" }.joined(separator: ", ")
        }
        for shortage in full { text += "; \(shortage)" }
        return text
    }
}
