import Dispatch
import Synchronization

/// The bus at a place that threads can share; one thread at a time has it.
final class BusSeat: @unchecked Sendable {
    var bus: MixBus
    /// What the last `mix` came to.
    var result: Result<Int?, any Error> = .success(nil)

    init(_ bus: consuming MixBus) { self.bus = bus }

    func mix(_ seats: [TrackSeat], chunk index: Int) {
        do { result = .success(try bus.mix(seats, chunk: index)) } catch { result = .failure(error) }
    }
}

/// The work between two barriers: the room mixes a chunk that is complete, while every track fills its other one.
final class Phase: Sendable {
    private let seats: [TrackSeat]
    private let bus: BusSeat
    private let chunk: Int
    private let mixes: Bool
    private let next = Atomic(0)

    /// - Parameters:
    ///   - chunk: the one that the tracks fill.
    ///   - mixes: whether the other one is complete.
    init(seats: [TrackSeat], bus: BusSeat, chunk: Int, mixes: Bool) {
        self.seats = seats
        self.bus = bus
        self.chunk = chunk
        self.mixes = mixes
    }

    /// Runs everything on so many threads, this one among them, and returns when all is done.
    func run(jobs: Int) {
        DispatchQueue.concurrentPerform(iterations: min(jobs, seats.count + 1)) { _ in takeTasks() }
    }

    /// Takes one task after the other until there is none: the room's first, because it is the longest.
    private func takeTasks() {
        while true {
            let task = next.add(1, ordering: .relaxed).oldValue
            if task > seats.count { return }
            if task > 0 {
                seats[task - 1].produce(chunk: chunk)
            } else if mixes {
                bus.mix(seats, chunk: 1 - chunk)
            }
        }
    }
}
