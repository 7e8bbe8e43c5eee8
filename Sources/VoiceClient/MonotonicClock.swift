import Glibc

/// The clock that all times of the clients are of, in nanoseconds.
package enum MonotonicClock {
    package static var now: Int64 {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps until a moment, which may have passed.
    package static func sleep(until moment: Int64) {
        var time = timespec()
        time.tv_sec = Int(moment / 1_000_000_000)
        time.tv_nsec = Int(moment % 1_000_000_000)
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

/// The time of day, in nanoseconds since 1970: what the kernel notes of datagrams.
enum RealTimeClock {
    static var now: Int64 {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
