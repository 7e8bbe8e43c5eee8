// What the kernels share. Each is an inlined body that is compiled for every x86-64 and for those with AVX2.
#pragma once

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// Eight floats from any address: a kernel may begin at any sample.
typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = sizeof(vector) / sizeof(float) };

#ifdef __x86_64__
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#define AVX2 __attribute__((target("avx2")))
#else
#define HAS_AVX2 0
#define AVX2
#endif
