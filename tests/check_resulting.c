/* check_resulting.c -- networks with weights of their own: resulting networks and Wide ResNets. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/nn/resulting.h"
#include "src/nn/wide_resnet.h"
#include "tests/network_rig.h"

static const char *const preset_list[] = { "tiny", "small", "smash-v1", "smash-v2" };
enum { PRESETS = sizeof(preset_list) / sizeof(*preset_list) };

static struct backend *be;
static struct params *ps;
static struct tape *tape;

static void set_up(void)
{
	be = backend_open("cpu", 1);
	ck_assert_msg(be != NULL, "%s", err_last());
	ps = params_new(be);
	tape = tape_new(be);
}

static void tear_down(void)
{
	tape_free(tape);
	params_free(ps);
	backend_close(be);
}

static struct arch_input an_input(int axes, int side, int channels, int classes)
{
	struct arch_input input = { .channels = channels, .classes = classes };

	for (int a = 0; a < axes; a++)
		input.side[a] = side + a;
	return input;
}

static struct space preset_space(const char *name)
{
	struct preset preset;

	ck_assert_int_eq(preset_get(&preset, name), 0);
	return preset.space;
}



/* ---- resulting networks ---- */

START_TEST(resulting_network_has_the_parameters_that_cost_counts_and_its_norms)
{
	struct space space = preset_space(preset_list[_i]);
	struct rng rng;

	rng_seed(&rng, 1, (uint64_t)_i);
	for (int k = 0; k < 20; k++) {
		static struct resulting net;
		struct arch arch;
		int axes = 2 + k % 2;
		bool weight_norm = k % 4 >= 2;
		struct arch_input input = an_input(axes, 12, 1 + k % 3, 7);
		int64_t expected;

		arch_sample(&arch, &space, axes, 0, &rng);

		struct arch_cost cost = arch_cost(&space, &arch, &input);

		expected = cost.free + cost.generated;
		for (int b = 0; b < BLOCKS; b++)
			for (int o = 0; o < arch.block[b].op_count && !weight_norm; o++)
				expected += 2 * (op_n_in(&arch, b, o) + op_n_mid(&space, &arch, b, o));
		params_free(ps);
		ps = params_new(be);
		ck_assert_int_eq(resulting_init(&net, &space, &arch, &input, weight_norm, ps), 0);
		ck_assert_int_eq((int64_t)params_count(ps, PARAM_FREE), expected);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resulting");
	TCase *all = tcase_create("resulting");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, resulting_network_has_the_parameters_that_cost_counts_and_its_norms, 0, PRESETS);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
