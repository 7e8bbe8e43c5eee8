#pragma once
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

// One extension by its text, as in openssl.cnf; 1 if it went well.
static inline int parley_x509_extend(X509 *certificate, int nid, const char *text) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, text);
    if (!extension) return 0;
    int done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

// Fills in and signs a certificate for a server; 1 if it went well. It has no key usage: one without the signing of
// certificates, BoringSSL does not take for its own issuer, and one with it is a CA's.
static inline int parley_x509_fill(X509 *certificate, EVP_PKEY *key, const char *name, const char *alternatives,
                                   int days) {
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return 0;
    serial[0] = (serial[0] & 0x7F) | 0x40;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    if (!number) return 0;
    int done = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    X509_NAME *subject = X509_get_subject_name(certificate);
    return done && X509_set_version(certificate, 2)
        && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        && X509_gmtime_adj(X509_getm_notAfter(certificate), (long)days * 86400)
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0)
        && X509_set_issuer_name(certificate, subject) && X509_set_pubkey(certificate, key)
        && parley_x509_extend(certificate, NID_basic_constraints, "critical,CA:FALSE")
        && parley_x509_extend(certificate, NID_ext_key_usage, "serverAuth")
        && parley_x509_extend(certificate, NID_subject_key_identifier, "hash")
        && parley_x509_extend(certificate, NID_authority_key_identifier, "keyid:always")
        && parley_x509_extend(certificate, NID_subject_alt_name, alternatives)
        && X509_sign(certificate, key, EVP_sha256()) > 0;
}

// Makes a P-256 key and a certificate that it signs itself, both as PEM; 1 if it went well.
static inline int parley_x509_make(const char *name, const char *alternatives, int days, BIO *certificate_out,
                                   BIO *key_out) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    int done = key && certificate && parley_x509_fill(certificate, key, name, alternatives, days)
        && PEM_write_bio_X509(certificate_out, certificate)
        && PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}

// What is in a BIO of memory.
static inline long parley_bio_memory(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }

// The SHA-256 of the first certificate of a PEM text; 1 if there is one.
static inline int parley_x509_fingerprint(const char *pem, int length, unsigned char digest[32]) {
    BIO *bio = BIO_new_mem_buf(pem, length);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    unsigned int bytes = 0;
    int done = certificate && X509_digest(certificate, EVP_sha256(), digest, &bytes) && bytes == 32;
    X509_free(certificate);
    BIO_free(bio);
    return done;
}
