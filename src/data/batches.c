/* batches.c -- which examples come next, and how bytes become a batch of floats. */
#include "src/data/format.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { BATCHES_STREAM = 0x62617463 };

/* Each epoch's order is a shuffle of 0 … count-1, not of the last order: so it can be made again from epoch_rng alone. */
static void start_epoch(struct batches *b)
{
	b->epoch_rng = b->rng;
	for (int i = 0; i < b->count; i++)
		b->order[i] = i;
	rng_shuffle(&b->rng, b->order, b->count);
	b->position = 0;
}

int batches_init(struct batches *b, int count, uint64_t seed)
{
	assert(count >= 1);
	*b = (struct batches){ .count = count, .order = malloc((size_t)count * sizeof *b->order) };
	if (!b->order)
		return err_set("out of memory for the order of %d examples", count);
	rng_seed(&b->rng, seed, BATCHES_STREAM);
	start_epoch(b);
	return 0;
}

void batches_release(struct batches *b)
{
	free(b->order);
	*b = (struct batches){ 0 };
}

int batches_restore(struct batches *b, int position, int64_t epoch, const struct rng *rng, const struct rng *epoch_rng)
{
	if (position < 0 || position > b->count || epoch < 0)
		return err_set("position %d of epoch %lld in the training images, 0 to %d would be right", position, (long long)epoch,
			b->count);
	b->rng = *epoch_rng;
	start_epoch(b);
	b->rng = *rng;
	b->epoch = epoch;
	b->position = position;
	return 0;
}

void batches_next(struct batches *b, int *index, int n)
{
	for (int i = 0; i < n; i++) {
		if (b->position == b->count) {
			start_epoch(b);
			b->epoch++;
		}
		index[i] = b->order[b->position++];
	}
}

/* Images are volumes of depth 1; without augmentation a shift of 0. Bits are spread to bytes before a view looks at them. */
struct view {
	const struct dataset *data;
	int side[3];                     /* depth, rows, columns */
	int step[4];
	int channels;
	size_t values;                   /* of an example */
	int shift[3];                    /* the window's corner in the picture: negative is padding */
	bool mirror[3];
	int copy;                        /* of the example */
	double cosine, sine;             /* of the turn: 1 and 0, none */
	float value[CHANNELS_MAX][256];  /* of each byte, per channel */
};

static void view_init(struct view *v, const struct dataset *d)
{
	const struct normalisation *n = &d->normalisation;

	*v = (struct view){ .data = d, .side = { 1, 1, 1 }, .channels = d->input.channels, .cosine = 1 };
	memcpy(v->side + 3 - d->axes, d->input.side, (size_t)d->axes * sizeof *v->side);
	memcpy(v->step, d->order.step, sizeof v->step);
	v->values = (size_t)v->side[0] * (size_t)v->side[1] * (size_t)v->side[2] * (size_t)v->channels;
	for (int c = 0; c < v->channels; c++)
		for (int p = 0; p < 256; p++)
			v->value[c][p] = ((float)p / 255 - n->mean[c]) / n->deviation[c];
}

static void view_draw(struct view *v, struct rng *rng)
{
	const struct dataset *d = v->data;

	for (int i = 3 - d->axes; i < 3; i++)
		v->shift[i] = rng_below(rng, 2 * d->crop_padding + 1) - d->crop_padding;
	for (int i = 0; i < 3; i++)
		v->mirror[i] = d->mirror[i] && rng_below(rng, d->mirror[i]) == 1;
	v->copy = d->copies > 1 ? rng_below(rng, d->copies) : 0;
	if (d->turns > 1) {
		double angle = 2 * M_PI * rng_below(rng, d->turns) / d->turns;

		v->cosine = cos(angle);
		v->sine = sin(angle);
	}
}

/* Where along an axis place i of the batch's example comes from, which may be outside of the picture. */
static int source(const struct view *v, int axis, int i)
{
	return (v->mirror[axis] ? v->side[axis] - 1 - i : i) + v->shift[axis];
}

static bool inside(const struct view *v, int axis, int at)
{
	return at >= 0 && at < v->side[axis];
}

/* `from` is the row's first value, or NULL: padding. */
static void row_copy(const struct view *v, float *to, const uint8_t *from)
{
	for (int x = 0; x < v->side[2]; x++) {
		int at = source(v, 2, x);
		const uint8_t *p = from && inside(v, 2, at) ? from + at * v->step[2] : NULL;

		for (int c = 0; c < v->channels; c++)
			*to++ = v->value[c][p ? p[c * v->step[3]] : 0];
	}
}

static void example_copy(const struct view *v, float *to, const uint8_t *from)
{
	for (int z = 0; z < v->side[0]; z++) {
		for (int y = 0; y < v->side[1]; y++) {
			int sz = source(v, 0, z), sy = source(v, 1, y);
			bool in = inside(v, 0, sz) && inside(v, 1, sy);

			row_copy(v, to, in ? from + sz * v->step[0] + sy * v->step[1] : NULL);
			to += v->side[2] * v->channels;
		}
	}
}

/* The nearest value of the example turned about the middle of its rows and columns. One slice of the batch's example after the other. */
static void turned_copy(const struct view *v, float *to, const uint8_t *from)
{
	double middle_y = (v->side[1] - 1) / 2.0, middle_x = (v->side[2] - 1) / 2.0;

	for (int y = 0; y < v->side[1]; y++) {
		for (int x = 0; x < v->side[2]; x++) {
			double dy = y - middle_y, dx = x - middle_x;
			int at_y = (int)floor(middle_y + v->cosine * dy - v->sine * dx + 0.5);
			int at_x = (int)floor(middle_x + v->sine * dy + v->cosine * dx + 0.5);
			int sy = source(v, 1, at_y), sx = source(v, 2, at_x);
			bool in = inside(v, 1, sy) && inside(v, 2, sx);
			const uint8_t *column = from + (in ? sy * v->step[1] + sx * v->step[2] : 0);

			for (int z = 0; z < v->side[0]; z++) {
				int sz = source(v, 0, z);
				const uint8_t *p = in && inside(v, 0, sz) ? column + sz * v->step[0] : NULL;
				float *place = to + ((size_t)(z * v->side[1] + y) * (size_t)v->side[2] + (size_t)x) * (size_t)v->channels;

				for (int c = 0; c < v->channels; c++)
					place[c] = v->value[c][p ? p[c * v->step[3]] : 0];
			}
		}
	}
}

static void spread_bits(uint8_t *to, const uint8_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = from[i / 8] & 0x80 >> i % 8 ? 255 : 0;
}

void dataset_batch(const struct dataset *d, const struct split *split, const int *index, int n, struct rng *rng, float *x,
	int32_t *label)
{
	struct view v;
	uint8_t spread[VOLUME_MAX];

	view_init(&v, d);
	for (int i = 0; i < n; i++) {
		assert(split->pixels && index[i] >= 0 && index[i] < split->count);

		const uint8_t *from = split->pixels[index[i]];

		if (rng)
			view_draw(&v, rng);
		from += (size_t)v.copy * (d->order.bits ? v.values / 8 : v.values);
		if (d->order.bits) {
			spread_bits(spread, from, v.values);
			from = spread;
		}
		(v.cosine == 1 ? example_copy : turned_copy)(&v, x + (size_t)i * v.values, from);
		label[i] = split->labels[index[i]];
	}
}

void dataset_example(const struct dataset *d, const struct split *split, int index, uint8_t *to)
{
	struct view v;
	uint8_t spread[VOLUME_MAX];
	const uint8_t *from;

	assert(split->pixels && index >= 0 && index < split->count);
	from = split->pixels[index];
	view_init(&v, d);
	if (d->order.bits) {
		spread_bits(spread, from, v.values);
		from = spread;
	}
	for (int z = 0; z < v.side[0]; z++)
		for (int y = 0; y < v.side[1]; y++)
			for (int x = 0; x < v.side[2]; x++)
				for (int c = 0; c < v.channels; c++)
					*to++ = from[z * v.step[0] + y * v.step[1] + x * v.step[2] + c * v.step[3]];
}
