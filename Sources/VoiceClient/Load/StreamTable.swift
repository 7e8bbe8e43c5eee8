/// Which stream a datagram is of, by the socket it came to, the port it came from and its SSRC. Of fixed size, without
/// anything to allocate: half of it is empty at most.
struct StreamTable {
    private var keys: [UInt64]
    private var values: [Int32]
    private let mask: Int
    private(set) var count = 0

    /// - Parameter maximum: streams at once.
    init(maximum: Int) {
        var size = 64
        while size < maximum * 2 { size *= 2 }
        keys = Array(repeating: 0, count: size)
        values = Array(repeating: -1, count: size)
        mask = size - 1
    }

    static func key(socket: Int, port: UInt16, ssrc: UInt32) -> UInt64 {
        UInt64(UInt16(truncatingIfNeeded: socket)) << 48 | UInt64(port) << 32 | UInt64(ssrc)
    }

    /// - Returns: the stream's number; nil if it is new.
    func find(_ key: UInt64) -> Int? {
        var place = slot(key)
        while values[place] >= 0 {
            if keys[place] == key { return Int(values[place]) }
            place = (place + 1) & mask
        }
        return nil
    }

    /// - Returns: false if there is no room.
    mutating func insert(_ key: UInt64, _ value: Int) -> Bool {
        guard count * 2 < mask else { return false }
        var place = slot(key)
        while values[place] >= 0 { place = (place + 1) & mask }
        keys[place] = key
        values[place] = Int32(value)
        count += 1
        return true
    }

    private func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask }
}
