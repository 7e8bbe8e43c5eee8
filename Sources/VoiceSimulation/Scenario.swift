public import NetworkImpairment

/// What a simulation plays: rooms, people and how they behave, and what happens to them all.
public struct Scenario: Sendable {
    /// A voice channel.
    public struct Channel: Sendable, Hashable {
        public var name: String
        public var guild: Int
        public var pipeline: String
        public var places: Int
    }

    /// People of one kind in one channel. Durations of zero: never.
    public struct Crowd: Sendable {
        /// Index among the channels.
        public var channel: Int
        public var count: Int
        public var network: NetworkProfile
        /// Mean length of a talk-spurt, and of the pause after it.
        public var talk: Duration
        public var pause: Duration
        /// Within which they come for the first time.
        public var arrival: Duration
        /// Mean time that they stay, and that they are away then.
        public var stay: Duration
        public var away: Duration
        /// Mean times between what each of them does or suffers.
        public var selfMutes: Duration
        public var serverMutes: Duration
        public var localMutes: Duration
        public var deafens: Duration
        public var resumes: Duration
        public var crashes: Duration
        public var moves: Duration
    }

    /// Those who mean harm.
    public struct Band: Sendable, Hashable {
        public var channel: Int
        public var count: Int
        /// Mean time between two attacks of each.
        public var every: Duration
    }

    public struct Incident: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Nobody else is let in from then on.
            case drain
            /// A channel gets another pipeline: everyone there identifies anew.
            case pipeline
            /// States of a guild that are older than what is there are pushed; nothing must change.
            case stale
        }

        public var time: Duration
        public var kind: Kind
        public var channel: Int
        public var pipeline: String
    }

    public var name: String
    public var description: String
    public var duration: Duration
    public var shards: Int
    /// Time between two looks at everything.
    public var check: Duration
    /// Of how many people in each crowd, one is listened to.
    public var sample: Int
    public var channels: [Channel]
    public var crowds: [Crowd]
    public var bands: [Band]
    public var incidents: [Incident]

    public var people: Int { crowds.reduce(0) { $0 + $1.count } }
}
