/// When what is to be looked at, the earliest first; of equal times the one that was put in first. Entries are not taken
/// out when they are not needed any more: whoever gets one looks whether it still counts.
struct DeadlineQueue: Sendable {
    enum Subject: Sendable, Hashable {
        case connection(ConnectionID)
        case session(SessionNumber)
    }

    private struct Entry {
        var time: Int64
        var order: UInt64
        var subject: Subject
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var count: Int { heap.count }
    var earliest: Int64? { heap.first?.time }

    mutating func insert(_ subject: Subject, at time: Int64) {
        order += 1
        heap.append(Entry(time: time, order: order, subject: subject))
        rise(heap.count - 1)
    }

    /// The earliest entry, if it is due.
    mutating func next(upTo now: Int64) -> Subject? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(0)
        return first.subject
    }

    mutating func removeAll() { heap = [] }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, precedes(index, (index - 1) / 2) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
