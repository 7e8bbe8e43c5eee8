/// A clock of any kind, as time since it was taken up.
package struct Timekeeper: Sendable {
    package let now: @Sendable () -> Duration
    /// - Throws: `CancellationError`.
    package let sleep: @Sendable (_ until: Duration) async throws -> Void

    package init<C: Clock>(_ clock: C) where C.Duration == Duration {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }
}
