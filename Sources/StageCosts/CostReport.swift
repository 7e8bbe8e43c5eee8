/// What a run of `parley bench` measured, and where. It is also the file of costs that a prediction reads.
public struct CostReport: Codable, Sendable {
    /// The form of the file that this Parley writes and reads.
    public static let schema = 1
    /// The longest file that is read.
    public static let maximumFileBytes = 16 << 20

    public var schema = Self.schema
    /// The version that was measured.
    public var parley: String
    /// UTC, ISO 8601.
    public var date: String
    public var machine: MachineDescription
    /// What makes the figures doubtful: a machine too noisy, say.
    public var warnings: [String]
    public var costs: [StageCost]
    /// Whether the figures came with Parley, measured on another machine.
    public var isShipped: Bool?

    public init(
        parley: String, date: String, machine: MachineDescription, warnings: [String] = [], costs: [StageCost] = []
    ) {
        self.parley = parley
        self.date = date
        self.machine = machine
        self.warnings = warnings
        self.costs = costs
    }
}

/// The machine that figures were measured on.
public struct MachineDescription: Codable, Sendable, Hashable {
    /// The processor's own name.
    public var processor: String
    /// Of the process: what it may run on.
    public var cores: Int
    public var kernel: String
    /// Whether a hypervisor is underneath.
    public var isVirtual: Bool
    /// Name and version of each library that floors and stages call.
    public var libraries: [String]
    /// The share of processor time that other guests of the hypervisor took meanwhile, 0...1.
    public var steal: Double
    /// Runnable tasks when the run began, by the kernel's load average of a minute.
    public var load: Double
    /// What was not to be had: instruction counters, say.
    public var missing: [String]

    public init(
        processor: String, cores: Int, kernel: String, isVirtual: Bool, libraries: [String], steal: Double = 0,
        load: Double = 0, missing: [String] = []
    ) {
        self.processor = processor
        self.cores = cores
        self.kernel = kernel
        self.isVirtual = isVirtual
        self.libraries = libraries
        self.steal = steal
        self.load = load
        self.missing = missing
    }
}
