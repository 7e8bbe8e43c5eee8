import MediaCore
import OpusCodec
import Testing

@Suite struct SilenceSkipTests {
    @Test(
        arguments: [
            ([0xF8, 0xFF, 0xFE], true),  // a CELT frame with the silence flag: what Discord's clients send
            ([0xF8], true), ([0x08, 0x00], true),  // DTX
            ([0x78, 0xFF, 0xFE], false),  // hybrid: FF FE is sound
            ([0xF8, 0xFF, 0xFD], false), ([], false),
            ([0xF9, 0xFF, 0xFE, 0xFF, 0xFE], true),  // two frames of equal size
            ([0xF9, 0xFF, 0xFE, 0xFF, 0x00], false),
            ([0xFB, 0x03, 0x00, 0x00, 0x00], true),  // three DTX frames of a byte each
            ([0xFB, 0x00], false),  // malformed
        ] as [([UInt8], Bool)])
    func `a packet's own word on its silence`(payload: [UInt8], isSilent: Bool) {
        #expect(OpusPacket.isSilent(payload.span) == isSilent)
    }

    @Test func `the first silent packets of a pause are decoded, the rest are not`() {
        var stage = SilenceSkip(.init(ringOut: 2))
        let silent: [UInt8] = [0xF8, 0xFF, 0xFE]
        let speech: [UInt8] = [0xF8, 1, 2, 3, 4, 5]
        let verdicts = [speech, silent, silent, silent, silent, speech, silent].map {
            stage.judge($0.span, audioLevel: nil)
        }
        #expect(verdicts == [.decode, .decode, .decode, .silent, .silent, .decode, .decode])
    }

    @Test func `a sender's audio level counts where a level is asked for`() {
        var stage = SilenceSkip(.init(level: -70, ringOut: 0))
        let speech: [UInt8] = [0xF8, 1, 2, 3, 4, 5]
        #expect(stage.judge(speech.span, audioLevel: -80) == .silent)
        #expect(stage.judge(speech.span, audioLevel: -60) == .decode)
        #expect(stage.judge(speech.span, audioLevel: nil) == .decode)
    }

    @Test func `speech after skipped silence decodes as if nothing had been skipped`() throws {
        let format = AudioFormat()
        var encoder = try OpusEncoder(format: format)
        var skipping = try OpusDecoder(format: format)
        var whole = try OpusDecoder(format: format)
        var stage = SilenceSkip()
        var frame = PCMFrame(format: format)
        var skipped = 0
        for i in 0..<400 {
            let speaks = i < 100 || i >= 300
            if speaks { OpusRoundTripTests.tone(&frame, index: i) } else { frame.silence() }
            let packet = encoder.encoded(frame)
            let truth = whole.decoded(packet)
            let isSkipped = stage.judge(packet.span, audioLevel: nil) == .silent
            skipped += isSkipped ? 1 : 0
            let heard = isSkipped ? [Float](repeating: 0, count: 960) : skipping.decoded(packet)
            let difference = zip(truth, heard).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            #expect(difference < 0.003, "frame \(i)")
        }
        #expect(skipped > 150, "the encoder marks digital silence")
    }
}
