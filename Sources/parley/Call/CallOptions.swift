import ArgumentParser
import MediaCore
import SecureRTP
import VoiceClient

/// Who joins, as the main gateway would have told the client.
struct MembershipOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The guild's identifier.", valueName: "id"))
    var guild: String?

    @Option(
        help: ArgumentHelp(
            "The channel, at servers that let clients choose; else the user's voice state says it.", valueName: "id"))
    var channel: String?

    @Option(help: ArgumentHelp("The user's identifier.", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The session of the user's voice state.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("What lets the user in.", valueName: "text"))
    var token: String?

    @Option(name: .customLong("gateway-version"), help: ArgumentHelp("Of the voice gateway, 4 to 8.", valueName: "n"))
    var version = 8

    @OptionGroup var tls: TrustOptions

    var authority: CallRequest.Trust { tls.authority }

    func validate() throws {
        guard VoiceIdentity.versions.contains(version) else {
            throw ValidationError("--gateway-version must be 4 to 8, not \(version)")
        }
    }

    func identity() throws -> VoiceIdentity {
        guard let guild, let user, let session, let token else {
            throw CallError(.request, "to join through a gateway takes --guild, --user, --session and --token")
        }
        return VoiceIdentity(
            guild: guild, user: user, session: session, token: token, version: version, channel: channel)
    }
}

/// Whose certificates count.
struct TrustOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Trust the certificates of this file (PEM) instead of the system's.", valueName: "file"))
    var trust: String?

    @Flag(help: "Trust any certificate.")
    var insecure = false

    var authority: CallRequest.Trust { insecure ? .anyone : trust.map { .file($0) } ?? .system }
}

/// Joining without a gateway.
struct PlainOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where to send SRTP.", valueName: "host:port"))
    var srtp: String?

    @Option(help: ArgumentHelp("Where to send plain RTP.", valueName: "host:port"))
    var rtp: String?

    @Option(help: ArgumentHelp("The suite, where the key does not say it.", valueName: "name"))
    var suite: String?

    @Option(
        help: ArgumentHelp(
            "What seals what is sent: SUITE:BASE64 of key and salt, an SDES line, base64 or hexadecimal.",
            valueName: "key"))
    var key: String?

    @Option(help: ArgumentHelp("What opens what comes. Default: the same key.", valueName: "key"))
    var receiveKey: String?

    @Option(help: ArgumentHelp("What to send with, as 0x1a2b3c4d or decimal.", valueName: "ssrc"))
    var ssrc: String?

    @Option(help: ArgumentHelp("The UDP port to send from. Default: any.", valueName: "port"))
    var localPort = 0

    @Option(help: ArgumentHelp("Of the RTP that is sent.", valueName: "n"))
    var payloadType = CallRequest.payloadType

    var address: String? { srtp ?? rtp }

    func validate() throws {
        guard srtp == nil || rtp == nil else { throw ValidationError("give --srtp or --rtp, not both") }
        guard srtp == nil || key != nil else { throw ValidationError("--srtp takes a --key") }
        guard (0...65_535).contains(localPort) else { throw ValidationError("--local-port must be 0 to 65535") }
        guard payloadType < 128, !(64...95).contains(payloadType) else {
            throw ValidationError("--payload-type must be 0 to 127, but not 64 to 95, which look like RTCP")
        }
    }

    func route() throws -> CallRequest.Route {
        guard let address, let (host, port) = GatewayAddress.split(address) else {
            throw CallError(.request, "'\(address ?? "")' is no address; write HOST:PORT")
        }
        let sendKey = try srtp == nil ? nil : material(key)
        return .plain(
            host: host, port: port, localPort: localPort, ssrc: try number(), sendKey: sendKey,
            receiveKey: try srtp == nil ? nil : material(receiveKey) ?? sendKey)
    }

    private func number() throws -> UInt32 {
        guard let ssrc else { return UInt32.random(in: 1...UInt32.max) }
        let value = ssrc.lowercased().hasPrefix("0x") ? UInt32(ssrc.dropFirst(2), radix: 16) : UInt32(ssrc)
        guard let value else { throw CallError(.request, "--ssrc '\(ssrc)' is no number of 32 bits") }
        return value
    }

    private func material(_ text: String?) throws(SecureRTPError) -> KeyMaterial? {
        guard let text else { return nil }
        let master = try MasterKey(parsing: suite.map { "\($0):\(text)" } ?? text)
        return KeyMaterial(suite: master.suite.rawValue, secret: master.key + master.salt)
    }
}
