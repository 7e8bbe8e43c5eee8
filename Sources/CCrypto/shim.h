// Door to OpenSSL's libcrypto: AES-GCM, AES and HMAC-SHA1 on what is kept of a key. One call seals or opens a packet.
#pragma once
// SHA-1 by its states: OpenSSL 3 deprecates the functions, and has no others that allocate nothing.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

// In network byte order. As whole words: byte by byte they would be stored one after another.
static inline uint32_t parley_big32(uint32_t value) {
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(value) : value;
}

static inline uint64_t parley_big64(uint64_t value) {
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(value) : value;
}

// A context with its key set; the nonce comes with each packet. NULL if OpenSSL has no such cipher or no memory.
static inline EVP_CIPHER_CTX *parley_gcm_new(const unsigned char *key, int key_bytes, int encrypts) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return NULL;
    const EVP_CIPHER *cipher = key_bytes == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    if (EVP_CipherInit_ex(context, cipher, NULL, key, NULL, encrypts) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

// Sets the nonce, given as its first four and its last eight bytes, and, to open, the tag. By one list of parameters, where
// OpenSSL takes it: the usual way, to initialise the context anew, asks the cipher for the length of its nonces every
// time, and is a fifth of what a packet costs. A size of -1 says that the nonce is whole (as it does for
// EVP_CTRL_AEAD_SET_IV_FIXED), so that nothing of it is made up.
static inline int parley_gcm_begin(EVP_CIPHER_CTX *context, uint32_t high, uint64_t low, unsigned char *tag) {
    unsigned char nonce[12];
    for (int i = 0; i < 4; i++) nonce[i] = high >> (24 - 8 * i);
    for (int i = 0; i < 8; i++) nonce[4 + i] = low >> (56 - 8 * i);
    OSSL_PARAM parameters[3] = {
        {OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, OSSL_PARAM_OCTET_STRING, nonce, (size_t)-1, 0},
        {tag ? OSSL_CIPHER_PARAM_AEAD_TAG : NULL, OSSL_PARAM_OCTET_STRING, tag, 16, 0},
        {NULL, 0, NULL, 0, 0},
    };
    if (EVP_CIPHER_CTX_set_params(context, parameters) == 1) return 1;
    ERR_clear_error();
    return EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, -1) == 1 &&
           (!tag || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag) == 1);
}

// Encrypts `length` bytes in place and writes the 16-byte tag behind them. 1 on success.
static inline int parley_gcm_seal(EVP_CIPHER_CTX *context, uint32_t high, uint64_t low, const unsigned char *aad,
                                  int aad_length, unsigned char *text, int length) {
    int written;
    OSSL_PARAM tag[2] = {
        {OSSL_CIPHER_PARAM_AEAD_TAG, OSSL_PARAM_OCTET_STRING, text + length, 16, 0},
        {NULL, 0, NULL, 0, 0},
    };
    return parley_gcm_begin(context, high, low, NULL) &&
           EVP_EncryptUpdate(context, NULL, &written, aad, aad_length) == 1 &&
           (length == 0 || EVP_EncryptUpdate(context, text, &written, text, length) == 1) &&
           EVP_EncryptFinal_ex(context, text + length, &written) == 1 &&
           EVP_CIPHER_CTX_get_params(context, tag) == 1;
}

// Decrypts `length` bytes in place and checks the 16-byte tag behind them. 1 if it is right; else the text is spoilt.
static inline int parley_gcm_open(EVP_CIPHER_CTX *context, uint32_t high, uint64_t low, const unsigned char *aad,
                                  int aad_length, unsigned char *text, int length) {
    int written;
    unsigned char rest[16];
    return parley_gcm_begin(context, high, low, text + length) &&
           EVP_DecryptUpdate(context, NULL, &written, aad, aad_length) == 1 &&
           (length == 0 || EVP_DecryptUpdate(context, text, &written, text, length) == 1) &&
           EVP_DecryptFinal_ex(context, rest, &written) == 1;
}

// What is authenticated of a control packet (RFC 7714 §9): the header's eight bytes, and the word of E flag and index, which
// stands behind the tag, as if it stood behind them.
static inline void parley_gcm_control_aad(unsigned char aad[12], const unsigned char *packet, uint32_t word) {
    word = parley_big32(word);
    memcpy(aad, packet, 8);
    memcpy(aad + 8, &word, 4);
}

// Seals a control packet, and puts tag and word behind it.
static inline int parley_gcm_seal_control(EVP_CIPHER_CTX *context, uint32_t high, uint64_t low, unsigned char *packet,
                                          int length, uint32_t word) {
    unsigned char aad[12];
    parley_gcm_control_aad(aad, packet, word);
    if (!parley_gcm_seal(context, high, low, aad, sizeof aad, packet + 8, length - 8)) return 0;
    memcpy(packet + length + 16, aad + 8, 4);
    return 1;
}

// The same backwards; `length` leaves out tag and word. 1 if the tag is right; else the text is spoilt.
static inline int parley_gcm_open_control(EVP_CIPHER_CTX *context, uint32_t high, uint64_t low, unsigned char *packet,
                                          int length, uint32_t word) {
    unsigned char aad[12];
    parley_gcm_control_aad(aad, packet, word);
    return parley_gcm_open(context, high, low, aad, sizeof aad, packet + 8, length - 8);
}

// AES in counter mode over `length` bytes of zeros: the key stream of RFC 3711 §4.1.1, for key derivation. 1 on success.
static inline int parley_aes_ctr_stream(const unsigned char *key, int key_bytes, const unsigned char iv[16],
                                        unsigned char *out, int length) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return 0;
    const EVP_CIPHER *cipher = key_bytes == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
    int written;
    for (int i = 0; i < length; i++) out[i] = 0;
    int ok = EVP_EncryptInit_ex(context, cipher, NULL, key, iv) == 1 &&
             EVP_EncryptUpdate(context, out, &written, out, length) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

// The session keys of an AES-CM suite (RFC 3711 §4.1.1, §4.2.1), as far as they can be worked on without a packet.
typedef struct {
    // AES-128 with its key set, for whole blocks.
    EVP_CIPHER_CTX *aes;
    // k_s * 2^16: its first and its last eight bytes.
    uint64_t salt_high, salt_low;
    // What HMAC-SHA1 is left with of its key (RFC 2104 §4): the states of both hashes behind their first block.
    uint32_t inner[5], outer[5];
    int tag_bytes;
} parley_cm;

static inline SHA_CTX parley_sha1_resume(const uint32_t state[5]) {
    SHA_CTX hash;
    hash.Nl = hash.Nh = hash.num = 0;
    hash.h0 = state[0], hash.h1 = state[1], hash.h2 = state[2], hash.h3 = state[3], hash.h4 = state[4];
    return hash;
}

static inline void parley_sha1_state(const SHA_CTX *hash, unsigned char bytes[20]) {
    uint32_t words[5] = {parley_big32(hash->h0), parley_big32(hash->h1), parley_big32(hash->h2), parley_big32(hash->h3),
                         parley_big32(hash->h4)};
    memcpy(bytes, words, sizeof words);
}

// The state of SHA-1 behind an HMAC key, padded with zeros to a block and xored with `pad`.
static inline void parley_hmac_sha1_key(const unsigned char key[20], unsigned char pad, uint32_t state[5]) {
    unsigned char block[SHA_CBLOCK];
    memset(block, pad, sizeof block);
    for (int i = 0; i < 20; i++) block[i] ^= key[i];
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Transform(&hash, block);
    state[0] = hash.h0, state[1] = hash.h1, state[2] = hash.h2, state[3] = hash.h3, state[4] = hash.h4;
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(&hash, sizeof hash);
}

// HMAC-SHA1 over `length` bytes and the rollover counter, or SRTCP's index, behind them (RFC 3711 §4.2). The last blocks are padded here
// (FIPS 180-4 §5.1.1) rather than by SHA1_Final, which would carry 96 bytes of context about for 20 of state.
static inline void parley_hmac_sha1_packet(const parley_cm *session, const unsigned char *packet, int length,
                                           uint32_t rollovers, unsigned char digest[20]) {
    unsigned char last[2 * SHA_CBLOCK] = {0};
    int rest = length % SHA_CBLOCK;
    int size = rest + 4 + 1 + 8 <= SHA_CBLOCK ? SHA_CBLOCK : 2 * SHA_CBLOCK;
    uint64_t bits = parley_big64(8 * (uint64_t)(SHA_CBLOCK + length + 4));
    rollovers = parley_big32(rollovers);
    if (rest > 0) memcpy(last, packet + length - rest, rest);
    memcpy(last + rest, &rollovers, 4);
    last[rest + 4] = 0x80;
    memcpy(last + size - 8, &bits, 8);
    SHA_CTX hash = parley_sha1_resume(session->inner);
    if (length > rest) SHA1_Update(&hash, packet, length - rest);
    SHA1_Transform(&hash, last);
    if (size > SHA_CBLOCK) SHA1_Transform(&hash, last + SHA_CBLOCK);

    unsigned char outer[SHA_CBLOCK] = {0};
    parley_sha1_state(&hash, outer);
    outer[20] = 0x80;
    bits = parley_big64(8 * (SHA_CBLOCK + 20));
    memcpy(outer + SHA_CBLOCK - 8, &bits, 8);
    hash = parley_sha1_resume(session->outer);
    SHA1_Transform(&hash, outer);
    parley_sha1_state(&hash, digest);
}

// 0 if OpenSSL has no such cipher or no memory.
static inline int parley_cm_init(parley_cm *session, const unsigned char key[16], const unsigned char salt[14],
                                 const unsigned char authentication_key[20], int tag_bytes) {
    unsigned char padded[16] = {0};
    memcpy(padded, salt, 14);
    memcpy(&session->salt_high, padded, 8);
    memcpy(&session->salt_low, padded + 8, 8);
    session->salt_high = parley_big64(session->salt_high);
    session->salt_low = parley_big64(session->salt_low);
    parley_hmac_sha1_key(authentication_key, 0x36, session->inner);
    parley_hmac_sha1_key(authentication_key, 0x5C, session->outer);
    session->tag_bytes = tag_bytes;
    session->aes = EVP_CIPHER_CTX_new();
    if (!session->aes) return 0;
    if (EVP_EncryptInit_ex(session->aes, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(session->aes, 0) == 1)
        return 1;
    EVP_CIPHER_CTX_free(session->aes);
    return 0;
}

static inline void parley_cm_clear(parley_cm *session) {
    EVP_CIPHER_CTX_free(session->aes);
    OPENSSL_cleanse(session, sizeof *session);
}

// AES in counter mode over `length` bytes in place, 2^20 at most. The first counter is (k_s * 2^16) xor (SSRC * 2^64) xor
// (i * 2^16) (RFC 3711 §4.1.1). The counters are laid out and encrypted as blocks: OpenSSL's own counter mode would be
// initialised anew for each packet, which costs more than the encryption.
static inline int parley_cm_crypt(const parley_cm *session, uint32_t ssrc, uint64_t index, unsigned char *text,
                                  int length) {
    uint64_t high = session->salt_high ^ ssrc, low = session->salt_low ^ index << 16;
    uint64_t stream[64 * 2];
    unsigned char *bytes = (unsigned char *)stream;
    for (int done = 0; done < length;) {
        int count = length - done < (int)sizeof stream ? length - done : (int)sizeof stream;
        int blocks = (count + 15) / 16;
        int written;
        for (int i = 0; i < blocks; i++) {
            stream[2 * i] = parley_big64(high);
            stream[2 * i + 1] = parley_big64(low++);
        }
        if (EVP_EncryptUpdate(session->aes, bytes, &written, bytes, 16 * blocks) != 1 || written != 16 * blocks) return 0;
        for (int i = 0; i < count; i++) text[done + i] ^= bytes[i];
        done += count;
    }
    return 1;
}

// Encrypts a packet behind its `clear` bytes in place and writes the tag behind it. 1 on success.
static inline int parley_cm_seal(const parley_cm *session, uint32_t ssrc, uint64_t index, unsigned char *packet,
                                 int clear, int length) {
    unsigned char digest[20];
    if (!parley_cm_crypt(session, ssrc, index, packet + clear, length - clear)) return 0;
    parley_hmac_sha1_packet(session, packet, length, (uint32_t)(index >> 16), digest);
    memcpy(packet + length, digest, session->tag_bytes);
    return 1;
}

// Decrypts a packet behind its `clear` bytes in place if the tag behind it is right; else nothing is touched and 0 is
// returned.
static inline int parley_cm_open(const parley_cm *session, uint32_t ssrc, uint64_t index, unsigned char *packet,
                                 int clear, int length) {
    unsigned char digest[20];
    parley_hmac_sha1_packet(session, packet, length, (uint32_t)(index >> 16), digest);
    if (CRYPTO_memcmp(digest, packet + length, session->tag_bytes) != 0) return 0;
    return parley_cm_crypt(session, ssrc, index, packet + clear, length - clear);
}

// A control packet (RFC 3711 §3.4): behind it the word of E flag and index, which is authenticated with it; then the tag.
static inline int parley_cm_seal_control(const parley_cm *session, uint32_t ssrc, unsigned char *packet, int length,
                                         uint32_t word) {
    unsigned char digest[20];
    if (!parley_cm_crypt(session, ssrc, word & 0x7FFFFFFF, packet + 8, length - 8)) return 0;
    parley_hmac_sha1_packet(session, packet, length, word, digest);
    word = parley_big32(word);
    memcpy(packet + length, &word, 4);
    memcpy(packet + length + 4, digest, session->tag_bytes);
    return 1;
}

// The same backwards; `length` leaves out word and tag. If the tag is wrong nothing is touched and 0 is returned.
static inline int parley_cm_open_control(const parley_cm *session, uint32_t ssrc, unsigned char *packet, int length,
                                         uint32_t word) {
    unsigned char digest[20];
    parley_hmac_sha1_packet(session, packet, length, word, digest);
    if (CRYPTO_memcmp(digest, packet + length + 4, session->tag_bytes) != 0) return 0;
    return parley_cm_crypt(session, ssrc, word & 0x7FFFFFFF, packet + 8, length - 8);
}
