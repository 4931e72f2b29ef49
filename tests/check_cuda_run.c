/*
 * check_cuda_run.c -- whole runs on a GPU that is none (tests/cuda-standin): the same as on the CPU, whatever the order in which streams and threads
 * take their turns; and whatever call fails, one line says so, nothing is left over and the run is as good as before.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/score.h"
#include "src/lab/setup.h"
#include "tests/cuda-standin/launch.h"
#include "tests/cuda-standin/standin.h"
#include "tests/tiny_run.h"

enum { STEPS = 3 };

static char folder[256];

static void make_folder(void)
{
	tiny_make(folder);
}

static void remove_folder(void)
{
	tiny_remove(folder);
}

struct session {
	struct run *run;
	struct trainer *t;
};

static struct worker_options options_of(const char *name, const char *device)
{
	struct worker_options o = tiny_options(folder, name, STEPS);

	strcpy(o.device, device);
	return o;
}

static int open_run(struct session *s, const char *name, const char *device, bool create)
{
	struct worker_options o = options_of(name, device);

	o.create = create;
	return setup_open(&o, &s->run, &s->t);
}

static void close_run(struct session *s)
{
	trainer_close(s->t);
	run_close(s->run);
}

/* What a short run on a device comes to. */
struct outcome {
	double loss[STEPS], validation;
	struct score score;
	size_t count;
	float *parameters;               /* malloc'ed */
};

static struct score score_one(struct trainer *t)
{
	struct scorer *scorer = scorer_new(t);
	struct score score;
	int more;

	ck_assert_msg(scorer != NULL, "%s", err_last());
	scorer_begin(scorer, &t->validation_arch[0], 0);
	while ((more = scorer_advance(scorer)) > 0)
		;
	ck_assert_msg(more == 0, "%s", err_last());
	score = scorer_score(scorer);
	scorer_free(scorer);
	return score;
}

static struct outcome outcome_of(const char *name, const char *device)
{
	struct validation_report validation;
	struct step_report step;
	struct session s = { 0 };
	struct outcome o;

	ck_assert_msg(open_run(&s, name, device, true) == 0, "%s", err_last());
	for (int i = 0; i < STEPS; i++) {
		ck_assert_msg(trainer_step(s.t, &step) == 0, "%s", err_last());
		o.loss[i] = step.loss;
	}
	ck_assert_msg(trainer_validate(s.t, &validation) == 0, "%s", err_last());
	o.validation = validation.loss;
	o.score = score_one(s.t);
	o.count = s.t->params->size;
	o.parameters = malloc(o.count * sizeof(float));
	ck_assert_ptr_nonnull(o.parameters);
	s.t->be->k->download(s.t->be, o.parameters, s.t->params->value, o.count * sizeof(float));
	ck_assert_msg(trainer_save(s.t) == 0, "%s", err_last());
	close_run(&s);
	return o;
}

static void assert_near(double a, double b, const char *what)
{
	ck_assert_msg(fabs(a - b) <= 2e-4 * fmax(1, fabs(b)), "%s: %.9g on the stand-in, %.9g on the cpu", what, a, b);
}

static void assert_nothing_left(const char *after)
{
	ck_assert_msg(standin_blocks() == 0, "%s: %d blocks of device memory are left", after, standin_blocks());
	ck_assert_msg(standin_errors() == 0, "%s: %d errors on the stand-in", after, standin_errors());
}

START_TEST(training_and_scoring_agree_with_the_cpu)
{
	struct outcome gpu = outcome_of("gpu", "cuda"), cpu = outcome_of("cpu", "cpu");

	for (int i = 0; i < STEPS; i++)
		assert_near(gpu.loss[i], cpu.loss[i], "the loss of a step");
	assert_near(gpu.validation, cpu.validation, "the loss of a validation");
	assert_near(gpu.score.loss, cpu.score.loss, "a score");
	ck_assert_int_eq(gpu.score.images, cpu.score.images);
	ck_assert_int_gt(standin_count.call[STANDIN_LAUNCH], 100);
	ck_assert_int_gt(standin_count.call[STANDIN_LIBRARY], 100);
	assert_nothing_left("a run");
	free(gpu.parameters);
	free(cpu.parameters);
}
END_TEST

/* Late streams run nothing before somebody waits: memory that is used again too early shows. */
START_TEST(the_order_of_streams_and_threads_changes_no_bit)
{
	static const struct {
		bool late;
		enum standin_order order;
	} cases[] = { { true, STANDIN_FORWARD }, { false, STANDIN_BACKWARD }, { true, STANDIN_SHUFFLED } };
	struct outcome first = outcome_of("first", "cuda"), other;
	char name[16];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		standin.late = cases[i].late;
		standin_order(cases[i].order);
		snprintf(name, sizeof name, "order%zu", i);
		other = outcome_of(name, "cuda");
		ck_assert_mem_eq(other.parameters, first.parameters, first.count * sizeof(float));
		ck_assert(other.score.loss == first.score.loss);
		free(other.parameters);
	}
	assert_nothing_left("runs in several orders");
	free(first.parameters);
}
END_TEST

START_TEST(where_cudnn_has_no_plan_own_kernels_agree)
{
	struct outcome with = outcome_of("with", "cuda"), without;

	standin.no_plans = true;
	without = outcome_of("without", "cuda");
	for (int i = 0; i < STEPS; i++)
		assert_near(without.loss[i], with.loss[i], "the loss of a step without plans");
	assert_near(without.score.loss, with.score.loss, "a score without plans");
	free(with.parameters);
	free(without.parameters);
}
END_TEST

/* Coarser products: the loss of a few steps stays where it was to within what rounding to 7 bits does. */
START_TEST(bfloat16_products_stay_near)
{
	struct outcome exact = outcome_of("exact", "cpu");
	struct worker_options o = options_of("half", "cuda");
	struct session s = { 0 };
	struct step_report step;

	strcpy(o.precision, "bf16");
	ck_assert_msg(setup_open(&o, &s.run, &s.t) == 0, "%s", err_last());
	for (int i = 0; i < STEPS; i++) {
		ck_assert_msg(trainer_step(s.t, &step) == 0, "%s", err_last());
		ck_assert_msg(fabs(step.loss - exact.loss[i]) < 0.02, "step %d: %g, %g in float", i, step.loss, exact.loss[i]);
		ck_assert(step.loss != exact.loss[i]);
	}
	close_run(&s);
	free(exact.parameters);
}
END_TEST

START_TEST(after_the_first_step_none_waits_for_a_plan)
{
	struct session s = { 0 };
	struct step_report step;
	double first;

	ck_assert_msg(open_run(&s, "run", "cuda", true) == 0, "%s", err_last());
	ck_assert_int_eq(trainer_step(s.t, &step), 0);
	first = s.t->be->seconds_preparing;
	ck_assert(first > 0);
	for (int i = 1; i < STEPS; i++)
		ck_assert_int_eq(trainer_step(s.t, &step), 0);
	ck_assert_msg(s.t->be->seconds_preparing == first, "%g s of waiting in the first step, then %g more", first,
		s.t->be->seconds_preparing - first);
	close_run(&s);
}
END_TEST

/* --- failures --- */

/* A run that has a step and a checkpoint, on a sound device. */
static void make_run(const char *name)
{
	struct session s = { 0 };
	struct step_report step;

	ck_assert_msg(open_run(&s, name, "cuda", true) == 0, "%s", err_last());
	ck_assert_int_eq(trainer_step(s.t, &step), 0);
	ck_assert_int_eq(trainer_save(s.t), 0);
	close_run(&s);
}

/* Opens it, does a step and saves: 0, or -1 where a call failed on the way. */
static int go_on(const char *name)
{
	struct session s = { 0 };
	struct step_report step;
	int rc = open_run(&s, name, "cuda", false);

	if (rc == 0)
		rc = trainer_step(s.t, &step);
	if (rc == 0)
		rc = trainer_save(s.t);
	close_run(&s);
	return rc;
}

static void assert_one_line(const char *what)
{
	const char *text = err_last();

	ck_assert_msg(strlen(text) > 15 && !strchr(text, '\n'), "%s: \"%s\"", what, text);
	ck_assert_msg(strstr(text, "cuda:0") != NULL, "%s does not name the device: %s", what, text);
}

static void assert_run_is_good(const char *name, const char *what)
{
	struct session s = { 0 };

	memset(standin.fail, 0, sizeof standin.fail);
	ck_assert_msg(open_run(&s, name, "cuda", false) == 0, "%s: the run does not open any more: %s", what, err_last());
	ck_assert_int_ge(s.t->step, 1);
	close_run(&s);
}

/* How many calls of each kind a run that goes on makes. */
static void count_calls(long calls[STANDIN_CALLS])
{
	struct standin_count before;

	make_run("count");
	before = standin_count;
	ck_assert_msg(go_on("count") == 0, "%s", err_last());
	for (int i = 0; i < STANDIN_CALLS; i++)
		calls[i] = standin_count.call[i] - before.call[i];
}

/* Every allocation; of the many other calls some, in SMASHTOP_LONG all. A device may also be lost with the call. */
START_TEST(whatever_call_fails_one_line_says_so_and_the_run_is_good)
{
	static const char *const names[STANDIN_CALLS] = { "allocation", "launch", "library", "runtime" };
	enum standin_call kind = (enum standin_call)(_i / 2);
	bool all = kind == STANDIN_ALLOCATION || getenv("SMASHTOP_LONG");
	long calls[STANDIN_CALLS], stride;
	int failed = 0;

	count_calls(calls);
	ck_assert_int_gt(calls[kind], 0);
	stride = all ? 1 : calls[kind] / 12 + 1;
	standin.lost = _i % 2;
	make_run("run");
	for (long n = 1; n <= calls[kind]; n += stride) {
		char what[64];
		int rc;

		snprintf(what, sizeof what, "%s %ld of %ld%s", names[kind], n, calls[kind], standin.lost ? ", lost" : "");
		err_clear();
		standin.fail[kind] = n;
		rc = go_on("run");
		if (rc < 0) {
			assert_one_line(what);
			failed++;
		}
		standin_recover();
		assert_nothing_left(what);
		assert_run_is_good("run", what);
	}
	/* a plan whose making fails is made otherwise or replaced by a kernel of our own: nobody needs to hear of it */
	ck_assert_int_gt(failed, kind == STANDIN_LIBRARY ? 0 : 5);
}
END_TEST

/* --- opening --- */

static const struct opening_case {
	const char *device, *words;
	struct standin standin;
} opening_cases[] = {
	{ "cuda:7", "there is 1, cuda:0", { .devices = 1 } },
	{ "cuda:2", "there are 2, cuda:0 and on", { .devices = 2 } },
	{ "cuda", "no NVIDIA GPU", { .devices = -1 } },
	{ "cuda", "no NVIDIA driver", { .driver = -1 } },
	{ "cuda", "knows CUDA 11.4", { .driver = 11040 } },
	{ "cuda", "configure with CUDA_ARCH=61", { .no_image = true, .capability = 61 } },
	{ "cuda", "out of memory", { .memory = 4096 } },
};

START_TEST(a_device_that_cannot_be_used_says_why_and_auto_takes_the_cpu)
{
	const struct opening_case *k = &opening_cases[_i];
	struct session s = { 0 };
	struct backend *be;

	standin = k->standin;
	ck_assert_int_lt(open_run(&s, "run", k->device, true), 0);
	ck_assert_msg(strstr(err_last(), k->words) && strstr(err_last(), "cuda"), "%s", err_last());
	close_run(&s);
	if (strcmp(k->device, "cuda") == 0 && !k->standin.memory) {
		be = backend_open("auto", 1);
		ck_assert_msg(be != NULL, "%s", err_last());
		ck_assert_str_eq(be->k->name, "cpu");
		ck_assert_msg(strstr(be->description, k->words) != NULL, "%s", be->description);
		backend_close(be);
	}
	assert_nothing_left(k->words);
}
END_TEST

START_TEST(auto_takes_a_gpu_that_works)
{
	struct backend *be = backend_open("auto", 1);

	ck_assert_msg(be != NULL, "%s", err_last());
	ck_assert_str_eq(be->k->name, "cuda");
	backend_close(be);
	assert_nothing_left("opening");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cuda run");
	TCase *tc = tcase_create("run");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 3600);
	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, training_and_scoring_agree_with_the_cpu);
	tcase_add_test(tc, the_order_of_streams_and_threads_changes_no_bit);
	tcase_add_test(tc, where_cudnn_has_no_plan_own_kernels_agree);
	tcase_add_test(tc, bfloat16_products_stay_near);
	tcase_add_test(tc, after_the_first_step_none_waits_for_a_plan);
	tcase_add_loop_test(tc, whatever_call_fails_one_line_says_so_and_the_run_is_good, 0, 2 * STANDIN_CALLS);
	tcase_add_loop_test(tc, a_device_that_cannot_be_used_says_why_and_auto_takes_the_cpu, 0, sizeof opening_cases / sizeof opening_cases[0]);
	tcase_add_test(tc, auto_takes_a_gpu_that_works);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
