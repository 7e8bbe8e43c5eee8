import AudioFile
import Glibc
import MixReport
import OfflineMix

/// The page that `--report` asks for.
struct ReportTarget {
    let path: String

    /// Refuses before the mix what would fail after it.
    func refuseIfTaken(force: Bool) throws {
        guard !force, unsafe access(path, F_OK) == 0 else { return }
        throw MixError(.cannotCreate, "'\(path)' exists; --force overwrites it")
    }

    func write(_ summary: MixSummary) throws {
        try TextFile.write(MixReport.html(summary), to: path, overwrite: true)
    }
}
