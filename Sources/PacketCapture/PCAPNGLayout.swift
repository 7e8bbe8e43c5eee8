import FileAccess
import RTPWire

/// The newer capture format: blocks; sections in either byte order; interfaces with link layers and clocks of their own.
struct PCAPNGLayout {
    static let magic: UInt32 = 0x0A0D_0D0A
    /// Interfaces that one section may have.
    static let maximumInterfaces = 256

    /// Blocks of others' making; ours hold a length and a text, under the enterprise number for examples (RFC 5612).
    static let customBlock: UInt32 = 0x0BAD
    static let enterpriseNumber: UInt32 = 32_473

    private struct Interface {
        var link: LinkLayer?
        /// Ticks per second.
        var resolution: UInt64 = 1_000_000
        /// Seconds that are added.
        var offset: Int64 = 0
        var snapLength: Int
    }

    private var isLittleEndian = false
    private var interfaces: [Interface] = []
    private var lastTime: Int64 = 0

    mutating func step(_ reader: inout BufferedReader) throws(FileError) -> CaptureStep {
        guard try reader.fill(12) else { return reader.bytes.isEmpty ? .end : .damage("the capture is cut off") }
        let isSection = reader.bytes.uint32(at: 0) == Self.magic
        if isSection {
            switch reader.bytes.uint32(at: 8) {
            case 0x1A2B_3C4D: isLittleEndian = false
            case 0x4D3C_2B1A: isLittleEndian = true
            default: return .damage("a section whose byte order is not told")
            }
            interfaces = []
        }
        let length = Int(reader.bytes.uint32(at: 4, isLittleEndian))
        guard length >= 12, length % 4 == 0, length <= CaptureReader.maximumBlockBytes else {
            return .damage("a block of \(length) bytes, which is no block")
        }
        guard try reader.fill(length) else { return .damage("the capture is cut off") }
        guard !isSection else { return .skip(bytes: length) }
        let block = reader.bytes.extracting(first: length)
        switch block.uint32(at: 0, isLittleEndian) {
        case 1: return addInterface(block)
        case 2: return packet(block, interface: Int(field16(block, 8)), header: 28)
        case 3: return simplePacket(block)
        case 6: return packet(block, interface: Int(field(block, 8)), header: 28)
        case Self.customBlock: return note(block)
        default: return .skip(bytes: length)
        }
    }

    private func note(_ block: Span<UInt8>) -> CaptureStep {
        guard block.count >= 20, field(block, 8) == Self.enterpriseNumber else { return .skip(bytes: block.count) }
        let length = Int(field(block, 12))
        guard length <= block.count - 20 else { return .skip(bytes: block.count) }
        return .note(16..<(16 + length), bytes: block.count)
    }

    private func field(_ block: Span<UInt8>, _ offset: Int) -> UInt32 { block.uint32(at: offset, isLittleEndian) }
    private func field16(_ block: Span<UInt8>, _ offset: Int) -> UInt16 { block.uint16(at: offset, isLittleEndian) }

    private mutating func addInterface(_ block: Span<UInt8>) -> CaptureStep {
        guard block.count >= 20 else { return .damage("an interface block of \(block.count) bytes") }
        guard interfaces.count < Self.maximumInterfaces else {
            return .damage("more than \(Self.maximumInterfaces) interfaces")
        }
        var interface = Interface(
            link: LinkLayer(rawValue: UInt32(field16(block, 8))), snapLength: Int(field(block, 12)))
        var offset = 16
        while offset + 4 <= block.count - 4 {
            let (code, length) = (field16(block, offset), Int(field16(block, offset + 2)))
            let value = offset + 4
            guard code != 0, value + length <= block.count - 4 else { break }
            if code == 9 && length == 1 { interface.resolution = Self.resolution(block[value]) }
            if code == 14 && length == 8 {
                let (first, second) = (UInt64(field(block, value)), UInt64(field(block, value + 4)))
                let seconds = isLittleEndian ? second << 32 | first : first << 32 | second
                interface.offset = Int64(bitPattern: seconds)
            }
            offset = value + (length + 3) / 4 * 4
        }
        interfaces.append(interface)
        return .skip(bytes: block.count)
    }

    /// `if_tsresol`: a negative power of ten, or of two if the highest bit is set. What fits no clock is microseconds.
    private static func resolution(_ value: UInt8) -> UInt64 {
        let exponent = Int(value & 0x7F)
        if value & 0x80 != 0 { return exponent < 63 ? 1 << UInt64(exponent) : 1_000_000 }
        guard exponent <= 18 else { return 1_000_000 }
        return (0..<exponent).reduce(1) { product, _ in product * 10 }
    }

    private mutating func packet(_ block: Span<UInt8>, interface index: Int, header: Int) -> CaptureStep {
        guard block.count >= header + 4 else { return .damage("a packet block of \(block.count) bytes") }
        let length = Int(field(block, 20))
        guard length <= block.count - header - 4 else { return .damage("a packet longer than its block") }
        guard index < interfaces.count, let link = interfaces[index].link else { return .other(bytes: block.count) }
        let ticks = UInt64(field(block, 12)) << 32 | UInt64(field(block, 16))
        lastTime = Self.nanoseconds(ticks, interfaces[index])
        return .frame(time: lastTime, link, header..<(header + length), bytes: block.count)
    }

    /// A packet without a time: it counts as captured with the one before.
    private func simplePacket(_ block: Span<UInt8>) -> CaptureStep {
        guard block.count >= 16, let interface = interfaces.first, let link = interface.link else {
            return .other(bytes: block.count)
        }
        let limit = interface.snapLength == 0 ? Int.max : interface.snapLength
        let length = min(Int(field(block, 8)), block.count - 16, limit)
        return .frame(time: lastTime, link, 12..<(12 + length), bytes: block.count)
    }

    /// A time beyond what 64 bits of nanoseconds hold is taken to be the last moment there is.
    private static func nanoseconds(_ ticks: UInt64, _ interface: Interface) -> Int64 {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: interface.resolution)
        let fraction = rest.multipliedFullWidth(by: 1_000_000_000)
        let nanoseconds = interface.resolution.dividingFullWidth(fraction).quotient
        let (whole, overflow) = Int64(clamping: seconds).addingReportingOverflow(interface.offset)
        let limit = CaptureClock.latest / 1_000_000_000
        guard !overflow else { return interface.offset < 0 ? 0 : limit * 1_000_000_000 }
        return min(max(whole, 0), limit) * 1_000_000_000 + Int64(clamping: nanoseconds)
    }
}
