/* ref.h -- every kernel as its formula, slow, summed in double. What the fast ones are tested against. Contracts are those of kernels.h. */
#ifndef REF_H
#define REF_H

#include "kernels/kernels.h"

void ref_act(float *y, const float *x, float slope, size_t n);
void ref_act_backward(float *dx, const float *dy, const float *y, float slope, float beta, size_t n);
void ref_conv(const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
void ref_conv_backward_data(const struct conv *, float *dx, const float *dy, const float *w, float beta);
void ref_conv_backward_weights(const struct conv *, float *dw, const float *x, const float *dy, float beta);
void ref_linear(float *y, const float *x, const float *w, const float *b, int n, int in, int out);
void ref_linear_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w, int n, int in, int out,
	float beta_dx, float beta_dw, float beta_db);
void ref_pool(const struct pool *, float *y, const float *x);
void ref_pool_backward(const struct pool *, float *dx, const float *dy, float beta);
void ref_global_pool(float *y, const float *x, int n, int pixels, int c);
void ref_global_pool_backward(float *dx, const float *dy, int n, int pixels, int c, float beta);
void ref_batch_norm(float *y, float *mean, float *variance, const float *x, const float *gamma, const float *shift, float epsilon,
	float slope, bool batch_statistics, size_t rows, int c);
void ref_batch_norm_backward(float *dx, float *dgamma, float *dshift, const float *dy, const float *x, const float *y,
	const float *mean, const float *variance, const float *gamma, float epsilon, float slope, bool batch_statistics, size_t rows,
	int c, float beta_dx, float beta_dgamma, float beta_dshift);
void ref_channels(float *to, int to_channels, const float *from, int from_channels, const struct channel_range *, int count,
	size_t rows);
void ref_gather(float *y, const float *x, const struct box *, float beta);
void ref_scatter(float *x, const float *y, const struct box *, float beta);
void ref_normalize(float *y, float *norm, const float *x, float epsilon, size_t n);
void ref_normalize_backward(float *dx, const float *dy, const float *y, const float *norm, float epsilon, float beta, size_t n);
void ref_cross_entropy(float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes);
void ref_cross_entropy_backward(float *dlogits, const float *dloss, const float *logits, const int32_t *label, int n, int classes,
	float beta);
void ref_adam(float *w, float *m, float *v, const float *gradient, const struct adam *, size_t n);
void ref_sgd(float *w, float *m, const float *gradient, const struct sgd *, size_t n);

#endif
