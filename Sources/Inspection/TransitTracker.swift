import RTPWire

/// Transit times of a stream, from the first packet's, and how much later than the fastest each packet came.
struct TransitTracker {
    private var timestamps = TimestampUnwrapper()
    private var first: Double?
    private var shortest = Double.infinity
    /// Of the last packet, in seconds.
    private(set) var delay = 0.0

    /// - Returns: the transit time in seconds, up to a constant.
    mutating func add(_ timestamp: UInt32, at time: Int64) -> Double {
        let transit = Double(time) * 1e-9 - Double(timestamps.unwrap(timestamp)) / 48_000
        let origin = first ?? transit
        first = origin
        // The fastest of late: what drifts is followed a little.
        shortest = min(shortest + 1e-6, transit - origin)
        delay = transit - origin - shortest
        return transit - origin
    }
}
