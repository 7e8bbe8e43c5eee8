import PacketCapture

extension GuildState {
    /// Reads JSON text strictly: a key that is not known, a value out of range, is refused with its path.
    public init(parsing json: [UInt8], limits: InstanceLimits = InstanceLimits()) throws(InstanceError) {
        guard json.count <= limits.stateBytes else {
            throw .malformed(path: "", "a guild's state has at most \(limits.stateBytes) bytes")
        }
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONParser.parse(json)
        } catch { throw .malformed(path: "", "not JSON at byte \(error.offset): \(error.text)") }
        let reader = try ObjectReader(
            root, path: "",
            keys: ["guild_id", "epoch", "revision", "channels", "voice_states", "participants"])
        self.init(
            guild: try reader.snowflake("guild_id"), epoch: try reader.counter("epoch"),
            revision: try reader.counter("revision"))
        for (value, path) in try reader.array("channels", most: limits.channelsPerGuild) {
            channels.append(try ChannelState(value, path))
        }
        for (value, path) in try reader.array("voice_states", most: limits.membersPerGuild) {
            voiceStates.append(try VoiceState(value, path))
        }
        for (value, path) in try reader.array("participants", most: limits.membersPerGuild) {
            participants.append(try ParticipantState(value, path))
        }
    }

    /// As `init(parsing:)` reads it, with every secret.
    public var json: String { json(withSecrets: true) }

    /// - Parameter withSecrets: without, tokens and keys are left out.
    public func json(withSecrets: Bool) -> String {
        JSONText.object([
            ("guild_id", JSONText.quoted("\(guild)")), ("epoch", "\(epoch)"), ("revision", "\(revision)"),
            ("channels", JSONText.array(channels.map(\.json))),
            ("voice_states", JSONText.array(voiceStates.map { $0.json(withSecrets: withSecrets) })),
            ("participants", JSONText.array(participants.map { $0.json(withSecrets: withSecrets) })),
        ])
    }
}

extension ChannelState {
    fileprivate init(_ value: JSONValue, _ path: String) throws(InstanceError) {
        let reader = try ObjectReader(value, path: path, keys: ["channel_id", "pipeline", "places", "bitrate"])
        self.init(channel: try reader.snowflake("channel_id"), pipeline: try reader.string("pipeline"))
        if let number = try reader.integer("places") { places = number }
        bitrate = try reader.integer("bitrate")
    }

    fileprivate var json: String {
        var members = [
            ("channel_id", JSONText.quoted("\(channel)")), ("pipeline", JSONText.quoted(pipeline)),
            ("places", "\(places)"),
        ]
        if let bitrate { members.append(("bitrate", "\(bitrate)")) }
        return JSONText.object(members)
    }
}

extension VoiceState {
    fileprivate init(_ value: JSONValue, _ path: String) throws(InstanceError) {
        let reader = try ObjectReader(
            value, path: path,
            keys: [
                "user_id", "channel_id", "session_id", "token", "mute", "deaf", "self_mute", "self_deaf", "suppress",
                "priority", "local_mutes",
            ])
        self.init(
            user: try reader.snowflake("user_id"), channel: try reader.snowflake("channel_id"),
            session: try reader.string("session_id"), token: try reader.string("token"))
        mute = try reader.bool("mute")
        deaf = try reader.bool("deaf")
        selfMute = try reader.bool("self_mute")
        selfDeaf = try reader.bool("self_deaf")
        suppress = try reader.bool("suppress")
        priority = try reader.bool("priority")
        for (value, path) in try reader.array("local_mutes", most: GuildState.maximumLocalMutes) {
            guard let id = value.snowflake else { throw .malformed(path: path, "is not an id") }
            localMutes.append(id)
        }
    }

    fileprivate func json(withSecrets: Bool) -> String {
        var members = [
            ("user_id", JSONText.quoted("\(user)")), ("channel_id", JSONText.quoted("\(channel)")),
            ("session_id", JSONText.quoted(session)),
        ]
        if withSecrets { members.append(("token", JSONText.quoted(token))) }
        members += [
            ("mute", mute), ("deaf", deaf), ("self_mute", selfMute), ("self_deaf", selfDeaf), ("suppress", suppress),
            ("priority", priority),
        ].map { ($0.0, "\($0.1)") }
        if !localMutes.isEmpty {
            members.append(("local_mutes", JSONText.array(localMutes.map { JSONText.quoted("\($0)") })))
        }
        return JSONText.object(members)
    }
}

extension ParticipantState {
    fileprivate init(_ value: JSONValue, _ path: String) throws(InstanceError) {
        let reader = try ObjectReader(
            value, path: path,
            keys: [
                "participant_id", "channel_id", "suite", "key", "receive_key", "send_key", "ssrc", "address",
                "rtcp_mux", "mute", "deaf", "priority",
            ])
        self.init(
            participant: try reader.snowflake("participant_id"), channel: try reader.snowflake("channel_id"),
            suite: try reader.optionalString("suite"))
        let both = try reader.bytes("key")
        receiveKey = try reader.bytes("receive_key") ?? both ?? []
        sendKey = try reader.bytes("send_key") ?? both ?? []
        if suite == nil, !receiveKey.isEmpty || !sendKey.isEmpty {
            throw reader.error("suite", "is missing: there are keys")
        }
        if let number = try reader.integer("ssrc") {
            guard let number = UInt32(exactly: number) else { throw reader.error("ssrc", "has 32 bits") }
            ssrc = number
        }
        if let text = try reader.optionalString("address") {
            guard let endpoint = EndpointText.parse(text) else {
                throw reader.error("address", "is not like '192.0.2.1:5004' or '[2001:db8::1]:5004'")
            }
            address = endpoint
        }
        multiplexesControl = try reader.bool("rtcp_mux")
        mute = try reader.bool("mute")
        deaf = try reader.bool("deaf")
        priority = try reader.bool("priority")
    }

    fileprivate func json(withSecrets: Bool) -> String {
        var members = [
            ("participant_id", JSONText.quoted("\(participant)")), ("channel_id", JSONText.quoted("\(channel)")),
        ]
        if let suite {
            members.append(("suite", JSONText.quoted(suite)))
            if withSecrets {
                members.append(("receive_key", JSONText.quoted(JSONText.base64(receiveKey))))
                members.append(("send_key", JSONText.quoted(JSONText.base64(sendKey))))
            }
        }
        if let ssrc { members.append(("ssrc", "\(ssrc)")) }
        if let address { members.append(("address", JSONText.quoted("\(address)"))) }
        members += [
            ("rtcp_mux", multiplexesControl), ("mute", mute), ("deaf", deaf), ("priority", priority),
        ].map { ($0.0, "\($0.1)") }
        return JSONText.object(members)
    }
}
