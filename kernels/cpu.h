/* cpu.h -- what the files of the CPU backend share. Nothing outside kernels/ includes this but backend.c's table. */
#ifndef CPU_H
#define CPU_H

#include "kernels/kernels.h"
#include "kernels/cpu_simd.h"
#include "kernels/cpu_team.h"

struct library;                          /* oneDNN's side, cpu_library.c */

/* Working memory that grows to the largest call and stays. One user at a time each. */
enum cpu_scratch {
	SCRATCH_WEIGHTS,                 /* packed weights */
	SCRATCH_TILES,                   /* packed pixels, a part per thread */
	SCRATCH_SUMS,                    /* partial sums, a part per thread */
	SCRATCH_LIBRARY,
	SCRATCHES
};

struct cpu {
	struct backend be;
	const struct simd *wide;         /* the widest vectors of this processor */
	const struct simd *narrow;       /* 8 lanes where `wide` has 16, else the same */
	struct team *team;
	struct library *library;         /* opened when first needed */
	bool prefer_library;             /* SMASHTOP_CONV=library in the environment: oneDNN wherever it can, to compare */
	void *scratch[SCRATCHES];
	size_t scratch_bytes[SCRATCHES];
};

static inline struct cpu *cpu_of(struct backend *be)
{
	return (struct cpu *)be;
}

struct backend *cpu_open(int index, int threads);
void cpu_versions(char *text, size_t size);

/* Sets the sticky error; the first one stays. */
void cpu_fail(struct backend *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* At least `bytes`, 64-byte aligned, content undefined. NULL with the sticky error set. */
void *cpu_scratch(struct cpu *, enum cpu_scratch, size_t bytes);

/*
 * Runs body(arg, begin, end) over parts of [0, n), shared by the threads where n * cost is worth it. `cost` is about the
 * nanoseconds of one item. For bodies whose items do not meet: the parts may be cut differently another time.
 */
void cpu_parallel(struct cpu *, size_t n, double cost, void (*body)(void *arg, size_t begin, size_t end), void *arg);

/* How many threads a call of `nanoseconds` on one thread deserves. */
int cpu_threads(const struct cpu *, double nanoseconds);

/* Part `i` of `parts` of [0, n): [*begin, *end). */
static inline void cpu_part(size_t n, int parts, int i, size_t *begin, size_t *end)
{
	*begin = n * (size_t)i / (size_t)parts;
	*end = n * (size_t)(i + 1) / (size_t)parts;
}

/* Pixels of a feature map. */
static inline size_t cpu_pixels(const int *extent, int axes)
{
	size_t pixels = 1;

	for (int i = 0; i < axes; i++)
		pixels *= (size_t)extent[i];
	return pixels;
}

/* cpu_pointwise.c */
void cpu_fill(struct backend *, float *y, float value, size_t n);
void cpu_axpby(struct backend *, float *y, float a, const float *x, float beta, size_t n);
void cpu_act(struct backend *, float *y, const float *x, float slope, size_t n);
void cpu_act_backward(struct backend *, float *dx, const float *dy, const float *y, float slope, float beta, size_t n);
void cpu_dot(struct backend *, float *y, const float *x, const float *z, size_t rows, size_t n);
void cpu_normalize(struct backend *, float *y, float *norm, const float *x, float epsilon, size_t n);
void cpu_normalize_backward(struct backend *, float *dx, const float *dy, const float *y, const float *norm, float epsilon,
	float beta, size_t n);
void cpu_cross_entropy(struct backend *, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes);
void cpu_cross_entropy_backward(struct backend *, float *dlogits, const float *dloss, const float *logits, const int32_t *label,
	int n, int classes, float beta);
void cpu_adam(struct backend *, float *w, float *m, float *v, const float *gradient, const struct adam *, size_t n);
void cpu_sgd(struct backend *, float *w, float *m, const float *gradient, const struct sgd *, size_t n);

/* cpu_move.c */
void cpu_channels(struct backend *, float *to, int to_channels, const float *from, int from_channels,
	const struct channel_range *, int count, size_t rows);
void cpu_gather(struct backend *, float *y, const float *x, const struct box *, float beta);
void cpu_scatter(struct backend *, float *x, const float *y, const struct box *, float beta);

/* cpu_pool.c */
void cpu_pool(struct backend *, const struct pool *, float *y, const float *x);
void cpu_pool_backward(struct backend *, const struct pool *, float *dx, const float *dy, float beta);
void cpu_global_pool(struct backend *, float *y, const float *x, int n, int pixels, int c);
void cpu_global_pool_backward(struct backend *, float *dx, const float *dy, int n, int pixels, int c, float beta);

/* cpu_norm.c */
void cpu_batch_norm(struct backend *, float *y, float *mean, float *variance, const float *x, const float *gamma,
	const float *shift, float epsilon, float slope, bool batch_statistics, size_t rows, int c);
void cpu_batch_norm_backward(struct backend *, float *dx, float *dgamma, float *dshift, const float *dy, const float *x,
	const float *y, const float *mean, const float *variance, const float *gamma, float epsilon, float slope,
	bool batch_statistics, size_t rows, int c, float beta_dx, float beta_dgamma, float beta_dshift, float *scratch);

/* cpu_conv.c: which of the two below runs a shape; the linear kernels are 1x1 convolutions */
void cpu_conv(struct backend *, const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
void cpu_conv_backward_data(struct backend *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
void cpu_conv_backward_weights(struct backend *, const struct conv *, float *dw, const float *x, const float *dy, float beta);
void cpu_linear(struct backend *, float *y, const float *x, const float *w, const float *b, int n, int in, int out);
void cpu_linear_backward(struct backend *, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
	int n, int in, int out, float beta_dx, float beta_dw, float beta_db);

/* cpu_direct.c: convolutions without any preparation by shape. direct_data needs stride 1. */
void direct_conv(struct cpu *, const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
void direct_data(struct cpu *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
void direct_weights(struct cpu *, const struct conv *, float *dw, const float *x, const float *dy, float beta);

/* cpu_library.c: through oneDNN, primitives kept by shape */
void library_conv(struct cpu *, const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
void library_data(struct cpu *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
void library_weights(struct cpu *, const struct conv *, float *dw, const float *x, const float *dy, float beta);
double library_matrix_peak(struct cpu *);
void library_close(struct library *);
const char *library_version(void);       /* "oneDNN 2.6.3" */

#endif
