import Discovery
import EmbeddedDiscovery
import Foundation
import TestPatience
import Testing

/// What only a store in a file has to stand.
@Suite struct EmbeddedStoreTests {
    let clock = ManualClock()
    let folder = TemporaryFolder()

    private func open(
        _ configuration: EmbeddedConfiguration = EmbeddedConfiguration()
    ) async throws(DiscoveryError) -> EmbeddedStore {
        try await EmbeddedStore.open(path: folder.file("store"), configuration: configuration, clock: clock)
    }

    @Test func `after a restart keys, revisions, history and leases go on`() async throws {
        let first = try await open()
        let begin = try await first.put("/a", [1])
        let (short, long) = (
            try await first.grantLease(timeToLive: .seconds(10)), try await first.grantLease(timeToLive: .seconds(60))
        )
        try await first.put("/short", [], lease: short.id)
        try await first.put("/long", [], lease: long.id)
        let last = try await first.delete("/a")
        clock.advance(by: .seconds(9))
        await first.close()

        let second = try await open()
        let snapshot = try await second.range("")
        #expect(snapshot.revision == last && snapshot.values.map(\.key) == ["/long", "/short"])
        // What remains of a lease begins anew.
        clock.advance(by: .seconds(9))
        #expect(try await second.keepAlive(short.id) == .seconds(10))
        clock.advance(by: .seconds(11))
        await #expect(throws: DiscoveryError.leaseNotFound(short.id)) { try await second.keepAlive(short.id) }
        let watch = second.watch("", from: begin)
        var told: [String] = []
        for try await batch in watch {
            told += batch.text(after: "/")
            if told.count == 5 { break }
        }
        #expect(told.map { $0.prefix { $0 != "=" } } == ["put a", "put short", "put long", "delete a", "delete short"])
        #expect(try await second.grantLease(timeToLive: .seconds(10)).id.number > long.id.number, "no name twice")
        #expect(try await second.put("/b", []) == last.next.next)
        await second.close()
    }

    @Test func `leases lapse while nobody asks anything`() async throws {
        let store = try await open()
        let start = try await store.range("").revision
        let watch = store.watch("", from: start.next)
        let leases = [5, 2, 9].map { Duration.seconds($0) }
        for (number, time) in leases.enumerated() {
            let lease = try await store.grantLease(timeToLive: time)
            try await store.put(DiscoveryKey("/\(number)"), [], lease: lease.id)
        }
        for seconds in [2, 5, 9] {
            await clock.waitForSleeper(until: .seconds(seconds))
            clock.advance(by: .seconds(seconds) - clock.now.offset)
        }
        var gone: [String] = []
        for try await batch in watch {
            gone += batch.text(after: "/").filter { $0.hasPrefix("delete") }
            if gone.count == 3 { break }
        }
        #expect(gone == ["delete 1", "delete 0", "delete 2"])
        await store.close()
    }

    @Test func `history has a maximum; a watch from before it says what is left`() async throws {
        for configuration in [
            EmbeddedConfiguration(historyEvents: 10), EmbeddedConfiguration(historyBytes: 2000),
        ] {
            let store = try await EmbeddedStore.open(path: nil, configuration: configuration, clock: clock)
            var last = Revision.none
            for _ in 0..<100 { last = try await store.put("/a", Array(repeating: 7, count: 200)) }
            var error = DiscoveryError.cancelled
            do throws(DiscoveryError) { for try await _ in store.watch("", from: Revision(2)) {} } catch let ended {
                error = ended
            }
            guard case .compacted(let oldest?) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(oldest > Revision(80) && oldest <= last)
            var revisions: [Revision] = []
            for try await batch in store.watch("", from: oldest) where !batch.events.isEmpty {
                revisions.append(batch.revision)
                if batch.revision == last { break }
            }
            #expect(revisions == (oldest.number...last.number).map { Revision($0) })
            await store.close()
        }
    }

    @Test func `as large as it may be, puts are refused, and the rest goes on`() async throws {
        let store = try await open(EmbeddedConfiguration(maximumSize: 1 << 20))
        let lease = try await store.grantLease(timeToLive: .seconds(10))
        try await store.put("/leased", [1], lease: lease.id)
        var (kept, trouble) = (0, DiscoveryError?.none)
        while trouble == nil, kept < 1000 {
            do throws(DiscoveryError) {
                try await store.put(DiscoveryKey("/\(kept)"), Array(repeating: UInt8(kept & 255), count: 10_000))
                kept += 1
            } catch {
                trouble = error
            }
        }
        #expect(trouble?.isStorageFull == true, "\(String(describing: trouble))")
        #expect(kept > 60, "history has made room")
        let snapshot = try await store.range("")
        #expect(snapshot.values.count == kept + 1)
        #expect(snapshot.values.allSatisfy { $0.value.count == 10_000 || $0.key == "/leased" })
        // Room is made, leases lapse, and a restart finds all.
        clock.advance(by: .seconds(10))
        #expect(try await store.get("/leased") == nil)
        for number in 0..<10 { try await store.delete(DiscoveryKey("/\(number)")) }
        try await store.put("/again", Array(repeating: 1, count: 10_000))
        await store.close()
        let next = try await open(EmbeddedConfiguration(maximumSize: 1 << 20))
        #expect(try await next.range("").values.count == kept - 9)
        await next.close()
    }

    /// On a file system of its own, of one MiB.
    @Test(.enabled(if: geteuid() == 0, "mounting takes root"))
    func `a full disk is told by name, loses nothing, and is forgotten once there is room`() async throws {
        let mount = folder.file("disk")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        do {
            _ = try await Tool.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount])
        } catch {
            // A container may not mount; the store's own maximum is tested anyway.
            return
        }
        do {
            let store = try await EmbeddedStore.open(path: mount + "/store", clock: clock)
            let lease = try await store.grantLease(timeToLive: .seconds(10))
            try await store.put("/kept", [1], lease: lease.id)
            let revision = try await store.put("/other", [2])
            let ballast = Data(repeating: 0, count: 1 << 20)
            _ = FileManager.default.createFile(atPath: mount + "/ballast", contents: nil)
            let filler = try FileHandle(forWritingTo: URL(filePath: mount + "/ballast"))
            for start in stride(from: 0, to: ballast.count, by: 4096) {
                do { try filler.write(contentsOf: ballast[start..<start + 4096]) } catch { break }
            }
            var trouble = DiscoveryError?.none
            for _ in 0..<100 where trouble == nil {
                do throws(DiscoveryError) { try await store.put("/new", Array(repeating: 3, count: 40_000)) } catch {
                    trouble = error
                }
            }
            #expect(trouble?.isStorageFull == true, "\(String(describing: trouble))")
            #expect(try await store.get("/other")?.modRevision == revision)
            // What lapses meanwhile goes as soon as that can be written.
            clock.advance(by: .seconds(10))
            #expect(try await store.get("/other") != nil)
            try filler.truncate(atOffset: 0)
            try filler.close()
            try FileManager.default.removeItem(atPath: mount + "/ballast")
            clock.advance(by: .seconds(1))
            try await store.put("/new", Array(repeating: 3, count: 40_000))
            #expect(try await store.get("/kept") == nil)
            await store.close()
            let next = try await EmbeddedStore.open(path: mount + "/store", clock: clock)
            #expect(try await next.range("").values.map(\.key) == ["/new", "/other"])
            await next.close()
        } catch {
            _ = try? await Tool.run(["umount", "-l", mount])
            throw error
        }
        _ = try await Tool.run(["umount", "-l", mount])
    }

    @Test func `what is no store of ours is named and left as it is`() async throws {
        let path = folder.file("store")
        let noise = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try noise.write(to: URL(filePath: path))
        let error = await #expect(throws: DiscoveryError.self) { _ = try await open() }
        #expect(error?.isCorrupt == true && error?.description.contains(path) == true, "\(String(describing: error))")
        #expect(try Data(contentsOf: URL(filePath: path)) == noise)
    }

    @Test func `a database of another program is named and left as it is`() async throws {
        let path = folder.file("store")
        let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE mark (name, value)')"
        _ = try await Tool.run(["python3", "-c", script, path])
        let before = try Data(contentsOf: URL(filePath: path))
        let error = await #expect(throws: DiscoveryError.self) { _ = try await open() }
        #expect(error?.isCorrupt == true && error?.description.contains("another program") == true)
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test(arguments: [100, 5000, 20_000, 40_000])
    func `a damaged file is refused, or what it gives is what was put`(_ offset: Int) async throws {
        let store = try await open()
        for number in 0..<200 {
            try await store.put(DiscoveryKey("/\(number)"), Array(repeating: UInt8(number), count: 200))
        }
        await store.close()
        let file = try FileHandle(forUpdating: URL(filePath: folder.file("store")))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 3000))
        try file.close()
        do throws(DiscoveryError) {
            let damaged = try await open()
            do throws(DiscoveryError) {
                for value in try await damaged.range("").values {
                    guard let number = value.key.text(after: "/").flatMap({ Int($0) }) else { continue }
                    #expect(value.value == Array(repeating: UInt8(number), count: 200))
                }
            } catch {
                #expect(error.isCorrupt, "\(error)")
            }
            await damaged.close()
        } catch {
            #expect(error.isCorrupt, "\(error)")
        }
    }

    @Test func `a file is one store's alone, and free once that is closed`() async throws {
        let store = try await open()
        let error = await #expect(throws: DiscoveryError.self) { _ = try await open() }
        #expect(error?.isUnavailable == true, "\(String(describing: error))")
        try await store.put("/a", [])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("store"))
        #expect(attributes[.posixPermissions] as? Int == 0o600, "it is for its owner alone")
        await store.close()
        await store.close()
        let next = try await open()
        #expect(try await next.get("/a") != nil)
        await next.close()
    }

    @Test func `a folder that is not there is said`() async throws {
        let error = await #expect(throws: DiscoveryError.self) {
            _ = try await EmbeddedStore.open(path: folder.file("no/store"), clock: clock)
        }
        #expect(error?.description.contains("no/store") == true)
    }

    @Test func `a store that nobody holds any more ends its watches`() async throws {
        var store: EmbeddedStore? = try await open()
        let batches = try #require(store).watch("", from: Revision(1)).makeAsyncIterator()
        _ = try await batches.next()
        store = nil
        await #expect(throws: DiscoveryError.closed) {
            try await Patience.within { _ = try await batches.next() }
        }
    }

    @Test func `leases and watches have a maximum`() async throws {
        let store = try await open(EmbeddedConfiguration(maximumLeases: 2, maximumWatches: 1))
        for _ in 0..<2 { _ = try await store.grantLease(timeToLive: .seconds(5)) }
        let error = await #expect(throws: DiscoveryError.self) { try await store.grantLease(timeToLive: .seconds(5)) }
        #expect(error?.isStorageFull == true)
        clock.advance(by: .seconds(5))
        _ = try await store.grantLease(timeToLive: .seconds(5))
        let first = store.watch("", from: Revision(1))
        let batches = first.makeAsyncIterator()
        _ = try await batches.next()
        let refused = await #expect(throws: DiscoveryError.self) {
            for try await _ in store.watch("", from: Revision(1)) {}
        }
        #expect(refused?.isUnavailable == true)
        await store.close()
    }
}
