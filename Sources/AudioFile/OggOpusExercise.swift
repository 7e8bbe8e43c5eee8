import FileAccess

/// Reads a file in memory to its end and holds what comes against what a reader promises: for fuzzing and for the tests
/// that replay its corpus.
package enum OggOpusExercise {
    @discardableResult package static func run(_ bytes: [UInt8]) -> Int {
        guard var reader = try? OggOpusReader(memory: bytes, name: "memory") else { return 0 }
        var samples = 0
        var events = 0
        while let event = try? reader.next(), event != .end {
            events += 1
            // A page takes 27 bytes and gives at most 255 packets, each at most with a gap or a link before it.
            precondition(events <= bytes.count / 27 * 512 + 512, "the reader does not end")
            switch event {
            case .packet(let duration, let trimStart, let trimEnd):
                precondition(duration > 0 && duration <= 5760 && !reader.payload.isEmpty)
                precondition(trimStart >= 0 && trimEnd >= 0 && trimStart + trimEnd <= duration)
                samples += duration - trimStart - trimEnd
            case .gap(let missing):
                precondition(missing > 0 && missing <= OggOpusReader.maximumGap)
            case .link(let head): precondition((1...2).contains(head.channels))
            case .end: break
            }
        }
        precondition(reader.takeWarnings().count <= WarningList.maximum + 1)
        return samples
    }
}
