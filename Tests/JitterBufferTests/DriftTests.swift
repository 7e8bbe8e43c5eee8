import JitterBuffer
import MediaCore
import Testing

@Suite struct DriftTests {
    typealias Sent = PlayoutSimulation.Sent

    /// Five minutes; a day is in the release tests.
    @Test(arguments: [200.0, -200, 500, -500, 0])
    func `a drifting clock is followed by resampling alone`(ppm: Double) {
        var simulation = PlayoutSimulation()
        let perPacket = 960 / (1 + ppm * 1e-6)
        var number = 0
        for minute in 0..<5 {
            simulation.send(
                (0..<3000).map { index in
                    let n = number + index
                    return Sent(n, timestamp: Int64(n) * 960, arrival: Int64((Double(n) * perPacket).rounded()) + 4800)
                })
            number += 3000
            let end = Int64((Double(number) * perPacket).rounded()) - 9600
            while simulation.now < end { simulation.advance() }
            let statistics = simulation.buffer.statistics
            #expect(statistics.lost == 0 && statistics.late == 0 && statistics.skipped == 0, "minute \(minute)")
            #expect(simulation.heard.stalled == 0 && simulation.heard.concealed == 0, "minute \(minute)")
        }
        let statistics = simulation.buffer.statistics
        // Once at the start, if at all, until the delay allows for packets that fall between the ticks.
        #expect(statistics.samplesLengthened + statistics.samplesShortened <= 2880)
        #expect(statistics.meanDelay < 0.06, "\(statistics.meanDelay)")
        #expect((simulation.buffer.drift * 1e6 - ppm).magnitude < 15, "\(simulation.buffer.drift * 1e6)")
        if ppm == 0 { #expect(simulation.buffer.drift == 0) }
        // A 200 Hz tone at 8 kHz moves by 0.157 from sample to sample.
        #expect(simulation.heard.largestStep < 0.165)
    }
}
