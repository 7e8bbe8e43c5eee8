#include "SampleKernels.h"
#include "Internal.h"

// `width` vectors from `start` on, kept in registers from the first voice to the last.
INLINE void sum_tile(const parley_voice *voices, int voice_count, int adds, int is_unit, float *target, int start,
                     int width) {
    vector sums[8];
    vector *out = (vector *)(target + start);
    for (int i = 0; i < width; i++) sums[i] = adds ? out[i] : (vector){0};
    for (int k = 0; k < voice_count; k++) {
        const vector *in = (const vector *)(voices[k].values + start);
        if (is_unit) {
            for (int i = 0; i < width; i++) sums[i] += in[i];
        } else {
            float l = voices[k].left, r = voices[k].right;
            vector gain = {l, r, l, r, l, r, l, r};
            for (int i = 0; i < width; i++) sums[i] += in[i] * gain;
        }
    }
    for (int i = 0; i < width; i++) out[i] = sums[i];
}

// Tiles of `width` vectors, then single vectors, then single values.
INLINE void sum(const parley_voice *voices, int voice_count, int adds, int is_unit, float *target, int count,
                int width) {
    int i = 0;
    for (; i + width * LANES <= count; i += width * LANES)
        sum_tile(voices, voice_count, adds, is_unit, target, i, width);
    for (; i + LANES <= count; i += LANES) sum_tile(voices, voice_count, adds, is_unit, target, i, 1);
    for (; i < count; i++) {
        float value = adds ? target[i] : 0;
        for (int k = 0; k < voice_count; k++)
            value += voices[k].values[i] * (i & 1 ? voices[k].right : voices[k].left);
        target[i] = value;
    }
}

// The compiler makes four loops of it: with and without gains, on top of what is there or of nothing.
INLINE void sum_of(const parley_voice *voices, int voice_count, int adds, float *target, int count, int width) {
    int is_unit = 1;
    for (int k = 0; k < voice_count; k++) is_unit &= voices[k].left == 1 && voices[k].right == 1;
    if (is_unit)
        adds ? sum(voices, voice_count, 1, 1, target, count, width)
             : sum(voices, voice_count, 0, 1, target, count, width);
    else
        adds ? sum(voices, voice_count, 1, 0, target, count, width)
             : sum(voices, voice_count, 0, 0, target, count, width);
}

AVX2 static void sum_avx2(const parley_voice *voices, int voice_count, int adds, float *target, int count) {
    sum_of(voices, voice_count, adds, target, count, 8);
}

// Eight of the sixteen registers of 128 bits hold the tile.
void parley_sum_baseline(const parley_voice *voices, int voice_count, int adds, float *target, int count) {
    sum_of(voices, voice_count, adds, target, count, 4);
}

void parley_sum(const parley_voice *voices, int voice_count, int adds, float *target, int count) {
    (HAS_AVX2 ? sum_avx2 : parley_sum_baseline)(voices, voice_count, adds, target, count);
}
