import MediaCore
import Packetization
import RTPWire
import Testing

/// The stream that a mixer sends (RFC 3550 §7.1, RFC 7587).
@Suite struct PacketizerTests {
    static let identity = StreamIdentity(
        ssrc: 0xABCD, firstSequenceNumber: 65_534, firstTimestamp: .max - 959, canonicalName: "mixer@parley")

    /// Runs frames through a packetizer; an empty payload is a frame with nothing to send.
    static func run(
        _ configuration: RTPPacketizer.Configuration = .init(), _ payloads: [[UInt8]], level: Int? = nil,
        contributors: [UInt32] = []
    ) -> [[UInt8]] {
        var packetizer = RTPPacketizer(configuration, identity: identity)
        var bytes = [UInt8](repeating: 0, count: packetizer.maximumPacketBytes(payload: 1275))
        return payloads.map { payload in
            var output = bytes.mutableSpan
            let count = packetizer.packetize(
                payload.span, PacketizedFrame(samples: 960, level: level, isVoice: true),
                contributors: contributors.span, into: &output)
            return Array(bytes[..<count])
        }
    }

    @Test func `sequence numbers count packets, timestamps count time, the marker begins a talk-spurt`() throws {
        let packets = Self.run(.init(), [[1], [2], [], [], [3], [4]])
        #expect(packets.map(\.isEmpty) == [false, false, true, true, false, false])
        let headers = try packets.filter { !$0.isEmpty }.map { try RTPHeader(parsing: $0.span) }
        #expect(headers.map(\.sequenceNumber) == [65_534, 65_535, 0, 1])
        let first = UInt32.max - 959
        #expect(headers.map(\.timestamp) == [first, first &+ 960, first &+ 3840, first &+ 4800])
        #expect(headers.map(\.marker) == [true, false, true, false])
        #expect(headers.allSatisfy { $0.ssrc == 0xABCD && $0.payloadType == 111 })
    }

    @Test(arguments: [0, 1, 15, 16, 40]) func `those who are heard are listed, fifteen at most`(count: Int) throws {
        let heard = (0..<count).map { UInt32($0 + 1) }
        let packet = Self.run(.init(), [[7, 7]], contributors: heard)[0]
        let header = try RTPHeader(parsing: packet.span)
        let listed = (0..<header.contributingSourceCount).map { header.contributingSource($0, in: packet.span) }
        #expect(listed == Array(heard.prefix(15)))
        #expect(Array(packet[header.payload]) == [7, 7])
        var silent = RTPPacketizer.Configuration()
        silent.listsContributors = false
        let other = Self.run(silent, [[7, 7]], contributors: heard)[0]
        #expect(try RTPHeader(parsing: other.span).contributingSourceCount == 0)
    }

    @Test func `the level of a frame rides in a header extension (RFC 6464)`() throws {
        var configuration = RTPPacketizer.Configuration()
        configuration.levelIdentifier = 3
        let packet = Self.run(configuration, [[9]], level: -31)[0]
        let header = try RTPHeader(parsing: packet.span)
        let level = AudioLevel(identifier: 3, of: header, in: packet.span)
        #expect(level?.level == -31 && level?.isVoice == true)
        #expect(Array(packet[header.payload]) == [9])
    }

    @Test func `each packet carries the ones before it again, where time is near (RFC 2198)`() throws {
        var configuration = RTPPacketizer.Configuration()
        configuration.redundancy = 2
        let packets = Self.run(configuration, [[1], [2, 2], [3, 3, 3], [], [4]])
        var blocks: [[(offset: Int, data: [UInt8], isPrimary: Bool)]] = []
        for packet in packets where !packet.isEmpty {
            let header = try RTPHeader(parsing: packet.span)
            #expect(header.payloadType == 63)
            let payload = Array(packet[header.payload])
            guard var cursor = REDPayload.Cursor(payload.span) else {
                Issue.record("no RED")
                continue
            }
            var own: [(offset: Int, data: [UInt8], isPrimary: Bool)] = []
            while let block = cursor.next(in: payload.span) {
                #expect(block.payloadType == 111)
                own.append((Int(block.timestampOffset), Array(payload[block.data]), block.isPrimary))
            }
            blocks.append(own)
        }
        #expect(
            blocks.map { $0.map(\.data) } == [
                [[1]], [[1], [2, 2]], [[1], [2, 2], [3, 3, 3]], blocks[3].map(\.data),
            ])
        #expect(blocks[2].map(\.offset) == [1920, 960, 0])
        #expect(blocks.allSatisfy { $0.last?.isPrimary == true && $0.dropLast().allSatisfy { !$0.isPrimary } })
        #expect(blocks[3].last?.data == [4])
    }

    @Test func `the sender's report counts what was sent and says when`() throws {
        var packetizer = RTPPacketizer(identity: Self.identity)
        var bytes = [UInt8](repeating: 0, count: 2000)
        let nobody: [UInt32] = []
        for payload: [UInt8] in [[1, 2, 3], [], [4, 5]] {
            var output = bytes.mutableSpan
            _ = packetizer.packetize(
                payload.span, PacketizedFrame(samples: 960), contributors: nobody.span, into: &output)
        }
        var output = bytes.mutableSpan
        let count = packetizer.report(wallclock: 1_700_000_000_500_000_000, into: &output)
        let report = Array(bytes[..<count])
        var cursor = RTCPPacket.Cursor()
        var hasReport = false
        var name = ""
        while let packet = cursor.next(in: report.span) {
            if let info = packet.senderInfo(in: report.span) {
                hasReport = true
                #expect(info.packetCount == 2 && info.octetCount == 5)
                #expect(info.rtpTimestamp == (UInt32.max - 959) &+ 1920)
                #expect(info.ntpTime >> 32 == 1_700_000_000 + 2_208_988_800)
                #expect(info.ntpTime & 0xFFFF_FFFF == 0x8000_0000)
            }
            if let found = packet.canonicalName(in: report.span) {
                name = String(decoding: report[found.name], as: UTF8.self)
                #expect(found.ssrc == 0xABCD)
            }
        }
        #expect(hasReport && name == "mixer@parley")
    }

    @Test func `the last report says goodbye after all that a report says`() throws {
        var packetizer = RTPPacketizer(identity: StreamIdentity(ssrc: 0xABCD, canonicalName: "me"))
        var bytes = [UInt8](repeating: 0, count: 400)
        var output = bytes.mutableSpan
        let report = packetizer.report(wallclock: 0, into: &output)
        let count = packetizer.goodbye(wallclock: 0, into: &output)
        #expect(count == report + 8)
        let goodbye = Array(bytes[..<count])
        var cursor = RTCPPacket.Cursor()
        var sources: [UInt32] = []
        while let packet = cursor.next(in: goodbye.span) {
            if let source = packet.goodbyeSource(0, in: goodbye.span) { sources.append(source) }
        }
        #expect(sources == [0xABCD])
    }
}
