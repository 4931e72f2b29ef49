/*
 * check_device_run.c -- on a GPU: training gives the CPU's curves to within what another seed changes, in each precision; the same bits twice; what
 * runs again is replayed bit for bit; memory that cannot be had is one line, and what there was goes on. Given an argument: tells the device,
 * or why there is none, and ends with 77.
 *
 * The same source runs on the stand-in, where it is this program that is tested.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/lab/inference.h"
#include "src/lab/retrain.h"
#include "src/lab/setup.h"
#include "tests/tiny_run.h"

#ifndef CURVE_STEPS
enum { CURVE_STEPS = 120, SEEDS = 4 };
#endif
enum { FIRST_STEPS = 3 };

static char folder[256];

static void make_folder(void)
{
	tiny_make(folder);
}

static void remove_folder(void)
{
	tiny_remove(folder);
}

static struct trainer *open_trainer(const char *device, const char *precision, int seed, struct run **run)
{
	struct worker_options o;
	struct trainer *t = NULL;
	char name[64];

	snprintf(name, sizeof name, "%s-%s-%d", device, precision, seed);
	o = tiny_options(folder, name, CURVE_STEPS);
	o.seed = (uint64_t)seed;
	strcpy(o.device, device);
	strcpy(o.precision, precision);
	ck_assert_msg(setup_open(&o, run, &t) == 0, "%s", err_last());
	return t;
}

static void close_trainer(struct trainer *t, struct run *run)
{
	trainer_close(t);
	run_close(run);
}

struct losses {
	double first[FIRST_STEPS];
	double last;                     /* mean loss of the last quarter */
};

static struct losses losses_of(const char *device, const char *precision, int seed)
{
	struct step_report step;
	struct losses c = { 0 };
	struct stats last = { 0 };
	struct run *run = NULL;
	struct trainer *t = open_trainer(device, precision, seed, &run);

	for (int i = 0; i < CURVE_STEPS; i++) {
		ck_assert_msg(trainer_step(t, &step) == 0, "%s", err_last());
		if (i < FIRST_STEPS)
			c.first[i] = step.loss;
		if (i >= CURVE_STEPS * 3 / 4)
			stats_add(&last, step.loss);
	}
	c.last = last.mean;
	close_trainer(t, run);
	return c;
}

static const struct precision_case {
	const char *name;
	double first;                    /* how far the first losses may be from the CPU's */
} precision_cases[] = { { "float", 5e-4 }, { "tf32", 0.02 }, { "bf16", 0.05 } };

/* The same seed on both: their difference is less than that between seeds. */
START_TEST(curves_are_the_cpus_within_what_a_seed_changes)
{
	const struct precision_case *p = &precision_cases[_i];
	struct stats cpu_last = { 0 }, difference = { 0 };
	double noise;

	for (int seed = 1; seed <= SEEDS; seed++) {
		struct losses cpu = losses_of("cpu", "float", seed), gpu = losses_of("cuda", p->name, seed);

		for (int i = 0; i < FIRST_STEPS; i++)
			ck_assert_msg(fabs(gpu.first[i] - cpu.first[i]) <= p->first, "%s, seed %d, step %d: loss %.6f, %.6f on the cpu", p->name, seed,
				i + 1, gpu.first[i], cpu.first[i]);
		stats_add(&cpu_last, cpu.last);
		stats_add(&difference, gpu.last - cpu.last);
	}
	noise = 2 * stats_stderr(&cpu_last);
	ck_assert_msg(fabs(difference.mean) <= noise, "%s: the last losses differ by %.4f, two standard errors between seeds are %.4f", p->name,
		difference.mean, noise);
}
END_TEST

static float *parameters_of(int *count)
{
	struct run *run = NULL;
	struct step_report step;
	struct trainer *t = open_trainer("cuda", "float", 9, &run);
	float *values = malloc(t->params->size * sizeof(float));

	ck_assert_ptr_nonnull(values);
	for (int i = 0; i < FIRST_STEPS; i++)
		ck_assert_msg(trainer_step(t, &step) == 0, "%s", err_last());
	t->be->k->download(t->be, values, t->params->value, t->params->size * sizeof(float));
	*count = (int)t->params->size;
	close_trainer(t, run);
	tiny_remove(folder);
	tiny_make(folder);
	return values;
}

START_TEST(a_run_gives_the_same_bits_twice)
{
	int count;
	float *one = parameters_of(&count), *other = parameters_of(&count);

	ck_assert(memcmp(one, other, (size_t)count * sizeof(float)) == 0);
	free(one);
	free(other);
}
END_TEST

enum { CHUNK = 4, CHUNKS = 6, LITTLE = 8 };

/* The losses of CHUNKS chunks of validation images; `anew`: each is recorded anew. `asked`: calls for the last one. */
static void run_chunks(struct trainer *t, bool anew, float losses[CHUNKS][CHUNK], long *asked)
{
	const struct network_pass pass = { .batch_statistics = true };
	struct rng noise;

	rng_seed(&noise, 3, 0);
	ck_assert_int_eq(inference_generate(&t->inference, &t->validation_arch[0], &noise), 0);
	for (int i = 0; i < CHUNKS; i++) {
		int index[CHUNK];
		long before = t->be->launches + t->be->library_calls;

		for (int k = 0; k < CHUNK; k++)
			index[k] = i * CHUNK + k;
		if (anew)
			tape_reset(t->tape);
		ck_assert_msg(inference_run(&t->inference, &t->data->validation, index, CHUNK, pass) == 0, "%s", err_last());
		memcpy(losses[i], t->feed.host_result, CHUNK * sizeof(float));
		*asked = t->be->launches + t->be->library_calls - before;
	}
}

START_TEST(chunks_of_one_architecture_are_replayed_bit_for_bit)
{
	float replayed[CHUNKS][CHUNK], called[CHUNKS][CHUNK];
	struct run *run = NULL;
	struct trainer *t = open_trainer("cuda", "float", 1, &run);
	long little, much;

	run_chunks(t, false, replayed, &little);
	ck_assert_int_gt(t->be->replays, 0);
	run_chunks(t, true, called, &much);
	ck_assert(memcmp(replayed, called, sizeof called) == 0);
	ck_assert_msg(little <= LITTLE && much > 10 * little, "%ld calls for a chunk that is replayed, %ld for one that is not", little, much);
	close_trainer(t, run);
}
END_TEST

struct retrained {
	struct retrain_report report;
	long asked, replays;
};

/* A network with weights of its own; `anew`: each of its passes is recorded anew, as if another's had come between. */
static struct retrained retrained_of(const char *device, bool anew)
{
	struct experiment e = { .kind = EXPERIMENT_RETRAIN, .has_arch = true, .epochs = 2, .batch = 16, .learning_rate = 0.05, .seed = 5 };
	struct run *run = NULL;
	struct trainer *t = open_trainer(device, "float", 1 + anew, &run);
	struct retraining *r;
	struct retrained got;
	struct rng rng;
	int more;

	rng_seed(&rng, 2, 0);
	arch_sample(&e.arch, &t->layout.space, t->data->axes, 0, &rng);
	r = retraining_new(t, &e);
	ck_assert_msg(r != NULL, "%s", err_last());
	while ((more = retraining_advance(r)) == 1)
		if (anew)
			tape_reset(t->tape);
	ck_assert_msg(more == 0, "%s", err_last());
	got = (struct retrained){ retraining_report(r), t->be->launches + t->be->library_calls, t->be->replays };
	retraining_free(r);
	close_trainer(t, run);
	return got;
}

START_TEST(steps_of_one_network_are_replayed_bit_for_bit)
{
	struct retrained replayed = retrained_of("cuda", false), called = retrained_of("cuda", true), cpu = retrained_of("cpu", false);

	ck_assert_int_gt(replayed.replays, 0);
	ck_assert_int_eq(called.replays, 0);
	ck_assert_msg(replayed.asked < called.asked / 2, "%ld calls with replays, %ld without", replayed.asked, called.asked);
	ck_assert(replayed.report.train_loss == called.report.train_loss);
	ck_assert(replayed.report.test_loss == called.report.test_loss);
	ck_assert_msg(fabs(replayed.report.train_loss - cpu.report.train_loss) < 0.02, "loss %.5f, %.5f on the cpu", replayed.report.train_loss,
		cpu.report.train_loss);
}
END_TEST

START_TEST(memory_that_cannot_be_had_is_one_line_and_the_run_goes_on)
{
	struct run *run = NULL;
	struct step_report step;
	struct trainer *t = open_trainer("cuda", "float", 1, &run);

	ck_assert_int_eq(trainer_step(t, &step), 0);
	ck_assert_ptr_null(t->be->k->alloc(t->be, (size_t)1 << 50));
	ck_assert_msg(strstr(err_last(), "1125899906842624 bytes asked") && strstr(err_last(), "free") && !strchr(err_last(), '\n'), "%s", err_last());
	ck_assert_msg(trainer_step(t, &step) == 0, "%s", err_last());
	ck_assert(isfinite(step.loss));
	close_trainer(t, run);
}
END_TEST

static int tell_device(void)
{
	struct backend *be = backend_open("cuda", 1);

	puts(be ? be->description : err_last());
	if (be)
		backend_close(be);
	return be ? EXIT_SUCCESS : 77;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("device run");
	TCase *tc = tcase_create("run");
	SRunner *runner;
	int failed;

	(void)argv;
	if (argc > 1)
		return tell_device();
	tcase_set_timeout(tc, 3600);
	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_loop_test(tc, curves_are_the_cpus_within_what_a_seed_changes, 0, sizeof precision_cases / sizeof precision_cases[0]);
	tcase_add_test(tc, a_run_gives_the_same_bits_twice);
	tcase_add_test(tc, chunks_of_one_architecture_are_replayed_bit_for_bit);
	tcase_add_test(tc, steps_of_one_network_are_replayed_bit_for_bit);
	tcase_add_test(tc, memory_that_cannot_be_had_is_one_line_and_the_run_goes_on);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
