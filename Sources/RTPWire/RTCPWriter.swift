/// Writes RTCP packets one behind the other into a datagram (a compound packet, RFC 3550 §6.1).
public struct RTCPWriter: Sendable {
    /// Bytes written so far.
    public private(set) var count = 0

    public init() {}

    /// - Parameter blocks: the first 31 are written.
    public mutating func senderReport(
        ssrc: UInt32, _ info: SenderInfo, blocks: [ReportBlock] = [], into bytes: inout MutableSpan<UInt8>
    ) {
        let start = begin(.senderReport, count: min(blocks.count, 31), into: &bytes)
        append(ssrc, to: &bytes)
        bytes.store(info.ntpTime, at: count)
        bytes.store(info.rtpTimestamp, at: count + 8)
        bytes.store(info.packetCount, at: count + 12)
        bytes.store(info.octetCount, at: count + 16)
        count += SenderInfo.bytes
        append(blocks, to: &bytes)
        end(start, &bytes)
    }

    public mutating func receiverReport(
        ssrc: UInt32, blocks: [ReportBlock], into bytes: inout MutableSpan<UInt8>
    ) {
        let start = begin(.receiverReport, count: min(blocks.count, 31), into: &bytes)
        append(ssrc, to: &bytes)
        append(blocks, to: &bytes)
        end(start, &bytes)
    }

    /// A source description with a canonical name of at most 255 bytes; a longer one is cut.
    public mutating func sourceDescription(
        ssrc: UInt32, canonicalName: [UInt8], into bytes: inout MutableSpan<UInt8>
    ) {
        let start = begin(.sourceDescription, count: 1, into: &bytes)
        append(ssrc, to: &bytes)
        let name = canonicalName.prefix(255)
        bytes[count] = 1
        bytes[count + 1] = UInt8(name.count)
        count += 2
        for byte in name {
            bytes[count] = byte
            count += 1
        }
        // At least one zero ends the chunk, which fills whole words (RFC 3550 §6.5).
        repeat {
            bytes[count] = 0
            count += 1
        } while (count - start) % 4 != 0
        end(start, &bytes)
    }

    public mutating func goodbye(ssrc: UInt32, into bytes: inout MutableSpan<UInt8>) {
        let start = begin(.goodbye, count: 1, into: &bytes)
        append(ssrc, to: &bytes)
        end(start, &bytes)
    }

    private mutating func begin(_ kind: RTCPPacket.Kind, count items: Int, into bytes: inout MutableSpan<UInt8>) -> Int
    {
        let start = count
        bytes[start] = 0x80 | UInt8(items)
        bytes[start + 1] = kind.rawValue
        count += 4
        return start
    }

    private mutating func append(_ value: UInt32, to bytes: inout MutableSpan<UInt8>) {
        bytes.store(value, at: count)
        count += 4
    }

    private mutating func append(_ blocks: [ReportBlock], to bytes: inout MutableSpan<UInt8>) {
        for block in blocks.prefix(31) {
            block.write(into: &bytes, at: count)
            count += ReportBlock.bytes
        }
    }

    private func end(_ start: Int, _ bytes: inout MutableSpan<UInt8>) {
        bytes.store(UInt16((count - start) / 4 - 1), at: start + 2)
    }
}
