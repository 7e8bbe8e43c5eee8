#include "CFloors.h"

void parley_floor_pass(float *samples, int count, float gain) {
    for (int i = 0; i < count; i++) samples[i] *= gain;
}

void parley_floor_accumulate(const float *source, float *target, int count) {
    for (int i = 0; i < count; i++) target[i] += source[i];
}

// Thirty-two sums stay in registers while the sources go by, so that the target is written once.
#define SUM_BODY                                                                     \
    enum { BLOCK = 32 };                                                             \
    int i = 0;                                                                       \
    for (; i + BLOCK <= count; i += BLOCK) {                                         \
        float sums[BLOCK] = {0};                                                     \
        for (int s = 0; s < sources_count; s++) {                                    \
            if (s == left_out) continue;                                             \
            const float *source = sources[s] + i;                                    \
            for (int k = 0; k < BLOCK; k++) sums[k] += source[k];                    \
        }                                                                            \
        for (int k = 0; k < BLOCK; k++) target[i + k] = sums[k];                     \
    }                                                                                \
    for (; i < count; i++) {                                                         \
        float sum = 0;                                                               \
        for (int s = 0; s < sources_count; s++) sum += s == left_out ? 0 : sources[s][i]; \
        target[i] = sum;                                                             \
    }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void sum_wide(const float *const *sources, int sources_count, int left_out,
                                                     float *target, int count) {
    SUM_BODY
}
#endif

void parley_floor_sum(const float *const *sources, int sources_count, int left_out, float *target, int count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return sum_wide(sources, sources_count, left_out, target, count);
#endif
    SUM_BODY
}

float parley_floor_energy(const float *samples, int count) {
    float sums[16] = {0};
    int i = 0;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++) sums[k] += samples[i + k] * samples[i + k];
    float sum = 0;
    for (int k = 0; k < 16; k++) sum += sums[k];
    for (; i < count; i++) sum += samples[i] * samples[i];
    return sum;
}

float parley_floor_peak(const float *samples, int count) {
    float peaks[16] = {0};
    int i = 0;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++) {
            float value = samples[i + k] < 0 ? -samples[i + k] : samples[i + k];
            peaks[k] = value > peaks[k] ? value : peaks[k];
        }
    float peak = 0;
    for (int k = 0; k < 16; k++) peak = peaks[k] > peak ? peaks[k] : peak;
    for (; i < count; i++) {
        float value = samples[i] < 0 ? -samples[i] : samples[i];
        peak = value > peak ? value : peak;
    }
    return peak;
}

void parley_floor_biquad(float *samples, int count, const double c[5], double memory[2]) {
    double m1 = memory[0], m2 = memory[1];
    for (int i = 0; i < count; i++) {
        double x = samples[i], y = c[0] * x + m1;
        m1 = c[1] * x - c[3] * y + m2;
        m2 = c[2] * x - c[4] * y;
        samples[i] = (float)y;
    }
    memory[0] = m1;
    memory[1] = m2;
}
