import AudioFile
import CAllocationCounter
import CaptureStreams
import Foundation
import MediaCore
import OfflineMix
import PacketCapture
import PipelineSpec
import ShippedPipelines
import StandardStages
import TestSenders
import Testing
import VoiceRoom

#if !DEBUG
    /// What comes in, and what goes out, costs no allocation per packet or tick, whatever the network does.
    @Suite(.serialized) struct ReleaseTestsOfPackets {
        /// What a network may do to a packet.
        enum Fate: CaseIterable {
            case onTime, lossy, jittery, repeated, paused
        }

        static func deliveries(_ packets: [[UInt8]], _ fate: Fate) -> [(time: Int64, packet: [UInt8])] {
            var deliveries: [(time: Int64, packet: [UInt8])] = []
            for (i, packet) in packets.enumerated() {
                let time = Int64(i) * 20_000_000
                switch fate {
                case .onTime: deliveries.append((time, packet))
                case .lossy: if i % 7 != 3 && i % 40 > 3 { deliveries.append((time, packet)) }
                case .jittery: deliveries.append((time + Int64(i * i % 97) * 1_000_000, packet))
                case .repeated: deliveries += [(time, packet), (time + 1_000_000, packet)]
                case .paused: if i % 200 < 150 { deliveries.append((time, packet)) }
                }
            }
            return deliveries.sorted { $0.time < $1.time }
        }

        @Test(arguments: Fate.allCases, [false, true])
        func `ingesting and playing packets allocates nothing`(fate: Fate, isSecure: Bool) throws {
            let key = isSecure ? RTPSender.key : nil
            let sender = try RTPSender(frames: 2000, usesFEC: true, redundancy: 1, key: key)
            let plan = try RTPSender.plan("srtp.unprotect, jitter.adaptive, silence.skip, opus.decode, silence.gate")
            var lane = try PacketLane(plan: plan, entry: key.map { .srtp($0) } ?? .rtp)
            lane.payloadTypes.redundancy = 63
            let deliveries = Self.deliveries(sender.packets, fate)
            var frame = PCMFrame(format: plan.format)
            var next = 0
            var counted = -1
            for tick in 0..<2000 {
                if tick == 500 { allocation_counter_start() }
                if tick == 1900 { counted = allocation_counter_stop() }
                let now = Int64(tick) * 20_000_000
                while next < deliveries.count, deliveries[next].time <= now {
                    let delivery = deliveries[next]
                    lane.ingest(delivery.packet.span, at: delivery.time)
                    next += 1
                }
                lane.pull(into: &frame, at: now)
            }
            #expect(counted == 0, "\(counted) allocations in 1400 ticks")
            #expect(lane.playout.played > 1400)
        }

        @Test(arguments: [false, true]) func `packets to a listener allocate nothing`(isSecure: Bool) throws {
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice",
                registry: .standard)
            var listener = try ListenerLane(plan: plan)
            var transmit = try TransmitLane(
                plan: plan, identity: StreamIdentity(ssrc: 9), key: isSecure ? RTPSender.key : nil,
                maximumPayloadBytes: listener.maximumPayloadBytes)
            var packet = [UInt8](repeating: 0, count: transmit.maximumPacketBytes)
            var frame = PCMFrame(format: plan.format)
            let sound = (0..<960).map { Float($0 % 96 < 48 ? 0.1 : -0.1) }
            let heard: [UInt32] = [1, 2, 3]
            var bytes = 0
            for tick in 0..<200 {
                if tick == 50 { allocation_counter_start() }
                frame.load(sound.span)
                listener.advance(frame)
                var output = packet.mutableSpan
                bytes += transmit.transmit(
                    listener.payload, PacketizedFrame(samples: 960), contributors: heard.span, into: &output)
            }
            let counted = allocation_counter_stop()
            #expect(counted == 0 && bytes > 200 * 100)
        }

        @Test(arguments: ["meeting.pcapng", "meeting-srtp.pcapng", "meeting-hotel.pcapng"], ["opus", "pcap"])
        func `mixing a capture allocates nothing per tick`(capture: String, output: String) throws {
            let folder = FileManager.default.temporaryDirectory.appending(
                path: "parley-allocations-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let samples = URL(filePath: ReleaseTestsOfAllocation.meeting).deletingLastPathComponent()
            var keys = KeyRing()
            if capture == "meeting-srtp.pcapng" {
                let text = try String(contentsOf: samples.appending(path: "meeting-srtp.keys"), encoding: .utf8)
                try keys.add(lines: text, file: "meeting-srtp.keys")
            }
            var inputs = CaptureInputs(keys: keys)
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice",
                registry: .standard)
            let request = MixRequest(
                plan: plan,
                inputs: try inputs.expand(try InputResolver.resolve([samples.appending(path: capture).path])),
                output: MixTarget(
                    path: folder.appending(path: "mix.\(output)").path,
                    format: output == "opus" ? .audio(.opus) : .capture(.pcap)))
            let (summary, counted) = try ReleaseTestsOfAllocation.countAllocations(mixing: request)
            #expect(summary.participants.count == 4)
            #expect(counted == 0, "\(counted) allocations in 1200 ticks")
        }
    }
#endif
