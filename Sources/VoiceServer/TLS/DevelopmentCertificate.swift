import CX509
import FileAccess
import Glibc

/// A certificate that a server makes for itself, so that TLS can be tried out. Nobody trusts it who is not told to.
struct DevelopmentCertificate {
    /// PEM.
    var certificate: String
    var key: String

    static let days = 30
    static let certificateName = "parley-dev.crt"
    static let keyName = "parley-dev.key"

    /// P-256, for localhost, the loopback addresses and this machine's name.
    init(hostName: String) throws(ServerError) {
        let names = Set(["localhost", hostName].filter(Self.isName)).sorted().map { "DNS:\($0)" }
        let alternatives = (names + ["IP:127.0.0.1", "IP:::1"]).joined(separator: ",")
        let certificate = unsafe BIO_new(BIO_s_mem())
        let key = unsafe BIO_new(BIO_s_mem())
        defer {
            unsafe BIO_free(certificate)
            unsafe BIO_free(key)
        }
        guard
            unsafe parley_x509_make("Parley for development", alternatives, Int32(Self.days), certificate, key) == 1
        else {
            throw ServerError(.tls, "OpenSSL could not make a certificate for \(alternatives)")
        }
        self.certificate = unsafe Self.text(certificate)
        self.key = unsafe Self.text(key)
    }

    /// Writes both files, the key for the owner's eyes alone. What is there is replaced.
    func write(to folder: String) throws {
        unsafe _ = mkdir(folder, 0o755)
        try Self.write(certificate, to: "\(folder)/\(Self.certificateName)", mode: 0o644)
        try Self.write(key, to: "\(folder)/\(Self.keyName)", mode: 0o600)
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(FileError) {
        let temporary = path + ".new"
        unsafe _ = unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError.system("create", temporary) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
            unsafe rename(temporary, path) == 0
        else { throw FileError.system("write", path) }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 253
            && name.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x2D...0x39).contains($0) }
    }

    @unsafe private static func text(_ bio: OpaquePointer?) -> String {
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe parley_bio_memory(bio, &start)
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: max(count, 0)), as: UTF8.self)
    }

    /// `AB:CD:…`, the SHA-256 of the first certificate of a PEM text; nil if there is none.
    static func fingerprint(ofPEM pem: String) -> String? {
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = pem.utf8.map { CChar(bitPattern: $0) }
        guard unsafe parley_x509_fingerprint(bytes, Int32(bytes.count), &digest) == 1 else { return nil }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
    }
}
