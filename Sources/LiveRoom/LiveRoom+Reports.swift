import BasicContainers
import MediaCore
import PacketCapture

/// What plain participants are told of their stream by RTCP: sender reports while it goes on, and a goodbye at its end.
/// Sealed streams get them sealed. Clients of the gateway get none.
extension LiveRoom {
    /// From report to report of one member: RFC 3550 §6.2's minimum.
    static let reportInterval: Int64 = 5_000_000_000

    /// Sends the reports that are due in a tick. Each member has a tick of the interval, by their number, and rooms begin
    /// to count at different ticks: so no tick has more than its share, and nobody is looked at who is not due.
    /// - Parameter clockOffset: by which the time of day is ahead of the clock.
    mutating func report(
        at deadline: Int64, clockOffset: Int64, _ output: inout TickOutput,
        into sink: inout some DatagramSink & ~Copyable
    ) {
        guard isAwake else { return }
        let interval = Self.reportInterval / period
        let tick = (deadline - offset) / period
        let phase = Int64(truncatingIfNeeded: id.guild ^ id.channel &* 0x9E37_79B9_7F4A_7C15) & 0xFFFF
        var index = Int((tick + phase) % interval)
        while index < members.count {
            // Numbers change as members leave: nobody gets a report twice within half of the interval (RFC 3550 §6.3.1).
            if members[index].wantsReport, tick - members[index].lastReport >= interval / 2 {
                report(index, at: tick, clockOffset, isLast: false, &output, &sink)
            }
            index += Int(interval)
        }
    }

    /// Says goodbye on a member's stream.
    mutating func bid(
        _ index: Int, at now: Int64, clockOffset: Int64, _ output: inout TickOutput,
        _ sink: inout some DatagramSink & ~Copyable
    ) {
        guard members[index].packetsSent > 0 else { return }
        report(index, at: (now - offset) / period, clockOffset, isLast: true, &output, &sink)
    }

    private mutating func report(
        _ index: Int, at tick: Int64, _ clockOffset: Int64, isLast: Bool, _ output: inout TickOutput,
        _ sink: inout some DatagramSink & ~Copyable
    ) {
        guard let destination = members[index].controlDestination else { return }
        let tick = members[index].reportTick(tick)
        output.makeRoom(for: members[index].maximumPacketBytes, &sink)
        let report = Member.Report(
            tick: tick, samples: Int(period * 48_000 / 1_000_000_000), wallclock: tick * period + offset + clockOffset,
            isLast: isLast)
        let length = Self.report(report, &members[index], &output.datagrams)
        if length > 0 { output.datagrams.append(length: length, to: destination) }
    }

    private static func report(
        _ report: Member.Report, _ member: inout Member, _ datagrams: inout OutgoingDatagrams
    ) -> Int {
        var bytes = datagrams.tail(member.maximumPacketBytes)
        return member.report(report, into: &bytes)
    }
}
