/* params.c -- named parameters in slabs, their initial values, and the optimisers over a group. */
#include "src/nn/params.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { UNIT = 16 };                      /* floats: 64 bytes, what alloc gives a whole slab */

struct params *params_new(struct backend *be)
{
	struct params *ps = calloc(1, sizeof(*ps));

	if (ps)
		ps->be = be;
	else
		err_set("out of memory");
	return ps;
}

void params_free(struct params *ps)
{
	if (!ps)
		return;
	ps->be->k->free(ps->be, ps->value);
	ps->be->k->free(ps->be, ps->grad);
	ps->be->k->free(ps->be, ps->m);
	ps->be->k->free(ps->be, ps->v);
	free(ps->list);
	free(ps);
}

static bool group_continues(const struct params *ps, enum param_group group)
{
	if (ps->count && ps->list[ps->count - 1].group == group)
		return true;
	for (int i = 0; i < ps->count; i++)
		if (ps->list[i].group == group)
			return false;
	return true;
}

int params_add(struct params *ps, enum param_group group, enum param_init init, int fan_in, struct shape shape,
	const char *name_format, ...)
{
	struct param *p;
	va_list args;

	assert(!ps->value && group_continues(ps, group));
	if (ps->count % 64 == 0) {
		p = realloc(ps->list, (size_t)(ps->count + 64) * sizeof(*p));
		if (!p)
			return err_set("out of memory");
		ps->list = p;
	}
	p = &ps->list[ps->count];
	*p = (struct param){ .shape = shape, .group = group, .init = init, .fan_in = fan_in, .offset = ps->size };
	va_start(args, name_format);
	vsnprintf(p->name, sizeof(p->name), name_format, args);
	va_end(args);
	ps->size += (shape_count(&shape) + UNIT - 1) / UNIT * UNIT;
	return ps->count++;
}

/* --- initial values --- */

static double dot(const double *a, const double *b, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void remove_component(double *a, const double *unit, int n)
{
	double along = dot(a, unit, n);

	for (int i = 0; i < n; i++)
		a[i] -= along * unit[i];
}

/*
 * Rows of Gaussian numbers made orthonormal one after the other (Gram-Schmidt), which draws them uniformly from all such matrices.
 * Twice is enough: what rounding leaves after one round is gone after the second.
 */
static void orthonormal_rows(double *a, int rows, int n, struct rng *rng)
{
	for (int r = 0; r < rows; r++) {
		double *row = a + (size_t)r * (size_t)n, length;

		for (int i = 0; i < n; i++)
			row[i] = rng_normal(rng);
		for (int round = 0; round < 2; round++)
			for (int k = 0; k < r; k++)
				remove_component(row, a + (size_t)k * (size_t)n, n);
		length = sqrt(dot(row, row, n));
		for (int i = 0; i < n; i++)
			row[i] /= length;
	}
}

static int init_orthogonal(float *value, const struct shape *shape, struct rng *rng)
{
	int out = shape->dim[0], rest = (int)(shape_count(shape) / (size_t)out);
	int rows = out < rest ? out : rest, n = out < rest ? rest : out;
	double *a = malloc(sizeof(*a) * (size_t)rows * (size_t)n);

	if (!a)
		return err_set("out of memory");
	orthonormal_rows(a, rows, n, rng);
	for (int o = 0; o < out; o++)
		for (int i = 0; i < rest; i++)
			value[(size_t)o * (size_t)rest + (size_t)i] =
				(float)(out <= rest ? a[(size_t)o * (size_t)rest + (size_t)i] : a[(size_t)i * (size_t)out + (size_t)o]);
	free(a);
	return 0;
}

static double draw(enum param_init init, double scale, struct rng *rng)
{
	if (init == INIT_UNIFORM_FAN_IN)
		return (2 * rng_uniform(rng) - 1) * scale;
	if (init == INIT_HE)
		return rng_normal(rng) * sqrt(2) * scale;
	return init == INIT_ONE;
}

static int init_values(float *value, const struct param *p, struct rng *rng)
{
	size_t count = shape_count(&p->shape);
	double scale = 1 / sqrt(p->fan_in > 0 ? p->fan_in : 1);

	if (p->init == INIT_ORTHOGONAL)
		return init_orthogonal(value, &p->shape, rng);
	for (size_t i = 0; i < count; i++)
		value[i] = (float)draw(p->init, scale, rng);
	return 0;
}

int params_alloc(struct params *ps, struct rng *rng)
{
	struct backend *be = ps->be;
	size_t bytes = ps->size * sizeof(float);
	float **slabs[] = { &ps->value, &ps->grad, &ps->m, &ps->v };
	float *host = calloc(ps->size + 1, sizeof(*host));
	int rc = -1;

	if (!host)
		return err_set("out of memory for %zu parameters", ps->size);
	for (int i = 0; i < ps->count; i++)
		if (init_values(host + ps->list[i].offset, &ps->list[i], rng) < 0)
			goto out;
	for (size_t i = 0; i < sizeof(slabs) / sizeof(*slabs); i++) {
		*slabs[i] = be->k->alloc(be, bytes);
		if (!*slabs[i])
			goto out;                /* it has said why */
		be->k->fill(be, *slabs[i], 0, ps->size);
	}
	be->k->upload(be, ps->value, host, bytes);
	be->k->sync(be);
	rc = backend_ok(be) ? 0 : err_set("%s", be->failure);
out:
	free(host);
	return rc;
}

/* --- use --- */

int params_find(const struct params *ps, const char *name)
{
	for (int i = 0; i < ps->count; i++)
		if (!strcmp(ps->list[i].name, name))
			return i;
	return -1;
}

struct tensor *params_leaf(struct params *ps, struct tape *t, int index, bool wants_grad)
{
	const struct param *p = &ps->list[index];

	return tape_leaf(t, p->shape, ps->value + p->offset, wants_grad ? ps->grad + p->offset : NULL);
}

void params_zero_grad(struct params *ps)
{
	ps->be->k->fill(ps->be, ps->grad, 0, ps->size);
}

size_t params_count(const struct params *ps, enum param_group group)
{
	size_t count = 0;

	for (int i = 0; i < ps->count; i++)
		if (ps->list[i].group == group)
			count += shape_count(&ps->list[i].shape);
	return count;
}

/* A group's part of the slabs, padding included: the numbers between parameters are zero and stay so. */
struct part {
	size_t offset, count;
};

static struct part group_part(const struct params *ps, enum param_group group)
{
	struct part part = { 0 };

	for (int i = 0; i < ps->count; i++) {
		const struct param *p = &ps->list[i];
		size_t end = i + 1 < ps->count ? ps->list[i + 1].offset : ps->size;

		if (p->group != group)
			continue;
		if (!part.count)
			part.offset = p->offset;
		part.count = end - part.offset;
	}
	return part;
}

/* --- optimisers --- */

void params_adam(struct params *ps, enum param_group group, const struct adam *adam)
{
	struct part part = group_part(ps, group);
	size_t at = part.offset;

	if (part.count)
		ps->be->k->adam(ps->be, ps->value + at, ps->m + at, ps->v + at, ps->grad + at, adam, part.count);
}

static bool decays(const struct param *p)
{
	return p->shape.rank > 1;
}

/* One call for each run of parameters that all decay or all do not. */
void params_sgd(struct params *ps, enum param_group group, const struct sgd *sgd)
{
	for (int i = 0, end; i < ps->count; i = end) {
		const struct param *p = &ps->list[i];
		struct sgd options = *sgd;

		for (end = i + 1; end < ps->count && ps->list[end].group == p->group && decays(&ps->list[end]) == decays(p); )
			end++;
		if (p->group != group)
			continue;
		if (!decays(p))
			options.weight_decay = 0;
		ps->be->k->sgd(ps->be, ps->value + p->offset, ps->m + p->offset, ps->grad + p->offset, &options,
			(end < ps->count ? ps->list[end].offset : ps->size) - p->offset);
	}
}

double cosine_rate(double initial, int64_t step, int64_t steps)
{
	static const double pi = 3.14159265358979323846;

	return steps > 0 ? initial * 0.5 * (1 + cos(pi * (double)step / (double)steps)) : initial;
}
