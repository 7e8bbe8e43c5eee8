import MediaCore
import PipelineSpec
import RTPWire
import TestSenders
import Testing
import VoiceRoom

/// From datagrams to frames: what is heard, what is repaired, and what is refused without a sample of harm.
@Suite struct PacketLaneTests {
    static func onTime(_ packets: [[UInt8]]) -> [(time: Int64, packet: [UInt8])] {
        packets.enumerated().map { (Int64($0) * 20_000_000 + 5_000_000, $1) }
    }

    static func power(_ samples: some Collection<Float>) -> Float {
        samples.reduce(0) { $0 + $1 * $1 } / Float(max(samples.count, 1))
    }

    @Test func `SRTP and plain RTP give the same samples`() throws {
        let plain = try RTPSender(frames: 150)
        let sealed = try RTPSender(frames: 150, key: RTPSender.key)
        #expect(plain.packets[9] != sealed.packets[9])
        let first = try RTPSender.play(Self.onTime(plain.packets), ticks: 160, plan: RTPSender.plan())
        let second = try RTPSender.play(
            Self.onTime(sealed.packets), ticks: 160,
            plan: RTPSender.plan("srtp.unprotect, jitter.adaptive, opus.decode"), key: RTPSender.key)
        #expect(first.heard.elementsEqual(second.heard))
        #expect(first.playout.played == 150 && first.playout.lost == 0 && first.playout.samplesConcealed == 0)
        #expect(Self.power(first.heard[48_000..<96_000]) > 0.001)
    }

    @Test func `forged, replayed and foreign packets, junk and strangers' keys change no sample`() throws {
        let plan = try RTPSender.plan("srtp.unprotect, jitter.adaptive, opus.decode")
        let good = Self.onTime(try RTPSender(frames: 150, key: RTPSender.key).packets)
        let strange = KeyMaterial(suite: RTPSender.key.suite, secret: (51...78).map { UInt8($0) })
        let stranger = try RTPSender(frames: 150, key: strange).packets
        var bad: [(time: Int64, packet: [UInt8])] = []
        for (i, delivery) in good.enumerated() {
            bad.append((delivery.time, stranger[i]))
            bad.append((delivery.time, Array(delivery.packet.prefix(i % 40))))
            // One bit is wrong, somewhere: header, payload or tag.
            var forged = delivery.packet
            forged[2 + (i * 7) % (forged.count - 2)] ^= UInt8(1 << (i % 8))
            bad.append((delivery.time, forged))
            bad.append(delivery)
            bad.append(delivery)
            bad.append((delivery.time, [UInt8](repeating: 0xFF, count: 1501)))
        }
        let alone = try RTPSender.play(good, ticks: 160, plan: plan, key: RTPSender.key)
        let beside = try RTPSender.play(bad, ticks: 160, plan: plan, key: RTPSender.key)
        #expect(alone.heard.elementsEqual(beside.heard))
        #expect(beside.packets.received == 900 && beside.packets.replayed == 150)
        #expect(beside.packets.unauthenticated >= 280 && beside.packets.malformed >= 150)
        #expect(beside.playout == alone.playout)
    }

    @Test func `on plain RTP, packets from the future and of strangers change no sample`() throws {
        let plan = try RTPSender.plan()
        let good = Self.onTime(try RTPSender(frames: 150).packets)
        var bad: [(time: Int64, packet: [UInt8])] = []
        for (i, delivery) in good.enumerated() {
            bad.append(delivery)
            guard i % 3 == 2 else { continue }
            var future = delivery.packet
            future[2] &+= 100  // 25,600 packets ahead
            bad.append((delivery.time, future))
            var stranger = delivery.packet
            (stranger[8], stranger[9]) = (UInt8(i), 9)
            bad.append((delivery.time, stranger))
            var absurd = delivery.packet
            absurd[4] &+= 77  // hours away
            absurd[3] &+= 40
            bad.append((delivery.time, absurd))
        }
        let alone = try RTPSender.play(good, ticks: 160, plan: plan)
        let beside = try RTPSender.play(bad, ticks: 160, plan: plan)
        #expect(alone.heard.elementsEqual(beside.heard))
        #expect(beside.playout.refused == 150)
    }

    @Test func `a lost packet comes back from the copy in the next one`() throws {
        let sender = try RTPSender(frames: 200, redundancy: 1)
        let deliveries = Self.onTime(sender.packets).enumerated().filter { $0.offset % 5 != 3 }.map(\.element)
        let whole = try RTPSender.play(
            Self.onTime(sender.packets), ticks: 210, plan: RTPSender.plan(), payloadTypes: .init(redundancy: 63))
        let repaired = try RTPSender.play(
            deliveries, ticks: 210, plan: RTPSender.plan(), payloadTypes: .init(redundancy: 63))
        #expect(repaired.playout.recoveredFromCopy == 40)
        #expect(repaired.playout.lost == 40 && repaired.playout.samplesConcealed == 0)
        // The copy is the packet itself. Once the delay allows for copies, not a sample is different.
        let late = Array(repaired.heard[150_000..<180_000])
        let shift = try #require(
            (0...3840).first { shift in
                zip(late[..<960], whole.heard[(150_000 - shift)...]).allSatisfy { ($0 - $1).magnitude < 0.005 }
            })
        let distance = zip(late, whole.heard[(150_000 - shift)...]).map { ($0 - $1).magnitude }.max() ?? 1
        #expect(distance < 0.005)
    }

    @Test func `a lost packet comes back from in-band FEC, and sounds like itself`() throws {
        func error(_ usesFEC: Bool) throws -> (Float, PlayoutStatistics) {
            let sender = try RTPSender(frames: 300, usesFEC: usesFEC)
            let deliveries = Self.onTime(sender.packets)
            let plan = try RTPSender.plan()
            let whole = try RTPSender.play(deliveries, ticks: 310, plan: plan)
            let lossy = try RTPSender.play(
                deliveries.enumerated().filter { $0.offset < 50 || $0.offset % 10 != 3 }.map(\.element), ticks: 310,
                plan: plan)
            // The spectrum matters, not the phase: the envelope of each 5 ms, from where both have settled.
            func envelope(_ samples: [Float]) -> [Float] {
                stride(from: 96_000, to: 280_000, by: 240).map { Self.power(samples[$0..<($0 + 240)]).squareRoot() }
            }
            let shifts = [0, 960, 1920].map { shift in
                Self.power(
                    zip(
                        envelope(whole.heard),
                        envelope(Array(lossy.heard[shift...]) + [Float](repeating: 0, count: shift))
                    )
                    .map { $0 - $1 })
            }
            return (shifts.min() ?? 1, lossy.playout)
        }
        let with = try error(true)
        let without = try error(false)
        #expect(with.1.recoveredFromFEC >= 15)
        #expect(without.1.recoveredFromFEC == 0 && without.1.samplesConcealed >= 20 * 960)
        #expect(with.0 < without.0)
    }

    @Test func `what in-band FEC restores after a long gap is heard at full level`() throws {
        let sender = try RTPSender(frames: 200, usesFEC: true)
        // Packets 100 to 105 are lost: the last of them is restored from the one after it, 100 ms into the gap.
        let deliveries = Self.onTime(sender.packets).enumerated().filter { !(100..<106).contains($0.offset) }
            .map(\.element)
        let plan = try RTPSender.plan("jitter.fixed: { delay: 60 ms, fill: silence }, opus.decode")
        let gap = try RTPSender.play(deliveries, ticks: 200, plan: plan)
        let whole = try RTPSender.play(Self.onTime(sender.packets), ticks: 200, plan: plan)
        #expect(gap.playout.recoveredFromFEC == 1)
        // Both are late by the same: the frame begins 105 frames and the buffer's delay from the start.
        let start = 105 * 960 + (whole.heard.firstIndex { $0 != 0 } ?? 0)
        let frame = (start + 400)..<(start + 900)
        let level = Self.power(gap.heard[frame]) / Self.power(whole.heard[frame])
        // Faded out, it would be a hundredth; the redundant copy is coarser than the frame.
        #expect(level > 0.1, "\(level) of the power")
    }

    @Test func `what runs out fades between 60 and 120 ms, then is silent or the sender's noise`() throws {
        let sender = try RTPSender(frames: 100)
        let silent = try RTPSender.play(
            Self.onTime(sender.packets), ticks: 200,
            plan: RTPSender.plan("jitter.adaptive: { fill: silence }, opus.decode"))
        let end = try #require(silent.heard.lastIndex { $0 != 0 })
        let last = 100 * 960 + 5 * 960
        #expect(end > last - 3000 && end < last + 5760 + 1920)
        // No step louder than the voice's own.
        func steepest(_ samples: ArraySlice<Float>) -> Float {
            zip(samples, samples.dropFirst()).map { ($0 - $1).magnitude }.max() ?? 0
        }
        #expect(steepest(silent.heard[90_000...]) <= steepest(silent.heard[..<90_000]) * 1.05)
    }

    @Test func `a silent tick of a lane that nobody talks into is silence`() throws {
        let heard = try RTPSender.play([], ticks: 50, plan: RTPSender.plan()).heard
        #expect(heard.allSatisfy { $0 == 0 })
    }

    @Test func `what a transmit lane sends, a packet lane hears`() throws {
        let plan = try RTPSender.plan("srtp.unprotect, jitter.adaptive, opus.decode")
        var listener = try ListenerLane(plan: plan)
        var transmit = try TransmitLane(
            plan: plan, identity: StreamIdentity(ssrc: 9), key: nil, maximumPayloadBytes: listener.maximumPayloadBytes)
        var frame = PCMFrame(format: plan.format)
        var packets: [[UInt8]] = []
        var bytes = [UInt8](repeating: 0, count: transmit.maximumPacketBytes)
        let tone = (0..<960).map { Float($0 % 96 < 48 ? 0.1 : -0.1) }
        for _ in 0..<100 {
            frame.load(tone.span)
            listener.advance(frame)
            let heard: [UInt32] = [3, 4]
            var output = bytes.mutableSpan
            let length = transmit.transmit(
                listener.payload, PacketizedFrame(samples: 960), contributors: heard.span, into: &output)
            packets.append(Array(bytes[..<length]))
        }
        let packet = packets[50]
        let header = try RTPHeader(parsing: packet.span)
        #expect(header.contributingSourceCount == 2)
        let heard = try RTPSender.play(Self.onTime(packets), ticks: 110, plan: plan).heard
        #expect(abs(Self.power(heard[48_000..<90_000]) - 0.01) < 0.002)
    }

    @Test func `a pipeline without the stages for it is refused by name`() throws {
        let plan = try RTPSender.plan()
        #expect {
            _ = try PacketLane(plan: plan, entry: .srtp(RTPSender.key))
        } throws: { "\($0)".contains("srtp.unprotect") }
        #expect {
            _ = try TransmitLane(
                plan: plan, identity: StreamIdentity(ssrc: 1), key: RTPSender.key, maximumPayloadBytes: 100)
        } throws: { "\($0)".contains("srtp.protect") }
    }
}
