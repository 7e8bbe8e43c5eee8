package import RTPWire

/// Counts the stretches in which a sender sent without a pause: timestamps went on as packets did, lost ones included.
///
/// A packet with a pause on either side is no talk-spurt: senders with DTX refresh their background noise so.
package struct TalkSpurtCounter {
    package private(set) var count = 0
    private var last: (sequenceNumber: UInt16, timestamp: UInt32, samples: Int)?
    private var isCounted = false

    package init() {}

    /// - Parameter samples: that the packet holds, at 48 kHz.
    package mutating func add(_ header: RTPHeader, samples: Int) {
        guard let last else {
            self.last = (header.sequenceNumber, header.timestamp, samples)
            return
        }
        let step = last.sequenceNumber.distance(toSequenceNumber: header.sequenceNumber)
        // What comes late belongs where others have been already.
        guard step > 0 else { return }
        self.last = (header.sequenceNumber, header.timestamp, samples)
        if last.timestamp.distance(toTimestamp: header.timestamp) > step * last.samples {
            isCounted = false
        } else if !isCounted {
            count += 1
            isCounted = true
        }
    }
}
