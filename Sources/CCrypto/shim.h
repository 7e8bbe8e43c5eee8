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

// What HMAC-SHA1 is left with of its key (RFC 2104 §4): the states of the inner and the outer hash behind their first block.
typedef struct {
    uint32_t inner[5], outer[5];
} parley_hmac_sha1;

static inline void parley_store32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = value >> (24 - 8 * i);
}

static inline void parley_store64(unsigned char *at, uint64_t value) {
    for (int i = 0; i < 8; i++) at[i] = value >> (56 - 8 * i);
}

static inline SHA_CTX parley_sha1_resume(const uint32_t state[5]) {
    SHA_CTX hash;
    memset(&hash, 0, sizeof hash);
    hash.h0 = state[0], hash.h1 = state[1], hash.h2 = state[2], hash.h3 = state[3], hash.h4 = state[4];
    return hash;
}

// `key_bytes`: 64 at most, else the key would have to be hashed first.
static inline parley_hmac_sha1 parley_hmac_sha1_key(const unsigned char *key, int key_bytes) {
    parley_hmac_sha1 states;
    for (int is_outer = 0; is_outer < 2; is_outer++) {
        unsigned char block[SHA_CBLOCK];
        memset(block, is_outer ? 0x5C : 0x36, sizeof block);
        for (int i = 0; i < key_bytes; i++) block[i] ^= key[i];
        SHA_CTX hash;
        SHA1_Init(&hash);
        SHA1_Transform(&hash, block);
        uint32_t *state = is_outer ? states.outer : states.inner;
        state[0] = hash.h0, state[1] = hash.h1, state[2] = hash.h2, state[3] = hash.h3, state[4] = hash.h4;
        OPENSSL_cleanse(block, sizeof block);
        OPENSSL_cleanse(&hash, sizeof hash);
    }
    return states;
}

// HMAC-SHA1 over `length` bytes and the rollover counter behind them (RFC 3711 §4.2). The last blocks are padded here
// (FIPS 180-4 §5.1.1) rather than by SHA1_Final, which would carry 96 bytes of context about for 20 of state.
static inline void parley_hmac_sha1_packet(const parley_hmac_sha1 *key, const unsigned char *packet, int length,
                                           uint32_t rollovers, unsigned char digest[20]) {
    unsigned char last[2 * SHA_CBLOCK];
    int rest = length % SHA_CBLOCK;
    int size = rest + 4 + 1 + 8 <= SHA_CBLOCK ? SHA_CBLOCK : 2 * SHA_CBLOCK;
    memset(last, 0, sizeof last);
    if (rest > 0) memcpy(last, packet + length - rest, rest);
    parley_store32(last + rest, rollovers);
    last[rest + 4] = 0x80;
    parley_store64(last + size - 8, 8 * (uint64_t)(SHA_CBLOCK + length + 4));
    SHA_CTX hash = parley_sha1_resume(key->inner);
    if (length > rest) SHA1_Update(&hash, packet, length - rest);
    SHA1_Transform(&hash, last);
    if (size > SHA_CBLOCK) SHA1_Transform(&hash, last + SHA_CBLOCK);

    memset(last, 0, SHA_CBLOCK);
    uint32_t inner[5] = {hash.h0, hash.h1, hash.h2, hash.h3, hash.h4};
    for (int i = 0; i < 5; i++) parley_store32(last + 4 * i, inner[i]);
    last[20] = 0x80;
    parley_store64(last + SHA_CBLOCK - 8, 8 * (SHA_CBLOCK + 20));
    hash = parley_sha1_resume(key->outer);
    SHA1_Transform(&hash, last);
    uint32_t outer[5] = {hash.h0, hash.h1, hash.h2, hash.h3, hash.h4};
    for (int i = 0; i < 5; i++) parley_store32(digest + 4 * i, outer[i]);
}

// A context of AES-128 with its key set, for whole blocks. NULL if OpenSSL has no such cipher or no memory.
static inline EVP_CIPHER_CTX *parley_cm_new(const unsigned char key[16]) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return NULL;
    if (EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(context, 0) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

// AES in counter mode (RFC 3711 §4.1.1) over `length` bytes in place, 2^20 at most. The first counter is given as its
// first and its last eight bytes; the last two, which are zero, count. The counters are laid out and encrypted as blocks:
// OpenSSL's own counter mode would be initialised anew for each packet, which costs more than the encryption.
static inline int parley_cm_crypt(EVP_CIPHER_CTX *context, uint64_t high, uint64_t low, unsigned char *text, int length) {
    unsigned char stream[64 * 16];
    for (int done = 0; done < length;) {
        int count = length - done < (int)sizeof stream ? length - done : (int)sizeof stream;
        int padded = (count + 15) / 16 * 16;
        int written;
        for (int i = 0; i < padded; i += 16) {
            parley_store64(stream + i, high);
            parley_store64(stream + i + 8, low++);
        }
        if (EVP_EncryptUpdate(context, stream, &written, stream, padded) != 1 || written != padded) return 0;
        for (int i = 0; i < count; i++) text[done + i] ^= stream[i];
        done += count;
    }
    return 1;
}

// Encrypts a packet behind its `clear` bytes in place and writes `tag_bytes` of tag behind it. 1 on success.
static inline int parley_cm_seal(EVP_CIPHER_CTX *context, parley_hmac_sha1 key, uint64_t high, uint64_t low,
                                 uint32_t rollovers, unsigned char *packet, int clear, int length, int tag_bytes) {
    unsigned char digest[20];
    if (!parley_cm_crypt(context, high, low, packet + clear, length - clear)) return 0;
    parley_hmac_sha1_packet(&key, packet, length, rollovers, digest);
    memcpy(packet + length, digest, tag_bytes);
    return 1;
}

// Decrypts a packet behind its `clear` bytes in place if the tag behind it is right; else nothing is touched and 0 is
// returned.
static inline int parley_cm_open(EVP_CIPHER_CTX *context, parley_hmac_sha1 key, uint64_t high, uint64_t low,
                                 uint32_t rollovers, unsigned char *packet, int clear, int length, int tag_bytes) {
    unsigned char digest[20];
    parley_hmac_sha1_packet(&key, packet, length, rollovers, digest);
    if (CRYPTO_memcmp(digest, packet + length, tag_bytes) != 0) return 0;
    return parley_cm_crypt(context, high, low, packet + clear, length - clear);
}
