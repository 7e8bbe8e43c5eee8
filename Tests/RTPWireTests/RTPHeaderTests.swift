import RTPWire
import Testing

@Suite struct RTPHeaderTests {
    static func packet(
        _ first: UInt8 = 0x80, payload: [UInt8] = [1, 2, 3], extra: [UInt8] = []
    ) -> [UInt8] {
        [first, 0xEF, 0xF1, 0x7B, 0x80, 0x41, 0xF8, 0xD3, 0x55, 0x01, 0xA0, 0xB2] + extra + payload
    }

    @Test func `the fixed header is read as RFC 3550 draws it`() throws {
        let bytes = Self.packet()
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.marker && header.payloadType == 0x6F)
        #expect(header.sequenceNumber == 0xF17B && header.timestamp == 0x8041_F8D3 && header.ssrc == 0x5501_A0B2)
        #expect(header.payload == 12..<15 && header.contributingSourceCount == 0 && header.extensionProfile == nil)
    }

    @Test func `contributing sources, extension and padding lie around the payload`() throws {
        let extra: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x10, 0x85, 0, 0]
        let bytes = Self.packet(0xB2, payload: [9, 9, 0, 0, 3], extra: extra)
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.contributingSource(1, in: bytes.span) == 2)
        #expect(header.extensionBody == 24..<28 && header.payload == 28..<30)
        #expect(AudioLevel(identifier: 1, of: header, in: bytes.span) == AudioLevel(level: -5, isVoice: true))
    }

    @Test(arguments: [
        ([UInt8](repeating: 0x80, count: 11), RTPMalformation.tooShort),
        (RTPHeaderTests.packet(0x40), .version),
        (RTPHeaderTests.packet(0x8F), .contributingSources),
        (RTPHeaderTests.packet(0x90, payload: [0xBE]), .headerExtension),
        (RTPHeaderTests.packet(0x90, payload: [0xBE, 0xDE, 0, 9]), .headerExtension),
        (RTPHeaderTests.packet(0xA0, payload: [1, 0]), .padding),
        (RTPHeaderTests.packet(0xA0, payload: [1, 9]), .padding),
    ])
    func `what is no RTP packet is refused by name`(bytes: [UInt8], reason: RTPMalformation) {
        #expect(throws: reason) { try RTPHeader(parsing: bytes.span) }
    }

    @Test func `two-byte extension elements may be empty and long`() throws {
        let extra: [UInt8] = [0x10, 0x00, 0, 2, 7, 0, 8, 2, 0xAA, 0xBB, 0, 0]
        let bytes = Self.packet(0x90, extra: extra)
        let header = try RTPHeader(parsing: bytes.span)
        #expect(HeaderExtensions.element(7, of: header, in: bytes.span)?.count == 0)
        #expect(HeaderExtensions.element(8, of: header, in: bytes.span) == 20..<22)
        #expect(HeaderExtensions.element(9, of: header, in: bytes.span) == nil)
    }

    @Test func `a one-byte element with identifier 15 ends the walk`() throws {
        let bytes = Self.packet(0x90, extra: [0xBE, 0xDE, 0, 1, 0xF0, 0x10, 0x85, 0])
        let header = try RTPHeader(parsing: bytes.span)
        #expect(HeaderExtensions.element(1, of: header, in: bytes.span) == nil)
    }

    @Test(arguments: [0, -1, -64, -127], [true, false])
    func `an audio level survives its byte (RFC 6464)`(level: Int, isVoice: Bool) {
        let value = AudioLevel(level: level, isVoice: isVoice)
        #expect(AudioLevel(byte: value.byte) == value)
        #expect(value.byte == UInt8(-level) | (isVoice ? 0x80 : 0))
    }

    @Test(arguments: [0, 1, 15, 20], [true, false])
    func `what is written is read back`(sources: Int, hasLevel: Bool) throws {
        var writer = RTPWriter(payloadType: 111, sequenceNumber: 65_535, timestamp: .max, ssrc: 7)
        writer.marker = true
        writer.audioLevelIdentifier = 3
        writer.audioLevel = hasLevel ? AudioLevel(level: -30, isVoice: false) : nil
        let list = (0..<sources).map { UInt32($0 + 100) }
        var bytes = [UInt8](repeating: 0xEE, count: 100)
        var span = bytes.mutableSpan
        let length = writer.write(contributingSources: list.span, into: &span)
        #expect(length == writer.headerBytes(contributingSources: sources))
        let packet = bytes.span.extracting(first: length)
        let header = try RTPHeader(parsing: packet)
        #expect(header.contributingSourceCount == min(sources, 15) && header.payload.isEmpty && header.marker)
        for i in 0..<header.contributingSourceCount { #expect(header.contributingSource(i, in: packet) == list[i]) }
        #expect(AudioLevel(identifier: 3, of: header, in: packet) == writer.audioLevel)
    }

    @Test func `sequence numbers and timestamps go on through wrap-arounds and reordering`() {
        var sequence = SequenceNumberUnwrapper()
        let numbers = [65_534, 65_535, 1, 0, 2].map { sequence.unwrap($0) }
        #expect(numbers == [65_534, 65_535, 65_537, 65_536, 65_538])
        var timestamps = TimestampUnwrapper()
        let wrapped: [UInt32] = [.max - 959, 0, 960, .max - 959]
        let start = Int64(UInt32.max) - 959
        let times = wrapped.map { timestamps.unwrap($0) }
        #expect(times == [start, start + 960, start + 1920, start])
    }
}
