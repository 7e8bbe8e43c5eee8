/// What the server promises, and a simulation holds it to.
public enum Promise: String, Sendable, Hashable, CaseIterable {
    case everyFrame = "who has somebody to hear gets one packet a frame"
    case noGap = "sequence numbers have no gap, and timestamps go with the time"
    case nothingToHear = "who has nobody to hear is sent nothing"
    case ownVoice = "nobody hears their own voice"
    case muted = "nobody hears whom they have muted, or who is muted"
    case heard = "who speaks is heard, and soon"
    case hushed = "who does not speak is not heard"
    case stranger = "nothing is sent to whom it is not for"
    case sealed = "what is sent opens with the listener's own key"
    case forged = "nothing forged or replayed is accepted"
    case secrets = "no message tells anybody's address or another's key"
    case messages = "messages are well-formed, and only for who is there"
    case truth = "everyone is told who is there and who speaks"
    case closes = "connections are closed for a reason, with its code"
    case epochs = "what is old is refused and changes nothing"
    case outcomes = "every datagram has one outcome"
    case classes = "there are no more mixes than are needed"
    case silence = "a silent room costs nothing"
    case pools = "when all have left, nothing is left"
    case reachable = "who has asked for their address is sent the mix"
}

/// A promise that was broken.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
    public var promise: Promise
    /// Nanoseconds since the beginning.
    public var time: Int64
    public var what: String

    public var description: String {
        let milliseconds = time / 1_000_000
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        let fraction = String(1000 + rest % 1000).dropFirst()
        return "at \(minutes):\(rest / 1000 < 10 ? "0" : "")\(rest / 1000).\(fraction): \(promise.rawValue): \(what)"
    }
}

/// What is broken on purpose, to see that it is noticed.
package enum Fault: Sendable, Hashable {
    /// The n-th packet of a mix is not sent.
    case dropped(Int)
    /// The n-th packet of a mix is sent twice.
    case repeated(Int)
    /// The n-th packet of a mix goes to somebody else.
    case misdirected(Int)
    /// The n-th packet of a mix is that of somebody else.
    case mixedUp(Int)
    /// Local mutes do not reach the shard.
    case unmuted
    /// Server and self mutes do not reach the shard.
    case unflagged
    /// Nobody's leaving reaches the shard.
    case stayed
    /// Messages of who speaks are lost, from the n-th on.
    case untold(Int)
    /// A message says a client's address.
    case indiscreet
}
