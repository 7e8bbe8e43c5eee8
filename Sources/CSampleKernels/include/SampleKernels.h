// Sample loops that want wider registers than every x86-64 has: each is compiled twice, and the processor decides at run
// time. Both ways give the same bits, since nothing is reordered and no multiplication is fused with an addition.
#pragma once

// One frame of interleaved samples, and the gains of its sides: equal but in stereo.
typedef struct {
    const float *values;
    float left;
    float right;
} parley_voice;

// target = (adds ? target : 0) + voices[0] × gain + voices[1] × gain + …, in this order, for `count` values.
void parley_sum(const parley_voice *voices, int voice_count, int adds, float *target, int count);

// The same as a processor without wide registers does it.
void parley_sum_baseline(const parley_voice *voices, int voice_count, int adds, float *target, int count);
