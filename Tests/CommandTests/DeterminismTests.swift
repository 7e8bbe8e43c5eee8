import Foundation
import Testing

/// The same capture gives the same bytes, whoever built the program.
@Suite struct DeterminismTests {
    /// What `make test` builds before it runs the debug tests.
    static let release = Shell.root + "/.build-release-tests/release/parley"

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: DeterminismTests.release),
            "make test builds the release binary that this compares with"),
        arguments: ["meeting.pcapng", "meeting-hotel.pcapng", "meeting-srtp.pcapng"], ["wav", "opus", "pcap"])
    func `debug and release builds mix a capture into the same bytes`(capture: String, output: String) throws {
        let folder = try TemporaryFolder()
        let samples = Shell.root + "/samples"
        let key = capture.contains("srtp") ? ["--srtp-key", samples + "/meeting-srtp.keys"] : []
        let pipeline = output == "pcap" ? ["-p", "guild-voice"] : []
        for (program, name) in [(Shell.parley, "debug"), (Self.release, "release")] {
            let mixed = try Shell.run(
                [program, "mix", "\(samples)/\(capture)", "-q", "-o", folder.file("\(name).\(output)")] + key
                    + pipeline)
            #expect(mixed.status == 0, "\(mixed.error)")
        }
        let mixes = try ["debug", "release"].map {
            try Data(contentsOf: URL(filePath: folder.file("\($0).\(output)")))
        }
        #expect(mixes[0] == mixes[1] && mixes[0].count > 20_000)
    }
}
