/* check_perturb.c -- neighbours of an architecture. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/pattern.h"
#include "src/arch/perturb.h"
#include "src/base/err.h"

START_TEST(neighbours_are_valid_and_never_the_original)
{
	struct preset preset;
	struct rng rng;

	rng_seed(&rng, 51, _i);
	ck_assert_int_eq(preset_get(&preset, preset_names[_i / 2]), 0);
	for (int i = 0; i < 250; i++) {
		struct arch arch, neighbour;

		arch_sample(&arch, &preset.space, 2 + _i % 2, 0, &rng);
		for (int k = 0; k < 5; k++) {
			double probability = k == 0 ? 0.5 : k == 1 ? 1 : perturb_probability;

			ck_assert_msg(arch_perturb(&neighbour, &arch, &preset.space, probability, &rng) == 0, "%s", err_last());
			ck_assert_msg(arch_validate(&preset.space, &neighbour, NULL) == 0, "neighbour %d: %s", i, err_last());
			ck_assert(!arch_equal(&neighbour, &arch));
			arch = neighbour;                /* far from what the sampler makes after a while */
		}
	}
}
END_TEST

/* Three blocks of one kind of bank and a budget that nothing reaches, so that an op of a neighbour is the op of the same number. */
static struct preset open_preset(void)
{
	struct preset preset;

	ck_assert_int_eq(preset_get(&preset, "smash-v2"), 0);
	preset.space.bank_size_max = preset.space.bank_unit;
	return preset;
}

struct changes {
	int kernels, dilations, groups, active, ops;         /* elements that were looked at */
	int kernel, dilation, group, act;                    /* that changed */
};

static void count_changes(struct changes *n, const struct arch_op *a, const struct arch_op *b)
{
	n->ops++;
	n->act += a->active != b->active;
	for (int c = 0; c < CONVS; c++) {
		if (!(a->active & b->active & 1 << c))
			continue;
		n->groups++;
		n->group += a->conv[c].groups != b->conv[c].groups;
		for (int axis = 0; axis < 2; axis++) {
			n->kernels++;
			n->kernel += a->conv[c].kernel[axis] != b->conv[c].kernel[axis];
			if (a->conv[c].kernel[axis] != b->conv[c].kernel[axis] || a->conv[c].kernel[axis] != 3)
				continue;
			n->dilations++;
			n->dilation += a->conv[c].dilation[axis] != b->conv[c].dilation[axis];
		}
	}
}

static void assert_rate(int count, int of, double rate, const char *what)
{
	double deviation = sqrt(of * rate * (1 - rate));

	ck_assert_msg(fabs(count - of * rate) < 5 * deviation, "%s: %d of %d changed, expected %.1f +- %.1f", what, count, of, of * rate,
		deviation);
}

/* A redraw may give what was there: of three kernels and three dilations 1/3, of four divisors 1/4, of the sets the sum of the squares of
 * their weights. */
START_TEST(one_element_in_twenty_is_redrawn_by_the_rule_of_the_sampler)
{
	struct preset preset = open_preset();
	struct changes n = { 0 };
	double same_set = 0;
	struct rng rng;

	for (int s = 0; s < ACTIVE_SETS; s++)
		same_set += arch_active_weights[s] * arch_active_weights[s];
	rng_seed(&rng, 52, 0);
	for (int i = 0; i < 300; i++) {
		struct arch a, b;

		arch_sample(&a, &preset.space, 2, 0, &rng);
		for (int k = 0; k < BLOCKS; k++)
			preset.space.block_budget[k] = 100000;
		ck_assert_int_eq(arch_perturb(&b, &a, &preset.space, 0.05, &rng), 0);
		preset = open_preset();
		for (int k = 0; k < BLOCKS; k++) {
			ck_assert_int_eq(a.block[k].op_count, b.block[k].op_count);
			for (int o = 0; o < a.block[k].op_count; o++)
				count_changes(&n, &a.block[k].op[o], &b.block[k].op[o]);
		}
	}
	ck_assert_int_gt(n.ops, 3000);
	assert_rate(n.kernel, n.kernels, 0.05 * 2 / 3, "kernels");
	assert_rate(n.dilation, n.dilations, 0.05 * 2 / 3, "dilations of kernel 3");
	assert_rate(n.group, n.groups, 0.05 * 3 / 4, "groups");
	assert_rate(n.act, n.ops, 0.05 * (1 - same_set), "sets of active convolutions");
}
END_TEST

/* One block whose op 1 fills banks that op 2 reads and writes. */
static struct preset chained_preset(struct arch *arch)
{
	struct preset preset = open_preset();
	struct arch_conv plain = { .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 };
	struct arch_op op = { .reads = 15, .units = 8, .active = 1, .conv = { plain } };
	int written = preset.space.block_input[0] / 8;

	*arch = (struct arch){ .axes = 2 };
	for (int b = 0; b < BLOCKS; b++) {
		op.writes = 1;
		arch->block[b] = (struct arch_block){ .bank_size = 8, .op_count = 1, .op = { op } };
	}
	op.writes = bit(written);
	arch->block[0].op[0] = op;
	op.reads = bits_below(3) | bit(written);
	op.writes = bit(written + 1);
	arch->block[0].op[1] = op;
	arch->block[0].op_count = 2;
	preset.space.block_budget[0] = 64;       /* the two ops as they are, not a channel more */
	ck_assert_msg(arch_validate(&preset.space, arch, NULL) == 0, "%s", err_last());
	return preset;
}

START_TEST(what_a_change_breaks_further_down_is_redrawn_or_deleted)
{
	struct arch arch, neighbour;
	struct preset preset = chained_preset(&arch);
	int written = preset.space.block_input[0] / 8, repaired = 0, deleted = 0;
	struct rng rng;

	rng_seed(&rng, 53, 0);
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(arch_perturb(&neighbour, &arch, &preset.space, 0.2, &rng), 0);
		ck_assert_msg(arch_validate(&preset.space, &neighbour, NULL) == 0, "%s", err_last());

		const struct arch_block *block = &neighbour.block[0];
		bool moved = !(block->op[0].writes & bit(written));

		if (block->op_count == 1)
			deleted += op_n_in(&neighbour, 0, 0) > 32;
		else
			repaired += moved && !(block->op[1].reads & bit(written));
	}
	ck_assert_int_gt(repaired, 50);
	ck_assert_int_gt(deleted, 50);
}
END_TEST

START_TEST(the_same_numbers_give_the_same_neighbour)
{
	struct preset preset = open_preset();
	struct arch arch, a, b;
	struct rng rng, same;

	rng_seed(&rng, 54, 0);
	arch_sample(&arch, &preset.space, 2, 0, &rng);
	same = rng;
	ck_assert_int_eq(arch_perturb(&a, &arch, &preset.space, 0.05, &rng), 0);
	ck_assert_int_eq(arch_perturb(&b, &arch, &preset.space, 0.05, &same), 0);
	ck_assert(arch_equal(&a, &b));
	ck_assert_int_eq(arch_perturb(&arch, &arch, &preset.space, 0.05, &rng), 0);      /* in place */
}
END_TEST

START_TEST(without_a_neighbour_or_a_valid_start_it_says_so)
{
	struct preset preset = open_preset();
	struct arch arch, out = { .axes = 7 };
	struct rng rng;

	rng_seed(&rng, 55, 0);
	arch_sample(&arch, &preset.space, 2, 0, &rng);
	ck_assert_int_eq(arch_perturb(&out, &arch, &preset.space, 0, &rng), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "no neighbour"));
	arch.block[1].op[0].units = 7;
	ck_assert_int_eq(arch_perturb(&out, &arch, &preset.space, 0.05, &rng), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "block 2 op 1 units"));
	ck_assert_int_eq(out.axes, 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perturb");
	TCase *perturbation = tcase_create("perturbation");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(perturbation, neighbours_are_valid_and_never_the_original, 0, 8);
	tcase_add_test(perturbation, one_element_in_twenty_is_redrawn_by_the_rule_of_the_sampler);
	tcase_add_test(perturbation, what_a_change_breaks_further_down_is_redrawn_or_deleted);
	tcase_add_test(perturbation, the_same_numbers_give_the_same_neighbour);
	tcase_add_test(perturbation, without_a_neighbour_or_a_valid_start_it_says_so);
	suite_add_tcase(suite, perturbation);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
