#include "Internal.h"
#include "SampleKernels.h"

// Without their sign, floats are in the order of their bit patterns.
typedef int integer __attribute__((may_alias));
typedef int integers __attribute__((vector_size(32), aligned(4), may_alias));
enum { MAGNITUDE = 0x7FFFFFFF };
#define KEEP_LARGER(kept, other) kept = (kept & (kept >= other)) | (other & (kept < other))

INLINE unsigned largest(const float *samples, int count) {
    const integer *bits = (const integer *)samples;
    int highest = 0;
    for (int i = 0; i < count; i++) {
        int magnitude = bits[i] & MAGNITUDE;
        highest = magnitude > highest ? magnitude : highest;
    }
    return highest;
}

AVX2 static unsigned largest_avx2(const float *samples, int count) { return largest(samples, count); }

unsigned parley_largest_magnitude_baseline(const float *samples, int count) { return largest(samples, count); }

unsigned parley_largest_magnitude(const float *samples, int count) {
    return (HAS_AVX2 ? largest_avx2 : parley_largest_magnitude_baseline)(samples, count);
}

// The peaks of `width` vectors of samples and of the values between each sample and the next.
INLINE void interpolate(parley_interpolator by, const float *samples, float *peaks, int width) {
    enum { PHASES = PARLEY_PHASES, TAPS = PARLEY_TAPS };
    vector sums[PHASES][2] = {0};
    for (int tap = 0; tap < TAPS; tap++) {
        const vector *in = (const vector *)(samples + tap - TAPS / 2 + 1);
        for (int phase = 0; phase < PHASES; phase++)
            for (int i = 0; i < width; i++) sums[phase][i] += in[i] * by.coefficients[phase * TAPS + tap];
    }
    for (int i = 0; i < width; i++) {
        integers *out = (integers *)peaks + i;
        integers highest = *out, here = ((const integers *)samples)[i] & MAGNITUDE;
        KEEP_LARGER(highest, here);
        for (int phase = 0; phase < PHASES; phase++) {
            here = (integers)sums[phase][i] & MAGNITUDE;
            KEEP_LARGER(highest, here);
        }
        *out = highest;
    }
}

INLINE void measure(parley_interpolator by, const float *samples, float threshold, float *peaks, int count) {
    int width = count < 2 * LANES ? 1 : 2;
    for (int block = 0; block < count; block += width * LANES) {
        // The last block reaches back over the one before it.
        int i = block < count - width * LANES ? block : count - width * LANES;
        union { unsigned bits; float value; } around = {
            largest(samples + i - PARLEY_TAPS / 2 + 1, width * LANES + PARLEY_TAPS - 1)};
        if (around.value * by.worst_gain <= threshold) continue;
        width == 1 ? interpolate(by, samples + i, peaks + i, 1) : interpolate(by, samples + i, peaks + i, 2);
    }
}

AVX2 static void measure_avx2(parley_interpolator by, const float *samples, float threshold, float *peaks, int count) {
    measure(by, samples, threshold, peaks, count);
}

void parley_true_peaks_baseline(parley_interpolator by, const float *samples, float threshold, float *peaks, int count) {
    measure(by, samples, threshold, peaks, count);
}

void parley_true_peaks(parley_interpolator by, const float *samples, float threshold, float *peaks, int count) {
    (HAS_AVX2 ? measure_avx2 : parley_true_peaks_baseline)(by, samples, threshold, peaks, count);
}

// By doubling the window, in place: what is read ahead has not been written yet.
INLINE void minima(float *values, int count, int window) {
    int width = 1;
    while (width < window) {
        int step = 2 * width <= window ? width : window - width;
#pragma clang loop vectorize(assume_safety)
        for (int i = 0; i < count - step; i++) values[i] = values[i + step] < values[i] ? values[i + step] : values[i];
        width += step;
    }
}

AVX2 static void minima_avx2(float *values, int count, int window) { minima(values, count, window); }

void parley_minima_baseline(float *values, int count, int window) { minima(values, count, window); }

void parley_minima(float *values, int count, int window) {
    (HAS_AVX2 ? minima_avx2 : parley_minima_baseline)(values, count, window);
}
