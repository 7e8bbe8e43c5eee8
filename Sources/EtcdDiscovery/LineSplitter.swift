/// Puts lines together from pieces that are cut anywhere. A line has a maximum.
struct LineSplitter {
    enum Step: Equatable {
        case line([UInt8])
        /// A line is longer than it may be; nothing more comes.
        case overlong
    }

    private let maximum: Int
    private var line: [UInt8] = []
    private var isOverlong = false

    init(maximum: Int) { self.maximum = maximum }

    /// - Returns: the lines that are complete with these bytes, without their ends; empty ones are left out.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Step] {
        var steps: [Step] = []
        for byte in bytes where !isOverlong {
            if byte == UInt8(ascii: "\n") {
                if !line.isEmpty { steps.append(.line(line)) }
                line.removeAll(keepingCapacity: line.count < 1 << 16)
            } else if line.count < maximum {
                line.append(byte)
            } else {
                isOverlong = true
                line = []
                steps.append(.overlong)
            }
        }
        return steps
    }
}
