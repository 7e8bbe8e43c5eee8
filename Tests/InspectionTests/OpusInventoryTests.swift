import Inspection
import RTPWire
import Testing

@Suite struct OpusInventoryTests {
    private static func inventory(_ packets: [[UInt8]]) -> OpusInventory {
        var inventory = OpusInventory()
        for packet in packets { inventory.add(packet.span) }
        return inventory
    }

    @Test func `modes, bandwidths and durations are counted by the TOC byte`() {
        // SILK wideband 20 ms; hybrid fullband 20 ms; CELT narrowband 2.5 ms in stereo (RFC 6716 table 2).
        let inventory = Self.inventory([[9 << 3, 1, 2], [9 << 3, 1, 2], [15 << 3, 1, 2], [16 << 3 | 4, 1, 2]])
        #expect(inventory.packets == 4 && inventory.bytes == 12 && inventory.stereo == 1 && inventory.malformed == 0)
        #expect(inventory.modes == [.silk: 2, .hybrid: 1, .celt: 1])
        #expect(inventory.bandwidths == [.wideband: 2, .fullband: 1, .narrowband: 1])
        #expect(inventory.durations == [960: 3, 120: 1])
        #expect((inventory.bitrate - 12 * 8 / 0.0625).magnitude < 1e-9)
    }

    @Test func `silence and what is no Opus are counted`() {
        // An empty payload; code 3 with no frames; a TOC byte alone, which is DTX.
        let inventory = Self.inventory([[], [9 << 3 | 3, 0], [9 << 3]])
        #expect(inventory.malformed == 2 && inventory.packets == 1 && inventory.silent == 1)
    }
}
