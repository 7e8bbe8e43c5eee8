import JitterBuffer
import MediaCore
import Testing

@Suite struct JitterBufferTests {
    typealias Sent = PlayoutSimulation.Sent

    /// Packets of 20 ms, one after the other, each so much later than the fastest could be.
    static func steady(
        _ range: Range<Int>, samples: Int = 960, latency: Int64 = 4800, late: (Int) -> Int64 = { _ in 0 }
    ) -> [Sent] {
        range.map { number in
            let timestamp = Int64(number * samples)
            return Sent(
                number, timestamp: timestamp, samples: samples, arrival: timestamp + latency + late(number))
        }
    }

    @Test func `on a clean network the target settles at most 20 ms above one packet`() {
        var simulation = PlayoutSimulation()
        simulation.send(Self.steady(0..<500))
        simulation.advance(ticks: 250)
        #expect(simulation.buffer.target <= 960 + 960)
        simulation.advance(ticks: 240)
        let statistics = simulation.buffer.statistics
        #expect(statistics.lost == 0 && statistics.samplesConcealed == 0 && statistics.late == 0)
        #expect(statistics.meanDelay <= 0.04, "\(statistics.meanDelay)")
        #expect(simulation.heard.concealed + simulation.heard.stalled == 0)
    }

    @Test(arguments: [120, 240, 480, 960, 1920, 2880, 5760])
    func `packets of any length are played without a gap`(samples: Int) {
        var simulation = PlayoutSimulation(sampleRate: 48_000)
        simulation.send(Self.steady(0..<(480_000 / samples), samples: samples))
        simulation.advance(ticks: 480)
        #expect(simulation.heard.concealed == 0 && simulation.heard.stalled == 0)
        #expect(simulation.heard.decoded >= 9 * 48_000)
        // A 200 Hz tone moves by 0.0262 from sample to sample.
        #expect(simulation.heard.largestStep < 0.03)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `after 2 s of 300 ms jitter, the delay is back within 20 ms of the clean one in 5 s`(seed: UInt64) {
        var random = Random(seed)
        var configuration = JitterBuffer.Configuration()
        configuration.maximum = .milliseconds(500)
        var simulation = PlayoutSimulation(configuration)
        simulation.send(
            Self.steady(0..<1000) { (500..<600).contains($0) ? Int64(random.next() % 14_400) : 0 })
        simulation.advance(ticks: 490)
        let clean = simulation.buffer.target
        simulation.advance(ticks: 130)
        #expect(simulation.buffer.target > clean + 4800, "it has risen")
        simulation.advance(ticks: 250)
        #expect(simulation.buffer.target <= clean + 960, "\(simulation.buffer.target)")
        let before = simulation.buffer.statistics
        simulation.advance(ticks: 100)
        let after = simulation.buffer.statistics
        let delay = (after.delaySum - before.delaySum) / max(after.played - before.played, 1)
        #expect(delay <= clean + 960 + 960, "mean delay \(delay / 48) ms")
    }

    /// A tick that comes 8 ms after the packets, and a network that is bad for a second: then there is a frame too much.
    @Test func `a frame of delay that is not needed for seconds goes`() {
        var configuration = JitterBuffer.Configuration()
        configuration.minimum = .microseconds(2500)
        var simulation = PlayoutSimulation(configuration)
        simulation.send(Self.steady(0..<1000, latency: 960 - 384) { (200..<250).contains($0) && $0 % 5 < 2 ? 700 : 0 })
        func delay(_ from: PlayoutStatistics, _ to: PlayoutStatistics) -> Int {
            (to.delaySum - from.delaySum) / max(to.played - from.played, 1)
        }
        simulation.advance(ticks: 100)
        let start = simulation.buffer.statistics
        simulation.advance(ticks: 95)
        let clean = simulation.buffer.statistics
        #expect(delay(start, clean) == 384)
        simulation.advance(ticks: 75)
        let bad = simulation.buffer.statistics
        simulation.advance(ticks: 10)
        #expect(delay(bad, simulation.buffer.statistics) > 384 + 400, "it has risen")
        simulation.advance(ticks: 400)
        let settled = simulation.buffer.statistics
        simulation.advance(ticks: 200)
        #expect(delay(settled, simulation.buffer.statistics) < 384 + 150)
        #expect(simulation.buffer.statistics.samplesShortened > 700)
        #expect(simulation.heard.largestStep < 0.4)
    }

    @Test func `DTX and stops are pauses: in an hour nothing is concealed and the target stays`() {
        var simulation = PlayoutSimulation()
        var random = Random(7)
        var (number, timestamp): (Int, Int64) = (0, 0)
        var talk = 0
        while timestamp < 3600 * 48_000 {
            var packets: [Sent] = []
            // A talk-spurt of up to 4 s; every other one ends with two DTX packets, then one each 400 ms; the others stop.
            let spurt = 20 + Int(random.next() % 200)
            for _ in 0..<spurt {
                packets.append(Sent(number, timestamp: timestamp, arrival: timestamp + 4800))
                (number, timestamp) = (number + 1, timestamp + 960)
            }
            let pause = Int64(1 + random.next() % 250) * 960
            if talk % 2 == 0 {
                var at = timestamp
                while at < timestamp + pause {
                    var sent = Sent(number, timestamp: at, arrival: at + 4800)
                    sent.packet.isSilent = true
                    packets.append(sent)
                    number += 1
                    at += at < timestamp + 960 ? 960 : 19_200
                }
            }
            timestamp += pause
            talk += 1
            simulation.send(packets)
            simulation.advance(ticks: Int((timestamp - simulation.now) / 960))
            #expect(simulation.buffer.target == 960, "after spurt \(talk)")
            guard simulation.buffer.target == 960 else { return }
        }
        let statistics = simulation.buffer.statistics
        #expect(statistics.samplesConcealed == 0 && statistics.lost == 0 && statistics.late == 0)
        #expect(simulation.heard.concealed == 0 && talk > 500)
    }

    @Test func `a lost packet is concealed when its successor is there, and counted once`() {
        var simulation = PlayoutSimulation()
        simulation.send(Self.steady(0..<100).filter { ![40, 60, 61].contains($0.packet.sequenceNumber) })
        simulation.advance(ticks: 99)
        let statistics = simulation.buffer.statistics
        #expect(statistics.lost == 3)
        #expect(simulation.heard.concealed + simulation.heard.stalled >= 3 * 960)
        #expect(simulation.heard.decoded <= 97 * 960)
    }

    @Test func `reordered packets are played in order; a repeated one is counted`() {
        var simulation = PlayoutSimulation()
        // Jitter first, so that there is time for putting in order.
        simulation.send(Self.steady(0..<400) { $0 % 3 == 0 ? 2000 : 0 })
        simulation.send([Sent(300, timestamp: 300 * 960, arrival: 300 * 960 + 6000)])
        simulation.advance(ticks: 399)
        let statistics = simulation.buffer.statistics
        #expect(statistics.reordered > 100 && statistics.duplicates == 1)
        #expect(statistics.lost < 5, "only until the target has risen")
    }

    @Test func `what comes after its turn is late, and not played`() {
        var simulation = PlayoutSimulation()
        simulation.send(Self.steady(0..<100) { $0 == 50 ? 9600 : 0 })
        simulation.advance(ticks: 99)
        #expect(simulation.buffer.statistics.late == 1 && simulation.buffer.statistics.lost == 1)
    }

    @Test func `what comes after its turn but before any other is late, and still played`() {
        var simulation = PlayoutSimulation()
        // Packet 50 and those behind it are held up together, as in a queue.
        simulation.send(Self.steady(0..<100) { (50...53).contains($0) ? Int64(54 - $0) * 960 : 0 })
        simulation.advance(ticks: 110)
        let statistics = simulation.buffer.statistics
        #expect(statistics.late == 1 && statistics.lost == 0 && statistics.played == 100)
        #expect(statistics.samplesConcealed >= 2 * 960)
    }

    @Test func `sequence numbers and timestamps wrap around unheard`() {
        var simulation = PlayoutSimulation()
        let start = Int64(UInt32.max) - 50 * 960
        simulation.send(
            (0..<200).map { Sent(65_500 + $0, timestamp: start + Int64($0) * 960, arrival: Int64($0) * 960 + 4800) })
        simulation.advance(ticks: 199)
        let statistics = simulation.buffer.statistics
        #expect(statistics.lost == 0 && statistics.restarts == 0 && statistics.played >= 190)
        #expect(simulation.heard.concealed == 0)
    }

    @Test func `a new source is believed at its second packet, and the decoder is told`() {
        var simulation = PlayoutSimulation()
        simulation.send(Self.steady(0..<100))
        simulation.send(
            (0..<100).map {
                Sent(
                    $0 + 9000, timestamp: Int64($0) * 960 + 77_777, arrival: Int64($0 + 100) * 960 + 4800, ssrc: 2)
            })
        simulation.advance(ticks: 204)
        let statistics = simulation.buffer.statistics
        #expect(statistics.restarts == 1 && simulation.heard.restarts == 1)
        #expect(statistics.played >= 195 && statistics.lost == 0)
    }

    @Test func `strays first, and between all packets, hide no stream`() {
        var simulation = PlayoutSimulation()
        var random = Random(11)
        func stray(_ arrival: Int64) -> Sent {
            Sent(
                Int(random.next() % 65_536), timestamp: Int64(random.next() >> 32), arrival: arrival,
                ssrc: UInt32(truncatingIfNeeded: random.next()))
        }
        let good = Self.steady(0..<100)
        simulation.send([stray(0)] + good.flatMap { [$0, stray($0.arrival), stray($0.arrival)] })
        simulation.advance(ticks: 104)
        #expect(simulation.buffer.statistics.played >= 95)
    }

    @Test func `a jump of timestamps and sequence numbers is a new beginning`() {
        var simulation = PlayoutSimulation()
        simulation.send(Self.steady(0..<100))
        simulation.send(
            (100..<200).map {
                Sent($0 + 20_000, timestamp: Int64($0) * 960 + 2_000_000_000, arrival: Int64($0) * 960 + 4800)
            })
        simulation.advance(ticks: 204)
        #expect(simulation.buffer.statistics.restarts == 1 && simulation.heard.restarts == 0)
        #expect(simulation.buffer.statistics.played >= 195)
    }

    @Test func `a million strangers and packets from the future harm nothing`() {
        var simulation = PlayoutSimulation()
        var random = Random(3)
        for second in 0..<20 {
            simulation.send(Self.steady((second * 50)..<(second * 50 + 50)))
            simulation.send(
                (0..<50_000).map { index in
                    let isFuture = index % 2 == 0
                    return Sent(
                        Int(random.next() % 65_536),
                        timestamp: isFuture ? Int64(second * 48_000) + 2_000_000 : Int64(random.next() >> 32),
                        arrival: Int64(second) * 48_000 + Int64(index) % 48_000 + 4800,
                        ssrc: isFuture ? 1 : UInt32(truncatingIfNeeded: random.next()))
                })
            simulation.advance(ticks: 50)
        }
        let statistics = simulation.buffer.statistics
        // The last tenth of a second has not arrived.
        #expect(statistics.refused > 990_000, "\(statistics.refused)")
        #expect(statistics.played >= 990 && statistics.restarts == 0 && statistics.lost <= 2)
    }

    @Test func `a copy in a later packet takes the lost one's place`() {
        var simulation = PlayoutSimulation()
        // A little jitter makes the target high enough for copies to come in time.
        var packets = Self.steady(0..<300) { $0 % 2 == 0 ? 1200 : 0 }
        packets.removeAll { $0.packet.sequenceNumber == 200 }
        simulation.send(packets)
        var copy = Sent(200, timestamp: 200 * 960, arrival: 201 * 960 + 4800)
        copy.packet.isCopy = true
        simulation.send([copy])
        simulation.advance(ticks: 299)
        let statistics = simulation.buffer.statistics
        #expect(statistics.lost == 1 && statistics.recoveredFromCopy == 1)
        #expect(simulation.heard.concealed == 0)
    }

    @Test func `after an outage with a burst, old packets are skipped and the delay is small again`() {
        var simulation = PlayoutSimulation()
        // Three seconds do not get through, then all come at once.
        simulation.send(
            Self.steady(0..<600) { (200..<350).contains($0) ? Int64(350 - $0) * 960 : 0 })
        simulation.advance(ticks: 599)
        let statistics = simulation.buffer.statistics
        #expect(statistics.skipped > 100)
        #expect(simulation.buffer.target <= 4 * 960)
    }

    @Test func `a fixed delay is held, and what comes later is lost`() {
        var configuration = JitterBuffer.Configuration()
        configuration.fixed = .milliseconds(60)
        var simulation = PlayoutSimulation(configuration)
        simulation.send(Self.steady(0..<500) { $0 % 10 == 5 ? 2400 : $0 % 50 == 49 ? 7200 : 0 })
        simulation.advance(ticks: 499)
        let statistics = simulation.buffer.statistics
        #expect(simulation.buffer.target == 2880)
        #expect(statistics.lost == 9 || statistics.lost == 10)
        #expect(statistics.samplesShortened == 0 && statistics.samplesLengthened == 0)
    }
}

/// SplitMix64: its whole state is its seed.
struct Random {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
