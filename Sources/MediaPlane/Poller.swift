import CDatagrams

/// Time as the media plane knows it: nanoseconds of CLOCK_MONOTONIC.
package enum PlaneClock {
    package static var now: Int64 { parley_clock_monotonic() }
    /// What CLOCK_REALTIME is ahead of it, at this moment.
    package static var realOffset: Int64 { parley_clock_offset() }
}

/// Waits for a moment, an event, and a socket if it is to be heard.
package struct Poller: ~Copyable {
    package static let never = Int64.max
    /// As a deadline: do not wait.
    package static let already: Int64 = 0

    private var poller: parley_poller

    /// Waits for time alone.
    package init() throws(MediaPlaneError) { try self.init(event: -1, socket: -1) }

    /// - Parameters: Both must stay open as long as this is used.
    package init(event: WakeEvent, socket: Int32 = -1) throws(MediaPlaneError) {
        try self.init(event: event.descriptor, socket: socket)
    }

    private init(event: Int32, socket: Int32) throws(MediaPlaneError) {
        var poller = parley_poller()
        let code = unsafe parley_poller_open(&poller, event, socket)
        guard code == 0 else { throw .exhausted("an epoll descriptor", -code) }
        self.poller = poller
    }

    deinit {
        var copy = poller
        unsafe parley_poller_close(&copy)
    }

    /// - Returns: whether the event was signalled.
    @discardableResult
    package mutating func wait(until deadline: Int64, hearsSocket: Bool = false) -> Bool {
        let reasons = unsafe parley_poller_wait(&poller, deadline, hearsSocket ? 1 : 0)
        return reasons & Int32(PARLEY_WOKEN_BY_EVENT.rawValue) != 0
    }
}
