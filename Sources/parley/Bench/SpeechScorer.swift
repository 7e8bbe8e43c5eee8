import Foundation

/// PESQ (ITU-T P.862.2, wideband) and STOI by Python's packages, if they are installed.
///
/// One Python serves all scores, since its imports take longer than a score does. It ends when its input does.
final class SpeechScorer {
    struct Score: Decodable {
        var pesq, stoi: Double
    }

    /// Reads lines of two paths to 32-bit floats at 48 kHz with a tab between; answers each with a line of JSON.
    private static let script = """
        import sys, json, numpy as np
        from scipy.signal import resample_poly, correlate
        from pesq import pesq
        from pystoi import stoi
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                a, b = (resample_poly(np.fromfile(f, "<f4").astype(float), 1, 3) for f in line.rstrip().split("\\t"))
                lag = np.argmax(correlate(b[:48000], a[:32000], "full")) - (len(a[:32000]) - 1)
                s = b[max(lag, 0):][:len(a)]
                m = min(len(a), len(s))
                score = {"pesq": float(pesq(16000, a, b, "wb")), "stoi": float(stoi(a[:m], s[:m], 16000))}
                print(json.dumps(score), flush=True)
            except Exception:
                print("{}", flush=True)
        """

    /// Whether Python and its packages are there.
    private(set) var isThere = false
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(python: String) {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", Self.script]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return }
        isThere = readLine() == Data("ready".utf8)
    }

    deinit {
        guard process.processIdentifier > 0 else { return }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// - Returns: nil if the packages are not there, or find no speech.
    func score(reference: [Float], heard: [Float]) -> Score? {
        guard isThere else { return nil }
        let folder = FileManager.default.temporaryDirectory.appending(path: "parley-score-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["reference", "heard"].map { folder.appending(path: $0) }
        for (file, samples) in zip(files, [reference, heard]) {
            let data = unsafe samples.withUnsafeBytes { unsafe Data($0) }
            guard (try? data.write(to: file)) != nil else { return nil }
        }
        let line = files.map(\.path).joined(separator: "\t") + "\n"
        guard (try? input.fileHandleForWriting.write(contentsOf: Data(line.utf8))) != nil else { return nil }
        return readLine().flatMap { try? JSONDecoder().decode(Score.self, from: $0) }
    }

    /// - Returns: the next line without its end; nil when Python has gone.
    private func readLine() -> Data? {
        var line = Data()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1), let first = byte.first {
            if first == UInt8(ascii: "\n") { return line }
            line.append(first)
        }
        return nil
    }
}
