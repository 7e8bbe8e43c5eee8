import Synchronization

/// A bounded queue from one thread to another, without locks. What is full refuses; nothing is ever dropped.
@safe package final class Ring<Element: Sendable>: @unchecked Sendable {
    package let capacity: Int
    private let slots: UnsafeMutablePointer<Element>
    /// How many have been taken, written by the taker, and how many were put in, written by the other.
    private let taken = Atomic(0)
    private let put = Atomic(0)

    /// - Parameter capacity: is rounded up to a power of two.
    package init(capacity: Int) {
        var rounded = 1
        while rounded < capacity { rounded *= 2 }
        self.capacity = rounded
        unsafe slots = .allocate(capacity: rounded)
    }

    deinit {
        while pop() != nil {}
        unsafe slots.deallocate()
    }

    package var isEmpty: Bool { taken.load(ordering: .relaxed) == put.load(ordering: .acquiring) }

    /// By one thread at a time.
    /// - Returns: false if it is full.
    package func push(_ element: Element) -> Bool {
        let end = put.load(ordering: .relaxed)
        guard end - taken.load(ordering: .acquiring) < capacity else { return false }
        unsafe (slots + (end & (capacity - 1))).initialize(to: element)
        put.store(end + 1, ordering: .releasing)
        return true
    }

    /// By one thread at a time.
    package func pop() -> Element? { pop { _ in true } }

    /// Takes out the oldest if it is wanted.
    package func pop(if isWanted: (Element) -> Bool) -> Element? {
        let start = taken.load(ordering: .relaxed)
        guard start != put.load(ordering: .acquiring) else { return nil }
        let slot = unsafe slots + (start & (capacity - 1))
        guard unsafe isWanted(slot.pointee) else { return nil }
        let element = unsafe slot.move()
        taken.store(start + 1, ordering: .releasing)
        return element
    }
}
