import CFloors
import Glibc
package import StageCosts

/// Looks at the machine: what it is, and how quiet it was meanwhile.
package struct MachineProbe {
    private let before: (steal: UInt64, total: UInt64)
    private let load: Double

    package init() {
        before = Self.ticks()
        load = Double(Self.text("/proc/loadavg").split(separator: " ").first ?? "0") ?? 0
    }

    /// - Parameter hasInstructions: whether the kernel counts instructions.
    package func description(hasInstructions: Bool) -> MachineDescription {
        let cpu = Self.text("/proc/cpuinfo").split(separator: "\n")
        func field(_ name: String) -> String? {
            cpu.first { $0.hasPrefix(name) }?.split(separator: ":", maxSplits: 1).last.map(Self.trimmed)
        }
        let after = Self.ticks()
        let total = after.total &- before.total
        var names = utsname()
        unsafe uname(&names)
        let kernel = unsafe withUnsafePointer(to: &names.release) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 65) { unsafe String(cString: $0) }
        }
        return MachineDescription(
            processor: field("model name") ?? field("Hardware") ?? "unknown processor", cores: Self.cores,
            kernel: "Linux " + kernel, isVirtual: field("flags")?.contains(" hypervisor") ?? false,
            libraries: Self.libraries, steal: total > 0 ? Double(after.steal &- before.steal) / Double(total) : 0,
            load: load, missing: hasInstructions ? [] : ["instruction counts: the kernel gives none here"])
    }

    /// What makes the figures doubtful.
    package static func warnings(_ machine: MachineDescription, _ costs: [StageCost]) -> [String] {
        var warnings: [String] = []
        if machine.steal > 0.02 {
            warnings.append(
                "other guests of the hypervisor took \(CostText.percent(machine.steal)) of the processor meanwhile")
        }
        if machine.load > Double(machine.cores) {
            warnings.append(
                "the machine was busy: a load of \(machine.load) on \(machine.cores) cores; close other programs")
        }
        let doubtful = costs.filter { uncertainty($0) > noiseLimit }
        if !doubtful.isEmpty {
            let names = doubtful.prefix(3).map(\.subject.title).joined(separator: ", ")
            warnings.append(
                "\(doubtful.count) of \(costs.count) figures are uncertain by more than "
                    + "\(CostText.percent(noiseLimit)) (\(names)"
                    + "\(doubtful.count > 3 ? ", …" : "")); measure longer with --time")
        }
        return warnings
    }

    /// Half the width of the interval that counts: of the ratio where there is a floor, else of the time.
    private static func uncertainty(_ cost: StageCost) -> Double {
        if let floor = cost.floor { return floor.interval.relativeWidth(of: floor.ratio) }
        return cost.nanoseconds.interval.relativeWidth(of: cost.nanoseconds.median)
    }

    private static let noiseLimit = 0.05

    private static var cores: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

    private static var libraries: [String] {
        (0..<3).compactMap { unsafe parley_library(Int32($0)).map { unsafe String(cString: $0) } }
    }

    /// Of all processors since the start: what others took, and all.
    private static func ticks() -> (steal: UInt64, total: UInt64) {
        let fields = text("/proc/stat").split(separator: "\n").first?.split(separator: " ").dropFirst() ?? []
        let numbers = fields.prefix(8).map { UInt64($0) ?? 0 }
        return (numbers.count == 8 ? numbers[7] : 0, numbers.reduce(0, +))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" })
    }

    private static func text(_ path: String) -> String {
        guard let file = unsafe fopen(path, "re") else { return "" }
        defer { unsafe _ = fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
