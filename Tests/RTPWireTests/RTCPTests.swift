import RTPWire
import Testing

@Suite struct RTCPTests {
    @Test func `a compound packet is read back as it was written`() throws {
        var block = ReportBlock(ssrc: 2)
        block.fractionLost = 12
        block.cumulativeLost = -3
        block.extendedHighestSequenceNumber = 0x0001_0007
        block.jitter = 99
        let info = SenderInfo(ntpTime: 1 << 40 | 5, rtpTimestamp: 960, packetCount: 4, octetCount: 400)
        var bytes = [UInt8](repeating: 0xEE, count: 200)
        var span = bytes.mutableSpan
        var writer = RTCPWriter()
        writer.senderReport(ssrc: 1, info, blocks: [block], into: &span)
        writer.receiverReport(ssrc: 1, blocks: [block, block], into: &span)
        writer.sourceDescription(ssrc: 1, canonicalName: Array("alice".utf8), into: &span)
        writer.goodbye(ssrc: 1, into: &span)
        let packet = bytes.span.extracting(first: writer.count)
        #expect(RTCPPacket.isPlausible(packet) && writer.count % 4 == 0)
        var cursor = RTCPPacket.Cursor()
        let foundSender = cursor.next(in: packet)
        let sender = try #require(foundSender)
        #expect(sender.kind == .senderReport && sender.senderInfo(in: packet) == info)
        #expect(sender.reportBlock(0, in: packet) == block && sender.reportBlock(1, in: packet) == nil)
        let foundReceiver = cursor.next(in: packet)
        let receiver = try #require(foundReceiver)
        #expect(receiver.kind == .receiverReport && receiver.reportBlock(1, in: packet) == block)
        let foundDescription = cursor.next(in: packet)
        let description = try #require(foundDescription)
        let foundName = description.canonicalName(in: packet)
        let name = try #require(foundName)
        #expect(name.name.map { packet[$0] } == Array("alice".utf8) && name.ssrc == 1)
        let foundGoodbye = cursor.next(in: packet)
        let goodbye = try #require(foundGoodbye)
        #expect(goodbye.goodbyeSource(0, in: packet) == 1)
        let rest = cursor.next(in: packet)
        #expect(rest == nil && !cursor.isMalformed)
    }

    @Test(arguments: 0...12) func `every length of canonical name fills whole words`(length: Int) throws {
        var bytes = [UInt8](repeating: 0xEE, count: 64)
        var span = bytes.mutableSpan
        var writer = RTCPWriter()
        writer.sourceDescription(ssrc: 1, canonicalName: [UInt8](repeating: 65, count: length), into: &span)
        var cursor = RTCPPacket.Cursor()
        let packet = bytes.span.extracting(first: writer.count)
        let foundName = cursor.next(in: packet)?.canonicalName(in: packet)
        let name = try #require(foundName)
        #expect(name.name.count == length && cursor.next(in: packet) == nil && !cursor.isMalformed)
    }

    @Test func `a length beyond the datagram ends the walk and says so`() {
        let bytes: [UInt8] = [0x80, 201, 0, 9, 0, 0, 0, 1]
        var cursor = RTCPPacket.Cursor()
        let rest = cursor.next(in: bytes.span)
        #expect(rest == nil && cursor.isMalformed)
    }

    @Test func `loss and jitter follow RFC 3550 A.3 and A.8`() {
        var statistics = ReceptionStatistics()
        // 20 ms packets; the fourth is lost, the sixth comes 8 ms late.
        for (number, late) in [(10, 0.0), (11, 0), (12, 0), (14, 0), (15, 384), (16, 0)] {
            let timestamp = UInt32((number - 10) * 960)
            statistics.add(sequenceNumber: UInt16(number), timestamp: timestamp, arrival: Double(timestamp) + late)
        }
        #expect(statistics.expected == 7 && statistics.received == 6 && statistics.lost == 1)
        // J = 384/16 = 24, then += (384 - 24)/16.
        #expect(abs(statistics.jitter - 46.5) < 1e-9)
        let block = statistics.report(ssrc: 1)
        #expect(block.fractionLost == UInt8(256 / 7) && block.cumulativeLost == 1)
        #expect(statistics.report(ssrc: 1).fractionLost == 0)
    }

    @Test func `a source that begins anew is believed at its second packet`() {
        var statistics = ReceptionStatistics()
        for number in UInt16(0)..<10 { statistics.add(sequenceNumber: number, timestamp: 0, arrival: 0) }
        #expect(statistics.add(sequenceNumber: 40_000, timestamp: 0, arrival: 0) == .doubtful)
        #expect(statistics.add(sequenceNumber: 10, timestamp: 0, arrival: 0) == .inOrder)
        #expect(statistics.add(sequenceNumber: 40_000, timestamp: 0, arrival: 0) == .doubtful)
        #expect(statistics.add(sequenceNumber: 40_001, timestamp: 0, arrival: 0) == .restart)
        #expect(statistics.restarts == 1 && statistics.lost == 0)
    }
}
