/// Parses what it is given in every way there is and holds the results against what the parsers promise: for fuzzing, and
/// for the tests that replay its corpora.
package enum WireExercise {
    package static func rtp(_ bytes: [UInt8]) {
        let span = bytes.span
        guard let header = try? RTPHeader(parsing: span) else { return }
        precondition(header.payload.lowerBound >= 12 && header.payload.upperBound <= span.count)
        precondition(header.extensionBody.upperBound <= header.payload.lowerBound)
        for i in 0..<header.contributingSourceCount { _ = header.contributingSource(i, in: span) }
        var cursor = HeaderExtensions.Cursor(header)
        var elements = 0
        while let element = cursor.next(in: span) {
            precondition(header.extensionBody.lowerBound <= element.data.lowerBound)
            precondition(element.data.upperBound <= header.extensionBody.upperBound)
            elements += 1
        }
        precondition(elements <= header.extensionBody.count)
        if let level = AudioLevel(identifier: 1, of: header, in: span) {
            precondition((-127...0).contains(level.level) && AudioLevel(byte: level.byte) == level)
        }
        rewrite(header, span)
    }

    /// What is written of a header is read back as it was.
    private static func rewrite(_ header: RTPHeader, _ span: Span<UInt8>) {
        var writer = RTPWriter(
            payloadType: header.payloadType, sequenceNumber: header.sequenceNumber, timestamp: header.timestamp,
            ssrc: header.ssrc)
        writer.marker = header.marker
        writer.audioLevel = AudioLevel(identifier: 1, of: header, in: span)
        let sources = (0..<header.contributingSourceCount).map { header.contributingSource($0, in: span) }
        var written = [UInt8](repeating: 0, count: 12 + 60 + 8)
        var output = written.mutableSpan
        let length = writer.write(contributingSources: sources.span, into: &output)
        let packet = written.span.extracting(first: length)
        guard let again = try? RTPHeader(parsing: packet) else { preconditionFailure("what was written is not read") }
        precondition(again.ssrc == header.ssrc && again.timestamp == header.timestamp)
        precondition(again.sequenceNumber == header.sequenceNumber && again.marker == header.marker)
        precondition(again.contributingSourceCount == sources.count && again.payload.isEmpty)
        precondition(AudioLevel(identifier: 1, of: again, in: packet) == writer.audioLevel)
    }

    package static func rtcp(_ bytes: [UInt8]) {
        let span = bytes.span
        var cursor = RTCPPacket.Cursor()
        var end = 0
        while let packet = cursor.next(in: span) {
            precondition(packet.range.lowerBound >= end && packet.range.upperBound <= span.count)
            precondition(packet.range.count >= 4)
            end = packet.range.upperBound
            _ = packet.senderSSRC(in: span)
            _ = packet.senderInfo(in: span)
            for i in 0..<32 {
                _ = packet.goodbyeSource(i, in: span)
                guard let block = packet.reportBlock(i, in: span) else { continue }
                precondition((-0x80_0000...0x7F_FFFF).contains(block.cumulativeLost))
            }
            if let name = packet.canonicalName(in: span) { precondition(name.name.upperBound <= span.count) }
        }
    }

    package static func red(_ bytes: [UInt8]) {
        let span = bytes.span
        guard var cursor = REDPayload.Cursor(span) else { return }
        var end = 0
        var blocks = 0
        var hasPrimary = false
        while let block = cursor.next(in: span) {
            precondition(!hasPrimary, "nothing comes after the primary block")
            precondition(block.data.lowerBound >= end && block.data.upperBound <= span.count)
            end = block.data.upperBound
            blocks += 1
            hasPrimary = block.isPrimary
        }
        precondition(hasPrimary && end == span.count && blocks <= REDPayload.maximumBlocks)
    }

    package static func opus(_ bytes: [UInt8]) {
        let span = bytes.span
        guard let layout = OpusLayout(span) else { return }
        precondition((1...48).contains(layout.frameCount))
        precondition((120...OpusLayout.maximumSamples).contains(layout.samples))
        precondition(layout.firstFrame.upperBound <= span.count)
        _ = layout.carriesRedundancy(span)
    }
}
