import BasicContainers
import CDatagrams
import Glibc
package import LiveRoom
package import PacketCapture

/// A bound UDP socket that sends and receives many datagrams a system call, and allocates nothing after its start.
@safe package struct DatagramSocket: ~Copyable, DatagramSink {
    /// Datagrams a system call.
    package static let batch = 64
    /// After so many refusals in a row for want of room the rest of what was to go out is given up: it would be late.
    package static let maximumRefusals = 64
    /// Expedited forwarding (RFC 3246), which is what voice asks for.
    package static let expeditedForwarding: UInt8 = 46

    package let descriptor: Int32
    package let localEndpoint: Endpoint
    /// What routers are told, as the socket says that it is set.
    package let differentiatedServices: UInt8
    /// Buffers of which the system gave less than was asked for.
    package let shortages: [BufferShortage]
    package private(set) var counters = SocketCounters()
    private let sender: UnsafeMutablePointer<parley_sender>

    /// - Parameters:
    ///   - endpoint: `::` takes IPv4 too; port 0 is any free one.
    ///   - differentiatedServices: what routers are to be told (RFC 2474), 0 to 63.
    package init(
        bind endpoint: Endpoint, receiveBuffer: Int = 8 << 20, sendBuffer: Int = 8 << 20,
        differentiatedServices wanted: UInt8 = expeditedForwarding
    ) throws(MediaPlaneError) {
        let family = Int32((endpoint.ipv4 == nil ? PARLEY_IPV6 : PARLEY_IPV4).rawValue)
        let isWildcard = endpoint.high == 0 && endpoint.low == 0
        let descriptor = parley_socket_open(family, endpoint.c, isWildcard ? 1 : 0)
        guard descriptor >= 0 else { throw .bind(endpoint, -descriptor) }
        var local = parley_endpoint()
        guard unsafe parley_socket_local(descriptor, &local) == 0,
            let sender = unsafe parley_sender_new(Int32(Self.batch), family)
        else {
            parley_socket_close(descriptor)
            throw .exhausted("a socket", ENOMEM)
        }
        self.descriptor = descriptor
        unsafe self.sender = sender
        localEndpoint = Endpoint(local)
        let marking = parley_socket_set_traffic_class(descriptor, family, Int32(wanted) << 2)
        differentiatedServices = UInt8(truncatingIfNeeded: max(marking, 0) >> 2)
        shortages = [
            BufferShortage(
                .receiving, wanted: receiveBuffer, got: parley_socket_set_buffer(descriptor, 0, Int32(receiveBuffer))),
            BufferShortage(
                .sending, wanted: sendBuffer, got: parley_socket_set_buffer(descriptor, 1, Int32(sendBuffer))),
        ].compactMap(\.self)
    }

    deinit {
        unsafe parley_sender_free(sender)
        parley_socket_close(descriptor)
    }

    /// Takes in what is there, at most `IncomingDatagrams.capacity`, without waiting.
    /// - Returns: how many there are now.
    @discardableResult
    package mutating func receive(into datagrams: inout IncomingDatagrams) -> Int {
        let came = datagrams.receive(descriptor)
        guard came > 0 else {
            if came < 0 { counters.receiveErrors += 1 }
            return 0
        }
        counters.received += came
        counters.overflows = Int(datagrams.overflows)
        return came
    }

    package mutating func countTruncated() { counters.truncated += 1 }

    package mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
        var next = 0
        var refusals = 0
        while next < datagrams.count {
            let filled = fill(datagrams, from: &next)
            var first = 0
            while first < filled {
                let went = Int(unsafe parley_sender_send(sender, descriptor, Int32(first), Int32(filled - first)))
                guard went > 0 else {
                    count(failure: Int32(truncatingIfNeeded: -went), refusals: &refusals)
                    first += 1
                    guard refusals < Self.maximumRefusals else {
                        counters.dropped += filled - first + datagrams.count - next
                        return
                    }
                    continue
                }
                refusals = 0
                counters.sent += went
                first += went
            }
        }
    }

    /// Sends one.
    package mutating func send(_ bytes: Span<UInt8>, to destination: Endpoint) {
        let count = bytes.count
        let isPut = unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_sender_put(sender, 0, start, Int32(count), destination.c) != 0
        }
        guard isPut else {
            counters.unreachable += 1
            return
        }
        let went = unsafe parley_sender_send(sender, descriptor, 0, 1)
        var refusals = 0
        if went > 0 { counters.sent += 1 } else { self.count(failure: -went, refusals: &refusals) }
    }

    /// Puts the next datagrams that this socket can send at all in their places.
    private mutating func fill(_ datagrams: borrowing OutgoingDatagrams, from next: inout Int) -> Int {
        guard let base = unsafe datagrams.storage.baseAddress else { return 0 }
        let entries = datagrams.entries.span
        var filled = 0
        while next < entries.count, filled < Self.batch {
            let entry = entries[next]
            next += 1
            let start = unsafe UnsafePointer(base + Int(entry.start))
            if unsafe parley_sender_put(sender, Int32(filled), start, entry.length, entry.destination.c) != 0 {
                filled += 1
            } else {
                counters.unreachable += 1
            }
        }
        return filled
    }

    private mutating func count(failure: Int32, refusals: inout Int) {
        if failure == EAGAIN || failure == ENOBUFS || failure == ENOMEM {
            counters.dropped += 1
            refusals += 1
        } else {
            counters.unreachable += 1
            refusals = 0
        }
    }
}
