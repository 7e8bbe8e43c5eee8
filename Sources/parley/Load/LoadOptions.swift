import ArgumentParser
import NetworkImpairment
import SecureRTP
import VoiceClient

/// How the clients of a load join.
struct LoadJoining: ParsableArguments {
    /// The longest file of peers.
    private static let maximumFileBytes = 4 << 20

    @Option(help: ArgumentHelp("The instance's API.", valueName: "http://host:port"))
    var api: String?

    @Option(help: ArgumentHelp("The API's secret; else PARLEY_API_SECRET of the environment.", valueName: "text"))
    var secret: String?

    @Flag(help: "As plain participants: SRTP with a key each, no WebSockets.")
    var plain = false

    @Option(help: ArgumentHelp("Of --plain: a suite of SRTP, or rtp for none.", valueName: "name"))
    var suite = CryptoSuite.aeadAES256GCM.rawValue

    @Option(help: ArgumentHelp("Load another server: a file of who talks and who listens where.", valueName: "file"))
    var peers: String?

    @OptionGroup var tls: TrustOptions

    @Option(help: ArgumentHelp("Of the RTP that is sent.", valueName: "n"))
    var payloadType = CallRequest.payloadType

    func validate() throws {
        guard payloadType < 128, !(64...95).contains(payloadType) else {
            throw ValidationError("--payload-type must be 0 to 127, but not 64 to 95, which look like RTCP")
        }
    }

    func route(_ gateway: String?) throws -> LoadRequest.Route {
        if let peers { return .peers(try Self.lines(peers)) }
        let api = try endpoint()
        guard let gateway else {
            if suite == "rtp" { return .plain(api, suite: nil) }
            guard let known = CryptoSuite(name: suite) else {
                let names = CryptoSuite.allCases.map(\.rawValue).joined(separator: ", ")
                throw CallError(.request, "--suite '\(suite)' is none of rtp, \(names)")
            }
            return .plain(api, suite: known.rawValue)
        }
        guard let address = GatewayAddress(gateway) else {
            throw CallError(.request, "'\(gateway)' is no gateway; write ws://HOST:PORT or wss://HOST:PORT")
        }
        return .gateway(address, tls.authority, api)
    }

    private func endpoint() throws -> LoadRequest.API {
        let text = api ?? ""
        let rest = text.hasPrefix("http://") ? text.dropFirst(7) : Substring(text)
        guard let (host, port) = GatewayAddress.split(rest.prefix { $0 != "/" }, standard: 80) else {
            throw CallError(.request, "--api '\(text)': write http://HOST:PORT")
        }
        return LoadRequest.API(host: host, port: port, secret: secret ?? Environment["PARLEY_API_SECRET"])
    }

    private static func lines(_ path: String) throws -> [PeerLine] {
        guard let text = TextFile.read(path, limit: maximumFileBytes) else {
            throw CallError(.request, "cannot read a file of peers '\(path)'")
        }
        var lines: [PeerLine] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard !line.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { continue }
            guard let peer = PeerLine(line) else {
                throw CallError(
                    .request, "\(path):\(number + 1): write 'T LOCALPORT SERVERPORT' or 'L LOCALPORT [SERVERPORT]'")
            }
            lines.append(peer)
        }
        return lines
    }
}

/// Who is there, and what they do.
struct LoadPeople: ParsableArguments {
    @Option(help: ArgumentHelp("Rooms.", valueName: "n"))
    var rooms = 1

    @Option(help: ArgumentHelp("People in each room who speak all the time.", valueName: "n"))
    var speakers = 3

    @Option(help: ArgumentHelp("People in each room who only listen.", valueName: "n"))
    var listeners = 100

    @Option(help: ArgumentHelp("Rooms of two, beside the others, that measure the added latency.", valueName: "n"))
    var probes = 2

    @Option(help: ArgumentHelp("What the rooms run.", valueName: "name"))
    var pipeline = "guild-voice"

    @Option(
        help: ArgumentHelp(
            "A recording to speak with, instead of what is compiled in. May be repeated.", valueName: "file"))
    var speech: [String] = []

    @Option(help: ArgumentHelp("The time over which people come.", valueName: "time"))
    var ramp: TimeArgument = .init(seconds: 0)

    @Option(
        help: ArgumentHelp("Listeners who leave each second, and come back a second later: 5/s.", valueName: "rate"))
    var churn = "0/s"

    @Option(
        help: ArgumentHelp(
            "What speakers' packets go through: a profile of 'parley impair', by name or file.", valueName: "name"))
    var network: String?

    @Option(help: ArgumentHelp("What the network's chance begins with.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Every so many packets of a listener one is authenticated.", valueName: "n"))
    var sampling = 50

    func validate() throws {
        for (name, value, range) in [
            ("rooms", rooms, 0...10_000), ("speakers", speakers, 0...1000), ("listeners", listeners, 0...20_000),
            ("probes", probes, 0...100), ("sampling", sampling, 1...1_000_000),
        ] where !range.contains(value) {
            throw ValidationError("--\(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        guard rate != nil else { throw ValidationError("--churn '\(churn)': write so many a second, such as 5/s") }
    }

    private var rate: Double? {
        let text = churn.hasSuffix("/s") ? String(churn.dropLast(2)) : churn
        return Double(text).flatMap { (0...1000).contains($0) ? $0 : nil }
    }

    func apply(to request: inout LoadRequest) throws {
        request.rooms = rooms
        request.speakers = speakers
        request.listeners = listeners
        request.probes = probes
        request.pipeline = pipeline
        request.speech = speech
        request.ramp = ramp.duration
        request.churn = rate ?? 0
        request.network = try network.map { try NetworkArgument.load($0) }
        request.seed = seed
        request.sampling = sampling
    }
}
