import LiveRoom
import NIOCore
import NIOHTTP1

/// Asks shards for reports, one at a time from each, and keeps the last for a moment: whoever asks in between shares it.
struct ShardReports {
    static let timeout = TimeAmount.seconds(2)
    private static let freshness = TimeAmount.seconds(1)

    private struct Desk {
        var last: (report: ShardReport, at: NIODeadline)?
        var waiting: (token: UInt64, promise: EventLoopPromise<ShardReport>)?
    }

    private var desks: [Desk]
    private var nextToken: UInt64 = 1

    init(shards: Int) { desks = Array(repeating: Desk(), count: shards) }

    /// - Returns: the report to come, and the token of a command that has to be sent for it, if it has.
    mutating func ask(_ shard: Int, on eventLoop: any EventLoop) -> (EventLoopFuture<ShardReport>, token: UInt64?) {
        if let waiting = desks[shard].waiting { return (waiting.promise.futureResult, nil) }
        if let last = desks[shard].last, NIODeadline.now() - last.at < Self.freshness {
            return (eventLoop.makeSucceededFuture(last.report), nil)
        }
        let promise = eventLoop.makePromise(of: ShardReport.self)
        defer { nextToken += 1 }
        desks[shard].waiting = (nextToken, promise)
        return (promise.futureResult, nextToken)
    }

    mutating func take(_ report: ShardReport, token: UInt64, from shard: Int) {
        guard let waiting = desks[shard].waiting, waiting.token == token else { return }
        desks[shard].waiting = nil
        desks[shard].last = (report, .now())
        waiting.promise.succeed(report)
    }

    /// The shard has not answered in time.
    mutating func giveUp(_ token: UInt64, _ shard: Int) {
        guard let waiting = desks[shard].waiting, waiting.token == token else { return }
        desks[shard].waiting = nil
        waiting.promise.fail(
            APIError(.serviceUnavailable, "unavailable", "shard \(shard) does not answer; try again"))
    }
}
