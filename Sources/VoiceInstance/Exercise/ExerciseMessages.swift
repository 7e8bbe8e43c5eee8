import PacketCapture

/// Messages and states that a fuzzer's bytes choose.
enum ExerciseMessages {
    typealias Input = GatewayExercise.Input

    static func any(_ input: inout Input) -> [UInt8] {
        switch input.next() ?? 0 {
        case 0..<64: identify(&input, isTrue: true)
        case 64..<128: select(&input)
        case 128..<160: heartbeat(&input)
        case 160..<208: speaking(&input)
        default: resume(&input)
        }
    }

    static func identify(_ input: inout Input, isTrue: Bool) -> [UInt8] {
        let byte = input.next() ?? 0
        let user = 10 + Int(byte & 3)
        let guild = 1 + Int(byte >> 2 & 1)
        // Of others, or of nobody.
        let tokenOf = isTrue ? user : 10 + Int(byte >> 3 & 7)
        let sessionOf = isTrue ? user : 10 + Int(byte >> 6)
        return text(
            """
            {"op":0,"d":{"server_id":"\(isTrue ? guild : Int(byte >> 5))","user_id":\(user),\
            "session_id":"session-\(sessionOf)","token":"secret-\(tokenOf)"}}
            """)
    }

    static func resume(_ input: inout Input) -> [UInt8] {
        let byte = input.next() ?? 0
        let user = 10 + Int(byte & 3)
        let tokenOf = byte > 240 ? user + 1 : user
        return text(
            """
            {"op":7,"d":{"server_id":"\(1 + Int(byte >> 2 & 1))","session_id":"session-\(user)",\
            "token":"secret-\(tokenOf)","seq_ack":\(Int(byte >> 3) - 1)}}
            """)
    }

    static func select(_ input: inout Input) -> [UInt8] {
        let byte = input.next() ?? 0
        let modes = ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize", "xsalsa20_poly1305", ""]
        let addresses = ["198.51.100.3", "2001:db8::3", "::ffff:198.51.100.4", "here"]
        return text(
            """
            {"op":1,"d":{"protocol":"\(byte > 250 ? "webrtc" : "udp")","data":{\
            "mode":"\(modes[byte < 192 ? Int(byte & 1) : Int(byte & 3)])",\
            "address":"\(addresses[byte < 192 ? Int(byte >> 1) % 3 : Int(byte >> 2) % 4])","port":\(Int(byte) * 257 + 1)}}}
            """)
    }

    static func heartbeat(_ input: inout Input) -> [UInt8] {
        let byte = input.next() ?? 0
        switch byte & 3 {
        case 0: return text("{\"op\":3,\"d\":\(byte)}")
        case 1: return text("{\"op\":3,\"d\":\"n\\u0022\(byte)\"}")
        default: return text("{\"op\":3,\"d\":{\"t\":\(byte),\"seq_ack\":\(Int(byte >> 2) - 2)}}")
        }
    }

    static func speaking(_ input: inout Input) -> [UInt8] {
        let byte = input.next() ?? 0
        let ssrc = byte > 240 ? ",\"ssrc\":\(Int(byte) * 16_777_216)" : ""
        return text("{\"op\":5,\"d\":{\"speaking\":\(byte & 15)\(ssrc)}}")
    }

    /// Mostly a good one, of up to 3 channels, 4 users and 2 participants.
    static func state(_ input: inout Input, revision: UInt64) -> GuildState {
        let (what, who) = (input.next() ?? 0, input.next() ?? 0)
        var state = GuildState(
            guild: Snowflake(1 + UInt64(what & 1)), epoch: revision >> 4 + UInt64(what >> 7),
            revision: what & 0x1F == 0 ? 1 : revision)
        for index in 0..<UInt64(1 + what >> 1 & 3) where index < 3 {
            var channel = ChannelState(channel: Snowflake(100 + index), pipeline: who & 0x40 == 0 ? "a" : "b")
            if who & 0x80 != 0 { channel.places = 1 + Int(what) / 4 }
            state.channels.append(channel)
        }
        for index in 0..<4 where who & 1 << index != 0 {
            let flags = input.next() ?? 0
            let user = 10 + index
            var voice = VoiceState(
                user: Snowflake(UInt64(user)), channel: Snowflake(100 + UInt64(flags >> 6 & 1)),
                session: "session-\(user)",
                token: flags & 0x3F == 0x3F ? "secret-new" : "secret-\(user)")
            (voice.mute, voice.selfDeaf, voice.suppress) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
            voice.priority = flags & 8 != 0
            if flags & 16 != 0 { voice.localMutes = [10, 20] }
            state.voiceStates.append(voice)
        }
        for index in 0..<2 where who & 0x10 << index != 0 {
            let flags = input.next() ?? 0
            var participant = ParticipantState(participant: Snowflake(20 + UInt64(index)), channel: 100)
            participant.mute = flags & 1 != 0
            if flags & 2 != 0 {
                participant.suite = "aead-aes-128-gcm"
                participant.receiveKey = Array(repeating: flags, count: 28)
                participant.sendKey = participant.receiveKey
            }
            if flags & 4 != 0 { participant.ssrc = UInt32(flags) << 24 | 1 }
            if flags & 0x88 != 0x88 { participant.address = Endpoint(ipv4: 0xC633_6405, port: 5004 + UInt16(flags)) }
            state.participants.append(participant)
        }
        return state
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
}
