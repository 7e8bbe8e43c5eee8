public import MediaCore
import RTPWire

extension JitterBuffer {
    public mutating func ingest(_ packet: MediaPacket, _ payload: Span<UInt8>, arrival: Int64) {
        guard payload.count <= PacketStore.maximumPayloadBytes, (1...5760).contains(packet.samples) else {
            statistics.refused += 1
            return
        }
        if packet.isCopy { return ingestCopy(packet, payload, arrival) }
        if isFirstOrExpected(packet, arrival) {
            accept(packet, payload, arrival)
        } else if confirmsCandidate(packet, arrival) {
            begin(packet)
            accept(packet, payload, arrival)
        }
    }

    // MARK: - Does it belong?

    /// Whether a packet is of the stream that is being played, not far from where that is.
    private mutating func isFirstOrExpected(_ packet: MediaPacket, _ arrival: Int64) -> Bool {
        guard let ssrc else {
            self.ssrc = packet.ssrc
            return true
        }
        guard ssrc == packet.ssrc, let highest = sequence.highest, let newest = timestamps.newest else {
            return ssrc == packet.ssrc && sequence.highest == nil
        }
        let ahead = sequence.peek(packet.sequenceNumber) - highest
        let moved = timestamps.peek(packet.timestamp) - newest
        let elapsed = arrival - newestArrival
        return ahead < Int64(ReceptionStatistics.maximumDropout)
            && ahead > -Int64(ReceptionStatistics.maximumDropout)
            && (moved - elapsed).magnitude <= UInt64(Self.maximumJump)
    }

    /// A packet that does not belong is believed if one that did not either came right before it.
    private mutating func confirmsCandidate(_ packet: MediaPacket, _ arrival: Int64) -> Bool {
        statistics.refused += 1
        return candidates.isConfirmed(by: packet, arrival: arrival, maximumJump: Self.maximumJump)
    }

    /// The stream begins anew, perhaps under another SSRC.
    private mutating func begin(_ packet: MediaPacket) {
        needsRestart = ssrc != packet.ssrc
        restart()
        ssrc = packet.ssrc
        statistics.restarts += 1
    }

    // MARK: - In

    private mutating func accept(_ packet: MediaPacket, _ payload: Span<UInt8>, _ arrival: Int64) {
        candidates.removeAll()
        let highest = sequence.highest
        let number = sequence.unwrap(packet.sequenceNumber)
        let timestamp = timestamps.peek(packet.timestamp)
        statistics.received += 1
        guard !recent.insert(number) else {
            statistics.duplicates += 1
            return
        }
        if let highest, number < highest { statistics.reordered += 1 }
        if timestamp >= timestamps.newest ?? timestamp { newestArrival = arrival }
        _ = timestamps.unwrap(packet.timestamp)
        let entry = PacketStore.Entry(
            sequenceNumber: number, timestamp: timestamp, arrival: arrival, packet: packet)
        learn(entry)
        insert(entry, payload)
    }

    /// Updates what is known of the network, whether or not the packet can still be played.
    private mutating func learn(_ entry: PacketStore.Entry) {
        transits.add(entry.transit, samples: entry.packet.samples)
        let delay = entry.transit - (transits.shortest ?? entry.transit)
        histogram.add(delay, samples: entry.packet.samples)
        if !entry.packet.isSilent { redundancy += ((entry.packet.carriesRedundancy ? 1 : 0) - redundancy) / 16 }
        guard !isFixed else { return }
        // In-band FEC restores a packet from the one after it, if that is there when the lost one is due.
        let wait = redundancy > 0.05 ? entry.packet.samples : 0
        target = min(max(histogram.quantile + wait, minimum), maximum)
    }

    private mutating func insert(_ entry: PacketStore.Entry, _ payload: Span<UInt8>) {
        guard !hasPlayed || entry.sequenceNumber >= expected else {
            statistics.late += 1
            return
        }
        switch store.insert(entry, payload) {
        case .inserted: break
        case .duplicate: store.replaceCopy(entry)
        case .full:
            // The oldest makes room: what comes last is what will be heard longest.
            store.removeFirst()
            statistics.overflowed += 1
            _ = store.insert(entry, payload)
        }
    }

    private mutating func ingestCopy(_ packet: MediaPacket, _ payload: Span<UInt8>, _ arrival: Int64) {
        guard ssrc == packet.ssrc, sequence.highest != nil else { return }
        let number = sequence.peek(packet.sequenceNumber)
        guard !hasPlayed || number >= expected, !store.contains(number) else { return }
        let entry = PacketStore.Entry(
            sequenceNumber: number, timestamp: timestamps.peek(packet.timestamp), arrival: arrival, packet: packet)
        guard !hasPlayed || entry.timestamp >= playhead else { return }
        _ = store.insert(entry, payload)
    }
}
