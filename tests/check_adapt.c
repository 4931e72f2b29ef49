/* check_adapt.c -- architectures of images as those of volumes and back, and those of which the wiring alone is left. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/adapt.h"
#include "src/base/err.h"

static struct preset preset;
static struct arch arch;

/* A random architecture; the presets take turns. */
static void sample(int i, int axes)
{
	struct rng rng;
	int count = 0;

	while (preset_names[count])
		count++;
	ck_assert_int_eq(preset_get(&preset, preset_names[i % count]), 0);
	rng_seed(&rng, 7, (uint64_t)i);
	arch_sample(&arch, &preset.space, axes, 0, &rng);
}

static void check_valid(void)
{
	ck_assert_msg(arch_validate(&preset.space, &arch, NULL) == 0, "%s: %s", preset.name, err_last());
}

static const struct arch_conv *first_conv(void)
{
	return &arch.block[0].op[0].conv[0];
}

START_TEST(images_become_volumes_and_are_the_same_again)
{
	struct arch before, volume;

	sample(_i, 2);
	before = arch;
	arch_set_axes(&arch, 3);
	check_valid();
	volume = arch;
	ck_assert_int_eq(arch.axes, 3);
	ck_assert_int_eq(first_conv()->kernel[0], before.block[0].op[0].conv[0].kernel[0]);
	ck_assert_int_eq(memcmp(first_conv()->kernel + 1, before.block[0].op[0].conv[0].kernel, 2), 0);
	ck_assert_int_eq(memcmp(first_conv()->dilation + 1, before.block[0].op[0].conv[0].dilation, 2), 0);
	arch_set_axes(&arch, 3);
	ck_assert(arch_equal(&arch, &volume));
	arch_set_axes(&arch, 2);
	ck_assert(arch_equal(&arch, &before));
}
END_TEST

START_TEST(volumes_become_images)
{
	struct arch before;

	sample(_i, 3);
	before = arch;
	arch_set_axes(&arch, 2);
	check_valid();
	ck_assert_int_eq(memcmp(first_conv()->kernel, before.block[0].op[0].conv[0].kernel + 1, 2), 0);
	ck_assert_int_eq(first_conv()->kernel[2], 0);
}
END_TEST

START_TEST(plain_ops_keep_the_wiring)
{
	struct arch before;

	sample(_i, 2 + _i % 2);
	before = arch;
	arch_make_plain(&arch);
	check_valid();
	for (int b = 0; b < BLOCKS; b++) {
		ck_assert_int_eq(arch.block[b].op_count, before.block[b].op_count);
		for (int o = 0; o < arch.block[b].op_count; o++) {
			const struct arch_op *op = &arch.block[b].op[o], *old = &before.block[b].op[o];

			ck_assert(op->reads == old->reads && op->writes == old->writes && op->units == old->units);
			ck_assert_int_eq(op->active, 1);
			for (int a = 0; a < arch.axes; a++)
				ck_assert(op->conv[0].kernel[a] == 3 && op->conv[0].dilation[a] == 1);
			ck_assert_int_eq(op->conv[0].groups, 1);
		}
	}
}
END_TEST

int main(void)
{
	enum { TRIES = 60 };
	Suite *suite = suite_create("adapt");
	TCase *all = tcase_create("adapt");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(all, images_become_volumes_and_are_the_same_again, 0, TRIES);
	tcase_add_loop_test(all, volumes_become_images, 0, TRIES);
	tcase_add_loop_test(all, plain_ops_keep_the_wiring, 0, TRIES);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
