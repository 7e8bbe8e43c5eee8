import Testing
import VoiceServer

@Suite struct MetricsTests {
    @Test func `metrics are in Prometheus' format and tell what is asked of them`() throws {
        try TestServer.run { server in
            let metrics = try Metrics(server)
            for histogram in [
                "parley_tick_lateness_seconds", "parley_tick_cost_seconds", "parley_added_latency_seconds",
            ] { #expect(metrics.types[histogram] == "histogram", "\(histogram)") }
            let outcomes = metrics.samples.filter { $0.name == "parley_datagrams_received_total" }
            #expect(Set(outcomes.compactMap { $0.labels["outcome"] }).count == 14)
            #expect((metrics["process_cpu_seconds_total"] ?? 0) > 0)
            #expect((metrics["process_resident_memory_bytes"] ?? 0) > 1_000_000)
            #expect(metrics["parley_build_info"] == 1)
            for name in metrics.types.keys where metrics.types[name] == "counter" {
                #expect(name.hasSuffix("_total"), "\(name)")
            }
        }
    }

    @Test func `connections are counted`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            _ = try client.read()
            let metrics = try Metrics(server)
            #expect(metrics["parley_gateway_connections"] == 1)
            #expect(metrics["parley_gateway_connections_opened_total"] == 1)
        }
    }

    @Test func `the test's own reader refuses what is not the format`() {
        for text in [
            "a 1", "a 1\n", "# HELP a b\n# TYPE a counter\nb 1\n", "# HELP a b\n# TYPE a counter\na{x=y} 1\n",
            "# HELP a b\n# TYPE a counter\na 1\na 1\n",
            "# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_sum 1\na_count 2\n",
        ] {
            #expect(throws: Metrics.Malformed.self, "\(text)") { try Metrics(text: text) }
        }
    }
}
