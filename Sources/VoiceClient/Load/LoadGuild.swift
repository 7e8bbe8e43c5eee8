import Foundation
import MediaCore
import PacketCapture

/// One room of a load as the API wants it: a guild with one channel.
struct LoadGuild: Sendable {
    static let firstIdentifier = 910_000_000_000

    let room: Int
    let pipeline: String
    /// Grows from load to load, so that what an earlier one left behind is replaced.
    let epoch: Int

    var identifier: String { "\(Self.firstIdentifier + room)" }
    var path: String { "/v1/guilds/\(identifier)" }

    /// - Parameter isPlain: as participants; else as users who come through the gateway.
    func json(_ clients: [LoadClient], addresses: [Endpoint], isPlain: Bool, revision: Int) -> String {
        let people = clients.map { client in
            isPlain ? participant(client, addresses[client.socket]) : voiceState(client)
        }.joined(separator: ",")
        return """
            {"guild_id":"\(identifier)","epoch":\(epoch),"revision":\(revision),\
            "channels":[{"channel_id":"\(identifier)","pipeline":"\(pipeline)","places":16}],\
            "voice_states":[\(isPlain ? "" : people)],"participants":[\(isPlain ? people : "")]}
            """
    }

    /// With a key the SSRC says whose packets they are, and where the first comes from, there the mix goes: so participants
    /// can share a socket. Without, it takes an address.
    private func participant(_ client: LoadClient, _ address: Endpoint) -> String {
        let means =
            client.key.map { #""ssrc":\#(client.ssrc),"suite":"\#($0.suite)","key":"\#(Self.base64($0.secret))""# }
            ?? #""ssrc":\#(client.ssrc),"address":"\#(address)""#
        return #"{"participant_id":"\#(client.identifier)","channel_id":"\#(identifier)",\#(means)}"#
    }

    private func voiceState(_ client: LoadClient) -> String {
        """
        {"user_id":"\(client.identifier)","channel_id":"\(identifier)","session_id":"\(client.session)",\
        "token":"\(client.token)"}
        """
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
