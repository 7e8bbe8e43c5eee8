import Foundation
import JitterBuffer
import MediaCore
import Testing

#if !DEBUG
    /// A whole day with a clock that is off.
    @Suite struct ReleaseTestsOfDrift {
        static let frequency = 200.0
        static let rate = 8000

        @Test(arguments: [200.0, -200])
        func `for a day, a clock that is off by 200 ppm is followed without growth, gap, click or wrong pitch`(
            ppm: Double
        ) {
            var simulation = PlayoutSimulation(sampleRate: Self.rate, frequency: Self.frequency)
            let interval = 960 / (1 + ppm * 1e-6)
            func arrival(_ number: Int) -> Int64 { Int64((Double(number) * interval).rounded()) + 4800 }
            var pitch = PitchMeter(frequency: Self.frequency, rate: Self.rate)
            var number = 0
            var (delays, worstCents): ([Double], Double) = ([], 0)
            for hour in 0..<24 {
                let before = simulation.buffer.statistics
                for _ in 0..<60 {
                    simulation.send(
                        (number..<(number + 3000)).map {
                            PlayoutSimulation.Sent($0, timestamp: Int64($0) * 960, arrival: arrival($0))
                        })
                    number += 3000
                    while simulation.now < arrival(number) - 9600 {
                        simulation.advance()
                        pitch.add(simulation.frame)
                        // The sender's own pitch is off by its clock, in the room's time.
                        if let heard = pitch.takeFrequency(), simulation.now > 480_000 {
                            worstCents = max(worstCents, abs(1200 * log2(heard / Self.frequency)))
                        }
                    }
                }
                let after = simulation.buffer.statistics
                #expect(after.lost == 0 && after.late == 0 && after.skipped == 0, "hour \(hour)")
                #expect(simulation.heard.concealed == 0 && simulation.heard.stalled == 0, "hour \(hour)")
                if hour > 0 {
                    #expect(after.samplesLengthened == before.samplesLengthened, "hour \(hour)")
                    #expect(after.samplesShortened == before.samplesShortened, "hour \(hour)")
                }
                delays.append(Double(after.delaySum - before.delaySum) / Double(after.played - before.played) / 48)
            }
            #expect((delays[23] - delays[1]).magnitude < 1, "ms of delay by the hour: \(delays)")
            #expect(worstCents < 1, "\(worstCents) cents")
            // A 200 Hz tone at 8 kHz moves by 0.157 from sample to sample.
            #expect(simulation.heard.largestStep < 0.165)
        }
    }

    /// The frequency of a tone, second by second: how far its phase moves.
    struct PitchMeter {
        let frequency: Double
        let rate: Int
        private var (cosine, sine) = (0.0, 0.0)
        private var samples = 0
        private var lastPhase: Double?
        private var heard: Double?

        init(frequency: Double, rate: Int) {
            self.frequency = frequency
            self.rate = rate
        }

        mutating func add(_ frame: borrowing PCMFrame) {
            for i in frame.samples.indices {
                let angle = 2 * Double.pi * frequency * Double(samples % rate) / Double(rate)
                cosine += Double(frame.samples[i]) * cos(angle)
                sine += Double(frame.samples[i]) * sin(angle)
                samples += 1
                if samples % rate == 0 { close() }
            }
        }

        /// Once for each second after the first.
        mutating func takeFrequency() -> Double? {
            defer { heard = nil }
            return heard
        }

        private mutating func close() {
            let phase = atan2(cosine, sine)
            if let lastPhase {
                let turn = (phase - lastPhase) / (2 * .pi)
                heard = frequency + turn - turn.rounded()
            }
            lastPhase = phase
            (cosine, sine) = (0, 0)
        }
    }
#endif
