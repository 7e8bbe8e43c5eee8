import BasicContainers

/// The replay lists of one key's SSRCs: a fixed number. That of the SSRC that was heard last is at hand, the others lie
/// aside until a packet of theirs has proved authentic.
struct SourceTable: ~Copyable {
    private struct Source: ~Copyable {
        var ssrc: UInt32
        /// When it was laid aside, which is when it was last heard.
        var time: Int
        var replay: ReplayList
    }

    /// Of the SSRC that was heard last.
    private var latest: ReplayList
    private var ssrc: UInt32?
    private let window: Int
    private var others: RigidArray<Source>
    private var time = 0

    init(window: Int) {
        self.window = window
        latest = ReplayList(window: window)
        others = RigidArray(capacity: SRTPUnprotector.maximumSources - 1)
    }

    /// The index that a sequence number stands for, and whether it has been seen. An SSRC that is not known begins with a
    /// rollover counter of 0.
    @inline(__always)  // A call would copy the whole table onto the stack.
    func look(_ sequenceNumber: UInt16, of ssrc: UInt32) -> (index: UInt64, verdict: ReplayList.Verdict) {
        if ssrc == self.ssrc { return latest.look(sequenceNumber) }
        guard let place = find(ssrc) else { return (UInt64(sequenceNumber), .fresh) }
        return others[place].replay.look(sequenceNumber)
    }

    /// Whether an index that a packet says itself has been seen.
    func check(_ index: UInt64, of ssrc: UInt32) -> ReplayList.Verdict {
        if ssrc == self.ssrc { return latest.check(index) }
        guard let place = find(ssrc) else { return .fresh }
        return others[place].replay.check(index)
    }

    /// Remembers a packet that went out or was authentic; a new SSRC takes a free place or that of the least recently heard
    /// one.
    mutating func insert(_ index: UInt64, of ssrc: UInt32) {
        if ssrc != self.ssrc { turn(to: ssrc) }
        latest.insert(index)
    }

    mutating func removeAll() {
        others.removeAll()
        latest = ReplayList(window: window)
        ssrc = nil
    }

    private func find(_ ssrc: UInt32) -> Int? {
        for i in others.indices where others[i].ssrc == ssrc { return i }
        return nil
    }

    /// Lays the latest list aside, if it has an SSRC yet, and takes up that of another.
    private mutating func turn(to ssrc: UInt32) {
        defer { self.ssrc = ssrc }
        guard let former = self.ssrc else { return }
        time += 1
        let place = find(ssrc) ?? makePlace(ssrc)
        swap(&others[place].replay, &latest)
        others[place].ssrc = former
        others[place].time = time
    }

    private mutating func makePlace(_ ssrc: UInt32) -> Int {
        let fresh = Source(ssrc: ssrc, time: time, replay: ReplayList(window: window))
        guard others.isFull else {
            others.append(fresh)
            return others.count - 1
        }
        var oldest = 0
        for i in others.indices where others[i].time < others[oldest].time { oldest = i }
        others[oldest] = fresh
        return oldest
    }
}
