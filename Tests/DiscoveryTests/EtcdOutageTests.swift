import Discovery
import EtcdDiscovery
import Foundation
import TestPatience
import Testing

/// Real etcd servers that come, go, freeze and forget.
@Suite(.serialized) struct EtcdOutageTests {
    private func run(
        on servers: [EtcdServer], timeout: Duration = .seconds(5), quietLimit: Duration = .seconds(10),
        _ body: @escaping @Sendable (EtcdStore) async throws -> Void
    ) async throws {
        let store = try EtcdStore(
            EtcdConfiguration(endpoints: servers.map(\.endpoint), timeout: timeout, quietLimit: quietLimit))
        do { try await Patience.within(seconds: 120) { try await body(store) } } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static let impatient = Backoff(first: .milliseconds(50), most: .milliseconds(400))

    @Test func `a restart under a running mirror and lease loses nothing`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server]) { store in
            let keeper = try await LeaseKeeper.grant(in: store, timeToLive: .seconds(20))
            try await store.put("/leased", [1], lease: keeper.lease)
            let keeping = Task { await keeper.keep() }
            var updates = PrefixMirror(of: "/", in: store, backoff: Self.impatient).makeAsyncIterator()
            #expect(try await updates.next()?.view.values.count == 1)
            let before = keeper.heldUntil
            server.stop()
            let stale = try #require(try await updates.next())
            #expect(!stale.isLive && stale.view.values.count == 1)
            try await server.start()
            var update = try await updates.next()
            while update?.isLive == false { update = try await updates.next() }
            #expect(update?.view.values.count == 1)
            try await store.put("/after", [2])
            while update?.view.values.count != 2 { update = try await updates.next() }
            let isKept = await Patience.wait(seconds: 60) { keeper.heldUntil > before }
            #expect(isKept, "the lease lives through the restart")
            keeping.cancel()
            #expect(await keeping.value == .cancelled)
            await keeper.release()
            while update?.view.values.count != 1 { update = try await updates.next() }
        }
    }

    @Test func `a store that is unreachable at first is there when it is there`() async throws {
        let server = try EtcdServer()
        try await run(on: [server]) { store in
            let error = await #expect(throws: DiscoveryError.self) { try await store.get("/a") }
            #expect(error?.isUnavailable == true && error?.description.contains(server.endpoint) == true)
            do throws(DiscoveryError) { for try await _ in store.watch("/", from: Revision(2)) {} } catch {
                #expect(error.isUnavailable)
            }
            var updates = PrefixMirror(of: "/", in: store, backoff: Self.impatient).makeAsyncIterator()
            let stale = try #require(try await updates.next())
            #expect(!stale.isLive && stale.view.revision == .none)
            try await server.start()
            var update = try await updates.next()
            while update?.isLive == false { update = try await updates.next() }
            #expect(try await store.put("/a", []) > .none)
        }
    }

    @Test func `what was compacted meanwhile is read anew`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server]) { store in
            let first = try await store.put("/a", [0])
            var updates = PrefixMirror(of: "/", in: store, backoff: Self.impatient).makeAsyncIterator()
            #expect(try await updates.next()?.view["/a"]?.value == [0])
            server.stop()
            #expect(try await updates.next()?.isLive == false)
            try await server.start()
            var last = first
            for number in 1...20 { last = try await store.put("/a", [UInt8(number)]) }
            try await server.control("compaction", "\(last)")
            let error = await #expect(throws: DiscoveryError.self) {
                for try await _ in store.watch("/", from: first.next) {}
            }
            #expect(error == .compacted(oldest: last))
            var update = try await updates.next()
            while update?.view["/a"]?.value != [20] { update = try await updates.next() }
            #expect(update?.view.revision == last)
        }
    }

    @Test func `a compaction does not disturb a watch that is up to date`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server], quietLimit: .seconds(1)) { store in
            let first = try await store.put("/a", [0])
            let watch = store.watch("/", from: first.next)
            let batches = watch.makeAsyncIterator()
            _ = try await batches.next()
            let second = try await store.put("/a", [1])
            try await server.control("compaction", "\(second)")
            let third = try await store.put("/a", [2])
            #expect(try await batches.next()?.revision == second)
            #expect(try await batches.next()?.revision == third)
        }
    }

    @Test func `a server that falls silent is found out, and another is asked`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server], timeout: .seconds(3), quietLimit: .seconds(1)) { store in
            let first = try await store.put("/a", [0])
            let watch = store.watch("/", from: first.next)
            let batches = watch.makeAsyncIterator()
            _ = try await batches.next()
            server.freeze()
            let error = await #expect(throws: DiscoveryError.self) { _ = try await batches.next() }
            #expect(error?.isUnavailable == true, "\(String(describing: error))")
            let begun = ContinuousClock.now
            await #expect(throws: DiscoveryError.self) { try await store.get("/a") }
            #expect(ContinuousClock.now - begun < .seconds(30))
            server.thaw()
            let again = store.watch("/", from: first.next)
            try await store.put("/a", [1])
            let next = again.makeAsyncIterator()
            _ = try await next.next()
            #expect(try await next.next()?.events.count == 1)
        }
    }

    @Test func `a quiet watch asks anew and again, and misses nothing`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server], quietLimit: .milliseconds(50)) { store in
            let first = try await store.put("/a", [0])
            let watch = store.watch("/", from: first.next)
            let told = Task {
                var values: [UInt8] = []
                for try await batch in watch {
                    for case .put(let value) in batch.events { values += value.value }
                    if values.last == 40 { break }
                }
                return values
            }
            for number in 1...40 {
                try await store.put("/a", [UInt8(number)])
                guard number % 4 == 0 else { continue }
                // It has been quiet for long enough when etcd has been asked once more.
                let asked = server.watchesAsked
                #expect(await Patience.wait { server.watchesAsked > asked })
            }
            #expect(try await told.value == Array(1...40))
        }
    }

    @Test func `of two members one that is gone is left for the other, and found again`() async throws {
        // Two clusters of one, alike as far as this test looks.
        let (one, other) = (try EtcdServer(), try await EtcdServer.started())
        try await run(on: [one, other]) { store in
            let revision = try await store.put("/a", [1])
            let keeper = try await LeaseKeeper.grant(in: store, timeToLive: .seconds(10))
            #expect(keeper.isHeld)
            let watch = store.watch("/", from: revision)
            let batches = watch.makeAsyncIterator()
            _ = try await batches.next()
            #expect(try await batches.next()?.revision == revision)
            try await one.start()
            other.stop()
            #expect(try await store.range("/").values.isEmpty, "this one never had it")
            let error = await #expect(throws: DiscoveryError.self) { _ = try await batches.next() }
            #expect(error == .revisionAhead(current: Revision(1)))
        }
    }

    @Test func `a lease lives on while the member that is asked freezes`() async throws {
        let servers = try await EtcdServer.cluster(of: 3)
        try await run(on: servers, timeout: .seconds(4)) { store in
            let keeper = try await LeaseKeeper.grant(in: store, timeToLive: .seconds(6))
            try await store.put("/a", [0], lease: keeper.lease)
            let keeping = Task { await keeper.keep() }
            servers[0].freeze()
            let held = keeper.heldUntil
            // A keep-alive has a quarter of the lease's time, less than what the store would wait for one member.
            let isKept = await Patience.wait(seconds: 60) { keeper.heldUntil > held.advanced(by: .seconds(6)) }
            #expect(isKept)
            keeping.cancel()
            #expect(await keeping.value == .cancelled)
            #expect(try await store.get("/a") != nil)
            servers[0].thaw()
        }
    }

    @Test func `a mirror goes on while the member that is asked freezes`() async throws {
        let servers = try await EtcdServer.cluster(of: 3)
        try await run(on: servers, timeout: .seconds(4), quietLimit: .seconds(1)) { store in
            try await store.put("/a", [0])
            var updates = PrefixMirror(of: "/", in: store, backoff: Self.impatient).makeAsyncIterator()
            #expect(try await updates.next()?.view["/a"]?.value == [0])
            servers[0].freeze()
            var isPut = false
            while !isPut { isPut = (try? await store.put("/b", [1])) != nil }
            var update = try await updates.next()
            while update?.view["/b"] == nil { update = try await updates.next() }
            #expect(update?.view["/a"] != nil)
            servers[0].thaw()
        }
    }

    @Test func `a lease lapses when its client goes silent, by then the client knows`() async throws {
        let server = try await EtcdServer.started()
        try await run(on: [server], timeout: .seconds(3)) { store in
            let keeper = try await LeaseKeeper.grant(in: store, timeToLive: .seconds(6), margin: .seconds(3))
            try await store.put("/a", [], lease: keeper.lease)
            server.freeze()
            #expect(await keeper.keep() != .cancelled)
            #expect(!keeper.isHeld && ContinuousClock.now < keeper.heldUntil)
            server.thaw()
            let start = try await store.range("/").revision
            let watch = store.watch("/", from: Revision(start.number))
            let batches = watch.makeAsyncIterator()
            while try await store.get("/a") != nil { _ = try await batches.next() }
            #expect(ContinuousClock.now >= keeper.heldUntil)
        }
    }

    @Test func `a full database is told by name, and what is there can be read`() async throws {
        let server = try await EtcdServer.started(arguments: ["--quota-backend-bytes", "\(2 << 20)"])
        try await run(on: [server]) { store in
            try await store.put("/kept", [1])
            var trouble: DiscoveryError?
            for number in 0..<40 where trouble == nil {
                do throws(DiscoveryError) {
                    try await store.put(DiscoveryKey("/\(number)"), Array(repeating: 1, count: 200_000))
                } catch {
                    trouble = error
                }
            }
            guard case .storageFull(let text) = trouble else {
                Issue.record("\(String(describing: trouble))")
                return
            }
            #expect(text.contains("alarm disarm"))
            #expect(try await store.get("/kept")?.value == [1])
        }
    }

    @Test func `what is no etcd is said`() async throws {
        let port = try EtcdServer.freePort()
        let script =
            "import http.server, sys; server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler); print('ready', flush=True); server.serve_forever()"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, "\(port)"]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
        try EtcdServer.withOpenSignalMask { try process.run() }
        defer { process.terminate() }
        #expect(output.fileHandleForReading.availableData.isEmpty == false, "it listens when it says so")
        let store = try EtcdStore(EtcdConfiguration(endpoints: ["http://127.0.0.1:\(port)"]))
        let error = await #expect(throws: DiscoveryError.self) { try await store.get("/a") }
        #expect(error?.description.contains("501") == true, "\(String(describing: error))")
        await store.close()
    }
}
