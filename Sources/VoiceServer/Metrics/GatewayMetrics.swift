import LiveRoom
import VoiceInstance

extension ServerMetrics {
    /// What the voice gateway and the pushes of guilds have met.
    static func sessions(_ text: inout MetricsText, _ statistics: InstanceStatistics, _ gateway: GatewayListener) {
        text.single("parley_gateway_connections", .gauge, "WebSockets.", Double(statistics.connections))
        text.single(
            "parley_gateway_sockets", .gauge, "TCP connections, with those that are no WebSocket yet.",
            Double(gateway.connections))
        text.single(
            "parley_gateway_sessions", .gauge, "Sessions, with those that may resume.", Double(statistics.sessions))
        text.single("parley_guilds", .gauge, "Guilds that are served.", Double(statistics.guilds))
        text.single("parley_participants", .gauge, "Plain participants.", Double(statistics.participants))
        let counters: KeyValuePairs = [
            "parley_gateway_connections_opened_total": ("WebSockets opened.", statistics.connectionsOpened),
            "parley_gateway_connections_refused_total": (
                "WebSockets refused by limits.", statistics.connectionsRefused
            ),
            "parley_gateway_sockets_refused_total": ("TCP connections refused by limits.", gateway.refused),
            "parley_gateway_handshakes_failed_total": ("Handshakes that took too long.", gateway.failedHandshakes),
            "parley_gateway_messages_received_total": ("Messages of clients.", statistics.messagesReceived),
            "parley_gateway_messages_sent_total": ("Messages to clients.", statistics.messagesSent),
            "parley_gateway_messages_resent_total": ("Messages sent again after a resume.", statistics.messagesResent),
            "parley_gateway_floods_total": ("Connections closed for sending too much.", statistics.floods),
            "parley_gateway_stalls_total": ("Connections closed for reading too little.", statistics.stalls),
            "parley_commands_failed_total": ("Commands that a shard could not carry out.", statistics.commandsFailed),
        ]
        for (name, (help, value)) in counters { text.single(name, .counter, help, Double(value)) }
        text.family("parley_gateway_identifies_total", .counter, "Identifies, by outcome.")
        for outcome in IdentifyOutcome.allCases {
            text.sample(
                "parley_gateway_identifies_total", ["outcome": outcome.rawValue],
                Double(statistics.identifies[outcome] ?? 0))
        }
        text.family("parley_gateway_resumes_total", .counter, "Resumes, by outcome.")
        for outcome in ResumeOutcome.allCases {
            text.sample(
                "parley_gateway_resumes_total", ["outcome": outcome.rawValue], Double(statistics.resumes[outcome] ?? 0))
        }
        text.family("parley_gateway_closes_total", .counter, "Connections closed by the server, by code.")
        for code in CloseCode.allCases {
            text.sample(
                "parley_gateway_closes_total", ["code": "\(code.rawValue)"], Double(statistics.closes[code] ?? 0))
        }
        text.family("parley_guild_pushes_total", .counter, "Pushes of guilds, by outcome.")
        for outcome in PushOutcome.allCases {
            text.sample(
                "parley_guild_pushes_total", ["outcome": outcome.rawValue], Double(statistics.pushes[outcome] ?? 0))
        }
    }
}

extension ShardStatistics {
    /// What became of each datagram that came in.
    var outcomes: KeyValuePairs<String, Int> {
        [
            "accepted": accepted, "silent": silent, "muted": muted, "without_place": withoutPlace,
            "unannounced": unannounced, "control": control, "discovery": discoveries, "keep_alive": keepAlives,
            "unknown": unknown, "unsecured": unsecured, "malformed": malformed, "unauthenticated": unauthenticated,
            "replayed": replayed, "misplaced": misplaced,
        ]
    }
}
