import BasicContainers
import CFloors
import MediaCore
import StageCosts

/// A room's voices: everybody talks, each with speech of their own.
struct BenchVoices: ~Copyable {
    var bank: VoiceBank
    private let talkers: [BenchMaterial]

    /// - Parameter talkers: who take turns where there are more voices.
    init(_ talkers: [BenchMaterial], count: Int) {
        self.talkers = talkers
        bank = VoiceBank(format: talkers[0].format, capacity: count)
        for i in 0..<count { bank.voices[i].isPresent = true }
        load(0)
    }

    /// Brings in the frames of a tick.
    mutating func load(_ number: Int) {
        for i in 0..<bank.capacity {
            talkers[i % talkers.count].load(number + 37 * (i / talkers.count), into: &bank.frames[i])
        }
    }
}

/// pcm × N → pcm: every voice gets the mix of all others.
struct MixerTrial: Trial, ~Copyable {
    let operations: Int
    let floorName: String?
    let bytes: TouchedBytes
    let samples: Int?
    private var voices: BenchVoices
    private var mixers: RigidArray<any VoiceMixer & ~Copyable>
    private var frame: PCMFrame
    private var sum: [Float]
    private let rounds: Int
    private var number = 0

    init(
        _ talkers: [BenchMaterial], voices count: Int, make: () throws -> any VoiceMixer & ~Copyable
    ) throws {
        var mixers = RigidArray<any VoiceMixer & ~Copyable>(capacity: count)
        for _ in 0..<count { mixers.append(try make()) }
        self.mixers = mixers
        voices = BenchVoices(talkers, count: count)
        let format = talkers[0].format
        frame = PCMFrame(format: format)
        sum = Array(repeating: 0, count: format.valuesPerFrame)
        rounds = max(256 / count, 1)
        operations = rounds * count
        samples = (count - 1) * format.valuesPerFrame
        floorName = talkers[0].input == .silence ? nil : "a sum blocked over registers"
        let frameBytes = format.valuesPerFrame * MemoryLayout<Float>.stride
        bytes = TouchedBytes(input: (count - 1) * frameBytes, output: frameBytes)
    }

    mutating func prepare() {
        number += 1
        voices.load(number)
    }

    mutating func stage() {
        for _ in 0..<rounds {
            for i in mixers.indices { mixers[i].mix(voices.bank, excluding: ExclusionSet(i), into: &frame) }
        }
    }

    mutating func floor() {
        for _ in 0..<rounds { Self.sum(voices.bank, into: &sum) }
    }

    private static func sum(_ bank: borrowing VoiceBank, into sum: inout [Float]) {
        var sources: [UnsafePointer<Float>] = unsafe []
        for i in 0..<bank.capacity {
            // A frame's memory stays where it is for as long as the bank is borrowed.
            if let start = unsafe start(of: bank.frames[i]) { unsafe sources.append(start) }
        }
        for i in 0..<bank.capacity {
            unsafe parley_floor_sum(sources, Int32(sources.count), Int32(i), &sum, Int32(sum.count))
        }
    }
}

@unsafe private func start(of frame: borrowing PCMFrame) -> UnsafePointer<Float>? {
    unsafe frame.samples.withUnsafeBufferPointer { $0.baseAddress }
}

/// pcm × N → pcm × N: who is heard.
struct SelectorTrial: Trial, ~Copyable {
    let operations = 64
    let floorName: String?
    let bytes: TouchedBytes
    private var voices: BenchVoices
    private var selector: any VoiceSelector & ~Copyable
    private var number = 0

    init(_ selector: consuming any VoiceSelector & ~Copyable, _ talkers: [BenchMaterial], voices count: Int) {
        self.selector = selector
        voices = BenchVoices(talkers, count: count)
        floorName = talkers[0].input == .silence ? nil : "the energy of every voice"
        bytes = TouchedBytes(
            input: count * talkers[0].format.valuesPerFrame * MemoryLayout<Float>.stride, output: count)
    }

    mutating func prepare() {
        number += 1
        voices.load(number)
    }

    mutating func stage() { for _ in 0..<operations { selector.select(&voices.bank) } }

    mutating func floor() {
        for _ in 0..<operations {
            for i in 0..<voices.bank.capacity { Self.energy(voices.bank.frames[i]) }
        }
    }

    private static func energy(_ frame: borrowing PCMFrame) {
        unsafe frame.samples.withUnsafeBufferPointer { values in
            if let start = values.baseAddress { unsafe _ = parley_floor_energy(start, Int32(values.count)) }
        }
    }
}
