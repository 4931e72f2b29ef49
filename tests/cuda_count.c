/*
 * cuda_count.c -- what training steps of the presets ask of a GPU, counted: the backend runs on the stand-in, which computes nothing here. Own kernels
 * and copies, calls of cuDNN and cuBLAS, operations, bytes; and how long an H100 SXM takes for each at least, by its published rates. Then, which
 * own kernels are launched most. Not a test:
 *
 *     make tests/cuda_count && SMASHTOP_SOURCE=… tests/cuda_count [ARCHITECTURES]
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/cuda-standin/standin.h"
#include "tests/network_rig.h"

/* Operations and bytes a second (dense; NVIDIA's data sheet); what a launch costs the host is of the usual size, 2.5 microseconds. */
static const double rate_float = 67e12, rate_tf32 = 495e12, rate_bf16 = 989e12, rate_bytes = 3.35e12, launch_seconds = 2.5e-6;

static const struct count_case {
	const char *preset;
	int side, batch;
} cases[] = { { "small", 28, 50 }, { "small", 28, 256 }, { "smash-v1", 32, 50 }, { "smash-v1", 32, 256 }, { "smash-v2", 32, 50 }, { "smash-v2", 32, 256 } };

struct counts {
	double launches, library, flops, bytes, slab;
};

static void step(struct rig *rig, const struct arch *arch, int batch, struct rng *rng, struct counts *c)
{
	const struct adam adam = { .learning_rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .t = 1 };
	struct given g = given_random(rig, arch, batch, rng);
	long launches = rig->be->launches, library = rig->be->library_calls;
	struct tape_cost cost;
	struct recorded r;

	params_zero_grad(rig->params);
	r = record(rig, &g, training_pass);
	ck_assert_msg(tape_backward(rig->tape, r.losses, 1) == 0, "%s", err_last());
	for (enum param_group group = 0; group < PARAM_GROUPS; group++)
		params_adam(rig->params, group, &adam);
	c->launches += (double)(rig->be->launches - launches);
	c->library += (double)(rig->be->library_calls - library);
	cost = tape_cost(rig->tape);
	c->flops += cost.flops + cost.flops_backward;
	/* Adam reads weight, gradient and two moments and writes three of them; the gradient is zeroed before. */
	c->bytes += cost.bytes + cost.bytes_backward + 8.0 * sizeof(float) * (double)rig->params->size;
	c->slab = (double)tape_slab_bytes(rig->tape);
	free_given(rig, &g);
}

static struct counts count(const struct count_case *k, int architectures)
{
	struct counts c = { 0 };
	struct rig rig;
	struct rng sampler, images;

	rig_open_preset(&rig, k->preset, 2, k->side);
	rng_seed(&sampler, 7, 0);
	rng_seed(&images, 7, 1);
	for (int i = 0; i < architectures; i++) {
		struct arch arch;

		arch_sample(&arch, &rig.layout.space, 2, 0, &sampler);
		step(&rig, &arch, k->batch, &images, &c);
	}
	rig_close(&rig);
	c.launches /= architectures;
	c.library /= architectures;
	c.flops /= architectures;
	c.bytes /= architectures;
	return c;
}

static int more_launches(const void *a, const void *b)
{
	const struct standin_name *x = a, *y = b;

	return (x->launches < y->launches) - (x->launches > y->launches);
}

static void print_names(const char *preset, int architectures)
{
	struct standin_name *n = standin_count.name;

	qsort(n, STANDIN_NAMES, sizeof *n, more_launches);
	printf("%s, a step:", preset);
	for (int i = 0; i < STANDIN_NAMES && n[i].launches > architectures; i++)
		printf(" %s %.0f", n[i].name, (double)n[i].launches / architectures);
	putchar('\n');
	memset(n, 0, sizeof standin_count.name);
}

static int architectures = 8;

/* A test to Check: the rig asserts. */
START_TEST(print_counts)
{
	struct counts c = count(&cases[_i], architectures);

	printf("%-9s %5d %8.0f %8.0f %9.1f %8.2f %8.2f | %13s %7.2f %7.2f %7.2f %7.2f %7.2f\n", cases[_i].preset, cases[_i].batch, c.launches,
		c.library, c.flops * 1e-9, c.bytes * 1e-9, c.slab * 1e-9, "", 1e3 * launch_seconds * (c.launches + c.library),
		1e3 * c.flops / rate_float, 1e3 * c.flops / rate_tf32, 1e3 * c.flops / rate_bf16, 1e3 * c.bytes / rate_bytes);
	if (_i % 2)
		print_names(cases[_i].preset, 2 * architectures);
	fflush(stdout);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("counts");
	TCase *tc = tcase_create("counts");
	SRunner *runner = srunner_create(suite);
	int failed;

	if (argc > 1)
		architectures = atoi(argv[1]);
	if (architectures < 1) {
		fprintf(stderr, "%s [ARCHITECTURES]: 1 or more\n", argv[0]);
		return EXIT_FAILURE;
	}
	standin.idle = true;
	standin.memory = (size_t)80 << 30;
	printf("%-9s %5s %8s %8s %9s %8s %8s | at least, ms: %7s %7s %7s %7s %7s\n", "preset", "batch", "launches", "library", "GFLOP", "GB", "slab GB",
		"launch", "float", "tf32", "bf16", "bytes");
	tcase_add_loop_test(tc, print_counts, 0, sizeof cases / sizeof cases[0]);
	suite_add_tcase(suite, tc);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_MINIMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
