import NIOCore
import PacketCapture

/// From what people write to what sockets take.
enum MediaAddresses {
    /// The address of a host name or an IP address.
    static func endpoint(_ host: String, port: Int) throws(ServerError) -> Endpoint {
        if let endpoint = SystemAddress.endpoint(ip: host, port: port) { return endpoint }
        do {
            let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
            if let endpoint = endpoint(address) { return endpoint }
        } catch {
            throw ServerError(.listen, "'\(host)' stands for no address: \(error)")
        }
        throw ServerError(.listen, "'\(host)' stands for no IP address")
    }

    static func endpoint(_ address: SocketAddress) -> Endpoint? {
        address.ipAddress.flatMap { SystemAddress.endpoint(ip: $0, port: address.port ?? 0) }
    }

    /// The address that clients can be told of, where the configuration names none: what the socket is bound to, else the one
    /// that this machine would send to the world from.
    static func advertised(_ bound: Endpoint) -> String {
        let isAny = bound.ipv4 == 0 || (bound.high == 0 && bound.low == 0)
        return isAny ? SystemAddress.outbound() ?? "127.0.0.1" : bound.address
    }
}
