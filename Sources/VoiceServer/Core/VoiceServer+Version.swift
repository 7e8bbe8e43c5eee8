extension VoiceServer {
    /// Of the API's answers and the metrics.
    static let version = "0.1.0"
}
