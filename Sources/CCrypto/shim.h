// Door to OpenSSL's libcrypto: AES-GCM and AES on kept contexts. One call seals or opens a packet.
#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>

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
