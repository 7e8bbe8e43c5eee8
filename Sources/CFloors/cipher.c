#include "CFloors.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct parley_floor_cipher {
    int keys;
    EVP_CIPHER_CTX **contexts;  // either these
    srtp_t *sessions;           // or these
};

parley_floor_cipher *parley_floor_gcm_new(int keys, int key_bytes, int encrypts, const uint8_t *secrets, int stride) {
    parley_floor_cipher *cipher = calloc(1, sizeof *cipher);
    cipher->keys = keys;
    cipher->contexts = calloc(keys, sizeof *cipher->contexts);
    const EVP_CIPHER *kind = key_bytes == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    for (int i = 0; i < keys; i++) {
        cipher->contexts[i] = EVP_CIPHER_CTX_new();
        EVP_CipherInit_ex(cipher->contexts[i], kind, NULL, secrets + (size_t)i * stride, NULL, encrypts);
    }
    return cipher;
}

parley_floor_cipher *parley_floor_srtp_new(int keys, int suite, int encrypts, const uint8_t *secrets, int stride) {
    static int is_ready;
    if (!is_ready) is_ready = srtp_init() == srtp_err_status_ok;
    parley_floor_cipher *cipher = calloc(1, sizeof *cipher);
    cipher->keys = keys;
    cipher->sessions = calloc(keys, sizeof *cipher->sessions);
    for (int i = 0; i < keys; i++) {
        srtp_policy_t policy;
        memset(&policy, 0, sizeof policy);
        policy.ssrc.type = encrypts ? ssrc_any_outbound : ssrc_any_inbound;
        policy.key = (uint8_t *)secrets + (size_t)i * stride;
        policy.window_size = 1024;
        policy.allow_repeat_tx = 1;
        switch (suite) {
            case 0: srtp_crypto_policy_set_rtp_default(&policy.rtp); break;
            case 1: srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp); break;
            case 2: srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp); break;
            default: srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp); break;
        }
        policy.rtcp = policy.rtp;
        if (srtp_create(&cipher->sessions[i], &policy) != srtp_err_status_ok) {
            cipher->keys = i;
            parley_floor_cipher_free(cipher);
            return NULL;
        }
    }
    return cipher;
}

void parley_floor_cipher_free(parley_floor_cipher *cipher) {
    if (!cipher) return;
    for (int i = 0; i < cipher->keys; i++) {
        if (cipher->contexts) EVP_CIPHER_CTX_free(cipher->contexts[i]);
        if (cipher->sessions) srtp_dealloc(cipher->sessions[i]);
    }
    free(cipher->contexts);
    free(cipher->sessions);
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

static int seal(EVP_CIPHER_CTX *context, uint8_t *packet, int length, const uint8_t nonce[12]) {
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

static int open_packet(EVP_CIPHER_CTX *context, uint8_t *packet, int length, const uint8_t nonce[12]) {
    int written;
    uint8_t rest[16];
    return begin(context, nonce, packet + length) && EVP_DecryptUpdate(context, NULL, &written, packet, 12) == 1 &&
           EVP_DecryptUpdate(context, packet + 12, &written, packet + 12, length - 12) == 1 &&
           EVP_DecryptFinal_ex(context, rest, &written) == 1;
}

static void number_into(uint8_t nonce[12], uint32_t number) {
    memset(nonce, 0, 12);
    for (int i = 0; i < 4; i++) nonce[8 + i] = (uint8_t)(number >> (24 - 8 * i));
}

int parley_floor_seal_all(parley_floor_cipher *cipher, uint8_t *packet, int length, uint32_t number) {
    int sealed = 0;
    if (cipher->contexts) {
        uint8_t nonce[12];
        number_into(nonce, number);
        for (int i = 0; i < cipher->keys; i++) sealed += seal(cipher->contexts[i], packet, length, nonce);
        return sealed;
    }
    packet[2] = (uint8_t)(number >> 8);
    packet[3] = (uint8_t)number;
    for (int i = 0; i < cipher->keys; i++) {
        int count = length;
        sealed += srtp_protect(cipher->sessions[i], packet, &count) == srtp_err_status_ok;
    }
    return sealed;
}

int parley_floor_seal_each(parley_floor_cipher *cipher, uint8_t *packets, int stride, int length, uint32_t number) {
    int sealed = 0;
    uint8_t nonce[12];
    number_into(nonce, number);
    for (int i = 0; i < cipher->keys; i++)
        sealed += cipher->contexts && seal(cipher->contexts[i], packets + (size_t)i * stride, length, nonce);
    return sealed;
}

int parley_floor_open_all(parley_floor_cipher *cipher, const uint8_t *packets, int stride, int length, uint32_t number,
                          uint8_t *scratch) {
    int opened = 0;
    uint8_t nonce[12];
    number_into(nonce, number);
    for (int i = 0; i < cipher->keys; i++) {
        memcpy(scratch, packets + (size_t)i * stride, length);
        if (cipher->contexts) {
            opened += open_packet(cipher->contexts[i], scratch, length - 16, nonce);
        } else {
            int count = length;
            opened += srtp_unprotect(cipher->sessions[i], scratch, &count) == srtp_err_status_ok;
        }
    }
    return opened;
}
