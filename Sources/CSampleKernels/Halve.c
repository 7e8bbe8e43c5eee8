#include "Internal.h"
#include "SampleKernels.h"

INLINE float halve(const float *from, float *to, int count) {
    vector squares = {0};
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
        vector a = *(const vector *)(from + 2 * i), b = *(const vector *)(from + 2 * i + LANES);
        vector first = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
        vector second = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
        vector difference = first - second;
        squares += difference * difference;
        *(vector *)(to + i) = first + second;
    }
    float energy = squares[0];
    for (int lane = 1; lane < LANES; lane++) energy += squares[lane];
    for (; i < count; i++) {
        float first = from[2 * i], second = from[2 * i + 1];
        energy += (first - second) * (first - second);
        to[i] = first + second;
    }
    return energy;
}

AVX2 static float halve_avx2(const float *from, float *to, int count) { return halve(from, to, count); }

float parley_halve_baseline(const float *from, float *to, int count) { return halve(from, to, count); }

float parley_halve(const float *from, float *to, int count) {
    return (HAS_AVX2 ? halve_avx2 : parley_halve_baseline)(from, to, count);
}
