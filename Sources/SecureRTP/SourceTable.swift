import BasicContainers

/// The replay lists of a sender's SSRCs: a fixed number, searched from the one that was heard last.
struct SourceTable: ~Copyable {
    struct Source: ~Copyable {
        var ssrc: UInt32
        var lastUse: Int
        var replay: ReplayList
    }

    private var sources: RigidArray<Source>
    private let window: Int
    private var uses = 0

    init(window: Int) {
        self.window = window
        sources = RigidArray(capacity: SRTPUnprotector.maximumSources)
    }

    func find(_ ssrc: UInt32) -> Int? {
        for i in sources.indices where sources[i].ssrc == ssrc { return i }
        return nil
    }

    func index(of sequenceNumber: UInt16, at place: Int) -> UInt64 { sources[place].replay.index(of: sequenceNumber) }
    func check(_ index: UInt64, at place: Int) -> ReplayList.Verdict { sources[place].replay.check(index) }

    /// Remembers an authentic packet; a new SSRC takes a free place or that of the least recently heard one.
    mutating func insert(_ index: UInt64, ssrc: UInt32, at place: Int?) {
        uses += 1
        let place = place ?? makePlace(ssrc)
        sources[place].lastUse = uses
        sources[place].replay.insert(index)
    }

    /// Lays the list of one SSRC aside and hands out that of another: the one that was laid aside, or a new one.
    mutating func exchange(_ list: consuming ReplayList, of former: UInt32, for ssrc: UInt32) -> ReplayList {
        uses += 1
        guard let place = find(ssrc) else {
            let place = makePlace(former)
            sources[place].lastUse = uses
            sources[place].replay = list
            return ReplayList(window: window)
        }
        swap(&sources[place].replay, &list)
        sources[place].ssrc = former
        sources[place].lastUse = uses
        return list
    }

    mutating func removeAll() { sources.removeAll() }

    private mutating func makePlace(_ ssrc: UInt32) -> Int {
        if !sources.isFull {
            sources.append(Source(ssrc: ssrc, lastUse: uses, replay: ReplayList(window: window)))
            return sources.count - 1
        }
        var oldest = 0
        for i in sources.indices where sources[i].lastUse < sources[oldest].lastUse { oldest = i }
        sources[oldest] = Source(ssrc: ssrc, lastUse: uses, replay: ReplayList(window: window))
        return oldest
    }
}
