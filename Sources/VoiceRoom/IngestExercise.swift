package import MediaCore
package import PipelineSpec

/// Drives a lane by what a fuzzer thinks of: datagrams, whole or made of few bytes, at times of its choosing, and a pull
/// per tick in between. Holds what comes against what a lane promises.
package enum IngestExercise {
    /// The pipeline to drive.
    /// - Parameter registry: must have the standard stages.
    package static func plan(_ registry: StageRegistry) throws(PipelineErrors) -> PipelinePlan {
        try PipelineFile.load(
            text: """
                pipeline: fuzz
                version: 1
                format: { rate: 8 kHz, channels: mono, frame: 20 ms }
                participant: [srtp.unprotect, jitter.adaptive, silence.skip, opus.decode]
                room: [mix]
                listener: [opus.encode]
                """, file: "fuzz.yaml", registry: registry)
    }

    /// - Parameter seal: makes SRTP of RTP, where there is a key.
    package static func run(
        _ bytes: [UInt8], plan: PipelinePlan, key: KeyMaterial?, seal: ([UInt8]) -> [UInt8] = { $0 }
    ) throws {
        var lane = try PacketLane(plan: plan, entry: key.map { .srtp($0) } ?? .rtp)
        lane.payloadTypes = .init(redundancy: 63, level: 1)
        var input = Input(bytes: bytes)
        var frame = PCMFrame(format: plan.format)
        var (clock, tick): (Int64, Int64) = (0, 0)
        var (sequenceNumber, timestamp): (UInt16, UInt32) = (0, 0)
        var last: [UInt8] = []
        let step = Int64(plan.format.samplesPerFrame) * 1_000_000_000 / Int64(plan.format.sampleRate)
        while let command = input.next() {
            clock += Int64(command >> 4) * 3_000_000
            while tick <= clock {
                lane.pull(into: &frame, at: tick)
                check(frame)
                tick += step
            }
            switch command & 0x0F {
            case 0..<2:
                lane.ingest(input.take(Int(input.next() ?? 0)).span, at: clock)
            case 2:
                sequenceNumber &+= UInt16(input.next() ?? 0) << 8 | UInt16(input.next() ?? 0)
                timestamp &+= UInt32(input.next() ?? 0) << 24 | UInt32(input.next() ?? 0) << 12
            case 7: lane.ingest(last.span, at: clock)
            case 8:
                guard !last.isEmpty else { continue }
                var forged = last
                forged[Int(input.next() ?? 0) % forged.count] ^= input.next() ?? 1
                lane.ingest(forged.span, at: clock)
            default:
                sequenceNumber &+=
                    command & 0x0F == 3 ? UInt16(bitPattern: Int16(Int8(bitPattern: input.next() ?? 1))) : 1
                timestamp &+= command & 0x0F == 4 ? UInt32(input.next() ?? 0) * 240 : 960
                let isRedundant = command & 0x0F == 5
                let header: [UInt8] = [
                    0x80, isRedundant ? 63 : 111, UInt8(sequenceNumber >> 8), UInt8(sequenceNumber & 0xFF),
                    UInt8(timestamp >> 24), UInt8(timestamp >> 16 & 0xFF), UInt8(timestamp >> 8 & 0xFF),
                    UInt8(timestamp & 0xFF), 0, 0, 0, command & 0x0F == 6 ? input.next() ?? 1 : 1,
                ]
                last = seal(header + input.take(Int(input.next() ?? 3) & 0x3F))
                lane.ingest(last.span, at: clock)
            }
        }
        let counts = lane.packets
        let refused = counts.malformed + counts.otherPayloads + counts.unauthenticated + counts.replayed + counts.tooOld
        precondition(refused <= counts.received)
        precondition(lane.playout.received <= counts.received && lane.playout.played <= counts.received * 18)
    }

    private static func check(_ frame: borrowing PCMFrame) {
        precondition(SampleKernels.peak(frame.samples).isFinite)
    }

    private struct Input {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() -> UInt8? {
            guard position < bytes.count else { return nil }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func take(_ count: Int) -> [UInt8] {
            let end = min(position + count, bytes.count)
            defer { position = end }
            return Array(bytes[position..<end])
        }
    }
}
