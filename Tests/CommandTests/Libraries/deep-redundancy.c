// A libopus that has deep redundancy, as far as a decoder can tell: every packet reaches back 100 ms, and what is restored
// from it is a constant whose level tells the offset. Loaded in front of the real libopus, which has none here.
#include <stdlib.h>

void *opus_dred_decoder_create(int *error) {
    *error = 0;
    return malloc(16);
}
void opus_dred_decoder_destroy(void *decoder) { free(decoder); }
int opus_dred_get_size(void) { return 16; }
void *opus_dred_alloc(int *error) {
    *error = 0;
    return malloc(16);
}
void opus_dred_free(void *redundancy) { free(redundancy); }
int opus_dred_parse(void *decoder, void *redundancy, const unsigned char *data, int length, int reach, int rate, int *end,
                    int defers) {
    *end = 0;
    return length > 0 ? rate / 10 : 0;
}
int opus_decoder_dred_decode_float(void *state, const void *redundancy, int offset, float *samples, int count) {
    for (int i = 0; i < count; i++) samples[i] = offset / 48000.0f;
    return count;
}
