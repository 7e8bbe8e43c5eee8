public import FileAccess
import Glibc

/// What an Ogg Opus file gives next. Times are in samples per channel at 48 kHz.
public enum OggOpusEvent: Sendable, Hashable {
    /// A packet; its bytes are the reader's `payload`. The trims are samples of it that are not to be heard: pre-skip at
    /// its start, the stream's exact end at its end.
    case packet(duration: Int, trimStart: Int, trimEnd: Int)
    /// Packets are missing here.
    case gap(samples: Int)
    /// A chained stream begins: the decoder starts anew, with this stream's channels and gain.
    case link(OpusHead)
    case end
}

/// Reads Ogg Opus (RFC 7845) packet by packet, over libogg: a page is all it holds.
///
/// Damage that leaves the rest usable is a warning; only a file without a usable beginning is an error.
public struct OggOpusReader: ~Copyable {
    /// A jump of the granule position beyond this is not believed: 1 hour.
    public static let maximumGap = 48_000 * 3600
    /// Comments beyond this are not waited for.
    static let maximumTagBytes = 1 << 24

    /// The header of the current link.
    public private(set) var head: OpusHead
    /// Length in samples at 48 kHz by the last page's granule position; nil for pipes and chained files.
    public private(set) var duration: Int?

    private var pages: OggPages
    private var packets: OggPackets
    private var warnings: WarningList
    private var state = State.audio
    /// Index in `packets` of the packet to give next.
    private var upcoming = 0
    private var current = 0
    private var gapDue = 0
    private var newLink: OpusHead?
    private var timing = OggOpusTiming()
    private var heard = 0

    private enum State {
        case audio
        /// The current link has had its last page.
        case afterLink
        case ended
    }

    public init(path: String) throws(FileError) { try self.init(ByteSource(path: path)) }

    /// Reads from memory.
    package init(memory: [UInt8], name: String) throws(FileError) {
        try self.init(ByteSource(memory: memory, name: name))
    }

    init(_ source: consuming ByteSource) throws(FileError) {
        pages = OggPages(source)
        warnings = WarningList(file: pages.name)
        packets = OggPackets(serial: 0)
        head = OpusHead(channels: 1, preSkip: 0, inputSampleRate: 48_000, outputGain: 0)
        try findFirstHead()
        try readTags()
        try loadPage()
        newLink = nil
        duration = lastGranule().map { max(Int($0) - Int(timing.start) - head.preSkip, 0) }
    }

    /// The bytes of the packet that `next` gave last.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) get { packets[current] }
    }

    /// Gives the next packet, gap or link.
    public mutating func next() throws(FileError) -> OggOpusEvent {
        while true {
            if let link = newLink {
                newLink = nil
                return .link(link)
            }
            if gapDue > 0 {
                let gap = gapDue
                gapDue = 0
                heard += gap
                return .gap(samples: gap)
            }
            if upcoming < packets.count {
                current = upcoming
                upcoming += 1
                guard let duration = OpusPacketDuration.of(packets[current]) else {
                    warn("a malformed packet was left out")
                    continue
                }
                let trims = timing.trims(duration: duration)
                heard += max(duration - trims.start - trims.end, 0)
                return .packet(duration: duration, trimStart: trims.start, trimEnd: trims.end)
            }
            if state == .ended { return .end }
            try loadPage()
        }
    }

    /// What was damaged since the last call.
    public mutating func takeWarnings() -> [FileWarning] { warnings.take() }

    // MARK: - Pages

    private mutating func warn(_ text: String) { warnings.add(text, at: Double(heard) / 48_000) }

    /// Reads on to the next page with packets of the current link, or of a new one.
    private mutating func loadPage() throws(FileError) {
        upcoming = 0
        while true {
            switch try pages.next() {
            case .end: return finish()
            case .damage(let bytes): if state == .audio { warn("\(bytes) bytes of damaged data were skipped") }
            case .page:
                if pages.isFirst && pages.startsWithOpusHead && pages.serial != packets.serial {
                    try beginLink()
                    upcoming = 0
                    continue
                }
                guard state == .audio, pages.serial == packets.serial else { continue }
                pages.give(to: packets)
                packets.collect()
                let isLast = pages.isLast
                if isLast { state = .afterLink }
                if settlePage(isLast: isLast) { return }
            }
        }
    }

    /// Works out where the packets of a page lie.
    /// - Returns: whether there is anything on it.
    private mutating func settlePage(isLast: Bool) -> Bool {
        var samples = 0
        for i in 0..<packets.count { samples += OpusPacketDuration.of(packets[i]) ?? 0 }
        switch timing.page(granule: pages.granule, samples: samples, isLast: isLast) {
        case .continues: break
        case .gap(let missing):
            gapDue = missing
            let milliseconds = missing / 48
            warn("\(milliseconds) ms are missing; the gap was concealed")
        case .jump: warn("the granule position jumps; it was not followed")
        }
        return packets.count > 0 || gapDue > 0
    }

    private mutating func finish() {
        if state == .audio { warn("the file is cut off: it has no last page; what there is was used") }
        state = .ended
        packets.collect()
    }

    // MARK: - Headers

    private mutating func findFirstHead() throws(FileError) {
        while true {
            switch try pages.next() {
            case .end:
                throw FileError(.notAudio, "'\(pages.name)' holds no Ogg Opus stream")
            case .damage(let bytes): warn("\(bytes) bytes before the first page were skipped")
            case .page where pages.isFirst && pages.startsWithOpusHead: return try readHead()
            case .page: continue
            }
        }
    }

    private mutating func readHead() throws(FileError) {
        packets.restart(serial: pages.serial)
        pages.give(to: packets)
        packets.collect()
        let name = pages.name
        guard packets.count > 0 else {
            throw FileError(.corrupt, "'\(name)' cannot be read: its Opus header is cut off")
        }
        do {
            head = try OpusHead.parse(packets[0])
        } catch {
            switch error {
            case .malformed(let text): throw FileError(.corrupt, "'\(name)' cannot be read: \(text)")
            case .unsupported(let text): throw FileError(.unsupported, "'\(name)' cannot be read: \(text)")
            }
        }
        timing = OggOpusTiming(preSkip: head.preSkip)
    }

    /// Reads over the comment packet, which may take several pages.
    private mutating func readTags() throws(FileError) {
        let limit = pages.position + Self.maximumTagBytes
        while true {
            let found = try pages.next()
            if found == .page && pages.isFirst && pages.startsWithOpusHead && pages.serial != packets.serial { return }
            if found == .page && pages.serial == packets.serial {
                pages.give(to: packets)
                packets.collect()
                if packets.count > 0 || packets.hasHole { break }
            }
            guard found != OggPages.Outcome.end && pages.position < limit else {
                throw FileError(.corrupt, "'\(pages.name)' ends before its first sound")
            }
        }
        // Audio must begin on a page of its own (RFC 7845 §3); what shares this one is left out.
        upcoming = packets.count
        if pages.isLast { state = .afterLink }
    }

    private mutating func beginLink() throws(FileError) {
        if state == .audio { warn("a chained stream begins before the end of the one before it") }
        do {
            try readHead()
            state = .audio
            try readTags()
            newLink = head
        } catch {
            warn("a chained stream cannot be used (\(error.description)); the rest was left out")
            state = .ended
        }
    }

    /// Granule position of the file's last page, if it can be sought for and belongs to the first link.
    private func lastGranule() -> Int64? {
        guard let tail = pages.tail(1 << 17), tail.count >= 27 else { return nil }
        for start in stride(from: tail.count - 27, through: 0, by: -1)
        where tail[start] == 0x4F && tail[start + 1] == 0x67 && tail[start + 2] == 0x67 && tail[start + 3] == 0x53 {
            func number(_ offset: Int, _ bytes: Int) -> UInt64 {
                (0..<bytes).reduce(0) { $0 | UInt64(tail[start + offset + $1]) << UInt64(8 * $1) }
            }
            guard UInt32(number(14, 4)) == UInt32(bitPattern: packets.serial) else { return nil }
            let granule = Int64(bitPattern: number(6, 8))
            if granule >= 0 && granule < 1 << 50 { return granule }
        }
        return nil
    }
}
