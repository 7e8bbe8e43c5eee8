/// Makes times that never go back, and are never absurd, of the times in a capture.
///
/// A time that is far from the one before is believed only if the next one agrees: a single damaged or forged one moves
/// nothing. Where two agree, the capture really paused, or its clock was set.
struct CaptureClock {
    /// A step that is believed at once: an hour.
    static let maximumStep: Int64 = 3_600_000_000_000
    /// A pause that is believed if two datagrams tell of it: a day. Where there seems to be a longer one, and where the
    /// clock was set back, time goes on as if nothing had been.
    static let maximumPause: Int64 = 24 * maximumStep
    /// The last moment there is, far enough from the end of the numbers to add a delay to: the year 2116.
    static let latest: Int64 = 1 << 62

    enum Verdict {
        case onTime
        case goneBack
        /// Too far from what was before; it counts as captured with the datagram before it.
        case doubtful
        /// Two datagrams agree on another time.
        case set(seconds: Double)
    }

    /// The last time that was given out.
    private(set) var now: Int64 = 0
    /// The last time that was believed, as the capture has it.
    private var last: Int64?
    private var offset: Int64 = 0
    private var doubtful: Int64?

    /// - Parameter time: of the next datagram, as the capture has it; `now` is what it counts for.
    mutating func add(_ time: Int64) -> Verdict {
        let time = min(max(time, 0), Self.latest)
        guard let last else {
            self.last = time
            now = time
            return .onTime
        }
        let step = time - last
        guard step.magnitude > UInt64(Self.maximumStep) else {
            doubtful = nil
            guard step >= 0 else { return .goneBack }
            move(to: time)
            return .onTime
        }
        guard let before = doubtful, (time - before).magnitude <= UInt64(Self.maximumStep) else {
            doubtful = time
            return .doubtful
        }
        doubtful = nil
        if step < 0 || step > Self.maximumPause { offset = now - before }
        move(to: max(time, before))
        return .set(seconds: Double(step) * 1e-9)
    }

    private mutating func move(to time: Int64) {
        last = time
        now = min(max(now, time + offset), Self.latest)
    }
}
