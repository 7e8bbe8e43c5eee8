import Glibc

/// A network with a profile and a seed: is given packets with the times at which they are sent, and says when each comes
/// out, if it does. Same profile, seed and packets: same answers.
///
/// Times are nanoseconds on the sender's clock; they may begin anywhere, and never go back.
public struct ImpairedNetwork: Sendable {
    /// Copies of a packet that come out, at most.
    public static let maximumCopies = 2
    /// Bytes of IP and UDP headers that the bandwidth carries, too.
    public static let headerBytes = 28
    /// How fast a spike falls: the packets that waited together are let go within a third of the time.
    private static let spikeFall = 3.0

    /// What becomes of one packet.
    public enum Fate: Sendable, Hashable {
        case lost
        /// Nothing got through at the time.
        case outage
        /// Too much waited for the bandwidth.
        case dropped
        case delivered(at: Int64)
        case duplicated(at: Int64, and: Int64)
    }

    /// What happened so far.
    public struct Counters: Sendable, Hashable {
        public var sent = 0
        public var lost = 0
        public var outage = 0
        public var dropped = 0
        public var duplicated = 0
    }

    public let profile: NetworkProfile
    public private(set) var counters = Counters()
    private var random: SplitMix64
    private var isInBurst = false
    private var burstLeft = 0
    private var start: Int64?
    private var lastOut = Int64.min
    private var linkFree = Int64.min
    private var spikeStart: Int64 = 0
    private var spikeHeight = 0.0

    public init(_ profile: NetworkProfile, seed: UInt64) {
        self.profile = profile
        random = SplitMix64(state: seed)
    }

    /// - Parameter bytes: of the UDP payload.
    public mutating func send(bytes: Int, at sent: Int64) -> Fate {
        counters.sent += 1
        let first = start ?? sent
        start = first
        let elapsed = sent - first
        if isOut(elapsed) {
            counters.outage += 1
            return .outage
        }
        if isLost() {
            counters.lost += 1
            return .lost
        }
        // A sender whose clock is fast sends its second in less than one of ours.
        let moment = first + Int64((Double(elapsed) / (1 + profile.drift * 1e-6)).rounded())
        guard let through = passLink(bytes, moment) else {
            counters.dropped += 1
            return .dropped
        }
        let out = delayed(through)
        guard chance(profile.duplicate) else { return .delivered(at: out) }
        counters.duplicated += 1
        return .duplicated(at: out, and: out + Int64(uniform() * 10e6))
    }

    // MARK: - Parts

    private func isOut(_ elapsed: Int64) -> Bool {
        let interval = nanoseconds(profile.outageInterval)
        guard interval > 0, elapsed >= interval else { return false }
        return elapsed % interval < nanoseconds(profile.outage)
    }

    /// A Gilbert-Elliott channel: in its bad state a burst's share of packets is lost, in its good state a smaller one. The
    /// mean length of a burst and the share of losses give both transitions. A mean length of 1 is the same as
    /// independent losses.
    private mutating func isLost() -> Bool {
        if profile.burst <= 1 { return chance(profile.loss) || chance(profile.strayLoss) }
        advanceBurst()
        return chance(isInBurst ? profile.burstLoss : profile.strayLoss)
    }

    private mutating func advanceBurst() {
        guard profile.loss > 0 else { return }
        let badShare = min(profile.loss / max(profile.burstLoss, profile.loss), 1)
        if profile.hasExactBursts {
            burstLeft = max(burstLeft - 1, 0)
            // In a cycle, `burst` bad packets stand beside (1 - enter) / enter good ones.
            let enter = badShare / (badShare + profile.burst * (1 - badShare))
            if burstLeft == 0, chance(enter) { burstLeft = Int(profile.burst) }
            isInBurst = burstLeft > 0
        } else {
            let leave = 1 / profile.burst
            let enter = badShare >= 1 ? 1 : min(leave * badShare / (1 - badShare), 1)
            isInBurst = isInBurst ? !chance(leave) : chance(enter)
        }
    }

    /// - Returns: when the last bit has left the link; nil if the queue is full.
    private mutating func passLink(_ bytes: Int, _ moment: Int64) -> Int64? {
        guard let bandwidth = profile.bandwidth else { return moment }
        let begin = max(linkFree, moment)
        guard begin - moment <= nanoseconds(profile.queue) else { return nil }
        linkFree = begin + Int64(bytes + Self.headerBytes) * 8 * 1_000_000_000 / Int64(bandwidth)
        return linkFree
    }

    private mutating func delayed(_ moment: Int64) -> Int64 {
        var delay = Double(nanoseconds(profile.delay)) + jitter() + spike(moment)
        let isHeldBack = chance(profile.reorder)
        if isHeldBack { delay += Double(nanoseconds(profile.reorderDelay)) }
        var out = moment + Int64(delay)
        if profile.keepsOrder && !isHeldBack {
            out = max(out, lastOut)
            lastOut = out
        }
        return out
    }

    private mutating func jitter() -> Double {
        let scale = Double(nanoseconds(profile.jitter))
        guard scale > 0 else { return 0 }
        switch profile.distribution {
        case .normal: return (normal() * scale).magnitude
        case .exponential: return -log(1 - uniform()) * scale
        case .pareto:
            // Shape 2.5: the mean of what exceeds the least value is the least value / 1.5.
            let shape = 2.5
            return (pow(1 - uniform(), -1 / shape) - 1) * scale * (shape - 1)
        }
    }

    private mutating func spike(_ moment: Int64) -> Double {
        if chance(profile.spikes) {
            spikeStart = moment
            spikeHeight = Double(nanoseconds(profile.spikeHeight)) * (0.5 + uniform())
        }
        return max(spikeHeight - Double(moment - spikeStart) * Self.spikeFall, 0)
    }

    // MARK: - Chance

    private mutating func chance(_ share: Double) -> Bool { share >= 1 || share > 0 && uniform() < share }
    private mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// Box-Muller.
    private mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    private func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// A small generator whose whole state is its seed (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
