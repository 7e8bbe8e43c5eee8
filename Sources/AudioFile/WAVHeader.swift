import Glibc

/// What a WAV's own header says, to find out where it lies: libsndfile silently makes the best of it.
struct WAVHeader {
    private var formatTag = 0
    private var channels = 0
    private var sampleRate = 0
    private var blockAlign = 0
    private var bitsPerSample = 0
    private var hasFormat = false
    private var dataStart: Int?
    private var dataBytes = 0

    /// Chunks that are looked at before the sound must come.
    private static let maximumChunks = 64

    /// nil if the file is no RIFF WAVE. The descriptor's position does not change.
    init?(descriptor: Int32) {
        func read(_ offset: Int, _ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, count, off_t(offset))
            }
            return got == count ? bytes : nil
        }
        func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        guard let riff = read(0, 12), riff[..<4] == [0x52, 0x49, 0x46, 0x46], riff[8...] == [0x57, 0x41, 0x56, 0x45]
        else { return nil }
        var offset = 12
        for _ in 0..<Self.maximumChunks {
            guard let chunk = read(offset, 8) else { return }
            let size = number(chunk, 4, 4)
            if chunk[..<4] == [0x66, 0x6D, 0x74, 0x20], let format = read(offset + 8, 16) {
                hasFormat = true
                (formatTag, channels) = (number(format, 0, 2), number(format, 2, 2))
                (sampleRate, blockAlign) = (number(format, 4, 4), number(format, 12, 2))
                bitsPerSample = number(format, 14, 2)
            }
            if chunk[..<4] == [0x64, 0x61, 0x74, 0x61] {
                (dataStart, dataBytes) = (offset + 8, size)
                return
            }
            offset += 8 + size + size & 1
        }
    }

    /// Whether the header contradicts itself so that nothing can be read; nil if not.
    var problem: String? {
        guard hasFormat else { return dataStart == nil ? "is cut off" : "has no format" }
        if channels == 0 { return "says 0 channels" }
        if sampleRate == 0 { return "says a sample rate of 0 Hz" }
        let isPCM = formatTag == 1 || formatTag == 3
        if isPCM && bitsPerSample == 0 { return "says 0 bits per sample" }
        if isPCM && blockAlign != channels * ((bitsPerSample + 7) / 8) {
            return "says \(blockAlign) bytes for \(channels) channels of \(bitsPerSample) bits"
        }
        return nil
    }

    /// What the header promises beyond what the file holds.
    /// - Returns: the samples per channel promised, if they are not there; and whether the header leaves its size open,
    ///   as programs do that write into a pipe.
    func promise(fileSize: Int) -> (samples: Int?, isStreamed: Bool) {
        guard let dataStart, blockAlign > 0 else { return (nil, false) }
        let held = fileSize - dataStart
        if dataBytes >= 0xFFFF_F000 || (dataBytes == 0 && held > 0) { return (nil, true) }
        return dataBytes > held ? (dataBytes / blockAlign, false) : (nil, false)
    }
}
