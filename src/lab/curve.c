/* curve.c -- filling the curve of a run: buckets of 2^k steps, and k grows when they are full. */
#include "src/lab/curve.h"

#include <math.h>

static const struct curve_bucket empty = {
	.train_min = NAN, .train_max = NAN, .train_mean = NAN, .train_error = NAN,
	.valid = NAN, .valid_stderr = NAN, .valid_error = NAN, .learning_rate = NAN,
};

void curve_init(struct curve *c)
{
	c->bucket_steps = 1;
	c->count = 0;
	for (int i = 0; i < CURVE_BUCKETS; i++)
		c->bucket[i] = empty;
}

/* The mean of na values of mean a and nb of mean b. */
static float pooled(float a, int na, float b, int nb)
{
	return na == 0 ? b : nb == 0 ? a : (float)(((double)a * na + (double)b * nb) / (na + nb));
}

/* fminf and fmaxf pass over a NAN */
static struct curve_bucket merged(const struct curve_bucket *a, const struct curve_bucket *b)
{
	const struct curve_bucket *valid = isnan(b->valid) ? a : b;

	return (struct curve_bucket){
		.train_min = fminf(a->train_min, b->train_min), .train_max = fmaxf(a->train_max, b->train_max),
		.train_mean = pooled(a->train_mean, a->steps, b->train_mean, b->steps),
		.train_error = pooled(a->train_error, a->steps, b->train_error, b->steps),
		.valid = valid->valid, .valid_stderr = valid->valid_stderr, .valid_error = valid->valid_error,
		.learning_rate = isnan(b->learning_rate) ? a->learning_rate : b->learning_rate,
		.steps = a->steps + b->steps,
	};
}

static void double_buckets(struct curve *c)
{
	for (int i = 0; i < CURVE_BUCKETS / 2; i++)
		c->bucket[i] = merged(&c->bucket[2 * i], &c->bucket[2 * i + 1]);
	for (int i = CURVE_BUCKETS / 2; i < CURVE_BUCKETS; i++)
		c->bucket[i] = empty;
	c->bucket_steps *= 2;
	c->count = (c->count + 1) / 2;
}

static struct curve_bucket *bucket_of(struct curve *c, int64_t step)
{
	while ((step - 1) / c->bucket_steps >= CURVE_BUCKETS)
		double_buckets(c);

	int i = (int)((step - 1) / c->bucket_steps);

	if (c->count <= i)
		c->count = i + 1;
	return &c->bucket[i];
}

void curve_add(struct curve *c, int64_t step, double loss, double error, double learning_rate)
{
	struct curve_bucket *b = bucket_of(c, step);

	if (!isfinite(loss))
		return;

	struct curve_bucket one = empty;

	one.train_min = one.train_max = one.train_mean = (float)loss;
	one.train_error = (float)error;
	one.learning_rate = (float)learning_rate;
	one.steps = 1;
	*b = merged(b, &one);
}

void curve_add_validation(struct curve *c, int64_t step, double loss, double loss_stderr, double error)
{
	struct curve_bucket *b = bucket_of(c, step);

	b->valid = (float)loss;
	b->valid_stderr = (float)loss_stderr;
	b->valid_error = (float)error;
}
