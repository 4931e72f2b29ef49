/*
 * kernels.h -- the one table of numerical functions. CPU (oneDNN) and CUDA fill it; the graph above knows no device.
 *
 * All tensors are float32, dense, channels last: [n, h, w, c] or [n, d, h, w, c]. Convolution weights are
 * [out, in / groups, (kd,) kh, kw], as PyTorch keeps them. Pointers are device pointers of the backend.
 * `beta` follows BLAS: the result is beta * old + new, with beta 0 or 1; with 0 the old content is never read (it may be NaN).
 * Kernels are asynchronous where the device is; `sync` waits. Results are the same bits for the same inputs, device and
 * number of threads. A kernel that fails (out of memory, lost device) sets the backend's sticky error: backend_ok().
 * Pointers of one call do not overlap unless the comment says "in place".
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { AXES_MAX = 3 };

/* A convolution, also the geometry of its two backward passes. Axes are (h, w) or (d, h, w). Padding is `pad` on both sides. */
struct conv {
	int axes;                        /* 2 or 3 */
	int n, c_in, c_out, groups;
	int in[AXES_MAX], out[AXES_MAX];
	int kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX], pad[AXES_MAX];   /* dilation 1: dense taps */
};

/* Average pooling of 2 along each axis, stride 2; an odd edge is averaged over the pixels that are there (out = ceil(in / 2)). */
struct pool {
	int axes;
	int n, c;
	int in[AXES_MAX], out[AXES_MAX];
};

/* Adam (Kingma and Ba 2015), with bias correction for step t = 1, 2, … */
struct adam {
	float learning_rate, beta1, beta2, epsilon;
	int64_t t;
};

/* SGD with Nesterov momentum as PyTorch defines it: g += decay * w; m = momentum * m + g; w -= lr * (g + momentum * m) */
struct sgd {
	float learning_rate, momentum, weight_decay;
};

/* Channels [from, from + count) of one tensor go to [to, to + count) of another; beta 0 overwrites, 1 adds. */
struct channel_range {
	int to, from, count;
	float beta;
};

/* A strided box inside a larger array. */
enum { BOX_DIMS = 6 };

struct box {
	int dims;
	int count[BOX_DIMS];             /* extents of the box, row-major */
	ptrdiff_t stride[BOX_DIMS];      /* in elements of the larger array */
	size_t offset;
};

enum { ACT_NONE = -1 };                  /* as `slope`: no activation; 0 is ReLU, 0.02 the HyperNet's leaky ReLU */

/* How products (convolutions, matrix products) are computed; all else is float, and so is what is stored. A device without a faster way
 * than float computes in float. */
enum precision {
	PRECISION_FLOAT,
	PRECISION_TF32,                  /* factors rounded to 10 bits of mantissa, sums in float */
	PRECISION_BF16,                  /* factors and results of convolutions rounded to bfloat16 (7 bits), sums in float */
	PRECISIONS
};
extern const char *const precision_names[PRECISIONS];    /* "float", "tf32", "bf16" */

/* By name; -1 with err_last(). */
int precision_find(const char *name);

struct backend;
struct captured;

struct kernels {
	const char *name;                /* "cpu", "cuda" */

	/* Memory. alloc gives 64-byte aligned device memory or NULL with err_last(); content undefined. */
	void *(*alloc)(struct backend *, size_t bytes);
	void (*free)(struct backend *, void *);
	void (*upload)(struct backend *, void *device, const void *host, size_t bytes);
	void (*download)(struct backend *, void *host, const void *device, size_t bytes);     /* waits */
	void (*copy)(struct backend *, void *to, const void *from, size_t bytes);
	void (*sync)(struct backend *);

	/* Pointwise over n elements. */
	void (*fill)(struct backend *, float *y, float value, size_t n);
	void (*axpby)(struct backend *, float *y, float a, const float *x, float beta, size_t n);         /* y = beta y + a x */
	/* y = max(x, slope x). In place (y == x) allowed. */
	void (*act)(struct backend *, float *y, const float *x, float slope, size_t n);
	/* dx = beta dx + dy * (y > 0 ? 1 : slope). In place (dx == dy, beta 0) allowed. */
	void (*act_backward)(struct backend *, float *dx, const float *dy, const float *y, float slope, float beta, size_t n);

	/* y[r] = <x[r], z[r]> for each of `rows` rows of n. */
	void (*dot)(struct backend *, float *y, const float *x, const float *z, size_t rows, size_t n);

	/*
	 * Convolutions. y = act(beta y + conv(x, w)); slope < 0 (ACT_NONE) leaves out act.
	 * A dense 1x1 convolution of stride 1 is a matrix product over pixels and comes through here as well.
	 */
	void (*conv)(struct backend *, const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
	void (*conv_backward_data)(struct backend *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
	void (*conv_backward_weights)(struct backend *, const struct conv *, float *dw, const float *x, const float *dy, float beta);

	/* Fully connected: y[n, out] = x[n, in] w[out, in]^T + b[out]; dx, dw, db may be NULL (not wanted). */
	void (*linear)(struct backend *, float *y, const float *x, const float *w, const float *b, int n, int in, int out);
	void (*linear_backward)(struct backend *, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
		int n, int in, int out, float beta_dx, float beta_dw, float beta_db);

	/* Average pooling, and the mean over all pixels: y[n, c]. */
	void (*pool)(struct backend *, const struct pool *, float *y, const float *x);
	void (*pool_backward)(struct backend *, const struct pool *, float *dx, const float *dy, float beta);
	void (*global_pool)(struct backend *, float *y, const float *x, int n, int pixels, int c);
	void (*global_pool_backward)(struct backend *, float *dx, const float *dy, int n, int pixels, int c, float beta);

	/*
	 * Batch normalisation over `rows` pixels of c channels, then act. y = act(gamma (x - mean) / sqrt(variance + epsilon) + shift).
	 * With `batch_statistics` mean[c] and variance[c] (biased) are computed and written, otherwise they are read.
	 * The backward pass goes through the batch statistics when they were computed, and uses y only for act. dx, dgamma, dbeta may be NULL.
	 * `scratch` of batch_norm_backward: 2 c floats.
	 */
	void (*batch_norm)(struct backend *, float *y, float *mean, float *variance, const float *x, const float *gamma,
		const float *shift, float epsilon, float slope, bool batch_statistics, size_t rows, int c);
	void (*batch_norm_backward)(struct backend *, float *dx, float *dgamma, float *dshift, const float *dy, const float *x,
		const float *y, const float *mean, const float *variance, const float *gamma, float epsilon, float slope,
		bool batch_statistics, size_t rows, int c, float beta_dx, float beta_dgamma, float beta_dshift, float *scratch);

	/*
	 * Channel ranges between two tensors of the same pixels, `rows` pixels each: for each range r
	 *     to[row, r.to + i] = beta * to[row, r.to + i] + from[row, r.from + i],   i < r.count, beta of the range.
	 * `to` has to_channels a pixel, `from` from_channels. Ranges apply in order: a later one may add to what an earlier one wrote.
	 * Bank reads, bank writes, concatenation and their gradients are all this.
	 */
	void (*channels)(struct backend *, float *to, int to_channels, const float *from, int from_channels,
		const struct channel_range *, int count, size_t rows);

	/*
	 * A box of a strided array: y[i…] = beta y[i…] + x[offset + sum i_k stride_k] over `count` dims (gather), and the reverse
	 * (scatter: x[…] = beta x[…] + y[…]). Slices of shared weights and of the HyperNet's output. y is dense.
	 */
	void (*gather)(struct backend *, float *y, const float *x, const struct box *, float beta);
	void (*scatter)(struct backend *, float *x, const float *y, const struct box *, float beta);

	/*
	 * y = x / max(norm, epsilon), norm the Euclidean norm of all n elements, written to norm[1].
	 * dx = beta dx + (dy - y <y, dy>) / norm;  a norm below epsilon counts as constant: dx = beta dx + dy / epsilon.
	 */
	void (*normalize)(struct backend *, float *y, float *norm, const float *x, float epsilon, size_t n);
	void (*normalize_backward)(struct backend *, float *dx, const float *dy, const float *y, const float *norm, float epsilon,
		float beta, size_t n);

	/*
	 * Softmax cross-entropy. loss[n] of each example; wrong[n] 1 where the largest logit (the first of equals) is not the label.
	 * dlogits = beta dlogits + dloss[i] (softmax - onehot).
	 */
	void (*cross_entropy)(struct backend *, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes);
	void (*cross_entropy_backward)(struct backend *, float *dlogits, const float *dloss, const float *logits, const int32_t *label,
		int n, int classes, float beta);

	/* Optimisers, over n parameters; gradients are left as they are. */
	void (*adam)(struct backend *, float *w, float *m, float *v, const float *gradient, const struct adam *, size_t n);
	void (*sgd)(struct backend *, float *w, float *m, const float *gradient, const struct sgd *, size_t n);

	/* May be NULL. A convolution that will soon be asked for, and its gradients: makes what it needs. Called while the device computes, and the
	 * caller would only wait. */
	void (*foresee)(struct backend *, const struct conv *);

	/*
	 * Work that comes again unchanged; NULL where calls cost next to nothing. From capture to captured, calls of this table are noted and not run;
	 * memory stays as it is: no alloc, upload, download or sync. captured gives what was noted, or NULL: the calls have to be made again.
	 * replay runs it as those calls would, on what its memory then holds; false: it is stale and nothing ran, forget it. Before, the same calls
	 * must have been run, so that what they need is there.
	 */
	bool (*capture)(struct backend *);               /* false: nothing is noted */
	struct captured *(*captured)(struct backend *);
	bool (*replay)(struct backend *, struct captured *);
	void (*forget)(struct backend *, struct captured *);     /* may be NULL */

	/* GFLOP/s of a large matrix product, best of a few tries; what backend_matrix_peak returns. */
	double (*matrix_peak)(struct backend *);

	void (*close)(struct backend *);
};

/* An opened device. The implementation embeds this as its first member. One thread uses a backend at a time. */
struct backend {
	const struct kernels *k;
	char description[224];           /* for a person: "cpu, 2 threads, oneDNN 2.6.3" */
	enum precision precision;        /* PRECISION_FLOAT when opened; may be changed between passes */
	int threads;                     /* host threads the kernels use; 1 on a GPU */
	size_t bytes_allocated, bytes_peak;
	/* What the host has asked of a GPU: own kernels and copies; convolutions and products; what was captured, at once. 0 on the cpu. */
	long launches, library_calls, replays;
	double seconds_preparing;        /* in which calls waited for a plan that nobody had foreseen */
	bool failed;                     /* sticky; the reason is in `failure` */
	char failure[256];
};

/* Opens "cpu", "cuda" or "cuda:N", or with "auto" the first GPU if one works, else the cpu, whose description then says why. threads 0: all
 * processors of this process. NULL with err_last(). */
struct backend *backend_open(const char *device, int threads);
void backend_close(struct backend *);

/* What this program computes with, a line a device: "cpu   oneDNN 2.6.3". */
void backend_print_versions(FILE *);
static inline bool backend_ok(const struct backend *be) { return !be->failed; }

/* Measured on this machine: the rate of a large matrix product (2048^3) through the same library, GFLOP/s of all threads, best of a few
 * tries, about 0.3 s. The ceiling that achieved rates are compared with. */
double backend_matrix_peak(struct backend *);

#endif
