#define OPENSSL_SUPPRESS_DEPRECATED
#include "CFloors.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

// The states of HMAC-SHA1 behind the key's blocks.
typedef struct {
    uint32_t inner[5], outer[5];
} hmac_states;

struct parley_floor_cipher {
    int keys, tag_bytes;
    EVP_CIPHER_CTX **contexts;
    hmac_states *hmacs;  // NULL for AES-GCM
};

parley_floor_cipher *parley_floor_gcm_new(int keys, int key_bytes, int encrypts, const uint8_t *secrets, int stride) {
    parley_floor_cipher *cipher = calloc(1, sizeof *cipher);
    cipher->keys = keys;
    cipher->tag_bytes = 16;
    cipher->contexts = calloc(keys, sizeof *cipher->contexts);
    const EVP_CIPHER *kind = key_bytes == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    for (int i = 0; i < keys; i++) {
        cipher->contexts[i] = EVP_CIPHER_CTX_new();
        EVP_CipherInit_ex(cipher->contexts[i], kind, NULL, secrets + (size_t)i * stride, NULL, encrypts);
    }
    return cipher;
}

static void keyed(const uint8_t *key, int length, uint8_t pad, uint32_t state[5]) {
    uint8_t block[SHA_CBLOCK];
    SHA_CTX hash;
    memset(block, pad, sizeof block);
    for (int i = 0; i < length; i++) block[i] ^= key[i];
    SHA1_Init(&hash);
    SHA1_Transform(&hash, block);
    state[0] = hash.h0, state[1] = hash.h1, state[2] = hash.h2, state[3] = hash.h3, state[4] = hash.h4;
}

parley_floor_cipher *parley_floor_cm_new(int keys, int tag_bytes, const uint8_t *secrets, int stride) {
    parley_floor_cipher *cipher = calloc(1, sizeof *cipher);
    cipher->keys = keys;
    cipher->tag_bytes = tag_bytes;
    cipher->contexts = calloc(keys, sizeof *cipher->contexts);
    cipher->hmacs = calloc(keys, sizeof *cipher->hmacs);
    for (int i = 0; i < keys; i++) {
        const uint8_t *secret = secrets + (size_t)i * stride;
        cipher->contexts[i] = EVP_CIPHER_CTX_new();
        EVP_EncryptInit_ex(cipher->contexts[i], EVP_aes_128_ecb(), NULL, secret, NULL);
        EVP_CIPHER_CTX_set_padding(cipher->contexts[i], 0);
        keyed(secret + 16, stride - 16, 0x36, cipher->hmacs[i].inner);
        keyed(secret + 16, stride - 16, 0x5C, cipher->hmacs[i].outer);
    }
    return cipher;
}

void parley_floor_cipher_free(parley_floor_cipher *cipher) {
    if (!cipher) return;
    for (int i = 0; i < cipher->keys; i++) EVP_CIPHER_CTX_free(cipher->contexts[i]);
    free(cipher->contexts);
    free(cipher->hmacs);
    free(cipher);
}

// The nonce and, to open, the tag in one list of parameters: the least that OpenSSL can be asked for a packet.
static int begin(EVP_CIPHER_CTX *context, const uint8_t nonce[12], uint8_t *tag) {
    OSSL_PARAM parameters[3] = {
        {OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, OSSL_PARAM_OCTET_STRING, (void *)nonce, (size_t)-1, 0},
        {tag ? OSSL_CIPHER_PARAM_AEAD_TAG : NULL, OSSL_PARAM_OCTET_STRING, tag, 16, 0},
        {NULL, 0, NULL, 0, 0},
    };
    return EVP_CIPHER_CTX_set_params(context, parameters) == 1;
}

static int gcm_seal(EVP_CIPHER_CTX *context, uint8_t *packet, int length, const uint8_t nonce[12]) {
    int written;
    OSSL_PARAM tag[2] = {
        {OSSL_CIPHER_PARAM_AEAD_TAG, OSSL_PARAM_OCTET_STRING, packet + length, 16, 0},
        {NULL, 0, NULL, 0, 0},
    };
    return begin(context, nonce, NULL) && EVP_EncryptUpdate(context, NULL, &written, packet, 12) == 1 &&
           EVP_EncryptUpdate(context, packet + 12, &written, packet + 12, length - 12) == 1 &&
           EVP_EncryptFinal_ex(context, packet + length, &written) == 1 &&
           EVP_CIPHER_CTX_get_params(context, tag) == 1;
}

static int gcm_open(EVP_CIPHER_CTX *context, uint8_t *packet, int length, const uint8_t nonce[12]) {
    int written;
    uint8_t rest[16];
    return begin(context, nonce, packet + length) && EVP_DecryptUpdate(context, NULL, &written, packet, 12) == 1 &&
           EVP_DecryptUpdate(context, packet + 12, &written, packet + 12, length - 12) == 1 &&
           EVP_DecryptFinal_ex(context, rest, &written) == 1;
}

// AES in counter mode, the counters laid out and encrypted as blocks: EVP's counter mode, which has to be initialised for
// each packet, takes twice as long.
static int cm_crypt(EVP_CIPHER_CTX *context, uint8_t *text, int length, uint64_t number) {
    uint64_t stream[2 * 128];
    int blocks = (length + 15) / 16, written;
    if (blocks > 128) return 0;
    for (int i = 0; i < blocks; i++) {
        stream[2 * i] = 0;
        stream[2 * i + 1] = __builtin_bswap64(number << 16 | (uint64_t)i);
    }
    if (EVP_EncryptUpdate(context, (uint8_t *)stream, &written, (uint8_t *)stream, 16 * blocks) != 1) return 0;
    for (int i = 0; i < length; i++) text[i] ^= ((uint8_t *)stream)[i];
    return 1;
}

static SHA_CTX resume(const uint32_t state[5]) {
    SHA_CTX hash;
    hash.Nl = hash.Nh = hash.num = 0;
    hash.h0 = state[0], hash.h1 = state[1], hash.h2 = state[2], hash.h3 = state[3], hash.h4 = state[4];
    return hash;
}

static void store_state(const SHA_CTX *hash, uint8_t *bytes) {
    uint32_t words[5] = {__builtin_bswap32(hash->h0), __builtin_bswap32(hash->h1), __builtin_bswap32(hash->h2),
                         __builtin_bswap32(hash->h3), __builtin_bswap32(hash->h4)};
    memcpy(bytes, words, sizeof words);
}

// HMAC-SHA1 over a packet and a rollover counter of 0: its whole blocks, then what is left with the padding, without
// SHA1_Final, which costs a block's half.
static void authenticate(const hmac_states *states, const uint8_t *packet, int length, uint8_t digest[20]) {
    uint8_t last[2 * SHA_CBLOCK] = {0};
    int rest = length % SHA_CBLOCK, size = rest + 13 <= SHA_CBLOCK ? SHA_CBLOCK : 2 * SHA_CBLOCK;
    uint64_t bits = __builtin_bswap64(8 * (uint64_t)(SHA_CBLOCK + length + 4));
    SHA_CTX hash = resume(states->inner);
    SHA1_Update(&hash, packet, length - rest);
    memcpy(last, packet + length - rest, rest);
    last[rest + 4] = 0x80;
    memcpy(last + size - 8, &bits, 8);
    SHA1_Transform(&hash, last);
    if (size > SHA_CBLOCK) SHA1_Transform(&hash, last + SHA_CBLOCK);
    memset(last, 0, SHA_CBLOCK);
    store_state(&hash, last);
    last[20] = 0x80;
    bits = __builtin_bswap64(8 * (SHA_CBLOCK + 20));
    memcpy(last + SHA_CBLOCK - 8, &bits, 8);
    hash = resume(states->outer);
    SHA1_Transform(&hash, last);
    store_state(&hash, digest);
}

static int cm_seal(EVP_CIPHER_CTX *context, const hmac_states *states, uint8_t *packet, int length, int tag_bytes,
                   uint32_t number) {
    uint8_t digest[20];
    if (!cm_crypt(context, packet + 12, length - 12, number)) return 0;
    authenticate(states, packet, length, digest);
    memcpy(packet + length, digest, tag_bytes);
    return 1;
}

static int cm_open(EVP_CIPHER_CTX *context, const hmac_states *states, uint8_t *packet, int length, int tag_bytes,
                   uint32_t number) {
    uint8_t digest[20];
    authenticate(states, packet, length, digest);
    return CRYPTO_memcmp(digest, packet + length, tag_bytes) == 0 && cm_crypt(context, packet + 12, length - 12, number);
}

static void number_into(uint8_t nonce[12], uint32_t number) {
    memset(nonce, 0, 12);
    for (int i = 0; i < 4; i++) nonce[8 + i] = (uint8_t)(number >> (24 - 8 * i));
}

static int seal(parley_floor_cipher *cipher, int key, uint8_t *packet, int length, uint32_t number,
                const uint8_t nonce[12]) {
    EVP_CIPHER_CTX *context = cipher->contexts[key];
    return cipher->hmacs ? cm_seal(context, &cipher->hmacs[key], packet, length, cipher->tag_bytes, number)
                         : gcm_seal(context, packet, length, nonce);
}

int parley_floor_seal_all(parley_floor_cipher *cipher, uint8_t *packet, int length, uint32_t number) {
    return parley_floor_seal_each(cipher, packet, 0, length, number);
}

int parley_floor_seal_each(parley_floor_cipher *cipher, uint8_t *packets, int stride, int length, uint32_t number) {
    int sealed = 0;
    uint8_t nonce[12];
    number_into(nonce, number);
    for (int i = 0; i < cipher->keys; i++)
        sealed += seal(cipher, i, packets + (size_t)i * stride, length, number, nonce);
    return sealed;
}

int parley_floor_open(parley_floor_cipher *cipher, int key, uint8_t *packet, int length, uint32_t number) {
    int text = length - cipher->tag_bytes;
    EVP_CIPHER_CTX *context = cipher->contexts[key];
    if (cipher->hmacs) return cm_open(context, &cipher->hmacs[key], packet, text, cipher->tag_bytes, number);
    uint8_t nonce[12];
    number_into(nonce, number);
    return gcm_open(context, packet, text, nonce);
}
