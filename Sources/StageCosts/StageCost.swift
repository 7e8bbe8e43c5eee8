public import MediaCore

/// What one stage, one part of one, or one part of the engine was measured to cost.
public struct StageCost: Codable, Sendable, Hashable {
    /// What is counted.
    public enum Unit: String, Codable, Sendable, Hashable {
        case frame, packet, tick
    }

    public var subject: CostSubject
    public var unit: Unit
    /// Processor time of one thread for one of the unit.
    public var nanoseconds: CostQuantiles
    /// The same work by bare C in the same run; nil where there is nothing to compare with.
    public var floor: FloorCost?
    /// Heap allocations for one of the unit in the steady state; nil where nothing counts them.
    public var allocations: Double?
    /// What goes in and comes out for one of the unit, and what the stage keeps.
    public var bytes: TouchedBytes
    /// Instructions in user space for one of the unit; nil where the kernel gives no counter.
    public var instructions: Double?
    /// Samples that are read for one of the unit, where that is how the work is told (a mix); else nil.
    public var samples: Int?

    public init(
        subject: CostSubject, unit: Unit, nanoseconds: CostQuantiles, floor: FloorCost? = nil,
        allocations: Double? = nil, bytes: TouchedBytes = TouchedBytes(), instructions: Double? = nil,
        samples: Int? = nil
    ) {
        self.subject = subject
        self.unit = unit
        self.nanoseconds = nanoseconds
        self.floor = floor
        self.allocations = allocations
        self.bytes = bytes
        self.instructions = instructions
        self.samples = samples
    }

    /// How many such streams one core carries at real time: one of the unit per frame.
    public var streamsPerCore: Double {
        let seconds = subject.format.frameSeconds
        return nanoseconds.median > 0 ? seconds * 1e9 / nanoseconds.median : .infinity
    }

    /// Samples a second, in billions.
    public var gigasamples: Double? {
        samples.flatMap { nanoseconds.median > 0 ? Double($0) / nanoseconds.median : nil }
    }
}

/// What was measured: two costs with equal subjects may be compared.
public struct CostSubject: Codable, Sendable, Hashable {
    /// A stage's kind, a kernel's name, or `engine.…`.
    public var kind: String
    /// Where a stage is called in more than one way (`ingest`, `tick`); else nil.
    public var part: String?
    /// Every parameter as a pipeline file would write it.
    public var arguments: [String: String]
    /// `speech`, `crowd` (several talk at once), `silence` or `noise`; empty where it does not matter.
    public var input: String
    /// How many of what are served in turn: 1000 keys, 8 voices; 1 where there is one.
    public var width: Int
    /// `keys`, `voices`, `buffers`; nil where width is 1.
    public var widthUnit: String?
    public var format: CostFormat

    public init(
        kind: String, part: String? = nil, arguments: [String: String] = [:], input: String = "", width: Int = 1,
        widthUnit: String? = nil, format: CostFormat = CostFormat(AudioFormat())
    ) {
        self.kind = kind
        self.part = part
        self.arguments = arguments
        self.input = input
        self.width = width
        self.widthUnit = widthUnit
        self.format = format
    }

    /// `srtp.protect, 1000 keys`
    public var title: String {
        var title = kind
        if let part { title += " \(part)" }
        if width != 1 || widthUnit != nil { title += ", \(width) \(widthUnit ?? "")" }
        return title
    }
}

/// An audio format as a file of costs writes it.
public struct CostFormat: Codable, Sendable, Hashable {
    public var sampleRate: Int
    public var channels: Int
    public var samplesPerFrame: Int

    public init(_ format: AudioFormat) {
        (sampleRate, channels, samplesPerFrame) = (format.sampleRate, format.channels, format.samplesPerFrame)
    }

    public var frameSeconds: Double { Double(samplesPerFrame) / Double(max(sampleRate, 1)) }
}

/// Where 95 % of repetitions would put a value.
public struct Interval: Codable, Sendable, Hashable {
    public var low: Double
    public var high: Double

    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Half of its width, as a part of `value`.
    public func relativeWidth(of value: Double) -> Double { value > 0 ? (high - low) / 2 / value : 0 }
}

public struct CostQuantiles: Codable, Sendable, Hashable {
    public var median: Double
    public var p95: Double
    public var p99: Double
    /// Of the median.
    public var interval: Interval

    public init(median: Double, p95: Double, p99: Double, interval: Interval) {
        self.median = median
        self.p95 = p95
        self.p99 = p99
        self.interval = interval
    }
}

/// The limit: the same work in bare C against the same library.
public struct FloorCost: Codable, Sendable, Hashable {
    /// What the floor is: `opus_decode_float`.
    public var name: String
    /// Median nanoseconds.
    public var nanoseconds: Double
    /// The median of stage ÷ floor, pair by pair.
    public var ratio: Double
    public var interval: Interval

    public init(name: String, nanoseconds: Double, ratio: Double, interval: Interval) {
        self.name = name
        self.nanoseconds = nanoseconds
        self.ratio = ratio
        self.interval = interval
    }
}

public struct TouchedBytes: Codable, Sendable, Hashable {
    /// Read for one of the unit.
    public var input: Int
    /// Written for one of the unit.
    public var output: Int
    /// Heap memory that one instance keeps; nil where nothing counts it.
    public var state: Int?

    public init(input: Int = 0, output: Int = 0, state: Int? = nil) {
        self.input = input
        self.output = output
        self.state = state
    }
}
