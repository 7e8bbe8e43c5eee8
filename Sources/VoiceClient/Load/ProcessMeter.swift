import Glibc

/// Processor time and memory of a process.
struct ProcessMeter: Sendable {
    let process: Int32

    /// In seconds, of the user's and the system's time; nil if the process is gone.
    var processorTime: Double? {
        // After the name, which may hold anything but is in parentheses: state, …, utime (12th), stime (13th).
        guard let text = read("stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    }

    /// Resident, in bytes.
    var memory: Int? {
        guard let fields = read("statm")?.split(separator: " "), fields.count > 1, let pages = Int(fields[1]) else {
            return nil
        }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Of this process, in seconds.
    static var own: Double {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private func read(_ name: String) -> String? {
        guard let file = unsafe fopen("/proc/\(process)/\(name)", "re") else { return nil }
        defer { unsafe _ = fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
