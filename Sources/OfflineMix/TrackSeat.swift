import AudioFile
import MediaCore

/// A track and its chunks, at a place that threads can share.
///
/// One thread at a time has the track; while it fills one chunk, the room may read the other. The scheduler's barrier
/// between phases is what makes that so.
final class TrackSeat: @unchecked Sendable {
    final class ChunkSeat {
        var chunk: TrackChunk

        init(format: AudioFormat) { chunk = TrackChunk(format: format) }
    }

    var track: Track
    let chunks: [ChunkSeat]
    private(set) var error: (any Error)?

    /// - Parameter jobs: one job fills and mixes the same chunk, more need two.
    init(_ track: consuming Track, format: AudioFormat, jobs: Int) {
        self.track = track
        chunks = (0..<min(jobs, 2)).map { _ in ChunkSeat(format: format) }
    }

    /// Fills a chunk; what goes wrong is kept for the thread that owns the mix.
    func produce(chunk index: Int) {
        guard error == nil else { return }
        do { try track.produce(into: &chunks[index].chunk) } catch { self.error = error }
    }
}
