import ArgumentParser
import CaptureStreams
import OfflineMix
import SecureRTP

/// How captures are opened, and which of their streams are wanted.
struct CaptureOptions: ParsableArguments {
    /// The longest file of keys.
    private static let maximumKeyFileBytes = 1 << 20

    @Option(
        help: ArgumentHelp(
            """
            A key that opens SRTP, for all streams or one: [SSRC=]SUITE:BASE64, such as \
            0x1a2b3c4d=AEAD_AES_128_GCM:…, an SDES line, base64 or hexadecimal of key and salt, or a file with one such key \
            a line. May be repeated.
            """, valueName: "key"))
    var srtpKey: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only this stream of a capture: an SSRC (0x1a2b3c4d), an address or ADDRESS:PORT. May be repeated.",
            valueName: "stream"))
    var stream: [String] = []

    @Option(
        help: ArgumentHelp(
            "The identifier of the header extension with the audio level (RFC 6464), 1 to 14.", valueName: "id"))
    var levelExtension: Int?

    func validate() throws {
        if let levelExtension, !(1...14).contains(levelExtension) {
            throw ValidationError("--level-extension must be 1 to 14, not \(levelExtension)")
        }
    }

    func keys() throws -> KeyRing { try Self.ring(srtpKey, option: "--srtp-key") }

    func inputs() throws -> CaptureInputs {
        CaptureInputs(
            keys: try keys(), choices: stream.map(CaptureInputs.Choice.init), levelIdentifier: levelExtension)
    }

    /// What has a dot is no key, so a file was meant.
    private static func refusal(_ text: String, _ error: SecureRTPError) -> String {
        guard text.contains("."), !text.contains(":") else { return error.description }
        return "cannot read a file of keys '\(text)', and as a key: \(error.description)"
    }

    static func ring(_ texts: [String], option: String) throws -> KeyRing {
        var ring = KeyRing()
        for text in texts {
            let lines = TextFile.read(text, limit: maximumKeyFileBytes)
            do throws(SecureRTPError) {
                if let lines { try ring.add(lines: lines, file: text) } else { try ring.add(text) }
            } catch {
                throw MixError(
                    .request, "\(option): \(lines == nil ? refusal(text, error) : error.description)")
            }
        }
        return ring
    }
}
