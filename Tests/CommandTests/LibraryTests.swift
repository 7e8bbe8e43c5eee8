import Foundation
import Testing

/// Other libraries than the one that Parley was built with, found when it runs.
@Suite struct LibraryTests {
    /// Speech-like tones in packets, of which some are lost.
    static func lossyCapture(in folder: TemporaryFolder) throws {
        let pipeline = """
            pipeline: sender
            version: 1
            participant: [opus.decode]
            room: [mix]
            listener: [opus.encode: { bitrate: 64 kbit/s, mode: audio }, rtp.packetize]
            """
        try pipeline.write(toFile: folder.file("sender.yaml"), atomically: true, encoding: .utf8)
        try Shell.sh("sox -R -n -r 48000 tone.wav synth 4 sine 300 gain -12", in: folder.path)
        let sent = try Shell.parley(
            "mix", "tone.wav", "-q", "-p", "sender.yaml", "-o", "clean.pcap", in: folder.path)
        #expect(sent.status == 0, "\(sent.error)")
        let impaired = try Shell.parley(
            "impair", "clean.pcap", "-o", "lossy.pcap", "-q", "--set", "loss=10 %", "--set", "burst=3", "--set",
            "burst-length=exact", in: folder.path)
        #expect(impaired.status == 0, "\(impaired.error)")
    }

    static let receiver = """
        pipeline: receiver
        version: 1
        participant: [jitter.adaptive: { min: 100 ms }, opus.decode]
        room: [mix]
        listener: [opus.encode]
        """

    /// The capture's sound as 16-bit samples, with an environment variable set.
    static func heard(_ variable: String, in folder: TemporaryFolder) throws -> [Int16] {
        try receiver.write(toFile: folder.file("receiver.yaml"), atomically: true, encoding: .utf8)
        let mixed = try Shell.sh(
            "\(variable) \(Shell.parley) mix lossy.pcap -q -f -p receiver.yaml -o heard.wav --sample-format s16",
            in: folder.path)
        #expect(mixed.status == 0, "\(mixed.error)")
        let bytes = try Data(contentsOf: URL(filePath: folder.file("heard.wav"))).dropFirst(44)
        return stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }

    @Test func `deep redundancy restores every lost frame from where it was in time`() throws {
        let folder = try TemporaryFolder()
        try Self.lossyCapture(in: folder)
        let source = Shell.root + "/Tests/CommandTests/Libraries/deep-redundancy.c"
        let built = try Shell.sh("cc -shared -fPIC -o deep.so '\(source)'", in: folder.path)
        #expect(built.status == 0, "\(built.error)")
        let samples = try Self.heard("LD_PRELOAD=./deep.so", in: folder)
        // Offsets of 60, 40 and 20 ms before the packet after a burst of three, as levels; and no others.
        let levels = [60, 40, 20].map { Int16((Double($0) / 1000 * 32_768).rounded()) }
        var runs = levels.map { _ in 0 }
        for (i, level) in levels.enumerated() {
            var length = 0
            for sample in samples + [0] {
                if abs(Int(sample) - Int(level)) <= 1 {
                    length += 1
                } else {
                    if length > 700 { runs[i] += 1 }
                    length = 0
                }
            }
        }
        #expect(runs[0] >= 3 && Set(runs).count == 1, "60, 40 and 20 ms before: \(runs)")
        let without = try Self.heard("A=1", in: folder)
        #expect(without != samples)
    }

    @Test func `a newer libopus is used where the system has one`() throws {
        let bundled = try Shell.sh(
            "ls .build-python/lib/python3*/site-packages/av.libs/libopus-*.so.*", in: Shell.root)
        let path = bundled.text.split(separator: "\n").first.map(String.init)
        let library = Shell.root + "/" + (try #require(path, "Scripts/python.sh brings one"))
        let folder = try TemporaryFolder()
        try Self.lossyCapture(in: folder)
        try Shell.sh("mkdir libraries && ln -s '\(library)' libraries/libopus.so.0", in: folder.path)
        let newer = "LD_LIBRARY_PATH=libraries"
        let version = try Shell.sh("\(newer) \(Shell.parley) --version", in: folder.path)
        #expect(version.text.contains("libopus 1.6"), "\(version.text)")
        let samples = try Self.heard(newer, in: folder)
        let older = try Self.heard("A=1", in: folder)
        #expect(abs(samples.count - older.count) <= 960 && samples != older)
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
        let expected = older.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(older.count)
        #expect(power > expected * 0.8 && power < expected * 1.2)
    }
}
