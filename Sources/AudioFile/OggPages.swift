import COgg
import FileAccess

/// The pages of an Ogg physical stream (RFC 3533 §6), over libogg, which checks them and finds its way after damage.
@safe struct OggPages: ~Copyable {
    /// What `next` found.
    enum Outcome: Equatable {
        /// `page` is valid until the next call.
        case page
        /// So many bytes were no page, and were skipped.
        case damage(Int)
        case end
    }

    /// Bytes asked of the source at a time.
    private static let readBytes = 16_384

    private var source: ByteSource
    private let sync: UnsafeMutablePointer<ogg_sync_state>
    private let current: UnsafeMutablePointer<ogg_page>
    /// Bytes of whole pages and of damage so far.
    private(set) var position = 0
    private var buffered = 0

    init(_ source: consuming ByteSource) {
        self.source = source
        unsafe sync = .allocate(capacity: 1)
        unsafe current = .allocate(capacity: 1)
        unsafe current.initialize(to: ogg_page())
        unsafe ogg_sync_init(sync)
    }

    deinit {
        unsafe ogg_sync_clear(sync)
        unsafe sync.deallocate()
        unsafe current.deallocate()
    }

    var name: String { source.name }

    /// Bytes that were read but belong to no whole page: not 0 at the end of a file that was cut off.
    var leftOver: Int { buffered }

    mutating func next() throws(FileError) -> Outcome {
        while true {
            let taken = unsafe ogg_sync_pageseek(sync, current)
            if taken != 0 {
                let count = Int(taken.magnitude)
                position += count
                buffered -= count
                return taken > 0 ? .page : .damage(count)
            }
            guard let buffer = unsafe ogg_sync_buffer(sync, Self.readBytes) else { return .end }
            let count = try unsafe source.read(
                into: UnsafeMutableRawBufferPointer(start: buffer, count: Self.readBytes))
            guard count > 0 else { return .end }
            unsafe ogg_sync_wrote(sync, count)
            buffered += count
        }
    }

    /// See `ByteSource.tail`.
    func tail(_ count: Int) -> [UInt8]? { source.tail(count) }

    var serial: Int32 { unsafe ogg_page_serialno(current) }
    var isFirst: Bool { unsafe ogg_page_bos(current) != 0 }
    var isLast: Bool { unsafe ogg_page_eos(current) != 0 }
    /// Granule position; -1 if no packet ends on the page.
    var granule: Int64 { unsafe ogg_page_granulepos(current) }

    /// Whether the page begins with an Opus identification header.
    var startsWithOpusHead: Bool {
        let body = unsafe UnsafeBufferPointer(start: current.pointee.body, count: Int(current.pointee.body_len))
        return unsafe OpusHead.isOpusHead(Span(_unsafeElements: body))
    }

    /// Hands the page to the stream that it belongs to.
    func give(to stream: borrowing OggPackets) { unsafe stream.take(current) }
}

/// The packets of one logical stream, page by page.
@safe struct OggPackets: ~Copyable {
    /// Packets that can end on one page: each takes a lacing value.
    static let maximumPerPage = 255

    private let state: UnsafeMutablePointer<ogg_stream_state>
    private let packets: UnsafeMutablePointer<ogg_packet>
    /// Packets of the page taken last, in order; their bytes are valid until the next page is taken.
    private(set) var count = 0
    /// Whether packets were lost before those.
    private(set) var hasHole = false

    init(serial: Int32) {
        unsafe state = .allocate(capacity: 1)
        unsafe packets = .allocate(capacity: Self.maximumPerPage)
        unsafe packets.initialize(repeating: ogg_packet(), count: Self.maximumPerPage)
        unsafe ogg_stream_init(state, serial)
    }

    deinit {
        unsafe ogg_stream_clear(state)
        unsafe state.deallocate()
        unsafe packets.deallocate()
    }

    var serial: Int32 { Int32(truncatingIfNeeded: unsafe state.pointee.serialno) }

    /// Forgets everything and becomes the stream of another serial number.
    mutating func restart(serial: Int32) {
        unsafe ogg_stream_reset_serialno(state, serial)
        count = 0
        hasHole = false
    }

    /// Collects the packets that end on the page given last.
    mutating func collect() {
        count = 0
        hasHole = false
        while count < Self.maximumPerPage {
            switch unsafe ogg_stream_packetout(state, packets + count) {
            case 1: count += 1
            case 0: return
            default: hasHole = true
            }
        }
    }

    /// Bytes of the packet that has begun but not ended.
    var pendingBytes: Int { unsafe Int(state.pointee.body_fill - state.pointee.body_returned) }

    subscript(index: Int) -> Span<UInt8> {
        @_lifetime(borrow self) get {
            precondition(index < count)
            let packet = unsafe packets[index]
            let bytes = unsafe UnsafeBufferPointer(start: packet.packet, count: Int(packet.bytes))
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    fileprivate func take(_ page: UnsafeMutablePointer<ogg_page>) { unsafe _ = ogg_stream_pagein(state, page) }
}

extension OggPages: @unchecked Sendable {}
extension OggPackets: @unchecked Sendable {}
