/* check_encoding.c -- the layout of the encoding, encode, decode. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/encoding.h"
#include "src/base/err.h"

enum { SAMPLES = 1000, PRESETS = 4, AXES_CHOICES = 2 };

static struct layout layout_of(const char *name, int axes)
{
	struct preset preset;
	struct layout layout;

	ck_assert(preset_get(&preset, name) == 0);
	ck_assert(layout_init(&layout, &preset.space, axes) == 0);
	return layout;
}

static float *encoded(const struct layout *layout, const struct arch *arch)
{
	float *c = malloc(sizeof(*c) * layout->rows * encoding_slices(layout, arch) * layout->channels);

	ck_assert_ptr_nonnull(c);
	encode(layout, arch, c);
	return c;
}

/* A layout of the loop's number: every preset, images and volumes. */
static struct layout layout_number(int i)
{
	return layout_of(preset_names[i / AXES_CHOICES], 2 + i % AXES_CHOICES);
}

START_TEST(fields_tile_the_channels)
{
	struct layout layout = layout_number(_i);
	int next = 0;

	for (int f = 0; f < layout.field_count; f++) {
		const struct layout_field *field = &layout.field[f];

		ck_assert_int_eq(field->first, next);
		ck_assert_int_gt(field->count, 0);
		ck_assert_ptr_eq(layout_find(&layout, field->kind, field->conv, field->axis), field);
		for (int c = field->first; c < field->first + field->count; c++)
			ck_assert_int_eq(layout_channel(&layout, field, layout_value(&layout, field, c)), c);
		next += field->count;
	}
	ck_assert_int_eq(next, layout.channels);
	ck_assert_int_eq(layout.rows, layout.space.units_max / layout.space.bank_unit);
	ck_assert_ptr_null(layout_find(&layout, LAYOUT_KERNEL, CONVS, 0));
}
END_TEST

START_TEST(decode_undoes_encode)
{
	struct layout layout = layout_number(_i);
	struct rng rng;

	rng_seed(&rng, 11, _i);
	for (int i = 0; i < SAMPLES; i++) {
		struct arch arch, again;

		arch_sample(&arch, &layout.space, layout.axes, 0, &rng);

		int slices = encoding_slices(&layout, &arch);
		float *c = encoded(&layout, &arch);

		ck_assert_int_eq(slices % SLICE_QUANTUM, 0);
		ck_assert_int_ge(slices, arch_slices(&layout.space, &arch));
		ck_assert_int_lt(slices - arch_slices(&layout.space, &arch), SLICE_QUANTUM);
		ck_assert_msg(decode(&layout, c, slices, &again) == 0, "%s", err_last());
		ck_assert(arch_equal(&arch, &again));
		free(c);
	}
}
END_TEST

/* Ops that read one bank: only the rows tell two slices of one op from two ops of a slice each. */
START_TEST(one_op_of_two_slices_is_not_two_ops_of_one)
{
	struct layout layout = layout_of("smash-v2", 2);
	struct arch arch[2], again;

	memset(arch, 0, sizeof(arch));
	for (int k = 0; k < 2; k++) {
		arch[k].axes = 2;
		for (int b = 0; b < BLOCKS; b++) {
			arch[k].block[b].bank_size = k ? 32 : 64;
			arch[k].block[b].op_count = k ? 2 : 1;
			for (int i = 0; i < arch[k].block[b].op_count; i++)
				arch[k].block[b].op[i] = (struct arch_op){ .reads = 1, .writes = 3, .units = 64, .active = 1,
					.conv = { { .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 } } };
		}
		ck_assert_msg(arch_validate(&layout.space, &arch[k], NULL) == 0, "%s", err_last());

		float *c = encoded(&layout, &arch[k]);

		ck_assert_msg(decode(&layout, c, encoding_slices(&layout, &arch[k]), &again) == 0, "%s", err_last());
		ck_assert(arch_equal(&arch[k], &again));
		free(c);
	}
	ck_assert_int_eq(arch_slices(&layout.space, &arch[0]), arch_slices(&layout.space, &arch[1]));
}
END_TEST

/* Every cell of a whole encoding, said once more without the encoder's loops. */
static float expected(const struct layout *layout, const struct arch *arch, int row, int slice, const struct layout_field *field,
	int channel)
{
	int place = channel - field->first;
	int n = layout->space.bank_unit, slice_channels = n * layout->space.depth_compression;

	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < arch->block[b].op_count; i++) {
			const struct arch_op *op = &arch->block[b].op[i];
			int first = op_first_slice(&layout->space, arch, b, i), at = 0;

			if (slice < first || slice >= first + op_slices(&layout->space, arch, b, i)
				|| row >= op_n_mid(&layout->space, arch, b, i) / n)
				continue;
			switch (field->kind) {
			case LAYOUT_SLICE_BANKS:
				/* channel by channel of what the op reads: does the slice hold one of the bank? */
				for (int bank = 0; bank < BANKS_MAX; bank++)
					for (int k = 0; op->reads >> bank & 1 && k < arch->block[b].bank_size; k++, at++)
						if (at / slice_channels == slice - first && bank == place)
							return 1;
				return layout->space.background;
			case LAYOUT_READS:
				return op->reads >> place & 1 ? 1 : layout->space.background;
			case LAYOUT_WRITES:
				return op->writes >> place & 1 ? 1 : layout->space.background;
			case LAYOUT_BLOCK:
				return b == place ? 1 : layout->space.background;
			case LAYOUT_UNITS:
				return op->units == n * (place + 1) ? 1 : layout->space.background;
			default:
				break;
			}
			if (!(op->active >> field->conv & 1))
				return layout->space.background;
			if (field->kind == LAYOUT_ACTIVE)
				return 1;
			if (field->kind == LAYOUT_KERNEL)
				return op->conv[field->conv].kernel[field->axis] == 3 + 2 * place ? 1 : layout->space.background;
			if (field->kind == LAYOUT_DILATION)
				return op->conv[field->conv].dilation[field->axis] == 1 + place ? 1 : layout->space.background;

			int divisor = 0;                 /* the place-th divisor of N */

			for (int left = place + 1; left; left -= n % ++divisor == 0)
				;
			return op->conv[field->conv].groups == divisor ? 1 : layout->space.background;
		}
	return layout->space.background;
}

START_TEST(every_cell_says_what_the_method_says)
{
	struct layout layout = layout_number(_i);
	struct rng rng;

	if (_i % 3 == 0)
		layout.space.background = 0;
	rng_seed(&rng, 12, _i);
	for (int i = 0; i < 8; i++) {
		struct arch arch;

		arch_sample(&arch, &layout.space, layout.axes, 0, &rng);

		int slices = encoding_slices(&layout, &arch);
		float *c = encoded(&layout, &arch);

		for (int row = 0; row < layout.rows; row++)
			for (int slice = 0; slice < slices; slice++)
				for (int f = 0; f < layout.field_count; f++) {
					const struct layout_field *field = &layout.field[f];

					for (int channel = field->first; channel < field->first + field->count; channel++) {
						float is = c[((size_t)row * slices + slice) * layout.channels + channel];
						float should_be = expected(&layout, &arch, row, slice, field, channel);

						if (is != should_be)
							ck_abort_msg("row %d slice %d %s channel %d is %g, should be %g", row, slice, field->name,
								channel - field->first, is, should_be);
					}
				}
		free(c);
	}
}
END_TEST

/* One number of an encoding at a time is turned round: what comes out is refused, or it is another encoding's exact image. */
START_TEST(changed_encoding_is_refused_or_another_architecture)
{
	struct layout layout = layout_number(_i);
	struct arch arch, other;
	struct rng rng;
	int refused = 0;

	rng_seed(&rng, 13, _i);
	arch_sample(&arch, &layout.space, layout.axes, 0, &rng);

	int slices = encoding_slices(&layout, &arch);
	float *c = encoded(&layout, &arch);

	for (int i = 0; i < 200; i++) {
		int at = rng_below(&rng, layout.rows * slices * layout.channels);
		float before = c[at];

		c[at] = before == 1 ? layout.space.background : rng_below(&rng, 4) ? 1 : 0.5f;
		if (decode(&layout, c, slices, &other) < 0) {
			ck_assert_uint_gt(strlen(err_last()), 0);
			refused++;
		} else {
			float *again = encoded(&layout, &other);

			ck_assert(!arch_equal(&arch, &other));
			ck_assert_int_eq(memcmp(c, again, sizeof(*c) * layout.rows * slices * layout.channels), 0);
			free(again);
		}
		c[at] = before;
	}
	ck_assert_int_gt(refused, 150);
	free(c);
}
END_TEST

START_TEST(noise_as_an_encoding_is_refused)
{
	struct layout layout = layout_number(_i);
	struct arch arch;
	struct rng rng;
	enum { SLICES = 2 * SLICE_QUANTUM };
	int count = layout.rows * SLICES * layout.channels;
	float *c = malloc(sizeof(*c) * count);

	ck_assert_ptr_nonnull(c);
	rng_seed(&rng, 14, _i);
	for (int k = 0; k < 20; k++) {
		for (int i = 0; i < count; i++)
			c[i] = rng_below(&rng, 20) < k ? 1 : layout.space.background;
		ck_assert_int_eq(decode(&layout, c, SLICES, &arch), -1);
	}
	free(c);
}
END_TEST

START_TEST(inactive_convolutions_and_other_ops_do_not_show)
{
	struct layout layout = layout_of("tiny", 2);
	struct arch arch;
	struct rng rng;

	rng_seed(&rng, 15, 0);
	arch_sample(&arch, &layout.space, 2, 0, &rng);

	struct arch_block *block = &arch.block[0];

	block->op[0].active = 1;
	memset(&block->op[0].conv[1], 0, 3 * sizeof(block->op[0].conv[1]));

	float *c = encoded(&layout, &arch);

	block->op[0].conv[3].kernel[0] = 5;
	block->op[block->op_count].reads = 7;

	float *again = encoded(&layout, &arch);

	ck_assert_int_eq(memcmp(c, again, sizeof(*c) * layout.rows * encoding_slices(&layout, &arch) * layout.channels), 0);
	free(c);
	free(again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("encoding");
	TCase *layout = tcase_create("layout"), *codec = tcase_create("codec");
	SRunner *runner = srunner_create(suite);
	int layouts = PRESETS * AXES_CHOICES;

	tcase_add_loop_test(layout, fields_tile_the_channels, 0, layouts);
	tcase_add_loop_test(codec, decode_undoes_encode, 0, layouts);
	tcase_add_test(codec, one_op_of_two_slices_is_not_two_ops_of_one);
	tcase_add_loop_test(codec, every_cell_says_what_the_method_says, 0, layouts);
	tcase_add_loop_test(codec, changed_encoding_is_refused_or_another_architecture, 0, layouts);
	tcase_add_loop_test(codec, noise_as_an_encoding_is_refused, 0, layouts);
	tcase_add_test(codec, inactive_convolutions_and_other_ops_do_not_show);
	suite_add_tcase(suite, layout);
	suite_add_tcase(suite, codec);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
