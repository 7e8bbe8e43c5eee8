import Glibc
import MediaPlane
import Synchronization
import Testing

@Suite struct MailboxTests {
    @Test(arguments: [1, 2, 7, 64]) func `a ring holds what it says and gives it back in order`(capacity: Int) {
        let ring = Ring<String>(capacity: capacity)
        #expect(ring.capacity >= capacity)
        for round in 0..<5 {
            for i in 0..<ring.capacity {
                #expect(ring.push("\(round) \(i)"))
            }
            #expect(!ring.push("one too many"))
            for i in 0..<ring.capacity { #expect(ring.pop() == "\(round) \(i)") }
            #expect(ring.pop() == nil && ring.isEmpty)
        }
    }

    @Test func `a full mailbox refuses, and takes again once something was taken out`() throws {
        let mailbox = Mailbox<Int>(capacity: 2, wake: try WakeEvent())
        #expect(mailbox.post(1) == .posted)
        #expect(mailbox.post(2) == .posted)
        #expect(mailbox.post(3) == .full)
        #expect(mailbox.take() == 1)
        #expect(mailbox.post(3) == .posted)
        mailbox.close()
        #expect(mailbox.post(4) == .stopped)
        #expect([mailbox.take(), mailbox.take(), mailbox.take()] == [2, 3, nil])
    }

    @Test func `a signal wakes whoever waits, and one that is there already does not wait`() throws {
        let wake = try WakeEvent()
        var poller = try Poller(event: wake)
        wake.signal()
        wake.signal()
        poller.wait(until: Poller.never)
        wake.clear()
        let before = PlaneClock.now
        poller.wait(until: before + 5_000_000)
        #expect(PlaneClock.now >= before + 5_000_000, "it was cleared, so only the time ends the wait")
    }

    /// What the threads of one run share.
    private final class Run: Sendable {
        let mailbox: Mailbox<[Int]>
        let refused = Atomic(0)

        init(_ mailbox: Mailbox<[Int]>) { self.mailbox = mailbox }
    }

    @Test(arguments: [1, 3]) func `nothing is lost or put out of order between threads`(producers: Int) throws {
        let each = 200_000
        let run = Run(Mailbox(capacity: 128, wake: try WakeEvent()))
        let threads = try (0..<producers).map { producer in
            try WorkerThread(name: "test", scheduling: ThreadScheduling()) {
                for number in 0..<each {
                    while run.mailbox.post([producer, number]) == .full {
                        run.refused.add(1, ordering: .relaxed)
                        sched_yield()
                    }
                }
            }
        }
        var next = [Int](repeating: 0, count: producers)
        var taken = 0
        var poller = try Poller(event: run.mailbox.wake)
        let end = PlaneClock.now + 60_000_000_000
        while taken < producers * each, PlaneClock.now < end {
            poller.wait(until: end)
            run.mailbox.wake.clear()
            while let message = run.mailbox.take() {
                if message[1] != next[message[0]] { Issue.record("got \(message), waited for \(next[message[0]])") }
                next[message[0]] = message[1] + 1
                taken += 1
            }
        }
        #expect(taken == producers * each)
        #expect(run.refused.load(ordering: .relaxed) > 0, "the run never filled the mailbox, so it shows nothing")
        for thread in threads { thread.join() }
    }
}
