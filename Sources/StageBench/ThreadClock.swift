import Glibc

/// Processor time of the calling thread: what other processes do to the machine does not count.
enum ThreadClock {
    /// In nanoseconds.
    static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
