// Sample loops that want wider registers than every x86-64 has: each is compiled twice, and the processor decides at run
// time. Both ways give the same bits, since nothing is reordered and no multiplication is fused with an addition. What is
// called `_baseline` is the way of a processor without wide registers.
#pragma once

// One frame of interleaved samples, and the gains of its sides: equal but in stereo.
typedef struct {
    const float *values;
    float left;
    float right;
} parley_voice;

// target = (adds ? target : 0) + voices[0] × gain + voices[1] × gain + …, in this order, for `count` values.
void parley_sum(const parley_voice *voices, int voice_count, int adds, float *target, int count);
void parley_sum_baseline(const parley_voice *voices, int voice_count, int adds, float *target, int count);

// The bit pattern of the largest magnitude; 0 for none. One that is no number is larger than all that are.
unsigned parley_largest_magnitude(const float *samples, int count);
unsigned parley_largest_magnitude_baseline(const float *samples, int count);

enum { PARLEY_PHASES = 3, PARLEY_TAPS = 32 };

// Makes the values at 1/4, 1/2 and 3/4 of the way from a sample to the next, of 16 samples on either side.
typedef struct {
    // Those of the first phase, then of the second, then of the third.
    const float *coefficients;
    // No such value is larger than this times the largest sample around it.
    float worst_gain;
} parley_interpolator;

// Raises each of `count` peaks, at least 8, to the largest magnitude from a sample on and before the next, where that can
// exceed the threshold. There are 16 samples more on either side.
void parley_true_peaks(parley_interpolator by, const float *samples, float threshold, float *peaks, int count);
void parley_true_peaks_baseline(parley_interpolator by, const float *samples, float threshold, float *peaks, int count);

// Each value becomes the least of the `window` from it on; the last `window - 1` become something else.
void parley_minima(float *values, int count, int window);
void parley_minima_baseline(float *values, int count, int window);

enum { PARLEY_HIGH_PASS_BLOCK = 8 };

// y[n] = w[n] - a1·y[n-1] - a2·y[n-2], with w[n] = scale·(x[n] - 2·x[n-1] + x[n-2]), put into itself as often as a block is
// long: then a block is its w's times the response to one of them, and what the last two y's before it become.
typedef struct {
    double scale, a1, a2;
    // Half a block of zeros, then as much of the response.
    double response[PARLEY_HIGH_PASS_BLOCK];
    double of_last[PARLEY_HIGH_PASS_BLOCK];
    double of_last_but_one[PARLEY_HIGH_PASS_BLOCK];
} parley_high_pass;

// The last two samples in and out.
typedef struct {
    double x1, x2, y1, y2;
} parley_high_pass_memory;

parley_high_pass parley_high_pass_make(double scale, double a1, double a2);

// Filters `count` samples, each `step` after the one before, in place.
void parley_high_pass_run(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples, int count,
                          int step);
void parley_high_pass_run_baseline(const parley_high_pass *by, parley_high_pass_memory *memory, float *samples,
                                   int count, int step);

// Makes `count` sums of the pairs that follow one another in `from`, which may be `to` itself, and returns the energy of the
// differences: eight partial sums of the whole vectors, then the rest.
float parley_halve(const float *from, float *to, int count);
float parley_halve_baseline(const float *from, float *to, int count);
