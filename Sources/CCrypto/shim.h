// Door to OpenSSL's libcrypto: AES-GCM and AES on kept contexts. One call seals or opens a packet.
#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

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

// Encrypts `length` bytes in place and writes the 16-byte tag behind them. 1 on success.
static inline int parley_gcm_seal(EVP_CIPHER_CTX *context, const unsigned char nonce[12], const unsigned char *aad,
                                  int aad_length, unsigned char *text, int length) {
    int written;
    return EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce) == 1 &&
           EVP_EncryptUpdate(context, NULL, &written, aad, aad_length) == 1 &&
           (length == 0 || EVP_EncryptUpdate(context, text, &written, text, length) == 1) &&
           EVP_EncryptFinal_ex(context, text + length, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, text + length) == 1;
}

// Decrypts `length` bytes in place and checks the 16-byte tag behind them. 1 if it is right; else the text is spoilt.
static inline int parley_gcm_open(EVP_CIPHER_CTX *context, const unsigned char nonce[12], const unsigned char *aad,
                                  int aad_length, unsigned char *text, int length) {
    int written;
    unsigned char rest[16];
    return EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, text + length) == 1 &&
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
