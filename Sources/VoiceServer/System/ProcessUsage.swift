import Glibc

/// What the process has used so far.
struct ProcessUsage {
    var cpuSeconds = 0.0
    var residentBytes = 0
    var openFiles = 0
    var startTime: Double?

    static func now() -> ProcessUsage {
        var result = ProcessUsage()
        var time = timespec()
        if unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
            result.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        if let fields = (try? SmallFile.text("/proc/self/statm", limit: 4096))?.split(separator: " "), fields.count > 1
        {
            result.residentBytes = (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
        return result
    }
}
