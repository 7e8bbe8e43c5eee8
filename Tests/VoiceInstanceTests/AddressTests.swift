import LiveRoom
import PacketCapture
import Testing
import VoiceInstance

/// Where somebody is, is told to nobody: not in any message, not in why a connection is closed.
@Suite struct AddressTests {
    /// A member's: where they connect from, where they say they are, where their media comes from, where it moves to.
    struct Whereabouts {
        var user: Int
        var connection: Endpoint { Endpoint(ipv4: 0x0A01_0000 + UInt32(user), port: UInt16(41_000 + user)) }
        var claim: Endpoint { Endpoint(ipv4: 0xC633_6400 + UInt32(user), port: UInt16(42_000 + user)) }
        var media: Endpoint { Endpoint(ipv4: 0xC000_0200 + UInt32(user), port: UInt16(43_000 + user)) }
        var moved: Endpoint {
            Endpoint(high: 0x2001_0DB8_0000_0000, low: 0xABCD_0000 + UInt64(user), port: UInt16(44_000 + user))
        }
        var all: [Endpoint] { [connection, claim, media, moved] }
    }

    static let room = RoomID(guild: 1, channel: 100)

    /// What of an endpoint stands in a text: its address, as text or as a number, or its port.
    static func traces(of endpoint: Endpoint, in text: String) -> [String] {
        var forms = [endpoint.address]
        if let number = endpoint.ipv4 {
            forms += ["\(number)", String(number, radix: 16)]
            // As it stands in JSON by bytes.
            forms.append([24, 16, 8, 0].map { "\(number >> UInt32($0) & 0xFF)" }.joined(separator: ","))
        }
        var found = forms.filter { text.lowercased().contains($0) }
        let isPort = text.split { !$0.isNumber }.contains { $0 == "\(endpoint.port)" }
        if isPort { found.append("\(endpoint.port)") }
        return found
    }

    /// Lets clients and participants do and suffer all that members can; gives all that was said to anybody.
    private func play() throws -> [String] {
        var configuration = InstanceConfiguration()
        configuration.allowsPlainRTP = true
        let stage = Stage(configuration, shards: 1)
        var state = GuildState.simple(users: [10, 11, 12, 13])
        var participant = ParticipantState(participant: 20, channel: 100)
        participant.address = Whereabouts(user: 20).media
        state.participants = [participant]
        try stage.push(state)
        func join(_ user: Int, version: String = "8") -> ConnectionID {
            let place = Whereabouts(user: user)
            let connection = stage.open(
                version: version, from: place.connection.ipv4 ?? 0, port: place.connection.port)
            stage.identify(connection, user: user)
            stage.select(connection, at: (place.claim.address, Int(place.claim.port)))
            stage.speak(connection)
            return connection
        }
        func event(_ event: ShardEvent) { stage.act { $0.shardEvent(event, from: 0, at: $1) } }
        func member(_ user: Int) throws -> MemberID { try #require(stage.member(user: user)).member }
        let connections = [10: join(10), 11: join(11), 12: join(12, version: "4"), 13: join(13, version: "7")]
        for user in [10, 11, 12, 13, 20] {
            let (id, place) = (try member(user), Whereabouts(user: user))
            for endpoint in [place.claim, place.media, place.moved] {
                event(.located(id, endpoint))
                event(.speaking(Self.room, id, true))
                event(.speaking(Self.room, id, false))
            }
            #expect(stage.member(user: user)?.endpoint == place.moved, "it is known, and not told")
        }
        // Heartbeats, a mode that is not there, a wrong SSRC, a resume from elsewhere with all that was missed.
        let first = try #require(connections[10])
        stage.beat(first)
        stage.act { $0.closed(first, at: $1) }
        event(.speaking(Self.room, try member(11), true))
        let again = stage.open(from: Whereabouts(user: 10).moved.ipv4 ?? 0x0A02_0001, port: 44_010)
        stage.resume(again, user: 10, acknowledged: 1)
        stage.select(again, mode: "xsalsa20_poly1305")
        let replaced = stage.open(from: 0x0A03_0001)
        stage.identify(replaced, user: 11)
        let guess = stage.open(from: 0x0A03_0001)
        stage.identify(guess, user: 12, token: "guess")
        event(.unannounced(try member(12)))
        event(.failed(try member(13), "nothing can be sent to \(Whereabouts(user: 13).media)"))
        try stage.push(state.next { $0.participants = [] })
        stage.pass(200 * second)
        try stage.act { _ = try $0.delete(guild: 1, epoch: 1, at: $1) }
        return stage.texts.values.flatMap { $0 } + stage.closes.map(\.reason)
    }

    @Test func `nobody is told anybody's address`() throws {
        let said = try play()
        #expect(
            said.count > 60 && said.contains { $0.contains("\"op\":9") } && said.contains { $0.contains("\"op\":13") })
        for text in said {
            for user in [10, 11, 12, 13, 20] {
                for endpoint in Whereabouts(user: user).all {
                    let traces = Self.traces(of: endpoint, in: text)
                    #expect(traces.isEmpty, "\(traces) of \(user) in: \(text)")
                }
            }
        }
    }

    @Test(arguments: [
        "{\"address\":\"198.51.100.10\"}", "{\"ip\":3325256714}", "c633640a", "[198,51,100,10]", "{\"port\":42010}",
        "at 198.51.100.10:42010",
    ])
    func `an address would be found`(text: String) {
        #expect(!Self.traces(of: Whereabouts(user: 10).claim, in: text).isEmpty)
        #expect(Self.traces(of: Whereabouts(user: 11).media, in: text).isEmpty)
    }
}
