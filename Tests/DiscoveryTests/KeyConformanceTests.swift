import Discovery
import Testing

/// What every store does with keys.
extension ConformanceTests {
    @Suite struct Keys {
        @Test(arguments: Backend.allCases)
        func `what was put is read back with its revisions, and is gone when it is deleted`(_ backend: Backend)
            async throws
        {
            try await backend.run { bench in
                let (store, key) = (bench.store, bench.root + "a")
                #expect(try await store.get(key) == nil)
                let first = try await store.put(key, [0, 255, 10])
                let second = try await store.put(key, [])
                #expect(second == first.next)
                let value = try #require(try await store.get(key))
                let expected = KeyValue(
                    key: key, value: [], createRevision: first, modRevision: second, version: 2, lease: nil)
                #expect(value == expected)
                #expect(try await store.delete(key) == second.next)
                #expect(try await store.get(key) == nil)
                #expect(try await store.delete(key) == second.next, "nothing to delete, no revision")
                let third = try await store.put(key, [1])
                #expect(try await store.get(key)?.createRevision == third)
                #expect(try await store.get(key)?.version == 1)
            }
        }

        @Test(arguments: Backend.allCases)
        func `a range has every key with the prefix and no other, in order, as of one revision`(
            _ backend: Backend
        ) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let prefix = DiscoveryKey(bytes: root.bytes + [7, 255])
                let inside = [[], [0], [0, 0], [1], [255], [255, 255]].map { DiscoveryKey(bytes: prefix.bytes + $0) }
                let outside = [[7], [7, 254, 255], [8], [8, 0]].map { DiscoveryKey(bytes: root.bytes + $0) }
                for key in (inside + outside).shuffled() { try await store.put(key, key.bytes) }
                let snapshot = try await store.range(prefix)
                #expect(snapshot.values.map(\.key) == inside)
                #expect(snapshot.values.allSatisfy { $0.value == $0.key.bytes })
                #expect(snapshot.values.map(\.modRevision).max() ?? .none <= snapshot.revision)
                #expect(try await store.range(root).values.count == 10)
                #expect(
                    try await store.range("").values.map(\.key).filter { $0.hasPrefix(root) }
                        == (inside + outside).sorted()
                )
                #expect(try await store.range(root + "nothing").values.isEmpty)
            }
        }

        @Test(arguments: Backend.allCases)
        func `more keys than a page come as of one revision`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let names = (0..<2345).map { bench.root + "key-\($0)" }
                for start in stride(from: 0, to: names.count, by: 100) {
                    let part = names[start..<min(start + 100, names.count)]
                    let outcome = try await bench.store.transact(KeyTransaction(then: part.map { .put($0, [1]) }))
                    #expect(outcome.isDone)
                }
                #expect(try await bench.store.range(bench.root).values.map(\.key) == names.sorted())
            }
        }

        @Test(arguments: Backend.allCases)
        func `a transaction does all in one revision if every condition holds, else nothing`(
            _ backend: Backend
        ) async throws {
            try await backend.run { bench in
                let store = bench.store
                let (a, b, c) = (bench.root + "a", bench.root + "b", bench.root + "c")
                let first = try await store.put(a, [1])
                let swap = KeyTransaction(
                    if: [.unchanged(a, since: first), .absent(b), .present(a)],
                    then: [.put(a, [2]), .put(b, [3]), .delete(c)])
                let done = try await store.transact(swap)
                #expect(done == .done(first.next))
                #expect(try await store.get(b)?.modRevision == done.revision)

                let again = try await store.transact(swap)
                let (nowA, nowB) = (try await store.get(a), try await store.get(b))
                #expect(again == .refused(done.revision, current: [nowA, nowB, nowA]))
                #expect(nowA?.value == [2])

                let absent = try await store.transact(KeyTransaction(if: [.present(c)], then: [.delete(a)]))
                #expect(absent == .refused(done.revision, current: [nil]))
                let check = try await store.transact(
                    KeyTransaction(if: [.unchanged(b, since: done.revision)], then: []))
                #expect(check == .done(done.revision), "a transaction that changes nothing makes no revision")
                let never = KeyTransaction(if: [.unchanged(c, since: .none)], then: [.put(c, [])])
                #expect(try await store.transact(never).isDone, "unchanged since before everything is absent")
                #expect(try await store.transact(never).isDone == false)
            }
        }

        @Test(arguments: Backend.allCases)
        func `of many who compare and set at the same time each wins once`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, key) = (bench.store, bench.root + "counter")
                try await store.put(key, [0])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            for _ in 0..<5 {
                                while true {
                                    let now = try #require(try await store.get(key))
                                    let change = KeyTransaction(
                                        if: [.unchanged(key, since: now.modRevision)],
                                        then: [.put(key, [now.value[0] + 1])]
                                    )
                                    if try await store.transact(change).isDone { break }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await store.get(key)?.value == [40])
            }
        }

        @Test(arguments: Backend.allCases)
        func `what no store does is refused as invalid, and changes nothing`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, key) = (bench.store, bench.root + "a")
                let wrong: [KeyTransaction] = [
                    KeyTransaction(then: [.put("", [1])]),
                    KeyTransaction(then: [.put(key, [1]), .delete(key)]),
                    KeyTransaction(then: [.put(key, Array(repeating: 0, count: KeyValue.maximumLength + 1))]),
                    KeyTransaction(then: [.put(DiscoveryKey(bytes: Array(repeating: 1, count: 1025)), [])]),
                    KeyTransaction(then: (0..<129).map { .put(bench.root + "\($0)", []) }),
                    KeyTransaction(
                        then: (0..<2).map { .put(bench.root + "\($0)", Array(repeating: 0, count: 700_000)) }),
                ]
                for transaction in wrong {
                    let error = await #expect(throws: DiscoveryError.self) { try await store.transact(transaction) }
                    #expect(error?.isInvalid == true, "\(String(describing: error))")
                }
                #expect(try await store.range(bench.root).values.isEmpty)
                // What is just allowed is done.
                try await store.put(key, Array(repeating: 9, count: KeyValue.maximumLength))
                #expect(try await store.get(key)?.value.count == KeyValue.maximumLength)
            }
        }

        @Test(arguments: Backend.allCases)
        func `a closed store says so, and its watches too`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let revision = try await bench.store.range(bench.root).revision
                let watch = bench.store.watch(bench.root, from: revision.next)
                let batches = watch.makeAsyncIterator()
                _ = try await batches.next()
                await bench.close()
                #expect(try await bench.end(of: watch) == .closed)
                await #expect(throws: DiscoveryError.closed) { try await bench.store.get(bench.root + "a") }
                await #expect(throws: DiscoveryError.closed) { try await bench.store.put(bench.root + "a", []) }
                #expect(try await bench.end(of: bench.store.watch(bench.root, from: revision)) == .closed)
            }
        }

        @Test(arguments: Backend.allCases)
        func `a call of a cancelled task ends as cancelled`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let task = Task {
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    do throws(DiscoveryError) { _ = try await bench.store.get(bench.root + "a") } catch { return error }
                    return DiscoveryError.closed
                }
                #expect(await task.value == .cancelled)
            }
        }
    }
}
