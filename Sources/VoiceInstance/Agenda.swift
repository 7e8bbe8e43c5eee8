/// What will happen, the earliest first; of equal times what was put in first.
package struct Agenda<Element> {
    fileprivate struct Entry {
        var time: Int64
        var order: UInt64
        var element: Element
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { heap.isEmpty }
    package var count: Int { heap.count }
    package var earliest: Int64? { heap.first?.time }

    package mutating func insert(_ element: Element, at time: Int64) {
        order += 1
        heap.append(Entry(time: time, order: order, element: element))
        var index = heap.count - 1
        while index > 0, precedes(index, (index - 1) / 2) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    package mutating func removeEarliest() -> (time: Int64, element: Element)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            guard least != index else { break }
            heap.swapAt(index, least)
            index = least
        }
        return (first.time, first.element)
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }
}

extension Agenda: Sendable where Element: Sendable {}
extension Agenda.Entry: Sendable where Element: Sendable {}
