import Synchronization

/// Holds one lease: keeps it alive, knows until when it surely is ours, and says when it is lost.
///
/// ```swift
/// let keeper = try await LeaseKeeper.grant(in: store, timeToLive: .seconds(10))
/// try await store.put("/servers/a", address, lease: keeper.lease)
/// switch await keeper.keep() { case .lost(let why): stop everything … }
/// ```
///
/// **Until when.** A store counts a lease's time to live from when it gets the keep-alive, which is after it was sent. So
/// until `heldUntil`, the time to live from when the last keep-alive that was answered was *sent*, nobody else can have
/// got what the lease guards, whatever happens on the way. A server that is cut off stops by then. Only the two
/// clocks' rates matter, for which `margin` leaves room.
public final class LeaseKeeper<C: Clock>: Sendable where C.Duration == Duration {
    public let lease: LeaseID
    /// As granted.
    public let timeToLive: Duration
    /// `keep` ends this much before `heldUntil`: time to stop in.
    public let margin: Duration

    private let store: any DiscoveryStore
    private let clock: C
    private let held: Mutex<C.Instant>

    private init(_ lease: Lease, askedAt: C.Instant, in store: any DiscoveryStore, clock: C, margin: Duration?) {
        (self.lease, timeToLive) = (lease.id, lease.timeToLive)
        self.margin = margin ?? lease.timeToLive / 6
        (self.store, self.clock) = (store, clock)
        held = Mutex(askedAt.advanced(by: lease.timeToLive))
    }

    /// - Parameters:
    ///   - clock: one that goes on while the machine sleeps, as the store's does.
    ///   - margin: a sixth of the time to live if nil; less than two thirds of it.
    public static func grant(
        in store: any DiscoveryStore, timeToLive: Duration, clock: C = ContinuousClock(), margin: Duration? = nil
    ) async throws(DiscoveryError) -> LeaseKeeper {
        let askedAt = clock.now
        let lease = try await store.grantLease(timeToLive: timeToLive)
        return LeaseKeeper(lease, askedAt: askedAt, in: store, clock: clock, margin: margin)
    }

    /// The earliest moment at which the lease may have lapsed, or passed to another, unless it is kept alive further.
    public var heldUntil: C.Instant { held.withLock { $0 } }

    /// Whether the lease surely is ours now, with the margin.
    public var isHeld: Bool { clock.now < heldUntil.advanced(by: .zero - margin) }

    /// Keeps the lease alive every third of its time to live until it is lost or the task is cancelled. Called once.
    /// It ends at `heldUntil` less `margin` at the latest, also if nobody answers.
    public func keep() async -> LeaseEnd {
        var next = heldUntil.advanced(by: .zero - timeToLive * 2 / 3)
        var trouble: DiscoveryError?
        while true {
            let giveUp = heldUntil.advanced(by: .zero - margin)
            do { try await clock.sleep(until: min(next, giveUp), tolerance: nil) } catch { return .cancelled }
            let now = clock.now
            guard now < giveUp else { return .lost(.cutOff(trouble)) }
            switch await beat(until: min(giveUp, now.advanced(by: timeToLive / 4))) {
            case .success(let time):
                trouble = nil
                held.withLock { $0 = max($0, now.advanced(by: time)) }
                next = now.advanced(by: time / 3)
            case .failure(.cancelled) where Task.isCancelled: return .cancelled
            case .failure(.leaseNotFound):
                end()
                return .lost(.gone)
            case .failure(.closed): return .lost(.cutOff(.closed))
            case .failure(let error):
                trouble = error
                // Often enough to get through in a short moment of health, not so often as to be a burden.
                next = clock.now.advanced(by: min(timeToLive / 20, .seconds(1)))
            }
        }
    }

    /// Gives the lease back, and deletes its keys; also from a task that is cancelled. If the store does not answer,
    /// the lease lapses by itself.
    public func release() async {
        end()
        let (store, lease) = (store, lease)
        await Task { do { try await store.revoke(lease) } catch {} }.value
    }

    private func end() { held.withLock { $0 = min($0, clock.now) } }

    private func beat(until deadline: C.Instant) async -> Result<Duration, DiscoveryError> {
        let (store, clock, lease) = (store, clock, lease)
        return await withTaskGroup(of: Result<Duration, DiscoveryError>.self) { group in
            group.addTask {
                do throws(DiscoveryError) { return .success(try await store.keepAlive(lease)) } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return .failure(.cancelled) }
                return .failure(.unavailable("the keep-alive of lease \(lease) was not answered in time"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.cancelled)
        }
    }
}

/// How `LeaseKeeper.keep` ended.
public enum LeaseEnd: Sendable, Hashable {
    case lost(LeaseLoss)
    /// The task was cancelled. The lease lives on until it lapses: see `LeaseKeeper.release`.
    case cancelled
}

public enum LeaseLoss: Sendable, Hashable, CustomStringConvertible {
    /// The store says so: it has lapsed or was revoked, and its keys are deleted.
    case gone
    /// No keep-alive has got through; the lease may lapse from `heldUntil` on. The last trouble, if there was any.
    case cutOff(DiscoveryError?)

    public var description: String {
        switch self {
        case .gone: "the lease has lapsed or was revoked"
        case .cutOff(let error?): "the lease cannot be kept alive: \(error)"
        case .cutOff(nil): "the lease was not kept alive in time"
        }
    }
}
