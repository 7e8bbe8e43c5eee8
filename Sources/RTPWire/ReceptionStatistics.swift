/// What a receiver knows of a source by its headers alone: validity (RFC 3550 A.1), loss (A.3), jitter (A.8).
public struct ReceptionStatistics: Sendable, Hashable {
    /// A jump forward of so many is a restart (RFC 3550 A.1).
    public static let maximumDropout = 3000
    /// A jump back of so many is a restart.
    public static let maximumMisorder = 100

    public private(set) var received = 0
    /// Packets whose sequence number is below the highest so far.
    public private(set) var reordered = 0
    public private(set) var restarts = 0
    /// RFC 3550 A.8, in timestamp units.
    public private(set) var jitter = 0.0
    /// The largest value that `jitter` has had.
    public private(set) var maximumJitter = 0.0
    /// The mean of its values, one per packet.
    public var meanJitter: Double { received > 0 ? jitterSum / Double(received) : 0 }

    private var jitterSum = 0.0
    private var first: Int64 = 0
    private var highest: Int64 = 0
    /// Expected in the runs before the last restart.
    private var expectedBefore = 0
    private var candidate: UInt16?
    private var lastTransit: Double?
    private var lastTimestamp: UInt32 = 0
    private var expectedAtReport = 0
    private var receivedAtReport = 0

    public init() {}

    public enum Outcome: Sendable, Hashable {
        case inOrder
        case reordered
        /// A jump that two packets in a row agree on: the source has begun anew.
        case restart
        /// A jump that may be a stray packet; nothing was counted but the packet.
        case doubtful
    }

    /// - Parameter arrival: in timestamp units.
    @discardableResult
    public mutating func add(sequenceNumber: UInt16, timestamp: UInt32, arrival: Double) -> Outcome {
        let outcome = count(sequenceNumber)
        guard outcome != .doubtful else { return outcome }
        if outcome == .restart { lastTransit = nil }
        addTransit(timestamp, arrival)
        return outcome
    }

    /// Packets that should have come, by the sequence numbers.
    public var expected: Int { received == 0 ? 0 : expectedBefore + Int(highest - first) + 1 }
    /// Negative if duplicates came.
    public var lost: Int { expected - received }
    public var extendedHighestSequenceNumber: UInt32 { UInt32(truncatingIfNeeded: highest) }

    /// A report block on the source; what `fractionLost` speaks of begins anew with each.
    public mutating func report(ssrc: UInt32) -> ReportBlock {
        var block = ReportBlock(ssrc: ssrc)
        let newExpected = expected - expectedAtReport
        let newLost = newExpected - (received - receivedAtReport)
        (expectedAtReport, receivedAtReport) = (expected, received)
        block.fractionLost = newExpected > 0 && newLost > 0 ? UInt8(min(newLost * 256 / newExpected, 255)) : 0
        block.cumulativeLost = Int32(clamping: lost)
        block.extendedHighestSequenceNumber = extendedHighestSequenceNumber
        block.jitter = UInt32(jitter)
        return block
    }

    private mutating func count(_ number: UInt16) -> Outcome {
        guard received > 0 else {
            received = 1
            first = Int64(number)
            highest = first
            return .inOrder
        }
        let distance = UInt16(truncatingIfNeeded: highest).distance(toSequenceNumber: number)
        if distance >= Self.maximumDropout || distance < -Self.maximumMisorder {
            guard candidate == number else {
                candidate = number &+ 1
                return .doubtful
            }
            restart(number)
            return .restart
        }
        candidate = nil
        received += 1
        if distance <= 0 {
            if distance < 0 { reordered += 1 }
            return .reordered
        }
        highest += Int64(distance)
        return .inOrder
    }

    private mutating func restart(_ number: UInt16) {
        expectedBefore = expected
        restarts += 1
        candidate = nil
        // The doubtful packet before this one was the first of the new run.
        received += 2
        first = Int64(number) - 1
        highest = Int64(number)
    }

    private mutating func addTransit(_ timestamp: UInt32, _ arrival: Double) {
        defer { lastTimestamp = timestamp }
        guard let last = lastTransit else {
            lastTransit = arrival
            return
        }
        // Differences, not the transit itself, so that a wrap-around of the timestamp does no harm.
        let difference = arrival - last - Double(lastTimestamp.distance(toTimestamp: timestamp))
        lastTransit = arrival
        jitter += (difference.magnitude - jitter) / 16
        maximumJitter = max(maximumJitter, jitter)
        jitterSum += jitter
    }
}
