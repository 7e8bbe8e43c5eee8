import Discovery
import NIOCore
import Synchronization

/// Keeps a watch going over streams that break: from member to member, and anew where nothing was heard for long. What
/// it cannot mend ends the watch.
struct EtcdWatchPump: Sendable {
    /// A line of an answer; one that is longer could only be taken in by a range.
    private static let maximumLine = 64 << 20
    /// A stream that lived for less has not worked.
    private static let leastLife = Duration.seconds(1)

    let caller: EtcdCaller
    let prefix: DiscoveryKey
    let queue: WatchQueue

    /// How far a stream has come.
    private struct Progress: Sendable {
        var next: Revision
        var stoodSince: ContinuousClock.Instant?
        var heardAt: ContinuousClock.Instant
    }

    private enum End: Sendable {
        case quiet
        case broken(EtcdTransport.Failure)
        /// Nobody reads any more.
        case unwanted
        case over(DiscoveryError)
    }

    func run(from revision: Revision) async {
        var (next, hasOpened, misses, logins) = (revision, false, 0, 0)
        var troubles: [String] = []
        while !Task.isCancelled {
            let number = caller.preferred
            let endpoint = caller.endpoint(number)
            let token: String?
            do {
                token = try await caller.token(before: .now + caller.configuration.timeout)
            } catch {
                return queue.finish(error)
            }
            let begun = ContinuousClock.now
            let (progress, end) = await stream(from: next, at: endpoint, token: token, isFirst: !hasOpened)
            next = progress.next
            hasOpened = hasOpened || progress.stoodSince != nil
            if let stoodSince = progress.stoodSince { (misses, logins) = (lived(stoodSince) ? 0 : misses, 0) }
            switch end {
            case .unwanted: return
            case .over(let error): return queue.finish(error)
            case .quiet where progress.stoodSince != nil: continue
            case .quiet: troubles.append("\(endpoint): no answer within \(ContinuousClock.now - begun)")
            case .broken(.refused(let refusal)):
                let error = refusal.error("watching '\(prefix)', \(endpoint)")
                if refusal.wantsLogin(isWatch: true), caller.configuration.login != nil, logins == 0 {
                    logins += 1
                    caller.forget(token)
                    continue
                }
                guard case .unavailable(let text) = error else { return queue.finish(error) }
                troubles.append(text)
            case .broken(.distrusted(let text)):
                return queue.finish(.unauthorised("watching '\(prefix)', \(endpoint): \(text)"))
            case .broken(.cancelled): return queue.finish(caller.isClosed ? .closed : .cancelled)
            case .broken(.overlong):
                return queue.finish(.corrupt("watching '\(prefix)', \(endpoint): an endless answer"))
            case .broken(.notAsked(let text)), .broken(.unanswered(let text)): troubles.append("\(endpoint): \(text)")
            }
            misses += 1
            caller.leave(number)
            guard misses <= caller.configuration.endpoints.count else {
                let text = troubles.suffix(caller.configuration.endpoints.count).joined(separator: "; ")
                return queue.finish(.unavailable("watching '\(prefix)': no member of etcd answers (\(text))"))
            }
        }
    }

    private func lived(_ since: ContinuousClock.Instant) -> Bool { ContinuousClock.now - since >= Self.leastLife }

    /// One stream to its end, which comes at the latest when it has been quiet for too long.
    private func stream(
        from next: Revision, at endpoint: String, token: String?, isFirst: Bool
    ) async -> (Progress, End) {
        let state = Shared(Progress(next: next, stoodSince: nil, heardAt: .now))
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask { await read(state, at: endpoint, token: token, isFirst: isFirst) }
            group.addTask { await watchForQuiet(state) }
            defer { group.cancelAll() }
            return await group.next() ?? .unwanted
        }
        return (state.progress.withLock { $0 }, end)
    }

    private final class Shared: Sendable {
        let progress: Mutex<Progress>
        init(_ progress: Progress) { self.progress = Mutex(progress) }
    }

    private func watchForQuiet(_ state: Shared) async -> End {
        while true {
            let (heardAt, stands) = state.progress.withLock { ($0.heardAt, $0.stoodSince != nil) }
            let quietLimit = caller.configuration.quietLimit
            let end = heardAt + (stands ? quietLimit : caller.configuration.timeout)
            guard end > .now else { return .quiet }
            // It may come to stand meanwhile, and then be quiet for less than an answer may take.
            let look = min(end, .now + quietLimit)
            do { try await Task.sleep(until: look, clock: .continuous) } catch { return .unwanted }
        }
    }

    private func read(_ state: Shared, at endpoint: String, token: String?, isFirst: Bool) async -> End {
        let request = EtcdRequest.watch(prefix, from: state.progress.withLock { $0.next })
        var lines = LineSplitter(maximum: Self.maximumLine)
        var end: End?
        do {
            try await caller.transport.stream(request, at: endpoint, token: token) { piece in
                state.progress.withLock { $0.heardAt = .now }
                for step in lines.take(piece.readableBytesView) {
                    end = take(step, state, isFirst: isFirst, what: "\(request.what), \(endpoint)")
                    if end != nil { return false }
                }
                return true
            }
            return end ?? .broken(.unanswered("etcd ended the stream"))
        } catch {
            return .broken(EtcdTransport.Failure(error))
        }
    }

    /// - Returns: how the stream is over, if it is.
    private func take(_ step: LineSplitter.Step, _ state: Shared, isFirst: Bool, what: String) -> End? {
        guard case .line(let bytes) = step else {
            let limits = caller.configuration.watch
            return .over(.fellBehind(maximumEvents: limits.events, maximumBytes: limits.bytes))
        }
        let line: EtcdWatchLine
        do { line = try EtcdWatchLine(bytes, prefix: prefix, what) } catch { return .over(error) }
        switch line {
        case .compacted(let oldest): return .over(.compacted(oldest: oldest))
        case .ended(let refusal): return .broken(.refused(refusal))
        case .created(let revision):
            let next = state.progress.withLock { progress in
                progress.stoodSince = .now
                return progress.next
            }
            // A member that has not come so far would be silent until it had.
            guard revision.next >= next else { return .over(.revisionAhead(current: revision)) }
            guard isFirst else { return nil }
            return offer(WatchBatch(revision: Revision(next.number - 1), events: []), state)
        case .progress(let revision): return offer(WatchBatch(revision: revision, events: []), state)
        case .events(let batches):
            for batch in batches {
                if let end = offer(batch, state) { return end }
            }
            return nil
        }
    }

    private func offer(_ batch: WatchBatch, _ state: Shared) -> End? {
        let isNew = state.progress.withLock { progress in
            guard batch.revision >= progress.next || batch.events.isEmpty else { return false }
            progress.next = max(progress.next, batch.revision.next)
            return true
        }
        guard isNew else { return .over(.corrupt("etcd tells of revision \(batch.revision) twice or too late")) }
        return queue.offer(batch) ? nil : .unwanted
    }
}
