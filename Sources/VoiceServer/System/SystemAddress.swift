import Glibc
import PacketCapture

/// IP addresses as the system knows them.
enum SystemAddress {
    /// From its text, without brackets; nil if it is no IP address.
    static func endpoint(ip text: String, port: Int) -> Endpoint? {
        guard let port = UInt16(exactly: port) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            return Endpoint(ipv4: bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }, port: port)
        }
        guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        return Endpoint(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) },
            port: port)
    }

    /// The IPv4 address that this machine would send to the world from, by its routing table; nothing is sent.
    static func outbound() -> String? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // TEST-NET-1 (RFC 5737) is nobody's, but behind the default route.
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_INET)
        unsafe withUnsafeMutableBytes(of: &address.sa_data) { unsafe $0.copyBytes(from: [0, 9, 192, 0, 2, 1]) }
        var size = socklen_t(MemoryLayout<sockaddr>.size)
        guard unsafe connect(descriptor, &address, size) == 0, unsafe getsockname(descriptor, &address, &size) == 0
        else {
            return nil
        }
        let bytes = unsafe withUnsafeBytes(of: &address.sa_data) { unsafe Array($0[2..<6]) }
        let ipv4 = bytes.reduce(0) { $0 << 8 | UInt32($1) }
        return ipv4 == 0 ? nil : Endpoint(ipv4: ipv4, port: 0).address
    }
}
