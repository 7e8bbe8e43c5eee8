import RTPWire
import Testing

@Suite struct PayloadTests {
    @Test func `the layout of RFC 2198 §5: two blocks and their headers`() throws {
        // F=1, PT 7, offset 320, length 3; then PT 5, primary.
        let payload = hex("87 05 00 03 05 AA BB CC 11 22")
        let foundCursor = REDPayload.Cursor(payload.span)
        var cursor = try #require(foundCursor)
        let foundFirst = cursor.next(in: payload.span)
        let first = try #require(foundFirst)
        #expect(first == .init(payloadType: 7, timestampOffset: 320, data: 5..<8, isPrimary: false))
        let foundSecond = cursor.next(in: payload.span)
        let second = try #require(foundSecond)
        #expect(second == .init(payloadType: 5, timestampOffset: 0, data: 8..<10, isPrimary: true))
        let rest = cursor.next(in: payload.span)
        #expect(rest == nil)
        var written = [UInt8](repeating: 0, count: 4)
        var span = written.mutableSpan
        REDPayload.writeRedundantHeader(payloadType: 7, timestampOffset: 320, length: 3, into: &span, at: 0)
        #expect(written == Array(payload[..<4]))
    }

    @Test(arguments: ["", "80", "87 05 00 03 05 AA BB", "87 05 00 03", "80 80 80 80 80 80 80 80"])
    func `blocks that do not fit are no payload`(text: String) {
        let payload = hex(text)
        #expect(REDPayload.Cursor(payload.span) == nil)
    }

    @Test func `every configuration has the mode, bandwidth and frame of RFC 6716 table 2`() {
        let silk = [480, 960, 1920, 2880]
        let celt = [120, 240, 480, 960]
        for configuration in 0..<32 {
            let payload: [UInt8] = [UInt8(configuration << 3), 0]
            let layout = OpusLayout(payload.span)
            let samples =
                switch configuration {
                case 0..<12: silk[configuration % 4]
                case 12..<16: [480, 960][configuration % 2]
                default: celt[configuration % 4]
                }
            #expect(layout?.samples == samples, "configuration \(configuration)")
            #expect(layout?.mode == (configuration < 12 ? .silk : configuration < 16 ? .hybrid : .celt))
        }
        let fullband: [UInt8] = [31 << 3, 0]
        #expect(OpusLayout(fullband.span)?.bandwidth == .fullband)
    }

    @Test(arguments: [
        ("08", 1, true), ("f8fffe", 1, true), ("f8aabb", 1, false), ("f9aabb", 2, true), ("f9aaaabbbb", 2, false),
        ("fa02aaaabbbb", 2, false), ("fb83 01 01 aa bb cc", 3, true), ("fb4302 aabbcc 0000", 3, true),
    ])
    func `frames are counted and silence is told`(text: String, frames: Int, isSilent: Bool) throws {
        let payload = hex(text)
        let foundLayout = OpusLayout(payload.span)
        let layout = try #require(foundLayout)
        #expect(layout.frameCount == frames && layout.isSilent == isSilent)
    }

    @Test(arguments: ["", "f9aabbcc", "faffffff", "fb", "fb00", "fb7f", "1b03", "fb41ff", "fb8302", "fb03aabb"])
    func `what breaks the rules of RFC 6716 §3.4 has no layout`(text: String) {
        let payload = hex(text)
        #expect(OpusLayout(payload.span) == nil)
    }
}
