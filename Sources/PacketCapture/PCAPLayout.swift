import FileAccess
import RTPWire

/// The classic capture format: a header of 24 bytes, then records; in either byte order, in micro- or nanoseconds.
struct PCAPLayout {
    private let isLittleEndian: Bool
    private let unit: Int64
    private var link: LinkLayer?

    /// - Parameter magic: the first four bytes, read in network byte order.
    init?(magic: UInt32) {
        switch magic {
        case 0xA1B2_C3D4: (isLittleEndian, unit) = (false, 1000)
        case 0xD4C3_B2A1: (isLittleEndian, unit) = (true, 1000)
        case 0xA1B2_3C4D: (isLittleEndian, unit) = (false, 1)
        case 0x4D3C_B2A1: (isLittleEndian, unit) = (true, 1)
        default: return nil
        }
    }

    func opened(_ reader: inout BufferedReader, _ name: String) throws(FileError) -> PCAPLayout {
        guard try reader.fill(24) else { throw FileError(.corrupt, "'\(name)': the header of the capture is cut off") }
        var layout = self
        // The upper bits tell of checksums at the ends of frames.
        let number = reader.bytes.uint32(at: 20, isLittleEndian) & 0x0FFF_FFFF
        layout.link = LinkLayer(rawValue: number)
        guard layout.link != nil else {
            throw FileError(
                .unsupported,
                "'\(name)': frames of link type \(number); Parley reads Ethernet, Linux cooked and raw IP")
        }
        reader.consume(24)
        return layout
    }

    func step(_ reader: inout BufferedReader) throws(FileError) -> CaptureStep {
        guard try reader.fill(16) else { return reader.bytes.isEmpty ? .end : .damage("the capture is cut off") }
        let seconds = Int64(reader.bytes.uint32(at: 0, isLittleEndian))
        let fraction = Int64(reader.bytes.uint32(at: 4, isLittleEndian))
        let length = Int(reader.bytes.uint32(at: 8, isLittleEndian))
        guard length <= CaptureReader.maximumBlockBytes - 16 else {
            return .damage("a frame of \(length) bytes, which is no frame")
        }
        guard try reader.fill(16 + length) else { return .damage("the capture is cut off") }
        guard let link else { return .other(bytes: 16 + length) }
        return .frame(
            time: seconds * 1_000_000_000 + fraction * unit, link, 16..<(16 + length), bytes: 16 + length)
    }
}

extension Span<UInt8> {
    func uint16(at offset: Int, _ isLittleEndian: Bool) -> UInt16 {
        isLittleEndian ? uint16(at: offset).byteSwapped : uint16(at: offset)
    }

    func uint32(at offset: Int, _ isLittleEndian: Bool) -> UInt32 {
        isLittleEndian ? uint32(at: offset).byteSwapped : uint32(at: offset)
    }
}
