public import OfflineMix

/// One self-contained page about a mix: who spoke when, level, limiting, loudness.
public enum MixReport {
    public static func html(_ summary: MixSummary) -> String { "" }
}
