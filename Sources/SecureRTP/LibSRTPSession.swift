internal import CSRTP

/// A libsrtp session: the reference for what is our own.
@safe package struct LibSRTPSession: ~Copyable {
    package enum Direction {
        case inbound, outbound
    }

    private let session: srtp_t

    /// libsrtp's own tables, set up once per process.
    private static let isReady = srtp_init() == srtp_err_status_ok

    /// - Parameter window: of the replay list, 64..<32768 packets.
    package init(_ master: MasterKey, _ direction: Direction, window: Int) throws(SecureRTPError) {
        guard Self.isReady else { throw SecureRTPError("libsrtp cannot be set up") }
        var policy = unsafe srtp_policy_t()
        unsafe policy.ssrc.type = direction == .inbound ? ssrc_any_inbound : ssrc_any_outbound
        unsafe policy.window_size = UInt(window)
        switch master.suite {
        case .aesCM128HMACSHA1With80:
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aesCM128HMACSHA1With32:
            unsafe srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
            // SRTCP keeps the long tag (RFC 3711 §5.2).
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aeadAES128GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        var secret = master.key + master.salt
        var made: srtp_t?
        let status = unsafe secret.withUnsafeMutableBufferPointer { secret in
            unsafe policy.key = secret.baseAddress
            return unsafe srtp_create(&made, &policy)
        }
        guard status == srtp_err_status_ok, let created = unsafe made else {
            throw SecureRTPError("libsrtp cannot make a session of \(master.suite.rawValue): error \(status.rawValue)")
        }
        unsafe session = created
    }

    deinit { unsafe _ = srtp_dealloc(session) }

    package enum Operation {
        case protect, unprotect, protectRTCP, unprotectRTCP
    }

    /// - Parameter length: of the packet at the start of `bytes`.
    /// - Returns: the packet's new length, or libsrtp's status.
    package func process(
        _ operation: Operation, _ bytes: inout MutableSpan<UInt8>, length: Int
    ) -> Result<Int, LibSRTPStatus> {
        var count = Int32(length)
        let status = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            switch operation {
            case .protect: unsafe srtp_protect(session, bytes.baseAddress, &count)
            case .unprotect: unsafe srtp_unprotect(session, bytes.baseAddress, &count)
            case .protectRTCP: unsafe srtp_protect_rtcp(session, bytes.baseAddress, &count)
            case .unprotectRTCP: unsafe srtp_unprotect_rtcp(session, bytes.baseAddress, &count)
            }
        }
        return status == srtp_err_status_ok ? .success(Int(count)) : .failure(LibSRTPStatus(status.rawValue))
    }
}

/// libsrtp's `srtp_err_status_t`, as far as anyone here asks.
package struct LibSRTPStatus: Error, Hashable {
    let code: UInt32

    init(_ code: UInt32) { self.code = code }

    var isReplay: Bool { code == srtp_err_status_replay_fail.rawValue }
    var isTooOld: Bool { code == srtp_err_status_replay_old.rawValue }
    var isUnauthenticated: Bool { code == srtp_err_status_auth_fail.rawValue }
    /// A header that does not fit; no room for a tag, which AES-GCM's side calls a failure of the cipher.
    var isMalformed: Bool {
        [srtp_err_status_bad_param, srtp_err_status_parse_err, srtp_err_status_cipher_fail].contains {
            code == $0.rawValue
        }
    }
    /// A control packet without its E flag.
    var isUnencrypted: Bool { code == srtp_err_status_cant_check.rawValue }
}
