import Foundation
import Synchronization

/// A UDP socket on 127.0.0.1; the kernel notes when each datagram came, so it does not matter when it is asked for.
final class LoopbackSocket: Sendable {
    struct Arrival {
        /// In nanoseconds since 1970.
        var time: Int64
        var source: UInt16
        var bytes: [UInt8]
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ action: String) { description = "cannot \(action): \(unsafe String(cString: strerror(errno)))" }
    }

    /// Room for the datagrams of a test that nobody reads while they come.
    private static let receiveBuffer: Int32 = 1 << 20
    /// Gives the time of the last datagram read (SIOCGSTAMPNS); asked once, it makes the kernel note them.
    private static let timeRequest: UInt = 0x8907

    let port: UInt16
    private let descriptor: Int32

    /// - Parameter port: 0 for any that is free.
    init(port: UInt16 = 0) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("make a socket") }
        var size = Self.receiveBuffer
        unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = Self.address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe Self.withAddress(&address) { pointer, size in
            unsafe bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &length) == 0
        }
        guard isBound else {
            let failure = Failure("bind port \(port)")
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
        _ = Self.time(of: descriptor)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], to port: UInt16) throws {
        var address = Self.address(port)
        let count = unsafe Self.withAddress(&address) { pointer, length in
            unsafe sendto(descriptor, bytes, bytes.count, 0, pointer, length)
        }
        guard count == bytes.count else { throw Failure("send to port \(port)") }
    }

    /// The next datagram that has come; nil if none waits.
    func receive() -> Arrival? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = unsafe Self.withAddress(&address) { pointer, _ in
            unsafe recvfrom(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT), pointer, &length)
        }
        guard count >= 0 else { return nil }
        return Arrival(
            time: Self.time(of: descriptor), source: UInt16(bigEndian: address.sin_port), bytes: Array(bytes[..<count]))
    }

    private static func time(of descriptor: Int32) -> Int64 {
        var time = timespec()
        guard unsafe ioctl(descriptor, timeRequest, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    @unsafe private static func withAddress<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Two neighbouring ports: RTP and its RTCP.
enum PortPair {
    private static let next = Atomic<UInt32>(UInt32(getpid() % 4000) * 2)

    /// Binds a pair.
    static func bind() throws -> (media: LoopbackSocket, control: LoopbackSocket) {
        for _ in 0..<64 {
            let media = try LoopbackSocket()
            if let control = try? LoopbackSocket(port: media.port + 1) { return (media, control) }
        }
        throw LoopbackSocket.Failure("find two neighbouring ports")
    }

    /// The first port of a pair that is free and stays so: below those that the kernel gives to whoever asks for any.
    static func free() throws -> UInt16 {
        for _ in 0..<256 {
            let step = next.add(2, ordering: .relaxed).oldValue
            let port = UInt16(20_000 + step % 12_000)
            if (try? LoopbackSocket(port: port)) != nil, (try? LoopbackSocket(port: port + 1)) != nil { return port }
        }
        throw LoopbackSocket.Failure("find two free ports")
    }

    /// Bytes that wait to be read at a UDP port; nil if nobody has it.
    static func waitingBytes(_ port: UInt16) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/net/udp", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n").dropFirst() {
            // sl local_address rem_address st tx_queue:rx_queue …
            let fields = line.split(separator: " ")
            guard fields.count > 4, let local = fields[1].split(separator: ":").last, UInt16(local, radix: 16) == port,
                let waiting = fields[4].split(separator: ":").last
            else { continue }
            return Int(waiting, radix: 16)
        }
        return nil
    }
}
