/// Numbers what a session is told, and keeps it until the client has said that it was seen, or too much has come since.
struct Outbox: Sendable {
    /// Sequence number of the latest message; the first is 1.
    private(set) var sequence = 0
    private let capacity: Int
    private var messages: [ServerMessage] = []

    init(capacity: Int) { self.capacity = capacity }

    /// - Returns: the message's sequence number.
    mutating func append(_ message: ServerMessage) -> Int {
        sequence += 1
        guard capacity > 0 else { return sequence }
        // Made room for at once rather than message by message.
        if messages.count >= 2 * capacity { messages.removeFirst(messages.count - capacity + 1) }
        messages.append(message)
        return sequence
    }

    /// Forgets what was seen. Numbers that were never given are ignored.
    mutating func acknowledge(_ seen: Int) {
        let first = sequence - messages.count + 1
        guard seen >= first, seen <= sequence else { return }
        messages.removeFirst(seen - first + 1)
    }

    /// What came after a message, with its sequence numbers.
    /// - Parameter seen: zero or less: nothing was.
    /// - Returns: nil if some of it is gone, or the number was never given.
    func messages(after seen: Int) -> [(sequence: Int, message: ServerMessage)]? {
        let seen = max(seen, 0)
        let missed = sequence - seen
        guard missed >= 0, missed <= min(capacity, messages.count) else { return nil }
        return messages.suffix(missed).enumerated().map { (seen + 1 + $0.offset, $0.element) }
    }
}
