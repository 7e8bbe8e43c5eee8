import FileAccess

/// Reads a capture in memory to its end and holds what comes against what the reader promises: for fuzzing, and for the
/// tests that replay its corpora.
package enum CaptureExercise {
    @discardableResult package static func run(_ bytes: [UInt8]) -> Int {
        guard var reader = try? CaptureReader(memory: bytes, name: "memory") else { return 0 }
        precondition(CaptureReader.isCapture(bytes))
        var last = Int64.min
        var datagrams = 0
        while let datagram = try? reader.next() {
            precondition(datagram.time >= last)
            precondition(reader.payload.count <= bytes.count)
            last = datagram.time
            datagrams += 1
            precondition(datagrams <= bytes.count, "the reader does not end")
            _ = datagram.source.description
        }
        precondition(reader.counters.datagrams == datagrams)
        precondition(reader.takeWarnings().count <= WarningList.maximum + 1)
        return datagrams
    }
}
