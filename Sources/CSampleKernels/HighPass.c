#include "Internal.h"
#include "SampleKernels.h"

typedef double lanes __attribute__((vector_size(32), aligned(8), may_alias));
enum { BLOCK = PARLEY_HIGH_PASS_BLOCK, CHUNK = 16 * BLOCK };

parley_high_pass parley_high_pass_make(double scale, double a1, double a2) {
    parley_high_pass filter = {.scale = scale, .a1 = a1, .a2 = a2};
    double *h = filter.response + BLOCK / 2;
    double before = 0, last = 1;
    for (int k = 0; k < BLOCK; k++) {
        double next = -a1 * last - a2 * before;
        if (k < BLOCK / 2) h[k] = last;
        filter.of_last[k] = next;
        filter.of_last_but_one[k] = -a2 * last;
        before = last;
        last = next;
    }
    return filter;
}

// From what goes into the recursion to what comes out, a block at a time: first as if nothing had come before the block,
// which waits for nothing, then what the last two values add to it.
INLINE void recur(const parley_high_pass *by, const double *w, double *y, int count, double *y1, double *y2) {
    const double *h = by->response + BLOCK / 2;
    const lanes one = *(const lanes *)by->of_last, two = *(const lanes *)by->of_last_but_one;
    const lanes far_one = ((const lanes *)by->of_last)[1], far_two = ((const lanes *)by->of_last_but_one)[1];
    for (int i = 0; i < count; i += BLOCK) {
        lanes low = w[i] * *(const lanes *)h, high = w[i + 4] * *(const lanes *)h;
        for (int j = 1; j < 4; j++) {
            low += w[i + j] * *(const lanes *)(h - j);
            high += w[i + 4 + j] * *(const lanes *)(h - j);
        }
        high = (high + low[2] * two) + low[3] * one;
        *(lanes *)(y + i) = (low + *y2 * two) + *y1 * one;
        *(lanes *)(y + i + 4) = (high + *y2 * far_two) + *y1 * far_one;
        // The last two once more by themselves: the next block need not wait for them to be taken out of a register.
        double next = (high[3] + *y2 * far_two[3]) + *y1 * far_one[3];
        *y2 = (high[2] + *y2 * far_two[2]) + *y1 * far_one[2];
        *y1 = next;
    }
}

INLINE void run(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples, int count, int step) {
    double w[CHUNK], y[CHUNK];
    parley_high_pass_memory m = *memory;
    int whole = count - count % BLOCK;
    for (int start = 0; start < whole; start += CHUNK) {
        int length = whole - start < CHUNK ? whole - start : CHUNK;
        float *x = samples + start * step;
        w[0] = by->scale * (x[0] - 2 * m.x1 + m.x2);
        w[1] = by->scale * (x[step] - 2 * (double)x[0] + m.x1);
        for (int i = 2; i < length; i++)
            w[i] = by->scale * (x[i * step] - 2 * (double)x[(i - 1) * step] + (double)x[(i - 2) * step]);
        m.x1 = x[(length - 1) * step];
        m.x2 = x[(length - 2) * step];
        recur(by, w, y, length, &m.y1, &m.y2);
        for (int i = 0; i < length; i++) x[i * step] = y[i];
    }
    for (int i = whole; i < count; i++) {
        double in = samples[i * step];
        double out = by->scale * (in - 2 * m.x1 + m.x2) - by->a1 * m.y1 - by->a2 * m.y2;
        samples[i * step] = out;
        m = (parley_high_pass_memory){in, m.x1, out, m.y1};
    }
    *memory = m;
}

INLINE void run_sides(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples, int count, int step) {
    step == 1 ? run(by, memory, samples, count, 1) : run(by, memory, samples, count, step);
}

AVX2 static void run_avx2(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples, int count,
                          int step) {
    run_sides(by, memory, samples, count, step);
}

void parley_high_pass_run_baseline(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples,
                                   int count, int step) {
    run_sides(by, memory, samples, count, step);
}

void parley_high_pass_run(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples, int count,
                          int step) {
    (HAS_AVX2 ? run_avx2 : parley_high_pass_run_baseline)(by, memory, samples, count, step);
}
