import Foundation

/// PESQ (ITU-T P.862.2, wideband) and STOI by Python's packages, if they are installed.
struct SpeechScorer {
    struct Score: Decodable {
        var pesq, stoi: Double
    }

    /// Reads two files of 32-bit floats at 48 kHz, prints one line of JSON.
    private static let script = """
        import sys, json, numpy as np
        from scipy.signal import resample_poly
        from pesq import pesq
        from pystoi import stoi
        a, b = (resample_poly(np.fromfile(f, "<f4").astype(float), 1, 3) for f in sys.argv[1:3])
        n = min(len(a), len(b))
        lag = np.argmax(np.correlate(b[:48000], a[:32000], "full")) - 31999
        s = b[max(lag, 0):][:len(a)]
        m = min(len(a), len(s))
        print(json.dumps({"pesq": float(pesq(16000, a, b, "wb")), "stoi": float(stoi(a[:m], s[:m], 16000))}))
        """

    let isThere: Bool
    private let python: String

    init(python: String) {
        self.python = python
        isThere = Self.run(python, ["-c", "import pesq, pystoi, numpy, scipy"]) != nil
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
        guard let output = Self.run(python, ["-c", Self.script] + files.map(\.path)) else { return nil }
        return try? JSONDecoder().decode(Score.self, from: output)
    }

    /// - Returns: what the program printed; nil if it failed.
    private static func run(_ program: String, _ arguments: [String]) -> Data? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : nil
    }
}
