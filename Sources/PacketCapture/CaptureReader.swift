public import FileAccess
import Glibc
import RTPWire

/// Reads the UDP datagrams of a packet capture, one after the other: pcap, pcapng, rtpdump.
///
/// What is no UDP over IP is passed over and counted. A capture that is cut off or damaged in the middle gives what is
/// before the damage, and a warning.
public struct CaptureReader: ~Copyable {
    /// The longest block or frame that is believed.
    public static let maximumBlockBytes = 1 << 20

    public enum Format: String, Sendable, Hashable {
        case pcap, pcapng, rtpdump
    }

    /// One datagram; its bytes are the reader's `payload` until the next call.
    public struct Datagram: Sendable, Hashable {
        /// When it was captured, in nanoseconds since 1970; never before the datagram before it.
        public var time: Int64
        public var source: Endpoint
        public var destination: Endpoint
        /// Whether the capture holds only the beginning of it.
        public var isCut: Bool

        public init(time: Int64, source: Endpoint, destination: Endpoint, isCut: Bool) {
            self.time = time
            self.source = source
            self.destination = destination
            self.isCut = isCut
        }
    }

    /// What was passed over.
    public struct Counters: Sendable, Hashable {
        public var datagrams = 0
        /// Frames that are no UDP over IP, or of a link layer that is not known.
        public var otherFrames = 0
        public var fragments = 0
        /// Datagrams of which the capture holds only the beginning.
        public var cut = 0
        /// Datagrams whose time is before that of the one before; they count as captured together.
        public var timesGoneBack = 0
        /// Datagrams whose time is more than an hour from that of the one before, with which the one after does not
        /// agree; they count as captured with the one before.
        public var timesDoubtful = 0

        public init() {}
    }

    public let name: String
    public let format: Format
    public private(set) var counters = Counters()
    private var reader: BufferedReader
    private var layout: CaptureLayout
    private var warnings: WarningList
    private var clock = CaptureClock()
    private var firstTime: Int64?
    private var current = 0..<0
    private var pending = 0
    private var hasEnded = false
    private var deliversNotes = false
    private var note: String?

    public init(path: String) throws(FileError) { try self.init(ByteSource(path: path)) }

    /// Reads a capture in memory: for tests and fuzzing.
    package init(memory: [UInt8], name: String) throws(FileError) {
        try self.init(ByteSource(memory: memory, name: name))
    }

    package init(_ source: consuming ByteSource) throws(FileError) {
        let name = source.name
        var reader = BufferedReader(source, limit: Self.maximumBlockBytes)
        let layout = try Self.open(&reader, name)
        self.name = name
        self.reader = reader
        self.layout = layout
        format =
            switch layout {
            case .pcap: .pcap
            case .pcapng: .pcapng
            case .rtpdump: .rtpdump
            }
        warnings = WarningList(file: name)
    }

    /// Whether a file's first bytes are those of a capture.
    package static func isCapture(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 4 else { return false }
        let magic = bytes[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return PCAPLayout(magic: magic) != nil || magic == PCAPNGLayout.magic
            || bytes.starts(with: RTPDumpLayout.magic)
    }

    /// The bytes of the last datagram.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) get { reader.bytes.extracting(current) }
    }

    /// - Returns: the next datagram; nil at the end.
    /// - Throws: when the system cannot read.
    public mutating func next() throws(FileError) -> Datagram? {
        while !hasEnded {
            reader.consume(pending)
            pending = 0
            current = 0..<0
            let step = try Self.step(&layout, &reader)
            switch step {
            case .end:
                hasEnded = true
            case .damage(let text):
                warnings.add("\(text); what comes after it is not read", at: seconds)
                hasEnded = true
            case .skip(let bytes):
                pending = bytes
            case .note(let text, let bytes):
                pending = bytes
                guard deliversNotes else { continue }
                note = Self.text(reader.bytes.extracting(text))
                return nil
            case .other(let bytes):
                counters.otherFrames += 1
                pending = bytes
            case .frame(let time, let link, let frame, let bytes):
                pending = bytes
                if let datagram = take(time, link, frame) { return datagram }
            case .datagram(let datagram, let payload, let bytes):
                pending = bytes
                return deliver(datagram, payload)
            }
        }
        return nil
    }

    /// The same, and the texts between the datagrams that `CaptureWriter.note` wrote, in their order.
    package mutating func nextRecord() throws(FileError) -> Record? {
        deliversNotes = true
        defer { deliversNotes = false }
        if let datagram = try next() { return .datagram(datagram) }
        defer { note = nil }
        return note.map { .note($0) }
    }

    package enum Record {
        case datagram(Datagram)
        case note(String)
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for i in bytes.indices { copy.append(bytes[i]) }
        return String(decoding: copy, as: UTF8.self)
    }

    /// What was damaged since the last call.
    public mutating func takeWarnings() -> [FileWarning] { warnings.take() }

    // MARK: - Frames

    private mutating func take(_ time: Int64, _ link: LinkLayer, _ frame: Range<Int>) -> Datagram? {
        switch FrameParser.parse(reader.bytes.extracting(frame), link) {
        case .datagram(let source, let destination, let payload, let isCut):
            let datagram = Datagram(time: time, source: source, destination: destination, isCut: isCut)
            let start = frame.lowerBound
            return deliver(datagram, (start + payload.lowerBound)..<(start + payload.upperBound))
        case .fragment:
            counters.fragments += 1
        case .other:
            counters.otherFrames += 1
        }
        return nil
    }

    private mutating func deliver(_ datagram: Datagram, _ payload: Range<Int>) -> Datagram {
        var datagram = datagram
        current = payload
        counters.datagrams += 1
        if datagram.isCut { counters.cut += 1 }
        // Who writes notes knows the time.
        guard !deliversNotes else { return datagram }
        switch clock.add(datagram.time) {
        case .onTime: break
        case .goneBack: counters.timesGoneBack += 1
        case .doubtful: counters.timesDoubtful += 1
        case .set(let step): noteSetClock(step)
        }
        datagram.time = clock.now
        firstTime = firstTime ?? datagram.time
        return datagram
    }

    private mutating func noteSetClock(_ step: Double) {
        // The datagram before was no stray.
        counters.timesDoubtful -= 1
        let hours = Int((step.magnitude / 3600).rounded())
        if step > 0, hours <= 24 {
            warnings.add("nothing for \(hours) h", at: seconds)
        } else {
            warnings.add(
                "the clock jumps \(step > 0 ? "ahead" : "back") by \(hours) h; time goes on from before it", at: seconds
            )
        }
    }

    /// Seconds of the capture so far.
    private var seconds: Double? { firstTime.map { Double(clock.now - $0) / 1e9 } }

    // MARK: - Formats

    private static func open(_ reader: inout BufferedReader, _ name: String) throws(FileError) -> CaptureLayout {
        guard try reader.fill(4) else {
            throw FileError(.notAudio, reader.bytes.isEmpty ? "'\(name)' is empty" : "'\(name)' is no packet capture")
        }
        let magic = reader.bytes.uint32(at: 0)
        if magic == PCAPNGLayout.magic { return .pcapng(PCAPNGLayout()) }
        if let layout = PCAPLayout(magic: magic) { return .pcap(try layout.opened(&reader, name)) }
        if try reader.fill(RTPDumpLayout.magic.count), RTPDumpLayout.matches(reader.bytes) {
            return .rtpdump(try RTPDumpLayout(&reader, name))
        }
        throw FileError(.notAudio, "'\(name)' is no packet capture; Parley reads pcap, pcapng and rtpdump")
    }

    private static func step(
        _ layout: inout CaptureLayout, _ reader: inout BufferedReader
    ) throws(FileError) -> CaptureStep {
        switch layout {
        case .pcap(let pcap):
            return try pcap.step(&reader)
        case .pcapng(var pcapng):
            defer { layout = .pcapng(pcapng) }
            return try pcapng.step(&reader)
        case .rtpdump(let rtpdump):
            return try rtpdump.step(&reader)
        }
    }
}

/// The file formats, with what each remembers.
enum CaptureLayout {
    case pcap(PCAPLayout)
    case pcapng(PCAPNGLayout)
    case rtpdump(RTPDumpLayout)
}

/// What a format's reader has found at the reader's position; `bytes` is how much of it is to be consumed afterwards.
enum CaptureStep {
    case frame(time: Int64, LinkLayer, Range<Int>, bytes: Int)
    case datagram(CaptureReader.Datagram, payload: Range<Int>, bytes: Int)
    /// A frame that is of no use.
    case other(bytes: Int)
    /// A text of our own.
    case note(Range<Int>, bytes: Int)
    /// No frame at all.
    case skip(bytes: Int)
    case damage(String)
    case end
}
