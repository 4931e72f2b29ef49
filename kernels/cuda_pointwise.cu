/* cuda_pointwise.cu -- elementwise functions and the optimisers. Each moves every byte once: nothing can be faster than the memory. */
#include "kernels/cuda_device.h"

#include <cmath>

/* One element or four at `i` of each function; what is in place is read before it is written. */
struct fill_value {
	float *y;
	float value;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> v;

		for (int k = 0; k < W; k++)
			v.at[k] = value;
		store<W>(y, i, v);
	}
};

struct scaled {
	float *y;
	const float *x;
	float a, beta;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> v = load<W>(x, i);

		for (int k = 0; k < W; k++)
			v.at[k] *= a;
		put<W>(y, i, v, beta);
	}
};

struct activated {
	float *y;
	const float *x;
	float slope;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> v = load<W>(x, i);

		for (int k = 0; k < W; k++)
			v.at[k] = activate(v.at[k], slope);
		store<W>(y, i, v);
	}
};

struct act_gradient {
	float *dx;
	const float *dy, *y;
	float slope, beta;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> v = load<W>(dy, i), result = load<W>(y, i);

		for (int k = 0; k < W; k++)
			v.at[k] *= active(result.at[k], slope);
		put<W>(dx, i, v, beta);
	}
};

/* w -= step m / (sqrt(v) / root + epsilon), with step = lr / (1 - beta1^t) and root = sqrt(1 - beta2^t) */
struct adam_step {
	float *w, *m, *v;
	const float *gradient;
	float beta1, beta2, epsilon, step, root;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> g = load<W>(gradient, i), weight = load<W>(w, i), first = load<W>(m, i), second = load<W>(v, i);

		for (int k = 0; k < W; k++) {
			first.at[k] = beta1 * first.at[k] + (1 - beta1) * g.at[k];
			second.at[k] = beta2 * second.at[k] + (1 - beta2) * g.at[k] * g.at[k];
			weight.at[k] -= step * first.at[k] / (sqrtf(second.at[k]) / root + epsilon);
		}
		store<W>(w, i, weight);
		store<W>(m, i, first);
		store<W>(v, i, second);
	}
};

struct sgd_step {
	float *w, *m;
	const float *gradient;
	float learning_rate, momentum, weight_decay;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> g = load<W>(gradient, i), weight = load<W>(w, i), moment = load<W>(m, i);

		for (int k = 0; k < W; k++) {
			float decayed = g.at[k] + weight_decay * weight.at[k];

			moment.at[k] = momentum * moment.at[k] + decayed;
			weight.at[k] -= learning_rate * (decayed + momentum * moment.at[k]);
		}
		store<W>(w, i, weight);
		store<W>(m, i, moment);
	}
};

/* All n elements of f, W at a time, then the last ones that are no vector. */
template <int W, class F> __global__ static void elements(F f, size_t n)
{
	for (size_t i = first_index(); i < n / W; i += index_step())
		f.template at<W>(i);
	if (W > 1 && first_index() < n % W)
		f.template at<1>(n / W * W + first_index());
}

template <class F> static void each_element(struct backend *be, const char *what, F f, size_t n, bool wide)
{
	struct cuda *cuda = cuda_of(be);
	auto kernel = wide ? elements<WIDE, F> : elements<1, F>;

	if (n > 0)
		LAUNCH(cuda, what, kernel, blocks_for(cuda, wide ? (n + WIDE - 1) / WIDE : n), THREADS, f, n);
}

void cuda_fill(struct backend *be, float *y, float value, size_t n)
{
	each_element(be, "fill", fill_value{ y, value }, n, aligned(y));
}

void cuda_axpby(struct backend *be, float *y, float a, const float *x, float beta, size_t n)
{
	each_element(be, "axpby", scaled{ y, x, a, beta }, n, aligned(y, x));
}

void cuda_act(struct backend *be, float *y, const float *x, float slope, size_t n)
{
	each_element(be, "act", activated{ y, x, slope }, n, aligned(y, x));
}

void cuda_act_backward(struct backend *be, float *dx, const float *dy, const float *y, float slope, float beta, size_t n)
{
	each_element(be, "act_backward", act_gradient{ dx, dy, y, slope, beta }, n, aligned(dx, dy, y));
}

void cuda_adam(struct backend *be, float *w, float *m, float *v, const float *gradient, const struct adam *a, size_t n)
{
	double step = (double)a->learning_rate / (1 - pow((double)a->beta1, (double)a->t));
	double root = sqrt(1 - pow((double)a->beta2, (double)a->t));

	each_element(be, "adam", adam_step{ w, m, v, gradient, a->beta1, a->beta2, a->epsilon, (float)step, (float)root }, n,
		aligned(w, m, v, gradient));
}

void cuda_sgd(struct backend *be, float *w, float *m, const float *gradient, const struct sgd *s, size_t n)
{
	each_element(be, "sgd", sgd_step{ w, m, gradient, s->learning_rate, s->momentum, s->weight_decay }, n, aligned(w, m, gradient));
}
