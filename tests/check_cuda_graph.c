/*
 * check_cuda_graph.c -- what runs again unchanged is captured and replayed on the GPU: on the stand-in (tests/cuda-standin) that gives the same bits
 * as calls do, in every order of streams and threads, asks next to nothing of the host, and falls back to calls where a capture is no longer
 * right or cannot be had.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/cuda-standin/launch.h"
#include "tests/cuda-standin/standin.h"
#include "tests/network_rig.h"

enum { SIDE = 8, IMAGES = 3, CALLED = 2, RUNS = 5, LITTLE = 8 };

/* A network that is recorded once, to be trained on whatever its images are. */
struct fixed {
	struct rig rig;
	struct arch arch;
	struct given given;
	struct recorded recorded;
	struct rng rng;
	float *loss, *gradient;          /* of its last run, on the host */
};

static void open_fixed(struct fixed *f)
{
	memset(f, 0, sizeof *f);
	rig_open_preset(&f->rig, "tiny", 2, SIDE);
	rng_seed(&f->rng, 5, 0);
	arch_sample(&f->arch, &f->rig.layout.space, 2, 0, &f->rng);
	f->given = given_random(&f->rig, &f->arch, IMAGES, &f->rng);
	f->recorded = record(&f->rig, &f->given, training_pass);
}

static void close_fixed(struct fixed *f)
{
	free(f->loss);
	free(f->gradient);
	free_given(&f->rig, &f->given);
	rig_close(&f->rig);
	ck_assert_int_eq(standin_blocks(), 0);
	ck_assert_int_eq(standin_errors(), 0);
}

/* Other images each time, the same ones for the same `run`. */
static void set_images(struct fixed *f, int run)
{
	float images[IMAGES * SIDE * SIDE * 3];
	struct rng rng;

	rng_seed(&rng, 11, (uint64_t)run);
	for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
		images[i] = (float)rng_normal(&rng);
	f->rig.be->k->upload(f->rig.be, f->given.images, images, sizeof images);
}

static void run_fixed(struct fixed *f, int run)
{
	set_images(f, run);
	params_zero_grad(f->rig.params);
	ck_assert_msg(tape_forward(f->rig.tape, true) == 0, "%s", err_last());
	free(f->loss);
	free(f->gradient);
	f->loss = on_host(&f->rig, f->recorded.losses->value, IMAGES);
	ck_assert_msg(tape_backward(f->rig.tape, f->recorded.losses, 1) == 0, "%s", err_last());
	f->gradient = on_host(&f->rig, f->rig.params->grad, f->rig.params->size);
}

/* What calls make of the images of `run`: on a network that is recorded anew. */
static void assert_as_by_calls(const struct fixed *f, int run, const char *what)
{
	struct fixed other;

	open_fixed(&other);
	run_fixed(&other, run);
	ck_assert_int_eq(other.rig.be->replays, 0);
	ck_assert_msg(memcmp(f->loss, other.loss, IMAGES * sizeof(float)) == 0, "%s, run %d: other losses than by calls", what, run);
	ck_assert_msg(memcmp(f->gradient, other.gradient, f->rig.params->size * sizeof(float)) == 0, "%s, run %d: other gradients", what, run);
	free(other.loss);
	free(other.gradient);
	free_given(&other.rig, &other.given);
	rig_close(&other.rig);
}

static const struct order_case {
	bool late;
	enum standin_order order;
} order_cases[] = { { false, STANDIN_FORWARD }, { true, STANDIN_FORWARD }, { false, STANDIN_BACKWARD }, { true, STANDIN_SHUFFLED } };

START_TEST(a_replay_gives_the_bits_of_calls_on_whatever_the_leaves_hold)
{
	struct fixed f;

	standin.late = order_cases[_i].late;
	standin_order(order_cases[_i].order);
	open_fixed(&f);
	for (int run = 0; run < RUNS; run++)
		run_fixed(&f, run);
	ck_assert_int_ge(f.rig.be->replays, 2 * (RUNS - CALLED) - 1);
	assert_as_by_calls(&f, RUNS - 1, "replayed");
	close_fixed(&f);
}
END_TEST

START_TEST(a_replay_asks_next_to_nothing_of_the_host)
{
	struct fixed f;
	struct backend *be;
	long called, before;

	open_fixed(&f);
	be = f.rig.be;
	before = be->launches + be->library_calls;
	run_fixed(&f, 0);
	called = be->launches + be->library_calls - before;
	for (int run = 1; run < RUNS; run++)
		run_fixed(&f, run);
	before = be->launches + be->library_calls;
	run_fixed(&f, RUNS);
	ck_assert_int_gt(called, 100);
	ck_assert_msg(be->launches + be->library_calls - before <= LITTLE, "%ld calls in a run that is replayed, %ld in one that is not",
		be->launches + be->library_calls - before, called);
	close_fixed(&f);
}
END_TEST

/* A larger network in between moves working memory, another precision asks other kernels. */
static void move_scratch(struct fixed *f)
{
	static const struct conv large = { .axes = 2, .n = 4, .c_in = 8, .c_out = 256, .groups = 1, .in = { 6, 6 }, .out = { 6, 6 }, .kernel = { 3, 3 },
		.stride = { 1, 1 }, .dilation = { 1, 1 }, .pad = { 1, 1 } };
	size_t x = 4 * 36 * 8, w = 256 * 8 * 9 * 8, y = 4 * 36 * 256;
	float *memory = zeros_on_device(&f->rig, x + w + y);

	f->rig.be->k->conv(f->rig.be, &large, memory + x + w, memory, memory + x, ACT_NONE, 0);
	f->rig.be->k->free(f->rig.be, memory);
}

static void other_precision(struct fixed *f)
{
	f->rig.be->precision = PRECISION_BF16;
	run_fixed(f, 0);
	f->rig.be->precision = PRECISION_FLOAT;
}

static const struct stale_case {
	const char *name;
	void (*change)(struct fixed *);
} stale_cases[] = { { "moved memory", move_scratch }, { "another precision", other_precision } };

START_TEST(what_a_capture_rests_on_may_change)
{
	struct fixed f;
	long replays;

	open_fixed(&f);
	for (int run = 0; run < RUNS; run++)
		run_fixed(&f, run);
	stale_cases[_i].change(&f);
	replays = f.rig.be->replays;
	run_fixed(&f, 1);
	ck_assert_msg(f.rig.be->replays == replays, "%s: a stale capture is replayed", stale_cases[_i].name);
	assert_as_by_calls(&f, 1, stale_cases[_i].name);
	for (int run = 0; run < RUNS; run++)
		run_fixed(&f, run);
	ck_assert_int_gt(f.rig.be->replays, replays);
	close_fixed(&f);
}
END_TEST

/* The first call of each kind after the two runs by calls is part of the capture: the instance, a kernel, a plan; of the runtime the second, after
 * its beginning. */
START_TEST(a_capture_that_fails_is_made_by_calls)
{
	struct fixed f;

	open_fixed(&f);
	run_fixed(&f, 0);
	set_images(&f, 1);
	params_zero_grad(f.rig.params);
	f.rig.be->k->sync(f.rig.be);
	standin.fail[_i] = _i == STANDIN_RUNTIME ? 2 : 1;
	ck_assert_msg(tape_forward(f.rig.tape, true) == 0, "%s", err_last());
	ck_assert_msg(backend_ok(f.rig.be), "%s", f.rig.be->failure);
	ck_assert_int_eq(standin.fail[_i], 0);
	ck_assert_int_eq(f.rig.be->replays, 0);
	ck_assert_int_eq(tape_backward(f.rig.tape, f.recorded.losses, 1), 0);
	run_fixed(&f, 1);
	assert_as_by_calls(&f, 1, "after a capture that failed");
	close_fixed(&f);
}
END_TEST

START_TEST(a_replay_that_fails_is_one_line_and_nothing_is_left)
{
	struct fixed f;

	open_fixed(&f);
	for (int run = 0; run < RUNS; run++)
		run_fixed(&f, run);
	standin.fail[STANDIN_LAUNCH] = 1;
	standin.lost = true;
	ck_assert_int_lt(tape_forward(f.rig.tape, true), 0);
	ck_assert_msg(strstr(err_last(), "cuda:0: replay: ") && !strchr(err_last(), '\n'), "%s", err_last());
	standin_recover();
	close_fixed(&f);
}
END_TEST

START_TEST(a_call_that_waits_ends_a_capture_and_harms_nothing)
{
	struct backend *be = backend_open("cuda", 1);
	float *x = be->k->alloc(be, 4 * sizeof *x), host[4];

	be->k->fill(be, x, 1, 4);
	ck_assert(be->k->capture(be));
	be->k->fill(be, x, 2, 4);
	be->k->download(be, host, x, sizeof host);
	ck_assert_ptr_null(be->k->alloc(be, 64));
	ck_assert_ptr_null(be->k->captured(be));
	ck_assert_msg(backend_ok(be), "%s", be->failure);
	be->k->download(be, host, x, sizeof host);
	ck_assert(host[0] == 1 && host[3] == 1);
	be->k->free(be, x);
	backend_close(be);
	ck_assert_int_eq(standin_errors(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cuda graph");
	TCase *tape = tcase_create("tape");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tape, a_replay_gives_the_bits_of_calls_on_whatever_the_leaves_hold, 0, sizeof order_cases / sizeof order_cases[0]);
	tcase_add_test(tape, a_replay_asks_next_to_nothing_of_the_host);
	tcase_add_loop_test(tape, what_a_capture_rests_on_may_change, 0, sizeof stale_cases / sizeof stale_cases[0]);
	tcase_add_loop_test(tape, a_capture_that_fails_is_made_by_calls, 0, STANDIN_CALLS);
	tcase_add_test(tape, a_replay_that_fails_is_one_line_and_nothing_is_left);
	tcase_add_test(tape, a_call_that_waits_ends_a_capture_and_harms_nothing);
	suite_add_tcase(suite, tape);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
