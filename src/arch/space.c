/* space.c -- search spaces: the table of a preset's fields, the presets that ship, and whether fields fit together. */
#include "src/arch/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"

enum { FIELD_COUNT_MAX = 16 };           /* most values of one field */

#define SPACE(member)    offsetof(struct preset, space.member)
#define HYPERNET(member) offsetof(struct preset, hypernet.member)
#define TRAINING(member) offsetof(struct preset, training.member)

/* name, type, count, smallest, largest, where, help */
const struct preset_field preset_fields[] = {
	{ "space.bank_unit", FIELD_INT, 1, 1, 64, SPACE(bank_unit), "N: channels of one bank unit" },
	{ "space.units_max", FIELD_INT, 1, 1, 256, SPACE(units_max), "N_max: most output channels of an op; a multiple of N" },
	{ "space.depth_compression", FIELD_INT, 1, 1, 64, SPACE(depth_compression),
		"D: input channels of one slice of the encoding, in units of N" },
	{ "space.stem_kernel", FIELD_INT, 1, 1, 15, SPACE(stem_kernel), "side of the stem's kernel, odd" },
	{ "space.stem_stride", FIELD_INT, 1, 1, 8, SPACE(stem_stride), "stride of the stem, in pixels" },
	{ "space.stem_channels", FIELD_INT, 1, 1, 4096, SPACE(stem_channels), "channels of the stem: what block 1 is given" },
	{ "space.block_input", FIELD_INT, BLOCKS, 1, 4096, SPACE(block_input), "channels each block is given" },
	{ "space.block_channels", FIELD_INT, BLOCKS, 1, 4096, SPACE(block_channels), "most channels of each block's banks" },
	{ "space.block_budget", FIELD_INT, BLOCKS, 1, 65536, SPACE(block_budget),
		"most channels read in each block, summed over its ops" },
	{ "space.bank_size_max", FIELD_INT, 1, 1, 1024, SPACE(bank_size_max),
		"largest bank of a block, in channels; N: every bank is one unit" },
	{ "space.arrangement", FIELD_INT, 1, 1, 4, SPACE(arrangement), "most convolutions of an op: 1, or 4 for the 2x2 arrangement" },
	{ "space.kernel_max", FIELD_INT, 1, 3, 31, SPACE(kernel_max), "largest kernel per axis, odd; the smallest is 3" },
	{ "space.dilation_max", FIELD_INT, 1, 1, 16, SPACE(dilation_max), "largest spacing of a kernel's taps, in pixels" },
	{ "space.extent_max", FIELD_INT, 1, 3, 255, SPACE(extent_max), "largest dilated kernel, (k - 1) d + 1 pixels" },
	{ "space.weight_sets", FIELD_INT, 1, 1, OPS_MAX, SPACE(weight_sets),
		"sets of convolution weights of a block; its ops take turns: 1 all share one, as in the paper" },
	{ "space.groups_vary", FIELD_INT, 1, 0, 1, SPACE(groups_vary), "groups of a convolution: 0 always 1, 1 any divisor of N" },
	{ "space.bottleneck", FIELD_INT, 1, BOTTLENECK_V1, BOTTLENECK_V2, SPACE(bottleneck),
		"rows of a generated weight: 0 min(u clamp(n_in/u, 1, 4), n_in, N_max), 1 min(2u, n_in, N_max)" },
	{ "space.units_offset", FIELD_DOUBLE, 1, 1e-6, 1e6, SPACE(units_offset), "a: units u are drawn with weight 1/(a + b |u - n_in|)" },
	{ "space.units_slope", FIELD_DOUBLE, 1, 0, 1e6, SPACE(units_slope), "b: the distance |u - n_in| is counted in banks" },
	{ "space.budget_share_min", FIELD_DOUBLE, 1, 0, 1, SPACE(budget_share_min), "smallest share of the budget that an architecture gets" },
	{ "space.background", FIELD_INT, 1, -1, 0, SPACE(background), "value of what is not set in the encoding" },
	{ "space.noise", FIELD_INT, 1, 0, 1, SPACE(noise), "1: one channel of Gaussian noise beside the encoding" },
	{ "hypernet.layers", FIELD_INT, DENSE_BLOCKS, 0, 64, HYPERNET(layers), "3x3 convolutions of each dense block; 0 ends the list" },
	{ "hypernet.growth", FIELD_INT, 1, 1, 1024, HYPERNET(growth), "channels that each layer of a dense block adds" },
	{ "hypernet.stem", FIELD_INT, 1, 1, 4096, HYPERNET(stem), "channels of the HyperNet's first convolution" },
	{ "hypernet.skip", FIELD_INT, 1, 0, 1, HYPERNET(skip),
		"1: the HyperNet's last convolution sees the encoding beside the features; 0 as in the paper" },
	{ "training.batch", FIELD_INT, 1, 2, 65536, TRAINING(batch), "images a step" },
	{ "training.steps", FIELD_INT, 1, 1, 1e9, TRAINING(steps), "steps of a run" },
	{ "training.rate_free", FIELD_DOUBLE, 1, 0, 10, TRAINING(rate_free), "learning rate of the freely learned weights at the start" },
	{ "training.rate_hypernet", FIELD_DOUBLE, 1, 0, 10, TRAINING(rate_hypernet), "learning rate of the HyperNet at the start" },
	{ "training.beta1", FIELD_DOUBLE, 1, 0, 0.999999, TRAINING(beta1), "Adam's decay of the mean gradient" },
	{ "training.beta2", FIELD_DOUBLE, 1, 0, 0.999999, TRAINING(beta2), "Adam's decay of the mean squared gradient" },
	{ "training.augment", FIELD_INT, 1, 0, 1, TRAINING(augment), "1: random crops and mirror images, as the data set allows" },
};

enum { FIELD_COUNT = sizeof(preset_fields) / sizeof(preset_fields[0]) };

const int preset_field_count = FIELD_COUNT;

static const struct preset presets[] = {
	{
		.name = "small",
		.space = {
			.bank_unit = 8, .units_max = 32, .depth_compression = 1,
			.stem_kernel = 5, .stem_stride = 2, .stem_channels = 32,
			.block_input = { 32, 48, 64 }, .block_channels = { 64, 80, 96 }, .block_budget = { 272, 336, 416 },
			.bank_size_max = 8, .arrangement = 1,
			.kernel_max = 5, .dilation_max = 3, .extent_max = 9, .weight_sets = 1, .groups_vary = 1,
			.bottleneck = BOTTLENECK_V2, .units_offset = 1, .units_slope = 1, .budget_share_min = 0.05,
			.background = -1, .noise = 0,
		},
		.hypernet = { .layers = { 4, 4, 2 }, .growth = 16, .stem = 32, .skip = 1 },
		.training = {
			.batch = 64, .steps = 20000, .rate_free = 2e-3, .rate_hypernet = 5e-3, .beta1 = 0.9, .beta2 = 0.999,
			.augment = 1,
		},
	},
	{
		.name = "smash-v1",      /* the skeleton of smash-v2, every size the nearest multiple of D N = 18 */
		.space = {
			.bank_unit = 6, .units_max = 42, .depth_compression = 3,
			.stem_kernel = 7, .stem_stride = 1, .stem_channels = 72,
			.block_input = { 72, 90, 108 }, .block_channels = { 198, 216, 252 }, .block_budget = { 828, 1638, 3186 },
			.bank_size_max = 6, .arrangement = 1,
			.kernel_max = 3, .dilation_max = 3, .extent_max = 9, .weight_sets = 1, .groups_vary = 0,
			.bottleneck = BOTTLENECK_V1, .units_offset = 0.01, .units_slope = 10, .budget_share_min = 0.3,
			.background = -1, .noise = 0,
		},
		.hypernet = { .layers = { 8, 10, 4 }, .growth = 10, .stem = 20 },
		.training = {
			.batch = 64, .steps = 70000, .rate_free = 1e-3, .rate_hypernet = 1e-3, .beta1 = 0.5, .beta2 = 0.999,
			.augment = 1,
		},
	},
	{
		.name = "smash-v2",
		.space = {
			.bank_unit = 8, .units_max = 64, .depth_compression = 4,
			.stem_kernel = 7, .stem_stride = 1, .stem_channels = 64,
			.block_input = { 64, 96, 112 }, .block_channels = { 192, 224, 256 }, .block_budget = { 832, 1632, 3184 },
			.bank_size_max = 64, .arrangement = 4,
			.kernel_max = 7, .dilation_max = 3, .extent_max = 9, .weight_sets = 1, .groups_vary = 1,
			.bottleneck = BOTTLENECK_V2, .units_offset = 0.01, .units_slope = 10, .budget_share_min = 0.3,
			.background = -1, .noise = 0,
		},
		.hypernet = { .layers = { 8, 10, 4 }, .growth = 10, .stem = 20 },
		.training = {
			.batch = 64, .steps = 70000, .rate_free = 1e-3, .rate_hypernet = 1e-3, .beta1 = 0.5, .beta2 = 0.999,
			.augment = 1,
		},
	},
	{
		.name = "tiny",          /* for tests: a step takes about a millisecond */
		.space = {
			.bank_unit = 4, .units_max = 8, .depth_compression = 1,
			.stem_kernel = 3, .stem_stride = 4, .stem_channels = 8,
			.block_input = { 8, 8, 8 }, .block_channels = { 16, 16, 16 }, .block_budget = { 24, 24, 24 },
			.bank_size_max = 8, .arrangement = 4,
			.kernel_max = 5, .dilation_max = 2, .extent_max = 5, .weight_sets = 1, .groups_vary = 1,
			.bottleneck = BOTTLENECK_V2, .units_offset = 1, .units_slope = 1, .budget_share_min = 0.3,
			.background = -1, .noise = 0,
		},
		.hypernet = { .layers = { 1, 1, 1 }, .growth = 4, .stem = 8 },
		.training = {
			.batch = 16, .steps = 200, .rate_free = 2e-3, .rate_hypernet = 1e-3, .beta1 = 0.9, .beta2 = 0.999,
			.augment = 0,
		},
	},
};

enum { PRESETS = sizeof(presets) / sizeof(presets[0]) };

/* Another preset with some fields changed. */
static const struct variant {
	const char *name, *base;
	const char *set[8];
} variants[] = {
	/* The two further settings of the paper's §4.1: the score is expected to lose its meaning in both. */
	{ "small-weak", "small", { "hypernet.layers=1,0,0", "hypernet.growth=2", "hypernet.stem=2", "hypernet.skip=0" } },
	{ "small-free", "small", { "space.weight_sets=64", "training.rate_free=5e-3" } },
};

enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

const char *const preset_names[] = { "small", "smash-v1", "smash-v2", "tiny", "small-weak", "small-free", NULL };

static int variant_get(struct preset *preset, const struct variant *v)
{
	if (preset_get(preset, v->base) < 0)
		return -1;
	for (int i = 0; v->set[i]; i++)
		if (preset_set(preset, v->set[i]) < 0)
			return -1;
	snprintf(preset->name, sizeof(preset->name), "%s", v->name);
	return 0;
}

int preset_get(struct preset *preset, const char *name)
{
	for (int i = 0; i < PRESETS; i++)
		if (!strcmp(presets[i].name, name)) {
			*preset = presets[i];
			return 0;
		}
	for (int i = 0; i < VARIANTS; i++)
		if (!strcmp(variants[i].name, name))
			return variant_get(preset, &variants[i]);

	struct nearest near = nearest_to(name);
	char known[128] = "";

	for (int i = 0; preset_names[i]; i++) {
		nearest_offer(&near, preset_names[i]);
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "", preset_names[i]);
	}
	return err_set("preset %s: there is none of this name; there are %s%s", name, known, nearest_hint(&near));
}

/* A field's values in a preset. */
static double field_get(const struct preset *preset, const struct preset_field *field, int i)
{
	const char *at = (const char *)preset + field->offset;

	return field->type == FIELD_INT ? ((const int *)at)[i] : ((const double *)at)[i];
}

static void field_put(struct preset *preset, const struct preset_field *field, int i, double value)
{
	char *at = (char *)preset + field->offset;

	if (field->type == FIELD_INT)
		((int *)at)[i] = (int)value;
	else
		((double *)at)[i] = value;
}

/* 0 where `value` is in the field's range; -1 with err_last(). `given` is how the person wrote it. */
static int field_check(const struct preset_field *field, double value, const char *given)
{
	if (value >= field->min && value <= field->max && (field->type == FIELD_DOUBLE || value == floor(value)))
		return 0;
	return err_set("%s: %s is not %s from %.10g to %.10g", field->name, given,
		field->type == FIELD_INT ? "a whole number" : "a number", field->min, field->max);
}

const struct preset_field *preset_field_find(const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = 0; i < FIELD_COUNT; i++) {
		if (!strcmp(preset_fields[i].name, name))
			return &preset_fields[i];
		nearest_offer(&near, preset_fields[i].name);
	}
	err_set("%s: there is no such field%s", name, nearest_hint(&near));
	return NULL;
}

int preset_set(struct preset *preset, const char *assignment)
{
	char name[64];
	double value[FIELD_COUNT_MAX];
	const char *equals = strchr(assignment, '=');

	if (!equals || equals == assignment || equals - assignment >= (ptrdiff_t)sizeof(name))
		return err_set("%s: must be FIELD=VALUE, such as space.kernel_max=5", assignment);
	memcpy(name, assignment, equals - assignment);
	name[equals - assignment] = '\0';

	const struct preset_field *field = preset_field_find(name);

	if (!field)
		return -1;
	const char *at = equals + 1;

	for (int i = 0; i < field->count; i++) {
		char given[32];
		size_t length = strcspn(at, ",");
		char *end;

		if (length == 0 || length >= sizeof(given))
			return err_set("%s: %s must be %d %s", field->name, equals + 1, field->count,
				field->count == 1 ? "number" : "numbers with commas between them");
		memcpy(given, at, length);
		given[length] = '\0';
		value[i] = strtod(given, &end);
		if (end == given || *end)
			value[i] = NAN;              /* in no range */
		if (field_check(field, value[i], given) < 0)
			return -1;
		at += length;
		if (*at != (i + 1 < field->count ? ',' : '\0'))
			return err_set("%s: %s must be %d %s", field->name, equals + 1, field->count,
				field->count == 1 ? "number" : "numbers with commas between them");
		at++;
	}
	for (int i = 0; i < field->count; i++)
		field_put(preset, field, i, value[i]);
	return 0;
}

static int gcd(int a, int b)
{
	return b ? gcd(b, a % b) : a;
}

int space_read_step(const struct space *space, int bank_size)
{
	int slice = space->depth_compression * space->bank_unit;

	return slice / gcd(slice, bank_size);
}

bool space_bank_size_fits(const struct space *space, int block, int size)
{
	int step = space_read_step(space, size);

	return size % space->bank_unit == 0 && size <= space->bank_size_max && size <= space->units_max
		&& space->block_input[block] / size >= step && step * size <= space->block_budget[block];
}

static int check_block(const struct space *space, int b)
{
	if (space->block_input[b] > space->block_channels[b])
		return err_set("space.block_channels: block %d is given %d channels but holds only %d; give it at least as many",
			b + 1, space->block_input[b], space->block_channels[b]);
	if (space->block_channels[b] / space->bank_unit > BANKS_MAX)
		return err_set("space.block_channels: %d channels in block %d are more than %d banks of %d",
			space->block_channels[b], b + 1, BANKS_MAX, space->bank_unit);
	for (int size = space->bank_unit; size <= space->bank_size_max; size += space->bank_unit)
		if (space_bank_size_fits(space, b, size))
			return 0;
	return err_set("space.block_input: no op fits block %d: with %d input channels and a budget of %d, no bank size up to %d lets "
		"an op read a multiple of D N = %d channels", b + 1, space->block_input[b], space->block_budget[b],
		space->bank_size_max, space->depth_compression * space->bank_unit);
}

static int check_hypernet(const struct hypernet_sizes *sizes)
{
	if (sizes->layers[0] == 0)
		return err_set("hypernet.layers: the first dense block has no layer; give it at least one");
	for (int i = 1; i < DENSE_BLOCKS; i++)
		if (sizes->layers[i] && !sizes->layers[i - 1])
			return err_set("hypernet.layers: a dense block follows one of 0 layers; 0 ends the list");
	return 0;
}

int preset_validate(const struct preset *preset)
{
	const struct space *space = &preset->space;

	for (int f = 0; f < FIELD_COUNT; f++)
		for (int i = 0; i < preset_fields[f].count; i++) {
			double value = field_get(preset, &preset_fields[f], i);
			char given[32];

			snprintf(given, sizeof(given), "%.10g", value);
			if (field_check(&preset_fields[f], value, given) < 0)
				return -1;
		}
	if (space->units_max % space->bank_unit)
		return err_set("space.units_max: %d is no multiple of space.bank_unit %d", space->units_max, space->bank_unit);
	if (space->bank_size_max % space->bank_unit)
		return err_set("space.bank_size_max: %d is no multiple of space.bank_unit %d", space->bank_size_max, space->bank_unit);
	if (space->stem_kernel % 2 == 0)
		return err_set("space.stem_kernel: %d is even; a kernel has a central tap", space->stem_kernel);
	if (space->stem_channels != space->block_input[0])
		return err_set("space.stem_channels: %d is not the input of block 1, %d (space.block_input)", space->stem_channels,
			space->block_input[0]);
	if (space->arrangement != 1 && space->arrangement != 4)
		return err_set("space.arrangement: %d is neither 1 nor 4", space->arrangement);
	if (space->kernel_max % 2 == 0)
		return err_set("space.kernel_max: %d is even; a kernel has a central tap", space->kernel_max);
	if (space->extent_max < space->kernel_max)
		return err_set("space.extent_max: %d is less than space.kernel_max %d, which then never fits", space->extent_max,
			space->kernel_max);
	for (int b = 0; b < BLOCKS; b++)
		if (check_block(space, b) < 0)
			return -1;
	return check_hypernet(&preset->hypernet);
}

/* "space.bank_unit" is stored as { "space": { "bank_unit": … } }. */
static const char *field_key(const struct preset_field *field, char *section, size_t size)
{
	const char *dot = strchr(field->name, '.');

	snprintf(section, size, "%.*s", (int)(dot - field->name), field->name);
	return dot + 1;
}

static json_t *value_to_json(const struct preset *preset, const struct preset_field *field, int i)
{
	double value = field_get(preset, field, i);

	return field->type == FIELD_INT ? json_integer((json_int_t)value) : json_real(value);
}

json_t *preset_to_json(const struct preset *preset)
{
	json_t *root = json_object();

	json_object_set_new(root, "name", json_string(preset->name));
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct preset_field *field = &preset_fields[f];
		char section[32];
		const char *key = field_key(field, section, sizeof(section));
		json_t *value;

		if (!json_object_get(root, section))
			json_object_set_new(root, section, json_object());
		if (field->count == 1) {
			value = value_to_json(preset, field, 0);
		} else {
			value = json_array();
			for (int i = 0; i < field->count; i++)
				json_array_append_new(value, value_to_json(preset, field, i));
		}
		json_object_set_new(json_object_get(root, section), key, value);
	}
	return root;
}

static int value_from_json(struct preset *preset, const struct preset_field *field, int i, const json_t *json)
{
	char given[32];

	if (!json_is_number(json))
		return err_set("%s: must be a number", field->name);
	snprintf(given, sizeof(given), "%.10g", json_number_value(json));
	if (field_check(field, json_number_value(json), given) < 0)
		return -1;
	field_put(preset, field, i, json_number_value(json));
	return 0;
}

static int field_from_json(struct preset *preset, const struct preset_field *field, const json_t *json)
{
	if (field->count == 1)
		return value_from_json(preset, field, 0, json);
	if (!json_is_array(json) || (int)json_array_size(json) != field->count)
		return err_set("%s: must be a list of %d numbers", field->name, field->count);
	for (int i = 0; i < field->count; i++)
		if (value_from_json(preset, field, i, json_array_get(json, i)) < 0)
			return -1;
	return 0;
}

/* Every key of the document is a field of the table. */
static int check_keys(const json_t *root)
{
	const char *section, *key;
	json_t *fields, *value;

	json_object_foreach((json_t *)root, section, fields) {
		if (!strcmp(section, "name"))
			continue;
		if (!json_is_object(fields))
			return err_set("%s: there is no such section; sections are space, hypernet and training", section);
		json_object_foreach(fields, key, value) {
			char name[128];

			snprintf(name, sizeof(name), "%s.%s", section, key);
			if (!preset_field_find(name))
				return -1;
		}
	}
	return 0;
}

int preset_from_json(struct preset *preset, const json_t *root)
{
	struct preset read;
	const char *name = json_string_value(json_object_get(root, "name"));

	memset(&read, 0, sizeof(read));
	if (!json_is_object(root))
		return err_set("preset: must be an object");
	if (!name || !*name || strlen(name) >= sizeof(read.name))
		return err_set("name: must be a text of 1 to %d bytes", (int)sizeof(read.name) - 1);
	strcpy(read.name, name);
	if (check_keys(root) < 0)
		return -1;
	for (int f = 0; f < FIELD_COUNT; f++) {
		const struct preset_field *field = &preset_fields[f];
		char section[32];
		const char *key = field_key(field, section, sizeof(section));
		const json_t *json = json_object_get(json_object_get(root, section), key);

		if (!json)
			return err_set("%s: is missing; it is %s", field->name, field->help);
		if (field_from_json(&read, field, json) < 0)
			return -1;
	}
	if (preset_validate(&read) < 0)
		return -1;
	*preset = read;
	return 0;
}
