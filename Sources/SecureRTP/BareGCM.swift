/// AES-GCM on kept contexts and nothing else: no header, no index, no replay list. What `srtp.protect` and
/// `srtp.unprotect` are measured against.
package struct BareGCM: ~Copyable {
    private let context: GCMContext

    /// - Parameter key: 16 or 32 bytes.
    package init(key: [UInt8], isSealing: Bool) throws(SecureRTPError) {
        context = try GCMContext(key: key, encrypts: isSealing)
    }

    /// Seals or opens a packet whose first `clear` bytes are only authenticated.
    /// - Parameter length: of header and text, without the tag behind them.
    package func seal(_ bytes: inout MutableSpan<UInt8>, clear: Int, length: Int, number: UInt32) -> Bool {
        context.seal(&bytes, text: clear..<length, nonce: GCMContext.Nonce(low: UInt64(number)))
    }
}
