import Glibc

/// A UDP socket that talks to one server.
package final class ClientSocket: Sendable {
    private static let receiveBuffer: Int32 = 1 << 20

    private let descriptor: Int32

    /// - Parameter localPort: 0 for any that is free.
    package init(host: String, port: Int, localPort: Int = 0) throws(CallError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let problem = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard problem == 0, let first = unsafe found else {
            throw CallError(.unavailable, "cannot find '\(host)': \(unsafe String(cString: gai_strerror(problem)))")
        }
        defer { unsafe freeaddrinfo(first) }
        let (family, length) = unsafe (first.pointee.ai_family, first.pointee.ai_addrlen)
        let made = socket(family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { throw Self.failure("make a socket") }
        var size = Self.receiveBuffer
        unsafe _ = setsockopt(made, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        guard localPort == 0 || Self.bind(made, family, localPort) else {
            let failure = Self.failure("use local port \(localPort)")
            close(made)
            throw failure
        }
        guard unsafe connect(made, first.pointee.ai_addr, length) == 0 else {
            let failure = Self.failure("reach \(host):\(port)")
            close(made)
            throw failure
        }
        descriptor = made
    }

    deinit { close(descriptor) }

    /// Sends a datagram. What the system does not take is lost, as on the network.
    package func send(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe _ = Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        }
    }

    /// The next datagram that has come.
    /// - Returns: its length; nil if none waits.
    package func receive(into bytes: inout [UInt8]) -> Int? {
        // A refusal that an earlier datagram met is an error of this call; what comes after it may well be good.
        for _ in 0..<4 {
            let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return count }
            guard errno == ECONNREFUSED || errno == EINTR else { return nil }
        }
        return nil
    }

    /// Waits until a datagram comes, or until a moment of the monotonic clock.
    package func wait(until moment: Int64) {
        let left = moment - MonotonicClock.now
        // `poll` counts milliseconds: the rest is slept.
        guard left >= 1_000_000 else { return MonotonicClock.sleep(until: moment) }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        unsafe _ = Glibc.poll(&poll, 1, Int32(min(left / 1_000_000, 60_000)))
    }

    private static func bind(_ descriptor: Int32, _ family: Int32, _ port: Int) -> Bool {
        if family == AF_INET6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = UInt16(port).bigEndian
            return unsafe bind(descriptor, &address)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        return unsafe bind(descriptor, &address)
    }

    @unsafe private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }

    private static func failure(_ action: String) -> CallError {
        CallError(.network, "cannot \(action): \(unsafe String(cString: strerror(errno)))")
    }
}
