import Discovery

/// Gives bytes to everything that reads what etcd answers: for fuzzing, and for the tests that replay what that finds.
package enum EtcdExercise {
    package static func run(_ bytes: [UInt8]) {
        let lease = LeaseID(9)
        _ = try? EtcdAnswer.get("/a/b", bytes, "")
        _ = try? EtcdAnswer.page(bytes, "")
        _ = try? EtcdAnswer.transaction(bytes, [.absent("/a/b"), .present("/x")], "")
        _ = try? EtcdAnswer.grant(bytes, "")
        _ = try? EtcdAnswer.keepAlive(bytes, lease, "")
        _ = try? EtcdAnswer.token(bytes, "")
        let refusal = EtcdRefusal(body: bytes, status: 400)
        _ = refusal.error("", lease: lease).description
        var splitter = LineSplitter(maximum: 1 << 16)
        for step in splitter.take(bytes) {
            guard case .line(let line) = step else { continue }
            guard case .events(let batches) = try? EtcdWatchLine(line, prefix: "/", "") else { continue }
            let isInOrder = zip(batches, batches.dropFirst()).allSatisfy { $0.revision < $1.revision }
            precondition(isInOrder, "batches are in order, a revision is one batch")
        }
    }
}
