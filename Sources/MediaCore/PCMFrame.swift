internal import Glibc

/// Whether a frame holds speech, as the last stage that could tell has said.
public enum VoiceActivity: UInt8, Sendable, BitwiseCopyable {
    /// No stage has judged the frame.
    case unknown
    case speech
    case noSpeech
}

/// What stages tell the stages after them about a frame, beside its samples.
public struct FrameAnnotations: Sendable, BitwiseCopyable {
    public var activity: VoiceActivity = .unknown
    /// Mean square of the frame's values, 1 for a full-scale square wave; nil until a stage has measured it.
    public var meanSquare: Float?
    /// The smallest gain that a dynamics stage (a limiter, say) applied within the frame; 1 where none did.
    public var lowestGain: Float = 1

    public init() {}
}

/// One tick of interleaved float PCM, full scale ±1: one owner, one buffer for life, nothing shared.
///
/// A frame knows when every value in it is zero (`isSilent`), so that stages can skip it.
@safe public struct PCMFrame: ~Copyable {
    public let format: AudioFormat
    /// True if every value is zero. Opening `mutableSamples` clears it; `silence()` sets it.
    public private(set) var isSilent = true
    public var annotations = FrameAnnotations()
    private let storage: UnsafeMutableBufferPointer<Float>

    /// A silent frame of `format.valuesPerFrame` values.
    public init(format: AudioFormat) {
        self.format = format
        let bytes = format.valuesPerFrame * MemoryLayout<Float>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        let values = unsafe raw.bindMemory(to: Float.self, capacity: format.valuesPerFrame)
        unsafe storage = .init(start: values, count: format.valuesPerFrame)
        unsafe storage.initialize(repeating: 0)
    }

    deinit { unsafe storage.deallocate() }

    /// The values, `format.valuesPerFrame` of them, channels interleaved.
    public var samples: Span<Float> {
        @_lifetime(borrow self) get {
            let span = unsafe Span(_unsafeElements: storage)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The values, to be written; from here on the frame does not count as silent.
    public var mutableSamples: MutableSpan<Float> {
        @_lifetime(&self) mutating get {
            isSilent = false
            let span = unsafe MutableSpan(_unsafeElements: storage)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Makes every value zero and forgets the annotations.
    public mutating func silence() {
        annotations = FrameAnnotations()
        guard !isSilent else { return }
        unsafe storage.update(repeating: 0)
        isSilent = true
    }

    /// Takes interleaved values, `format.valuesPerFrame` of them, with no annotations.
    public mutating func load(_ values: Span<Float>) {
        precondition(values.count == format.valuesPerFrame, "a frame is loaded whole")
        annotations = FrameAnnotations()
        var samples = mutableSamples
        samples.copy(values)
    }

    /// Whether another frame of the same format sounds the same, to the last bit; annotations do not count.
    public func hasSamples(of other: borrowing PCMFrame) -> Bool {
        precondition(format == other.format, "frames of different formats")
        if isSilent && other.isSilent { return true }
        guard let first = unsafe storage.baseAddress, let second = unsafe other.storage.baseAddress else { return true }
        return unsafe memcmp(first, second, storage.count * MemoryLayout<Float>.stride) == 0
    }

    /// Makes this frame equal to another of the same format, annotations included.
    public mutating func copy(from other: borrowing PCMFrame) {
        precondition(format == other.format, "frames of different formats")
        if !(isSilent && other.isSilent) {
            unsafe storage.baseAddress!.update(from: other.storage.baseAddress!, count: storage.count)
        }
        isSilent = other.isSilent
        annotations = other.annotations
    }
}

extension PCMFrame: @unchecked Sendable {}

extension PCMFrame: Forkable {
    public var stateBytes: Int {
        MemoryLayout<Bool>.size + MemoryLayout<FrameAnnotations>.size + format.valuesPerFrame
            * MemoryLayout<Float>.stride
    }

    public func save(into image: inout StateImage) {
        image.write(isSilent)
        image.write(annotations)
        if !isSilent { image.write(samples) }
    }

    public mutating func restore(from image: inout StateImage) {
        if image.read(Bool.self) {
            silence()
            annotations = image.read()
        } else {
            annotations = image.read()
            var samples = mutableSamples
            image.read(into: &samples)
        }
    }
}
