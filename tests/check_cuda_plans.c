/*
 * check_cuda_plans.c -- the real cuDNN, asked without a device: every convolution that the presets' networks run has a plan on each of five GPUs
 * (tests/cuda-devices: descriptions typed from published figures), in each precision that the GPU has.
 *
 * The convolutions are those that random architectures really ask for, forward and backward, caught by a device that only counts: so many
 * different ones of each preset, in SMASHTOP_LONG all that 2,000 architectures have.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cuda_plan.h"
#include "src/base/err.h"
#include "tests/counting.h"
#include "tests/network_rig.h"
#include "tests/skip.h"

static const struct preset_case {
	const char *preset;
	int axes, side;
} preset_cases[] = { { "small", 2, 28 }, { "smash-v1", 2, 32 }, { "smash-v2", 2, 32 }, { "smash-v2", 3, 32 } };

static const struct device_case {
	const char *file;
	bool half;                       /* it computes with bfloat16 */
} device_cases[] = {
	{ "sm_75.json", false }, { "sm_80.json", true }, { "sm_86.json", true }, { "sm_89.json", true }, { "sm_90.json", true },
};

enum { PRESETS = sizeof preset_cases / sizeof preset_cases[0], DEVICES = sizeof device_cases / sizeof device_cases[0], BATCH = 50 };

/* Different keys, in the order in which they were met. */
struct keys {
	struct plan_key *list;
	int count, most;
};

static bool has(const struct keys *k, const struct plan_key *key)
{
	for (int i = k->count - 1; i >= 0; i--)
		if (memcmp(&k->list[i], key, sizeof *key) == 0)
			return true;
	return false;
}

static bool is_product(const struct conv *c)
{
	for (int i = 0; i < c->axes; i++)
		if (c->kernel[i] != 1 || c->stride[i] != 1)
			return false;
	return c->groups == 1;
}

static void catch_conv(void *context, const struct conv *c, enum counted_direction direction, float beta)
{
	static const enum plan_direction directions[] = { [COUNTED_CONV] = PLAN_CONV, [COUNTED_DATA] = PLAN_DATA, [COUNTED_WEIGHTS] = PLAN_WEIGHTS };
	struct keys *k = context;
	struct plan_key key = plan_key(c, directions[direction], PRECISION_FLOAT, direction == COUNTED_WEIGHTS ? 0 : beta, 16);

	if (is_product(c) || k->count == k->most || has(k, &key))
		return;
	k->list[k->count++] = key;
}

/* What training steps of random architectures ask for. */
static struct keys keys_of(const struct preset_case *p, int most, int architectures)
{
	struct keys keys = { .list = malloc((size_t)most * sizeof *keys.list), .most = most };
	struct arch_input input = { .channels = p->axes == 3 ? 1 : 3, .classes = 10 };
	struct counting counting;
	struct preset preset;
	struct rig rig;
	struct rng rng;

	ck_assert_ptr_nonnull(keys.list);
	counting_init(&counting);
	counting.conv = catch_conv;
	counting.context = &keys;
	for (int i = 0; i < p->axes; i++)
		input.side[i] = p->side;
	ck_assert_int_eq(preset_get(&preset, p->preset), 0);
	rig_open_on(&rig, &counting.be, &preset, &input, p->axes, 0);
	rng_seed(&rng, 7, 0);
	for (int i = 0; i < architectures && keys.count < most; i++) {
		struct recorded r;
		struct given g;
		struct arch arch;

		arch_sample(&arch, &rig.layout.space, p->axes, 0, &rng);
		g = given_random(&rig, &arch, BATCH, &rng);
		r = record(&rig, &g, training_pass);
		ck_assert_int_eq(tape_backward(rig.tape, r.losses, 1), 0);
	}
	rig_close(&rig);
	return keys;
}

static cudnnBackendDescriptor_t describe_device(const struct cuda_library *library, const char *file)
{
	char path[512], json[4096];
	const char *source = getenv("SMASHTOP_SOURCE");
	cudnnBackendDescriptor_t device = NULL;
	size_t length;
	FILE *f;

	snprintf(path, sizeof path, "%s/tests/cuda-devices/%s", source ? source : ".", file);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	length = fread(json, 1, sizeof json, f);
	fclose(f);
	ck_assert_int_eq(library->cudnnBackendCreateDescriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &device), CUDNN_STATUS_SUCCESS);
	ck_assert_int_eq(library->cudnnBackendSetAttribute(device, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, (int64_t)length, json),
		CUDNN_STATUS_SUCCESS);
	ck_assert_int_eq(library->cudnnBackendFinalize(device), CUDNN_STATUS_SUCCESS);
	return device;
}

static void assert_plan(struct plans *plans, const struct plan_target *target, const struct plan_key *key, const char *device)
{
	static const char *const directions[] = { "forward", "backward data", "backward weights" };
	const struct conv *c = &key->conv;
	struct plan plan;
	char why[512] = "";

	if (plans_find(plans, key))
		return;
	plan_make(&plan, target, key, -1, why, sizeof why);
	ck_abort_msg("%s has no plan %s, precision %d, for %d axes, n %d, %d to %d channels, %d groups, side %d, kernel %dx%d, dilation %dx%d, beta %d: %s",
		device, directions[key->direction], key->precision, c->axes, c->n, c->c_in, c->c_out, c->groups, c->in[0], c->kernel[0], c->kernel[1],
		c->dilation[0], c->dilation[1], key->beta, why);
}

START_TEST(every_convolution_of_the_presets_has_a_plan)
{
	const struct device_case *d = &device_cases[_i / PRESETS];
	const struct cuda_library *library = cuda_library();
	struct plan_target target = { .library = library, .device = describe_device(library, d->file) };
	struct keys keys = keys_of(&preset_cases[_i % PRESETS], getenv("SMASHTOP_LONG") ? 100000 : 400, 2000);
	struct plans *plans = plans_new(&target);
	struct plans_count count;

	ck_assert_int_gt(keys.count, 50);
	for (int precision = PRECISION_FLOAT; precision <= PRECISION_BF16; precision++)
		for (int i = 0; i < keys.count && (precision != PRECISION_BF16 || d->half); i++) {
			keys.list[i].precision = precision;
			keys.list[i].beta = precision == PRECISION_BF16 ? 0 : keys.list[i].beta;
			assert_plan(plans, &target, &keys.list[i], d->file);
		}
	count = plans_count(plans);
	ck_assert_int_eq(count.without, 0);
	ck_assert_int_gt(count.made, keys.count);
	if (getenv("SMASHTOP_LONG"))
		printf("# %s %s %dd: %d shapes, %.2f ms a plan\n", d->file, preset_cases[_i % PRESETS].preset, preset_cases[_i % PRESETS].axes,
			keys.count, 1e3 * count.seconds / (double)count.made);
	plans_free(plans);
	library->cudnnBackendDestroyDescriptor(target.device);
	free(keys.list);
}
END_TEST

/* An engine that is known is taken without asking the heuristics; one that does not take the shape is passed over. */
START_TEST(a_known_engine_serves_and_an_impossible_one_does_no_harm)
{
	const struct conv c = { .axes = 2, .n = 8, .c_in = 16, .c_out = 24, .groups = 2, .in = { 16, 16 }, .out = { 16, 16 }, .kernel = { 3, 5 },
		.stride = { 1, 1 }, .dilation = { 2, 1 }, .pad = { 2, 2 } };
	const struct cuda_library *library = cuda_library();
	struct plan_target target = { .library = library, .device = describe_device(library, "sm_80.json") };
	struct plan_key key = plan_key(&c, PLAN_CONV, PRECISION_FLOAT, 0, 16);
	struct plan asked, known, impossible;

	ck_assert(plan_make(&asked, &target, &key, -1, NULL, 0));
	ck_assert(plan_make(&known, &target, &key, asked.engine, NULL, 0));
	ck_assert_int_eq(known.engine, asked.engine);
	ck_assert(plan_make(&impossible, &target, &key, 99999, NULL, 0));
	ck_assert_int_eq(impossible.engine, asked.engine);
	plan_drop(&asked, library);
	plan_drop(&known, library);
	plan_drop(&impossible, library);
	library->cudnnBackendDestroyDescriptor(target.device);
}
END_TEST

/* The engine of a plan says of itself that it does what the precision forbids. */
static bool breaks_rules(const struct cuda_library *library, const struct plan *plan, int precision)
{
	int notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
	cudnnBackendDescriptor_t config = plan->part[plan->parts - 2], engine;
	int64_t count = 0;
	bool breaks = false;

	ck_assert_int_eq(library->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine), CUDNN_STATUS_SUCCESS);
	ck_assert_int_eq(library->cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine),
		CUDNN_STATUS_SUCCESS);
	ck_assert_int_eq(library->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
		CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes), CUDNN_STATUS_SUCCESS);
	for (int64_t i = 0; i < count; i++)
		breaks |= notes[i] == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC || notes[i] == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS ||
			(precision == PRECISION_FLOAT && notes[i] == CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
	library->cudnnBackendDestroyDescriptor(engine);
	return breaks;
}

/* Kinds of shapes share places where an engine is remembered: the number may be one that is right for another direction or precision only. */
START_TEST(a_known_engine_that_the_precision_forbids_is_passed_over)
{
	enum { NUMBERS = 40 };
	const struct conv c = { .axes = 2, .n = 8, .c_in = 16, .c_out = 32, .groups = 1, .in = { 16, 16 }, .out = { 16, 16 }, .kernel = { 3, 3 },
		.stride = { 1, 1 }, .dilation = { 1, 1 }, .pad = { 1, 1 } };
	const struct cuda_library *library = cuda_library();
	struct plan_target target = { .library = library, .device = describe_device(library, "sm_80.json") };
	enum plan_direction direction = (enum plan_direction)(_i / PRECISIONS);
	struct plan_key key = plan_key(&c, direction, (enum precision)(_i % PRECISIONS), 0, 16);
	int taken = 0;

	for (int number = 0; number < NUMBERS; number++) {
		struct plan plan;

		ck_assert(plan_make(&plan, &target, &key, number, NULL, 0));
		ck_assert_msg(!breaks_rules(library, &plan, key.precision), "direction %d, precision %d: engine %lld", direction, key.precision,
			(long long)plan.engine);
		taken += plan.engine == number;
		plan_drop(&plan, library);
	}
	ck_assert_int_gt(taken, 0);
	ck_assert_int_lt(taken, NUMBERS);
	library->cudnnBackendDestroyDescriptor(target.device);
}
END_TEST

/* A shape that nothing takes: no plan and a reason, not a crash. */
START_TEST(an_impossible_convolution_has_no_plan_and_says_why)
{
	const struct conv c = { .axes = 2, .n = 8, .c_in = 16, .c_out = 24, .groups = 1, .in = { 16, 16 }, .out = { 99, 16 }, .kernel = { 3, 3 },
		.stride = { 1, 1 }, .dilation = { 1, 1 }, .pad = { 1, 1 } };
	const struct cuda_library *library = cuda_library();
	struct plan_target target = { .library = library, .device = describe_device(library, "sm_80.json") };
	struct plan_key key = plan_key(&c, PLAN_CONV, PRECISION_FLOAT, 0, 16);
	struct plan plan;
	char why[512] = "";

	ck_assert(!plan_make(&plan, &target, &key, -1, why, sizeof why));
	ck_assert_ptr_null(plan.run);
	ck_assert_int_gt(strlen(why), 0);
	library->cudnnBackendDestroyDescriptor(target.device);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cuda plans");
	bool possible = cuda_library() != NULL;
	TCase *tc = tcase_create("plans");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 600);
	TCASE_ADD_OR_SKIP(tc, a_known_engine_serves_and_an_impossible_one_does_no_harm, possible, "cuDNN is not installed");
	TCASE_ADD_OR_SKIP(tc, an_impossible_convolution_has_no_plan_and_says_why, possible, "cuDNN is not installed");
	if (possible)
		tcase_add_loop_test(tc, a_known_engine_that_the_precision_forbids_is_passed_over, 0, PLAN_DIRECTIONS * PRECISIONS);
	if (possible)
		tcase_add_loop_test(tc, every_convolution_of_the_presets_has_a_plan, 0, DEVICES * PRESETS);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
