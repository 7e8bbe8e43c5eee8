import Discovery
import Testing

/// What every store tells those who watch.
extension ConformanceTests {
    @Suite struct Watches {
        @Test(arguments: Backend.allCases)
        func `a watch tells what happens within its prefix, each revision whole and in order`(
            _ backend: Backend
        ) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let before = try await store.put(root + "x/before", [])
                let watch = store.watch(root + "x/", from: before.next)
                let batches = watch.makeAsyncIterator()
                let opening = try await batches.next()
                #expect(opening == WatchBatch(revision: before, events: []))
                var revisions: [Revision] = []
                revisions.append(try await store.put(root + "x/a", .init(text: "1")))
                try await store.put(root + "y/a", .init(text: "other"))
                let together = KeyTransaction(
                    then: [
                        .put(root + "x/c", .init(text: "3")), .put(root + "y/b", []), .delete(root + "x/a"),
                        .put(root + "x/b", []),
                    ])
                revisions.append(try await store.transact(together).revision)
                revisions.append(try await store.delete(root + "x/c"))
                let told = try await bench.batches(3, of: watch)
                #expect(
                    told.map { $0.text(after: root + "x/") } == [
                        ["put a=1"], ["put c=3", "delete a", "put b="], ["delete c"],
                    ])
                #expect(told.map(\.revision) == revisions)
                #expect(told.allSatisfy { batch in batch.events.allSatisfy { $0.revision == batch.revision } })
            }
        }

        @Test(arguments: Backend.allCases)
        func `a watch from the past tells the past first, then what happens`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let first = try await store.put(root + "a", .init(text: "0"))
                for number in 1..<50 { try await store.put(root + "a", .init(text: "\(number)")) }
                let watch = store.watch(root, from: first.next)
                async let told = bench.batches(79, of: watch)
                for number in 50..<80 { try await store.put(root + "a", .init(text: "\(number)")) }
                let texts = try await told.flatMap { $0.text(after: root) }
                #expect(texts == (1..<80).map { "put a=\($0)" })
            }
        }

        @Test(arguments: Backend.allCases)
        func `many watch at the same time`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let start = try await store.range(root).revision
                let watches = (0..<24).map { store.watch(root + ($0 % 2 == 0 ? "even" : "odd"), from: start.next) }
                for number in 0..<20 { try await store.put(root + (number % 2 == 0 ? "even" : "odd"), [UInt8(number)]) }
                for (number, watch) in watches.enumerated() {
                    let told = try await bench.batches(10, of: watch).flatMap(\.events)
                    let values = told.compactMap { if case .put(let value) = $0 { Int(value.value[0]) } else { nil } }
                    #expect(values == (0..<10).map { $0 * 2 + number % 2 })
                }
            }
        }

        @Test(arguments: Backend.allCases)
        func `a watch that is not read falls behind, and a new one from a range goes on`(_ backend: Backend)
            async throws
        {
            try await backend.run(watch: WatchLimits(events: 10, bytes: 1 << 20)) { bench in
                let (store, root) = (bench.store, bench.root)
                let start = try await store.range(root).revision
                let slow = store.watch(root, from: start.next)
                let batches = slow.makeAsyncIterator()
                _ = try await batches.next()
                for number in 0..<40 { try await store.put(root + "a", .init(text: "\(number)")) }
                #expect(try await bench.end(of: slow) == .fellBehind(maximumEvents: 10, maximumBytes: 1 << 20))
                let snapshot = try await store.range(root)
                #expect(snapshot.values.map(\.value) == [.init(text: "39")])
                let next = store.watch(root, from: snapshot.revision.next)
                try await store.put(root + "a", .init(text: "40"))
                #expect(try await bench.batches(1, of: next)[0].text(after: root) == ["put a=40"])
            }
        }

        @Test(arguments: Backend.allCases)
        func `bytes that wait have a maximum too, but one large batch gets through`(_ backend: Backend) async throws {
            try await backend.run(watch: WatchLimits(events: 1000, bytes: 10_000)) { bench in
                let (store, root) = (bench.store, bench.root)
                let start = try await store.range(root).revision
                let watch = store.watch(root, from: start.next)
                let batches = watch.makeAsyncIterator()
                _ = try await batches.next()
                try await store.put(root + "a", Array(repeating: 1, count: 50_000))
                #expect(try await bench.batches(1, of: watch)[0].events.count == 1)
                for _ in 0..<5 { try await store.put(root + "a", Array(repeating: 1, count: 5_000)) }
                #expect(try await bench.end(of: watch) == .fellBehind(maximumEvents: 1000, maximumBytes: 10_000))
            }
        }

        @Test(arguments: Backend.allCases)
        func `a watch from what the store has not come to says how far it is`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let far = Revision(1 << 40)
                let error = try await bench.end(of: bench.store.watch(bench.root, from: far))
                guard case .revisionAhead(let current) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(try await bench.store.range(bench.root).revision >= current)
            }
        }

        @Test(arguments: Backend.allCases)
        func `a watch ends as cancelled with its task`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let start = try await bench.store.range(bench.root).revision
                let watch = bench.store.watch(bench.root, from: start.next)
                let (opened, tell) = AsyncStream<Void>.makeStream()
                let task = Task {
                    do throws(DiscoveryError) { for try await _ in watch { tell.yield() } } catch { return error }
                    return DiscoveryError.closed
                }
                for await _ in opened { break }
                task.cancel()
                #expect(await task.value == .cancelled)
            }
        }
    }
}
