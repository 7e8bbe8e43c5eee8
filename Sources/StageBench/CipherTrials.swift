import BasicContainers
import CFloors
import MediaCore
import SecureRTP
import StageCosts

/// What many keys are made of, and the floor that fits a suite.
struct BenchKeys {
    let suite: String
    let count: Int
    /// Master key and salt of each.
    private let bytesPerKey: Int

    init(suite: String, count: Int) throws {
        self.suite = suite
        self.count = count
        if let known = CryptoSuite(rawValue: suite) {
            bytesPerKey = known.masterKeyBytes + known.masterSaltBytes
        } else if RTPSizeMode(rawValue: suite) != nil {
            bytesPerKey = 32
        } else {
            let known = CryptoSuite.allCases.map(\.rawValue) + RTPSizeMode.allCases.map(\.rawValue)
            throw BenchError("unknown suite '\(suite)'; suites are \(known.joined(separator: ", "))")
        }
    }

    private func secret(_ number: Int) -> [UInt8] {
        (0..<bytesPerKey).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 &* 7 &+ number >> 8) }
    }

    func material(_ number: Int) -> KeyMaterial { KeyMaterial(suite: suite, secret: secret(number)) }

    /// What the suite's floor is called; nil if it has none.
    var floorName: String? {
        switch suite {
        case "aead-aes-128-gcm", "aead-aes-256-gcm": "EVP AES-GCM on kept contexts"
        case "aes-cm-128-hmac-sha1-80", "aes-cm-128-hmac-sha1-32": "EVP AES-CTR and SHA-1 on kept contexts"
        case RTPSizeMode.aes256GCM.rawValue: "EVP AES-GCM on kept contexts"
        default: nil
        }
    }

    /// What the floor adds to a packet; the counter of Discord's modes is not in it.
    var floorTagBytes: Int { CryptoSuite(rawValue: suite)?.tagBytes ?? 16 }

    func makeFloor(encrypts: Bool) throws -> FloorCipher? {
        guard floorName != nil else { return nil }
        let secrets = (0..<count).flatMap(secret)
        let (keys, stride, isEncrypting) = (Int32(count), Int32(bytesPerKey), Int32(encrypts ? 1 : 0))
        let made: OpaquePointer?
        switch suite {
        case "aead-aes-128-gcm": unsafe made = parley_floor_gcm_new(keys, 16, isEncrypting, secrets, stride)
        case "aes-cm-128-hmac-sha1-80", "aes-cm-128-hmac-sha1-32":
            unsafe made = parley_floor_cm_new(keys, Int32(floorTagBytes), secrets, stride)
        default: unsafe made = parley_floor_gcm_new(keys, 32, isEncrypting, secrets, stride)
        }
        guard let made = unsafe made else { throw BenchError("the floor of \(suite) cannot be made") }
        return unsafe FloorCipher(made)
    }
}

/// Bare contexts, a key each.
@safe struct FloorCipher: ~Copyable {
    private let cipher: OpaquePointer

    fileprivate init(_ cipher: OpaquePointer) { unsafe self.cipher = cipher }

    deinit { unsafe parley_floor_cipher_free(cipher) }

    func sealAll(_ packet: inout [UInt8], length: Int, number: UInt32) -> Int {
        unsafe Int(parley_floor_seal_all(cipher, &packet, Int32(length), number))
    }

    func sealEach(_ packets: inout [UInt8], stride: Int, length: Int, number: UInt32) -> Int {
        unsafe Int(parley_floor_seal_each(cipher, &packets, Int32(stride), Int32(length), number))
    }

    func open(_ packet: inout [UInt8], key: Int, length: Int, number: UInt32) -> Bool {
        unsafe parley_floor_open(cipher, Int32(key), &packet, Int32(length), number) == 1
    }
}

/// rtp → srtp: one packet sealed for each of many listeners.
struct ProtectTrial: Trial, ~Copyable {
    static let headerBytes = 12
    let operations: Int
    let floorName: String?
    let bytes: TouchedBytes
    private(set) var failure: String?
    private var protectors: RigidArray<any PacketFilter & ~Copyable>
    private let bare: FloorCipher?
    private var packet: [UInt8]
    private var barePacket: [UInt8]
    private let length: Int
    private var number: UInt32 = 0

    /// - Parameter payloadBytes: 200 for 80 kbit/s in frames of 20 ms.
    init(
        _ keys: BenchKeys, payloadBytes: Int, make: (KeyMaterial) throws -> any PacketFilter & ~Copyable
    ) throws {
        var protectors = RigidArray<any PacketFilter & ~Copyable>(capacity: keys.count)
        for key in 0..<keys.count { protectors.append(try make(keys.material(key))) }
        let growth = protectors.span[0].maximumGrowth
        let floor = try keys.makeFloor(encrypts: true)
        self.protectors = protectors
        bare = floor
        floorName = keys.floorName
        operations = keys.count
        length = Self.headerBytes + payloadBytes
        packet = Self.rtp(length) + [UInt8](repeating: 0, count: growth)
        barePacket = Self.rtp(length) + [UInt8](repeating: 0, count: 32)
        bytes = TouchedBytes(input: length, output: length + growth)
    }

    /// A header without extensions and a payload like noise.
    static func rtp(_ length: Int) -> [UInt8] {
        [0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + (headerBytes..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    }

    mutating func prepare() {
        number += 1
        (packet[0], packet[1]) = (0x80, 111)
        (packet[2], packet[3]) = (UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number))
    }

    mutating func stage() {
        for i in protectors.indices where !Self.seal(&protectors[i], &packet, length) {
            failure = "the stage refused to seal a packet"
        }
    }

    mutating func floor() {
        guard let sealed = bare?.sealAll(&barePacket, length: length, number: number) else { return }
        if sealed < operations { failure = "the floor refused to seal a packet" }
    }

    private static func seal(
        _ protector: inout any PacketFilter & ~Copyable, _ packet: inout [UInt8], _ length: Int
    ) -> Bool {
        var span = packet.mutableSpan
        guard case .passed = protector.process(&span, length: length) else { return false }
        return true
    }
}

/// srtp → rtp: one packet opened from each of many senders.
struct UnprotectTrial: Trial, ~Copyable {
    let operations: Int
    let floorName: String?
    let bytes: TouchedBytes
    private(set) var failure: String?
    private var openers: RigidArray<any PacketFilter & ~Copyable>
    private var sealers: RigidArray<any PacketFilter & ~Copyable>
    private let bareSealer: FloorCipher?
    private let bareOpener: FloorCipher?
    /// What the stage opens, and what the floor opens: `stride` apart.
    private var packets: [UInt8]
    private var barePackets: [UInt8]
    private var scratch: [UInt8]
    private let length: Int
    private let stride: Int
    private var sealedLength = 0
    private let floorTagBytes: Int
    private var number: UInt32 = 0

    /// - Parameter seal: makes what seals packets for the stage to open.
    init(
        _ keys: BenchKeys, payloadBytes: Int, make: (KeyMaterial) throws -> any PacketFilter & ~Copyable,
        seal: (KeyMaterial) throws -> any PacketFilter & ~Copyable
    ) throws {
        var openers = RigidArray<any PacketFilter & ~Copyable>(capacity: keys.count)
        var sealers = RigidArray<any PacketFilter & ~Copyable>(capacity: keys.count)
        // One kind after the other, as the floor's contexts are: what lies apart is not in the caches.
        for key in 0..<keys.count { openers.append(try make(keys.material(key))) }
        for key in 0..<keys.count { sealers.append(try seal(keys.material(key))) }
        let growth = sealers.span[0].maximumGrowth
        let bareSealer = try keys.makeFloor(encrypts: true)
        let bareOpener = try keys.makeFloor(encrypts: false)
        self.openers = openers
        self.sealers = sealers
        self.bareSealer = bareSealer
        self.bareOpener = bareOpener
        floorTagBytes = keys.floorTagBytes
        floorName = keys.floorName
        operations = keys.count
        length = ProtectTrial.headerBytes + payloadBytes
        stride = length + growth + 16
        packets = Array(repeating: 0, count: stride * keys.count)
        barePackets = packets
        scratch = Array(repeating: 0, count: stride)
        bytes = TouchedBytes(input: length + growth, output: length)
    }

    mutating func prepare() {
        number += 1
        var packet = ProtectTrial.rtp(length) + [UInt8](repeating: 0, count: stride - length)
        (packet[2], packet[3]) = (UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number))
        let template = packet
        for i in sealers.indices {
            packet = template
            var span = packet.mutableSpan
            guard case .passed(let sealed) = sealers[i].process(&span, length: length) else {
                failure = "'srtp.protect' refused to seal a packet for the stage to open"
                return
            }
            sealedLength = sealed
            packets.replaceSubrange((i * stride)..<((i + 1) * stride), with: packet)
        }
        if bareOpener != nil { sealBare(template) }
    }

    /// Each key's own packet, sealed by the bare contexts, which know no headers.
    private mutating func sealBare(_ template: [UInt8]) {
        for i in 0..<operations { barePackets.replaceSubrange((i * stride)..<((i + 1) * stride), with: template) }
        let sealed = bareSealer?.sealEach(&barePackets, stride: stride, length: length, number: number)
        if let sealed, sealed < operations { failure = "the floor refused to seal a packet" }
    }

    mutating func baseline() {
        for i in 0..<operations { Self.bring(packets, i * stride, sealedLength, &scratch) }
    }

    mutating func stage() {
        for i in openers.indices {
            Self.bring(packets, i * stride, sealedLength, &scratch)
            if !Self.open(&openers[i], &scratch, sealedLength) {
                failure = "the stage refused what 'srtp.protect' had sealed"
            }
        }
    }

    mutating func floor() {
        let sealed = length + floorTagBytes
        for key in 0..<operations {
            Self.bring(barePackets, key * stride, sealed, &scratch)
            if bareOpener?.open(&scratch, key: key, length: sealed, number: number) == false {
                failure = "the floor refused a packet"
            }
        }
    }

    private static func bring(_ packets: [UInt8], _ start: Int, _ length: Int, _ scratch: inout [UInt8]) {
        var target = scratch.mutableSpan
        target.copy(packets.span.extracting(start..<(start + length)))
    }

    private static func open(
        _ opener: inout any PacketFilter & ~Copyable, _ packet: inout [UInt8], _ length: Int
    ) -> Bool {
        var span = packet.mutableSpan
        guard case .passed = opener.process(&span, length: length) else { return false }
        return true
    }
}
