/// Which packet indices have been seen (RFC 3711 §3.3.2), over a sliding window; and the rollover counter that the next
/// sequence number belongs to (§3.3.1).
///
/// Decides as libsrtp does, so that either may stand in for the other.
@safe struct ReplayList: ~Copyable {
    /// The least that RFC 3711 allows.
    static let minimumWindow = 64

    enum Verdict {
        case fresh
        case replayed
        /// Older than the window reaches.
        case tooOld
    }

    /// The highest index so far: rollover counter ‖ sequence number.
    private(set) var highest: UInt64 = 0
    private let window: Int
    /// One bit per index; the place of an index is its remainder.
    private let bits: UnsafeMutableBufferPointer<UInt64>

    /// - Parameter window: packets, at least 64; rounded up to a power of two.
    init(window: Int) {
        var size = Self.minimumWindow
        while size < window { size *= 2 }
        self.window = size
        unsafe bits = .allocate(capacity: size / 64)
        unsafe bits.initialize(repeating: 0)
    }

    deinit { unsafe bits.deallocate() }

    /// The index that a sequence number stands for: the one nearest to the highest so far.
    func index(of sequenceNumber: UInt16) -> UInt64 {
        // Below half of the first cycle there is no cycle before.
        guard highest > 0x8000 else { return UInt64(sequenceNumber) }
        let distance = UInt16(truncatingIfNeeded: highest)
        let ahead = Int(sequenceNumber) - Int(distance)
        var cycle = Int64(bitPattern: highest >> 16)
        if distance < 0x8000 {
            if ahead > 0x8000 { cycle -= 1 }
        } else if -ahead > 0x8000 {
            cycle += 1
        }
        return UInt64(bitPattern: cycle << 16) | UInt64(sequenceNumber)
    }

    /// The index that a sequence number stands for, and whether it has been seen.
    @inline(__always)
    func look(_ sequenceNumber: UInt16) -> (index: UInt64, verdict: Verdict) {
        let index = index(of: sequenceNumber)
        return (index, check(index))
    }

    func check(_ index: UInt64) -> Verdict {
        let delta = Int64(bitPattern: index &- highest)
        if delta > 0 { return .fresh }
        if -delta >= Int64(window) { return .tooOld }
        let place = Int(truncatingIfNeeded: index) & (window - 1)
        return unsafe bits[place >> 6] & (1 << UInt64(place & 63)) == 0 ? .fresh : .replayed
    }

    /// Remembers an index; only after its packet was authenticated.
    mutating func insert(_ index: UInt64) {
        let delta = Int64(bitPattern: index &- highest)
        if delta > 0 {
            forget(steps: delta)
            highest = index
        }
        let place = Int(truncatingIfNeeded: index) & (window - 1)
        unsafe bits[place >> 6] |= 1 << UInt64(place & 63)
    }

    /// Clears the places of the indices that come into the window.
    private mutating func forget(steps: Int64) {
        guard steps > 1 else { return clear(highest &+ 1) }
        guard steps < Int64(window) else {
            unsafe bits.update(repeating: 0)
            return
        }
        for step in 1...UInt64(steps) { clear(highest &+ step) }
    }

    private func clear(_ index: UInt64) {
        let place = Int(truncatingIfNeeded: index) & (window - 1)
        unsafe bits[place >> 6] &= ~(1 << UInt64(place & 63))
    }
}
