/* golden.c -- see golden.h. */
#include "tests/golden.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

/* The same integers as formula() in golden.py. */
struct formula {
	uint32_t seed;
};

static struct formula formula(const char *prefix, const char *name)
{
	struct formula f = { 2166136261u };

	for (; *prefix; prefix++)
		f.seed = (f.seed ^ (uint8_t)*prefix) * 16777619u;
	for (; *name; name++)
		f.seed = (f.seed ^ (uint8_t)*name) * 16777619u;
	return f;
}

static double formula_at(struct formula f, size_t i)
{
	uint32_t h = (uint32_t)i * 0x9E3779B1u + f.seed;

	h ^= h >> 16;
	h *= 0x85EBCA6Bu;
	h ^= h >> 13;
	h *= 0xC2B2AE35u;
	h ^= h >> 16;
	return (h + 0.5) / 2147483648.0 - 1;
}

json_t *golden_read(const char *prefix, const char *name)
{
	char path[1024];
	const char *source = getenv("SMASHTOP_SOURCE");
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof(path), "%s/tests/reference/%s-%s.json", source ? source : ".", prefix, name);
	json = json_load_file(path, 0, &error);
	ck_assert_msg(json != NULL, "%s: %s", path, error.text);
	return json;
}

void golden_preset(const json_t *json, struct preset *preset)
{
	size_t i;
	json_t *assignment;

	ck_assert_int_eq(preset_get(preset, "small"), 0);
	json_array_foreach(json_object_get(json, "set"), i, assignment)
		ck_assert_msg(preset_set(preset, json_string_value(assignment)) == 0, "%s", err_last());
	ck_assert_msg(preset_validate(preset) == 0, "%s", err_last());
}

struct shape golden_input(const json_t *json, struct arch_input *input)
{
	const json_t *images = json_object_get(json, "images");
	struct shape shape = { .rank = (int)json_array_size(images) };

	for (int i = 0; i < shape.rank; i++)
		shape.dim[i] = (int)json_integer_value(json_array_get(images, i));
	*input = (struct arch_input){ .channels = shape_channels(&shape), .classes = (int)json_integer_value(json_object_get(json, "classes")) };
	for (int a = 0; a < shape.rank - 2; a++)
		input->side[a] = shape.dim[a + 1];
	return shape;
}

float *golden_device(struct backend *be, const char *name, const struct shape *shape, double scale)
{
	size_t count = shape_count(shape);
	float *host = malloc(count * sizeof(float)), *device = be->k->alloc(be, count * sizeof(float));

	ck_assert_ptr_nonnull(device);
	for (size_t i = 0; i < count; i++)
		host[i] = (float)(scale * formula_at(formula("", name), i));
	be->k->upload(be, device, host, count * sizeof(float));
	be->k->sync(be);
	free(host);
	return device;
}

static void set_parameter(struct params *ps, const struct param *param)
{
	size_t count = shape_count(&param->shape), fan_in = count / param->shape.dim[0];
	float *host = malloc(count * sizeof(float));
	bool scale_of_norm = strstr(param->name, "norm") && strstr(param->name, ".weight");

	for (size_t i = 0; i < count; i++) {
		double v = formula_at(formula("", param->name), i);

		host[i] = (float)(param->shape.rank > 1 ? v * sqrt(3.0 / fan_in) : scale_of_norm + 0.3 * v);
	}
	ps->be->k->upload(ps->be, ps->value + param->offset, host, count * sizeof(float));
	ps->be->k->sync(ps->be);
	free(host);
}

void golden_set_parameters(struct params *ps)
{
	for (int i = 0; i < ps->count; i++)
		set_parameter(ps, &ps->list[i]);
}

void golden_compare_names(const json_t *parameters, const struct params *ps)
{
	const char *name;
	json_t *parameter;

	ck_assert_uint_eq(json_object_size(parameters), ps->count);
	json_object_foreach((json_t *)parameters, name, parameter) {
		int at = params_find(ps, name);
		json_t *shape = json_object_get(parameter, "shape");

		ck_assert_msg(at >= 0, "no parameter %s", name);
		ck_assert_int_eq(ps->list[at].shape.rank, (int)json_array_size(shape));
		for (int d = 0; d < ps->list[at].shape.rank; d++)
			ck_assert_int_eq(ps->list[at].shape.dim[d], json_integer_value(json_array_get(shape, d)));
	}
}

void golden_compare_list(struct backend *be, const char *what, const struct tensor *t, const json_t *expected)
{
	size_t count = shape_count(&t->shape);
	float *got = malloc(count * sizeof(float));

	be->k->download(be, got, t->value, count * sizeof(float));
	ck_assert_uint_eq(json_array_size(expected), count);
	for (size_t i = 0; i < count; i++) {
		double want = json_number_value(json_array_get(expected, i));

		ck_assert_msg(fabs(got[i] - want) <= golden_tolerance * (1 + fabs(want)), "%s %zu: %.7g, PyTorch %.7g", what, i, got[i], want);
	}
	free(got);
}

void golden_compare_digest(const char *what, const char *name, const float *got, size_t count, const json_t *digest, double tolerance)
{
	struct formula f = formula("sum of ", name);
	double sum = 0, norm = json_number_value(json_object_get(digest, "norm"));
	size_t i;
	json_t *element;

	for (size_t k = 0; k < count; k++)
		sum += got[k] * formula_at(f, k);
	double want = json_number_value(json_object_get(digest, "sum")), bound = tolerance * norm + 1e-12;
	double got_norm = 0;

	for (size_t k = 0; k < count; k++)
		got_norm += (double)got[k] * got[k];
	got_norm = sqrt(got_norm);

	if (getenv("GOLDEN_ERRORS"))
		fprintf(stderr, "%-32s %-8s norm %.2e  sum %.2e\n", name, what, fabs(got_norm - norm) / (norm + 1e-12), fabs(sum - want) / (norm + 1e-12));
	ck_assert_msg(fabs(got_norm - norm) <= bound, "%s of %s: norm %.8g, PyTorch %.8g", what, name, got_norm, norm);
	ck_assert_msg(fabs(sum - want) <= bound, "%s of %s: sum %.8g, PyTorch %.8g", what, name, sum, want);
	json_array_foreach(json_object_get(digest, "elements"), i, element) {
		size_t at = (size_t)json_integer_value(json_array_get(element, 0));

		want = json_number_value(json_array_get(element, 1));
		ck_assert_msg(fabs(got[at] - want) <= bound, "%s of %s, element %zu: %.8g, PyTorch %.8g", what, name, at, got[at], want);
	}
}
