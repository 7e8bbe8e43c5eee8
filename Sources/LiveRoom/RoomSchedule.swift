/// When which room falls due: a heap of the rooms that are awake, earliest first, lower slots first among equals.
struct RoomSchedule: ~Copyable {
    struct Entry {
        var deadline: Int64
        var slot: Int

        static func < (lhs: Entry, rhs: Entry) -> Bool { (lhs.deadline, lhs.slot) < (rhs.deadline, rhs.slot) }
    }

    private var entries: [Entry] = []

    init() { entries.reserveCapacity(1024) }

    var count: Int { entries.count }
    var first: Entry? { entries.first }

    mutating func insert(_ slot: Int, deadline: Int64) {
        entries.append(Entry(deadline: deadline, slot: slot))
        rise(entries.count - 1)
    }

    mutating func replaceFirst(deadline: Int64) {
        entries[0].deadline = deadline
        sink(0)
    }

    mutating func removeFirst() { remove(at: 0) }

    /// Takes a room out that is closed while it is awake.
    mutating func remove(slot: Int) {
        guard let index = entries.firstIndex(where: { $0.slot == slot }) else { return }
        remove(at: index)
    }

    private mutating func remove(at index: Int) {
        entries.swapAt(index, entries.count - 1)
        entries.removeLast()
        guard index < entries.count else { return }
        sink(index)
        rise(index)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, entries[index] < entries[(index - 1) / 2] {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in (2 * index + 1)...(2 * index + 2)
            where child < entries.count && entries[child] < entries[least] {
                least = child
            }
            guard least != index else { return }
            entries.swapAt(index, least)
            index = least
        }
    }
}
