/// What an Opus packet says of itself (RFC 6716 §3), found without decoding: its TOC byte, and where its frames are.
public struct OpusLayout: Sendable, Hashable {
    /// How frames are coded.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        case silk, hybrid, celt
    }

    /// The audio bandwidth (RFC 6716 table 1).
    public enum Bandwidth: String, Sendable, Hashable, CaseIterable {
        case narrowband, mediumband, wideband, superwideband, fullband
    }

    /// The longest packet, in samples per channel at 48 kHz: 120 ms (RFC 6716 §3.2.5).
    public static let maximumSamples = 5760
    /// The longest frame in bytes (RFC 6716 §3.2.1).
    public static let maximumFrameBytes = 1275

    /// The first byte.
    public let tableOfContents: UInt8
    /// 1...48
    public let frameCount: Int
    /// The first frame's bytes in the payload; may be empty (DTX).
    public let firstFrame: Range<Int>
    /// Whether every frame is a DTX frame (at most one byte) or a CELT frame that is but the silence flag (`FF FE`).
    public let isSilent: Bool

    /// - Returns: nil if the packet breaks a rule of RFC 6716 §3.4.
    public init?(_ payload: Span<UInt8>) {
        guard !payload.isEmpty else { return nil }
        let toc = payload[0]
        tableOfContents = toc
        var scan = FrameScan(isCELT: toc >> 3 >= 16)
        let isValid =
            switch toc & 0b11 {
            case 0: scan.take(1..<payload.count, payload)
            case 1: Self.scanTwoEqual(payload, &scan)
            case 2: Self.scanTwo(payload, &scan)
            default: Self.scanMany(payload, samplesPerFrame: Self.samplesPerFrame(toc), &scan)
            }
        guard isValid else { return nil }
        frameCount = scan.count
        firstFrame = scan.first
        isSilent = scan.isSilent
    }

    public var mode: Mode { Self.mode(tableOfContents) }

    public static func mode(_ tableOfContents: UInt8) -> Mode {
        switch tableOfContents >> 3 {
        case 0..<12: .silk
        case 12..<16: .hybrid
        default: .celt
        }
    }

    public var bandwidth: Bandwidth {
        switch tableOfContents >> 3 {
        case 0..<4, 16..<20: .narrowband
        case 4..<8: .mediumband
        case 8..<12, 20..<24: .wideband
        case 12..<14, 24..<28: .superwideband
        default: .fullband
        }
    }

    public var isStereo: Bool { tableOfContents & 0b100 != 0 }

    /// Samples per channel of one frame at 48 kHz (RFC 6716 table 2).
    public static func samplesPerFrame(_ tableOfContents: UInt8) -> Int {
        let configuration = Int(tableOfContents >> 3)
        switch mode(tableOfContents) {
        case .silk: return configuration % 4 == 3 ? 2880 : 480 << (configuration % 4)
        case .hybrid: return 480 << (configuration % 2)
        case .celt: return 120 << (configuration % 4)
        }
    }

    /// Samples per channel of the packet at 48 kHz, 120...5760.
    public var samples: Int { frameCount * Self.samplesPerFrame(tableOfContents) }

    /// Whether the packet carries a redundant copy of the packet before it (in-band FEC, LBRR; RFC 6716 §4.2.3).
    public func carriesRedundancy(_ payload: Span<UInt8>) -> Bool {
        guard mode != .celt, !firstFrame.isEmpty else { return false }
        // A flag after one voice-activity flag per 20 ms of SILK, first for the middle, then for the side channel.
        let silkFrames = max(Self.samplesPerFrame(tableOfContents) / 960, 1)
        let byte = payload[firstFrame.lowerBound]
        let middle = byte >> (7 - UInt8(silkFrames)) & 1
        let side = isStereo ? byte >> (6 - 2 * UInt8(silkFrames)) & 1 : 0
        return middle | side != 0
    }

    // MARK: - Frame packing (RFC 6716 §3.2)

    private struct FrameScan {
        let isCELT: Bool
        var count = 0
        var first = 0..<0
        var isSilent = true

        init(isCELT: Bool) { self.isCELT = isCELT }

        mutating func take(_ frame: Range<Int>, _ payload: Span<UInt8>) -> Bool {
            guard frame.count <= maximumFrameBytes else { return false }
            if count == 0 { first = frame }
            count += 1
            let start = frame.lowerBound
            let isSilenceFlag =
                isCELT && frame.count == 2 && payload[start] == 0xFF && payload[start + 1] == 0xFE
            isSilent = isSilent && (frame.count <= 1 || isSilenceFlag)
            return true
        }
    }

    private static func scanTwoEqual(_ payload: Span<UInt8>, _ scan: inout FrameScan) -> Bool {
        guard payload.count % 2 == 1 else { return false }
        let half = (payload.count - 1) / 2
        return scan.take(1..<(1 + half), payload) && scan.take((1 + half)..<payload.count, payload)
    }

    private static func scanTwo(_ payload: Span<UInt8>, _ scan: inout FrameScan) -> Bool {
        var offset = 1
        guard let first = length(payload, &offset, payload.count), offset + first <= payload.count else { return false }
        return scan.take(offset..<(offset + first), payload) && scan.take((offset + first)..<payload.count, payload)
    }

    private static func scanMany(_ payload: Span<UInt8>, samplesPerFrame: Int, _ scan: inout FrameScan) -> Bool {
        guard payload.count >= 2 else { return false }
        let header = payload[1]
        let count = Int(header & 0x3F)
        guard count > 0, count * samplesPerFrame <= maximumSamples else { return false }
        var offset = 2
        var end = payload.count
        if header & 0x40 != 0 {
            var padding = 0
            var byte: UInt8
            repeat {
                guard offset < payload.count else { return false }
                byte = payload[offset]
                offset += 1
                padding += byte == 255 ? 254 : Int(byte)
            } while byte == 255
            end -= padding
            guard end >= offset else { return false }
        }
        return header & 0x80 != 0
            ? scanVariable(payload, count, offset, end, &scan) : scanConstant(payload, count, offset, end, &scan)
    }

    private static func scanConstant(
        _ payload: Span<UInt8>, _ count: Int, _ offset: Int, _ end: Int, _ scan: inout FrameScan
    ) -> Bool {
        guard (end - offset) % count == 0 else { return false }
        let length = (end - offset) / count
        for i in 0..<count {
            guard scan.take((offset + i * length)..<(offset + (i + 1) * length), payload) else { return false }
        }
        return true
    }

    private static func scanVariable(
        _ payload: Span<UInt8>, _ count: Int, _ offset: Int, _ end: Int, _ scan: inout FrameScan
    ) -> Bool {
        // The lengths of all frames but the last stand before the frames; they are walked over twice.
        var lengths = offset
        for _ in 0..<(count - 1) where length(payload, &lengths, end) == nil { return false }
        var frame = lengths
        lengths = offset
        for _ in 0..<(count - 1) {
            guard let length = length(payload, &lengths, end), frame + length <= end,
                scan.take(frame..<(frame + length), payload)
            else { return false }
            frame += length
        }
        return scan.take(frame..<end, payload)
    }

    /// A frame length of one or two bytes (RFC 6716 §3.2.1).
    private static func length(_ payload: Span<UInt8>, _ offset: inout Int, _ end: Int) -> Int? {
        guard offset < end else { return nil }
        let first = Int(payload[offset])
        offset += 1
        guard first >= 252 else { return first }
        guard offset < end else { return nil }
        offset += 1
        return first + 4 * Int(payload[offset - 1])
    }
}
