/// When what is to be looked at, the earliest first; of equal times the one that was put in first. Entries are not taken
/// out when they are not needed any more: whoever gets one looks whether it still counts.
struct DeadlineQueue: Sendable {
    enum Subject: Sendable, Hashable {
        case connection(ConnectionID)
        case session(SessionNumber)
    }

    private var agenda = Agenda<Subject>()

    var count: Int { agenda.count }
    var earliest: Int64? { agenda.earliest }

    mutating func insert(_ subject: Subject, at time: Int64) { agenda.insert(subject, at: time) }

    /// The earliest entry, if it is due.
    mutating func next(upTo now: Int64) -> Subject? {
        guard let earliest, earliest <= now else { return nil }
        return agenda.removeEarliest()?.element
    }

    mutating func removeAll() { agenda = Agenda() }
}
