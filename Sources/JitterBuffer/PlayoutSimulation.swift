import Glibc
package import MediaCore

/// A sender of a tone, a network and a playout in virtual time: what tests drive a jitter buffer with.
///
/// The sender speaks packets that hold no sound; the "decoder" makes the tone that belongs to their timestamps, so that
/// every sample that is heard can be told from what should be. Times and counts are in samples at 48 kHz.
package struct PlayoutSimulation: ~Copyable {
    /// One packet on its way.
    package struct Sent {
        package var packet: MediaPacket
        package var arrival: Int64

        package init(_ number: Int, timestamp: Int64, samples: Int = 960, arrival: Int64, ssrc: UInt32 = 1) {
            packet = MediaPacket(
                sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: UInt32(truncatingIfNeeded: timestamp),
                ssrc: ssrc, marker: false, samples: samples)
            self.arrival = arrival
        }
    }

    /// What was heard.
    package struct Heard {
        /// Samples that the sender sent, those that were filled in, and those of pauses; at 48 kHz.
        package var decoded = 0
        package var concealed = 0
        package var stalled = 0
        package var paused = 0
        package var restarts = 0
        /// The greatest jump between two samples, where the sender's sound was heard without a seam.
        package var largestStep: Float = 0
    }

    package private(set) var buffer: JitterBuffer
    package private(set) var heard = Heard()
    /// Where the playout is.
    package private(set) var now: Int64 = 0
    /// The last frame.
    package private(set) var frame: PCMFrame
    /// Delay of what was heard last, by the sender's clock and the arrival of the fastest packet: nil in a pause.
    package private(set) var delay: Int?
    private var stream: PlayoutStream
    private let frequency: Double
    private let tick: Int
    private var isSeamless = 0
    private var last: Float = 0
    private var waiting: [Sent] = []
    private var nextWaiting = 0

    package init(
        _ configuration: JitterBuffer.Configuration = .init(), sampleRate: Int = 8000, frequency: Double = 200
    ) {
        let format = AudioFormat(sampleRate: sampleRate, channels: 1, samplesPerFrame: sampleRate / 50)
        buffer = JitterBuffer(configuration)
        stream = PlayoutStream(format: format)
        frame = PCMFrame(format: format)
        tick = 960
        self.frequency = frequency
    }

    /// Adds packets; their arrivals need not be in order.
    package mutating func send(_ packets: [Sent]) {
        waiting.removeFirst(nextWaiting)
        nextWaiting = 0
        waiting += packets
        waiting.sort { $0.arrival < $1.arrival }
    }

    /// Plays one tick: what has arrived by now goes in, a frame comes out.
    package mutating func advance() {
        while nextWaiting < waiting.count, waiting[nextWaiting].arrival <= now {
            ingest(waiting[nextWaiting])
            nextWaiting += 1
        }
        play()
        now += Int64(tick)
    }

    package mutating func advance(ticks: Int) { for _ in 0..<ticks { advance() } }

    private mutating func ingest(_ sent: Sent) {
        let payload = InlineArray<3, UInt8>(repeating: 0)
        buffer.ingest(sent.packet, payload.span, arrival: sent.arrival)
    }

    private mutating func play() {
        let pace = buffer.pace(at: now, decoded: at48kHz(stream.available))
        switch pace.adjustment {
        case .none: break
        case .shorten(let most, let isUrgent):
            fill(max(stream.stretchReach, frame.format.samplesPerFrame), isRequired: false)
            let taken = stream.shorten(
                similarity: isUrgent ? 0.4 : 0.7, atMost: most * frame.format.sampleRate / 48_000)
            if taken > 0 { adjusted(taken) }
        case .lengthen:
            fill(frame.format.samplesPerFrame, isRequired: false)
            let put = stream.lengthen(similarity: 0.6)
            if put > 0 { adjusted(-put) }
        }
        fill(stream.needed(drift: pace.drift), isRequired: true)
        stream.read(into: &frame, drift: pace.drift)
        watch()
    }

    private mutating func adjusted(_ samples: Int) { buffer.adjusted(by: at48kHz(samples)) }

    private mutating func fill(_ count: Int, isRequired: Bool) {
        while stream.available < count {
            let decoded = at48kHz(stream.available)
            switch buffer.next(at: now, decoded: decoded, isRequired: isRequired) {
            case .decode(let packet, let isSpliced):
                decode(packet)
                heard.decoded += packet.samples
                if isSpliced { isSeamless = 0 }
            case .restart: heard.restarts += 1
            case .conceal(let samples, _):
                zero(samples)
                heard.concealed += samples
            case .stall(let samples, _):
                zero(samples)
                heard.stalled += samples
            case .pause:
                let missing = at48kHz(count - stream.available)
                zero(missing)
                heard.paused += missing
            case .nothing: return
            }
        }
    }

    /// The tone of a packet's timestamp.
    private mutating func decode(_ packet: MediaPacket) {
        let rate = stream.format.sampleRate
        let count = packet.samples * rate / 48_000
        let frequency = frequency
        var tail = stream.tail(count)
        let start = Double(packet.timestamp) * Double(rate) / 48_000
        for i in 0..<count { tail[i] = Float(sin(2 * .pi * frequency * (start + Double(i)) / Double(rate))) }
        stream.append(count)
        isSeamless += 1
    }

    private mutating func zero(_ samples: Int) {
        let count = samples * stream.format.sampleRate / 48_000
        var tail = stream.tail(count)
        for i in tail.indices { tail[i] = 0 }
        stream.append(count)
        isSeamless = 0
    }

    private mutating func watch() {
        for i in frame.samples.indices {
            let sample = frame.samples[i]
            if isSeamless > 4 { heard.largestStep = max(heard.largestStep, (sample - last).magnitude) }
            last = sample
        }
    }

    private func at48kHz(_ samples: Int) -> Int { samples * 48_000 / frame.format.sampleRate }
}
