// Door to libopus. Its _ctl functions are variadic, which Swift cannot call: these wrappers give each a fixed shape.
#pragma once
#include <dlfcn.h>
#include <opus.h>

// Which dlfcn.h names only where GNU extensions are asked for.
#ifndef RTLD_DEFAULT
#define RTLD_DEFAULT ((void *)0)
#endif

static inline int parley_opus_encoder_set(OpusEncoder *encoder, int request, opus_int32 value) {
    return opus_encoder_ctl(encoder, request, value);
}
static inline int parley_opus_encoder_get(OpusEncoder *encoder, int request, opus_int32 *value) {
    return opus_encoder_ctl(encoder, request, value);
}
static inline int parley_opus_encoder_reset(OpusEncoder *encoder) {
    return opus_encoder_ctl(encoder, OPUS_RESET_STATE);
}
static inline int parley_opus_decoder_set(OpusDecoder *decoder, int request, opus_int32 value) {
    return opus_decoder_ctl(decoder, request, value);
}
static inline int parley_opus_decoder_get(OpusDecoder *decoder, int request, opus_int32 *value) {
    return opus_decoder_ctl(decoder, request, value);
}
static inline int parley_opus_decoder_reset(OpusDecoder *decoder) {
    return opus_decoder_ctl(decoder, OPUS_RESET_STATE);
}

// Deep redundancy (DRED) came with libopus 1.5, and only some builds have it: its functions are looked up at run time.
typedef struct {
    void *(*make_decoder)(int *error);
    void (*free_decoder)(void *decoder);
    int (*size)(void);
    void *(*allocate)(int *error);
    void (*release)(void *redundancy);
    int (*parse)(void *decoder, void *redundancy, const unsigned char *data, opus_int32 length, opus_int32 reach,
                 opus_int32 rate, int *end, int defers);
    int (*decode)(OpusDecoder *state, const void *redundancy, opus_int32 offset, float *samples, opus_int32 count);
} parley_dred;

// 1 if all are there and do something.
static inline int parley_dred_find(parley_dred *dred) {
    *(void **)&dred->make_decoder = dlsym(RTLD_DEFAULT, "opus_dred_decoder_create");
    *(void **)&dred->free_decoder = dlsym(RTLD_DEFAULT, "opus_dred_decoder_destroy");
    *(void **)&dred->size = dlsym(RTLD_DEFAULT, "opus_dred_get_size");
    *(void **)&dred->allocate = dlsym(RTLD_DEFAULT, "opus_dred_alloc");
    *(void **)&dred->release = dlsym(RTLD_DEFAULT, "opus_dred_free");
    *(void **)&dred->parse = dlsym(RTLD_DEFAULT, "opus_dred_parse");
    *(void **)&dred->decode = dlsym(RTLD_DEFAULT, "opus_decoder_dred_decode_float");
    return dred->make_decoder && dred->free_decoder && dred->size && dred->allocate && dred->release && dred->parse &&
           dred->decode && dred->size() > 0;
}
static inline void *parley_dred_make_decoder(const parley_dred *dred) {
    int error = 0;
    void *made = dred->make_decoder(&error);
    return error == OPUS_OK ? made : (void *)0;
}
static inline void *parley_dred_allocate(const parley_dred *dred) {
    int error = 0;
    void *made = dred->allocate(&error);
    return error == OPUS_OK ? made : (void *)0;
}
static inline void parley_dred_free(const parley_dred *dred, void *decoder, void *redundancy) {
    if (decoder) dred->free_decoder(decoder);
    if (redundancy) dred->release(redundancy);
}
static inline int parley_dred_parse(const parley_dred *dred, void *decoder, void *redundancy, const unsigned char *data,
                                    opus_int32 length, opus_int32 reach, opus_int32 rate, int *end) {
    return dred->parse(decoder, redundancy, data, length, reach, rate, end, 0);
}
static inline int parley_dred_decode(const parley_dred *dred, OpusDecoder *state, const void *redundancy,
                                     opus_int32 offset, float *samples, opus_int32 count) {
    return dred->decode(state, redundancy, offset, samples, count);
}
