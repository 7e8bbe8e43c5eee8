import LiveRoom
import MediaPlane
import VoiceInstance

/// Everything that `/metrics` tells.
enum ServerMetrics {
    static func text(_ loop: InstanceLoop, _ facts: InstanceFacts, _ gateway: GatewayListener) -> String {
        var text = MetricsText()
        process(&text, facts)
        let healths = loop.healths.enumerated().map { ("\($0)", $1 ?? ShardHealth()) }
        load(&text, healths)
        time(&text, healths)
        packets(&text, healths)
        work(&text, healths)
        text.family(
            "parley_added_latency_seconds", .histogram,
            "Delay in the jitter buffers of those who spoke when metrics were asked for.")
        let latency = loop.addedLatency
        text.histogram(
            "parley_added_latency_seconds", label: nil, bounds: latency.bounds, counts: latency.counts, sum: latency.sum
        )
        sessions(&text, loop.instance.statistics, gateway)
        text.single(
            "parley_draining", .gauge, "Whether nobody else is let in.", loop.instance.isDraining ? 1 : 0)
        return text.text
    }

    private static func process(_ text: inout MetricsText, _ facts: InstanceFacts) {
        let usage = ProcessUsage.now()
        text.family("parley_build_info", .gauge, "What runs here.")
        text.sample("parley_build_info", ["version": facts.version], 1)
        text.single("process_cpu_seconds_total", .counter, "Processor time used.", usage.cpuSeconds)
        text.single("process_resident_memory_bytes", .gauge, "Memory in use.", Double(usage.residentBytes))
        text.single("process_start_time_seconds", .gauge, "When the server started, since 1970.", facts.startTime)
    }

    private static func load(_ text: inout MetricsText, _ healths: [(shard: String, health: ShardHealth)]) {
        text.family("parley_shard_load", .gauge, "How much of what a shard can carry it carries, 0 to 1.")
        for (shard, health) in healths { text.sample("parley_shard_load", ["shard": shard], health.load.value) }
        text.family("parley_shard_load_part", .gauge, "What a shard's load is the largest of.")
        for (shard, health) in healths {
            let parts: KeyValuePairs = [
                "processor": health.load.processor, "steal": health.load.steal, "packets": health.load.packets,
                "lateness": health.load.lateness,
            ]
            for (part, value) in parts {
                text.sample("parley_shard_load_part", ["shard": shard, "part": part], value)
            }
        }
        text.family("parley_shard_processor_seconds_total", .counter, "Processor time of a shard's thread.")
        for (shard, health) in healths {
            text.sample("parley_shard_processor_seconds_total", ["shard": shard], Double(health.processorTime) * 1e-9)
        }
    }

    private static func time(_ text: inout MetricsText, _ healths: [(shard: String, health: ShardHealth)]) {
        text.family("parley_tick_lateness_seconds", .histogram, "How long after its deadline a tick began.")
        for (shard, health) in healths { histogram(&text, "parley_tick_lateness_seconds", shard, health.lateness) }
        text.family("parley_tick_cost_seconds", .histogram, "How long a tick took, with what was sent.")
        for (shard, health) in healths { histogram(&text, "parley_tick_cost_seconds", shard, health.cost) }
    }

    private static func histogram(
        _ text: inout MetricsText, _ name: String, _ shard: String, _ histogram: DurationHistogram
    ) {
        // Four buckets to a doubling are more than graphs need: one is kept of each four.
        let step = 4
        let ends = Array(stride(from: step - 1, to: DurationHistogram.bucketCount - 1, by: step))
        var counts = [UInt64](repeating: 0, count: ends.count + 1)
        for bucket in 0..<DurationHistogram.bucketCount {
            counts[min(bucket / step, ends.count)] += UInt64(histogram.count(in: bucket))
        }
        text.histogram(
            name, label: ("shard", shard), bounds: ends.map(DurationHistogram.upperBound(of:)), counts: counts,
            sum: Double(histogram.sumNanoseconds) * 1e-9)
    }

    private static func packets(_ text: inout MetricsText, _ healths: [(shard: String, health: ShardHealth)]) {
        let name = "parley_datagrams_received_total"
        text.family(name, .counter, "Datagrams that came in, by what became of them.")
        for (shard, health) in healths {
            for (outcome, count) in health.statistics.outcomes {
                text.sample(name, ["shard": shard, "outcome": outcome], Double(count))
            }
        }
        counter(&text, "parley_datagrams_sent_total", "Datagrams that went out.", healths) { $0.statistics.sent }
        counter(&text, "parley_sent_bytes_total", "Bytes of them.", healths) { $0.statistics.sentBytes }
        let socket = "parley_socket_datagrams_lost_total"
        text.family(socket, .counter, "Datagrams that a socket lost, by why.")
        for (shard, health) in healths {
            let losses: KeyValuePairs = [
                "receive_buffer": health.socket.overflows, "too_long": health.socket.truncated,
                "receive_error": health.socket.receiveErrors, "send_buffer": health.socket.dropped,
                "unreachable": health.socket.unreachable,
            ]
            for (reason, count) in losses { text.sample(socket, ["shard": shard, "reason": reason], Double(count)) }
        }
    }

    private static func work(_ text: inout MetricsText, _ healths: [(shard: String, health: ShardHealth)]) {
        counter(&text, "parley_ticks_total", "Ticks of rooms.", healths) { $0.statistics.ticks }
        counter(&text, "parley_frames_decoded_total", "Frames decoded.", healths) { $0.statistics.framesDecoded }
        counter(&text, "parley_frames_encoded_total", "Frames encoded.", healths) { $0.statistics.framesEncoded }
        counter(&text, "parley_mixes_forked_total", "Mixes that went on from a copy of another.", healths) {
            $0.statistics.forks
        }
        counter(&text, "parley_mixes_merged_total", "Mixes given up for an equal one.", healths) {
            $0.statistics.merges
        }
        counter(&text, "parley_shard_wakes_total", "How often a shard's thread woke.", healths) { $0.wakes }
        counter(&text, "parley_shard_commands_total", "Commands carried out.", healths) { $0.commands }
        counter(&text, "parley_shard_events_lost_total", "Events that nobody took in time.", healths) { $0.eventsLost }
        gauge(&text, "parley_rooms", "Rooms.", healths) { $0.statistics.rooms }
        gauge(&text, "parley_rooms_awake", "Rooms in which somebody is heard.", healths) { $0.statistics.awakeRooms }
        gauge(&text, "parley_members", "Members of rooms.", healths) { $0.statistics.members }
        gauge(&text, "parley_voices", "Members with a place among the voices.", healths) { $0.statistics.voices }
        gauge(&text, "parley_mixes", "Mixes that are made.", healths) { $0.statistics.classes }
        gauge(&text, "parley_spare_lanes", "Lanes that are made and not in use.", healths) { $0.statistics.spareLanes }
        gauge(&text, "parley_spare_mixes", "Mixes that are made and not in use.", healths) {
            $0.statistics.spareClasses
        }
    }

    private static func counter(
        _ text: inout MetricsText, _ name: String, _ help: String, _ healths: [(shard: String, health: ShardHealth)],
        _ value: (ShardHealth) -> Int
    ) {
        text.family(name, .counter, help)
        for (shard, health) in healths { text.sample(name, ["shard": shard], Double(value(health))) }
    }

    private static func gauge(
        _ text: inout MetricsText, _ name: String, _ help: String, _ healths: [(shard: String, health: ShardHealth)],
        _ value: (ShardHealth) -> Int
    ) {
        text.family(name, .gauge, help)
        for (shard, health) in healths { text.sample(name, ["shard": shard], Double(value(health))) }
    }
}
