/*
 * cpu_simd.c -- cpu_simd_body.h once for each instruction set. An instance defines the vector's lanes, how many registers there
 * are, and the few operations that C has no operator for; `target` lets one file hold them all, so the program built on one
 * machine runs on another.
 */
#include "kernels/cpu_simd.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define PASTE2(a, b) a##_##b
#define PASTE(a, b) PASTE2(a, b)
#define F(name) PASTE(name, SET)         /* this instance's name for a function or type */

/* Eight floats at any place, in memory only. */
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));

/* Any processor: 4 lanes, what C alone can say. */
#define SET generic
#define NAME "generic vectors"
#define LANES 4
#define REGISTERS 16
#define TARGET
#define FMA(a, b, c) ((a) * (b) + (c))
#define SPREAD1(p) ((vec){ (p)[0], (p)[0], (p)[0], (p)[0] })
#define SPREAD2(p) ((vec){ (p)[0], (p)[1], (p)[0], (p)[1] })
#define SPREAD4(p) F(load)(p)
#define SPREAD8(p) F(load)(p)            /* never called: at most `lanes` groups lie side by side */
#define SQRT(v) ((vec){ sqrtf((v)[0]), sqrtf((v)[1]), sqrtf((v)[2]), sqrtf((v)[3]) })
#include "kernels/cpu_simd_body.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SET avx2
#define NAME "AVX2"
#define LANES 8
#define REGISTERS 16
#define TARGET __attribute__((target("avx2,fma")))
#define FMA(a, b, c) ((vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define SPREAD1(p) ((vec)_mm256_broadcast_ss(p))
#define SPREAD2(p) ((vec)_mm256_castpd_ps(_mm256_castsi256_pd(_mm256_set1_epi64x(F(pair)(p)))))
#define SPREAD4(p) ((vec)_mm256_broadcast_ps((const __m128 *)(const void *)(p)))
#define SPREAD8(p) F(load)(p)
#define SQRT(v) ((vec)_mm256_sqrt_ps((__m256)(v)))
#include "kernels/cpu_simd_body.h"

/* Half-width vectors beside AVX-512, for the channels a whole vector would leave empty: the same, with twice the registers. */
#define SET avx512half
#define NAME "AVX-512, half vectors"
#define LANES 8
#define REGISTERS 32
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma")))
#define FMA(a, b, c) ((vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define SPREAD1(p) ((vec)_mm256_broadcast_ss(p))
#define SPREAD2(p) ((vec)_mm256_castpd_ps(_mm256_castsi256_pd(_mm256_set1_epi64x(F(pair)(p)))))
#define SPREAD4(p) ((vec)_mm256_broadcast_ps((const __m128 *)(const void *)(p)))
#define SPREAD8(p) F(load)(p)
#define SQRT(v) ((vec)_mm256_sqrt_ps((__m256)(v)))
#define LOAD_SOME(p, mask) ((vec)_mm256_maskz_loadu_ps((__mmask8)(mask), p))
#define STORE_SOME(p, mask, v) _mm256_mask_storeu_ps(p, (__mmask8)(mask), (__m256)(v))
#include "kernels/cpu_simd_body.h"

#define SET avx512
#define NAME "AVX-512"
#define LANES 16
#define REGISTERS 32
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma")))
#define FMA(a, b, c) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define SPREAD1(p) ((vec)_mm512_set1_ps(*(p)))
#define SPREAD2(p) ((vec)_mm512_castsi512_ps(_mm512_set1_epi64(F(pair)(p))))
#define SPREAD4(p) ((vec)_mm512_broadcast_f32x4(_mm_loadu_ps(p)))
#define SPREAD8(p) ((vec)_mm512_broadcast_f32x8(_mm256_loadu_ps(p)))
#define SQRT(v) ((vec)_mm512_sqrt_ps((__m512)(v)))
#define LOAD_SOME(p, mask) ((vec)_mm512_maskz_loadu_ps((__mmask16)(mask), p))
#define STORE_SOME(p, mask, v) _mm512_mask_storeu_ps(p, (__mmask16)(mask), (__m512)(v))
#include "kernels/cpu_simd_body.h"
#endif

static bool always(void)
{
	return true;
}

#if defined(__x86_64__)
static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
		__builtin_cpu_supports("avx512dq");
}
#endif

/* Best first. */
static const struct instruction_set {
	const char *name;
	bool (*present)(void);
	const struct simd *wide, *narrow;
} sets[] = {
#if defined(__x86_64__)
	{ "avx512", has_avx512, &simd_avx512, &simd_avx512half },
	{ "avx2", has_avx2, &simd_avx2, &simd_avx2 },
#endif
	{ "generic", always, &simd_generic, &simd_generic },
};

void simd_choose(const struct simd **wide, const struct simd **narrow)
{
	const char *wanted = getenv("SMASHTOP_SIMD");
	size_t count = sizeof(sets) / sizeof(sets[0]), i = 0;

	while (wanted && i < count && strcmp(sets[i].name, wanted) != 0)
		i++;
	if (!wanted || i == count)
		i = 0;
	while (!sets[i].present())
		i++;
	*wide = sets[i].wide;
	*narrow = sets[i].narrow;
}
