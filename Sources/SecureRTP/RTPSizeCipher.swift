internal import CSodium
public import MediaCore
import RTPWire

/// The AEAD modes of Discord's voice gateway: the packet's RTP header stays clear (12 bytes, contributing sources, and
/// the 4 bytes before a header extension), what follows is encrypted, behind it stand the tag and a 32-bit counter, which
/// is the nonce.
public enum RTPSizeMode: String, Sendable, Hashable, CaseIterable {
    case aes256GCM = "aead_aes256_gcm_rtpsize"
    case xChaCha20Poly1305 = "aead_xchacha20_poly1305_rtpsize"

    public static let keyBytes = 32
    /// Tag and counter.
    public static let overheadBytes = 20
}

/// What does the work of a mode.
enum RTPSizeEngine: ~Copyable {
    case gcm(GCMContext)
    /// libsodium has no context: the key is all there is.
    case xChaCha([UInt8])
}

/// One direction of a session in such a mode.
public struct RTPSizeCipher: PacketFilter, ~Copyable {
    private static let tagBytes = 16
    private static let isReady = sodium_init() >= 0

    public var maximumGrowth: Int { isSealing ? RTPSizeMode.overheadBytes : 0 }
    /// Where a server begins to count: both directions have one key, and clients count from 0. Half of the numbers are
    /// more than a year of packets for each.
    public static let firstServerCounter: UInt32 = 1 << 31

    private let engine: RTPSizeEngine
    private let isSealing: Bool
    private var counter: UInt32
    private var hasWrapped = false
    private var replay: ReplayList

    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - isSealing: whether packets go out.
    ///   - firstCounter: of the first packet that goes out. A nonce is the counter alone, so whoever seals with the same key
    ///     at the other end must begin elsewhere.
    public init(
        _ mode: RTPSizeMode, key: [UInt8], isSealing: Bool, firstCounter: UInt32 = 0, replayWindow: Int = 1024
    ) throws(SecureRTPError) {
        guard key.count == RTPSizeMode.keyBytes else {
            throw SecureRTPError("\(mode.rawValue) takes a key of 32 bytes, not \(key.count)")
        }
        switch mode {
        case .aes256GCM:
            engine = .gcm(try GCMContext(key: key, encrypts: isSealing))
        case .xChaCha20Poly1305:
            guard Self.isReady else { throw SecureRTPError("libsodium cannot be set up") }
            engine = .xChaCha(key)
        }
        self.isSealing = isSealing
        counter = firstCounter
        replay = ReplayList(window: replayWindow)
    }

    public mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        guard let start = Self.clearBytes(bytes.span, length: length) else { return .refused(.malformed) }
        return isSealing ? seal(&bytes, start, length) : open(&bytes, start, length)
    }

    /// The counter goes on: a nonce must not be used twice.
    public mutating func reset() {}

    private static func clearBytes(_ bytes: Span<UInt8>, length: Int) -> Int? {
        guard length >= RTPHeader.minimumBytes, length <= bytes.count, bytes[0] >> 6 == 2 else { return nil }
        let clear = RTPHeader.minimumBytes + 4 * Int(bytes[0] & 0x0F) + (bytes[0] & 0x10 != 0 ? 4 : 0)
        return clear <= length ? clear : nil
    }

    private mutating func seal(_ bytes: inout MutableSpan<UInt8>, _ start: Int, _ length: Int) -> PacketVerdict {
        precondition(bytes.count >= length + RTPSizeMode.overheadBytes)
        guard !hasWrapped else { return .refused(.exhausted) }
        guard crypt(&bytes, start..<length, counter) else { return .refused(.malformed) }
        bytes.store(counter, at: length + Self.tagBytes)
        counter &+= 1
        hasWrapped = counter == 0
        return .passed(length + RTPSizeMode.overheadBytes)
    }

    private mutating func open(_ bytes: inout MutableSpan<UInt8>, _ start: Int, _ length: Int) -> PacketVerdict {
        let end = length - RTPSizeMode.overheadBytes
        guard end >= start else { return .refused(.malformed) }
        let counter = bytes.span.uint32(at: length - 4)
        switch replay.check(UInt64(counter)) {
        case .fresh: break
        case .replayed: return .refused(.replayed)
        case .tooOld: return .refused(.tooOld)
        }
        guard crypt(&bytes, start..<end, counter) else { return .refused(.unauthenticated) }
        replay.insert(UInt64(counter))
        return .passed(end)
    }

    /// The counter's four bytes begin the nonce, the rest is zero.
    private func crypt(_ bytes: inout MutableSpan<UInt8>, _ text: Range<Int>, _ counter: UInt32) -> Bool {
        switch engine {
        case .gcm(let context):
            let nonce = GCMContext.Nonce(high: counter)
            return isSealing
                ? context.seal(&bytes, text: text, nonce: nonce) : context.open(&bytes, text: text, nonce: nonce)
        case .xChaCha(let key):
            var nonce = InlineArray<24, UInt8>(repeating: 0)
            for i in 0..<4 { nonce[i] = UInt8(truncatingIfNeeded: counter >> UInt32(24 - 8 * i)) }
            return xChaCha(&bytes, text, nonce, key)
        }
    }

    private func xChaCha(
        _ bytes: inout MutableSpan<UInt8>, _ text: Range<Int>, _ nonce: InlineArray<24, UInt8>, _ key: [UInt8]
    ) -> Bool {
        unsafe nonce.span.withUnsafeBufferPointer { nonce in
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                guard let start = bytes.baseAddress, let nonce = nonce.baseAddress else { return false }
                let (message, count) = unsafe (start + text.lowerBound, UInt64(text.count))
                let clear = UInt64(text.lowerBound)
                guard isSealing else {
                    return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
                        message, nil, message, count, message + text.count, start, clear, nonce, key) == 0
                }
                return unsafe crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
                    message, message + text.count, nil, message, count, start, clear, nil, nonce, key) == 0
            }
        }
    }
}
