import CDatagrams
import Glibc
package import PacketCapture

/// Datagrams that came in with one system call, each with where it came from and when.
@safe package struct IncomingDatagrams: ~Copyable {
    package static let capacity = 64
    /// A datagram that is longer is cut off, and then counted and left out: no Ethernet carries it in one piece.
    package static let maximumBytes = 2048

    private let receiver: UnsafeMutablePointer<parley_receiver>
    package private(set) var count = 0

    package init() throws(MediaPlaneError) {
        guard let receiver = unsafe parley_receiver_new(Int32(Self.capacity), Int32(Self.maximumBytes)) else {
            throw .exhausted("buffers for datagrams", ENOMEM)
        }
        unsafe self.receiver = receiver
    }

    deinit { unsafe parley_receiver_free(receiver) }

    /// Nanoseconds of CLOCK_REALTIME when the kernel took it in; 0 if it did not say.
    package func realTime(_ index: Int) -> Int64 { unsafe receiver.pointee.arrivals[checked(index)].time }

    package func source(_ index: Int) -> Endpoint {
        Endpoint(unsafe receiver.pointee.arrivals[checked(index)].source)
    }

    package func length(_ index: Int) -> Int { Int(unsafe receiver.pointee.arrivals[checked(index)].length) }

    package func isTruncated(_ index: Int) -> Bool {
        unsafe receiver.pointee.arrivals[checked(index)].is_truncated != 0
    }

    @_lifetime(borrow self)
    package func bytes(_ index: Int) -> Span<UInt8> {
        let start = unsafe UnsafePointer(receiver.pointee.bytes + checked(index) * Self.maximumBytes)
        let span = unsafe Span(_unsafeStart: start, count: length(index))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// To be opened in place.
    @_lifetime(&self)
    package mutating func datagram(_ index: Int) -> MutableSpan<UInt8> {
        let start = unsafe receiver.pointee.bytes + checked(index) * Self.maximumBytes
        let span = unsafe MutableSpan(_unsafeStart: start, count: length(index))
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// - Returns: how many came, or a negative error number.
    mutating func receive(_ descriptor: Int32) -> Int {
        let came = Int(unsafe parley_receiver_receive(receiver, descriptor))
        count = max(came, 0)
        return came
    }

    /// What the kernel has thrown away so far, because nobody read in time.
    var overflows: UInt32 { unsafe receiver.pointee.overflows }

    private func checked(_ index: Int) -> Int {
        precondition(index >= 0 && index < count)
        return index
    }
}

extension Endpoint {
    init(_ endpoint: parley_endpoint) { self.init(high: endpoint.high, low: endpoint.low, port: endpoint.port) }

    var c: parley_endpoint { parley_endpoint(high: high, low: low, port: port) }
}
