/// What one client is sent, as sequence numbers and times tell it.
struct StreamCounter {
    static let longGap: Int64 = 60_000_000

    let client: Int
    private(set) var packets = 0
    private(set) var bytes = 0
    private(set) var lost = 0
    private(set) var reordered = 0
    private(set) var longestGap: Int64 = 0
    private(set) var longGaps = 0
    /// Whether the client has left, or joined anew with another stream.
    var isOver = false
    /// Packets until the next that is authenticated.
    var untilSample = 0
    private var last: (number: UInt16, at: Int64)?

    init(client: Int) { self.client = client }

    mutating func add(number: UInt16, bytes count: Int, at arrival: Int64) {
        packets += 1
        bytes += count
        defer { if last == nil { last = (number, arrival) } }
        guard let last else { return }
        let distance = Int16(truncatingIfNeeded: Int(number) - Int(last.number))
        guard distance > 0 else {
            reordered += 1
            // It was counted as lost when the one after it came.
            if distance < 0 { lost -= 1 }
            return
        }
        lost += Int(distance) - 1
        let gap = arrival - last.at
        longestGap = max(longestGap, gap)
        if gap > Self.longGap { longGaps += 1 }
        self.last = (number, arrival)
    }

    /// Begins to count; what came before was the warm-up.
    mutating func restart() {
        (packets, bytes, lost, reordered, longestGap, longGaps) = (0, 0, 0, 0, 0, 0)
    }
}
