/* batches.c -- which examples come next, and how bytes become a batch of floats. */
#include "src/data/dataset.h"

#include <assert.h>
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

/* Images are volumes of depth 1; without augmentation a shift of 0. */
struct view {
	int side[3];                     /* depth, rows, columns */
	int channels;
	int shift[3];                    /* the window's corner in the picture: negative is padding */
	bool mirror;
	float value[4][256];             /* of each byte, per channel */
};

static void view_init(struct view *v, const struct dataset *d)
{
	*v = (struct view){ .side = { 1, 1, 1 }, .channels = d->input.channels };
	memcpy(v->side + 3 - d->axes, d->input.side, (size_t)d->axes * sizeof *v->side);
	for (int c = 0; c < v->channels; c++)
		for (int p = 0; p < 256; p++)
			v->value[c][p] = ((float)p / 255 - d->mean[c]) / d->deviation[c];
}

static void view_draw(struct view *v, const struct dataset *d, struct rng *rng)
{
	for (int i = 3 - d->axes; i < 3; i++)
		v->shift[i] = rng_below(rng, 2 * d->crop_padding + 1) - d->crop_padding;
	v->mirror = d->mirror && rng_below(rng, 2);
}

static void row_copy(const struct view *v, float *to, const uint8_t *from)
{
	int width = v->side[2];

	for (int x = 0; x < width; x++) {
		int source = (v->mirror ? width - 1 - x : x) + v->shift[2];
		bool inside = from && source >= 0 && source < width;

		for (int c = 0; c < v->channels; c++)
			*to++ = v->value[c][inside ? from[source * v->channels + c] : 0];
	}
}

static void example_copy(const struct view *v, float *to, const uint8_t *from)
{
	size_t row = (size_t)v->side[2] * (size_t)v->channels;

	for (int z = 0; z < v->side[0]; z++) {
		for (int y = 0; y < v->side[1]; y++) {
			int source_z = z + v->shift[0], source_y = y + v->shift[1];
			bool inside = source_z >= 0 && source_z < v->side[0] && source_y >= 0 && source_y < v->side[1];

			row_copy(v, to, inside ? from + (size_t)(source_z * v->side[1] + source_y) * row : NULL);
			to += row;
		}
	}
}

void dataset_batch(const struct dataset *d, const struct split *split, const int *index, int n, struct rng *rng, float *x,
	int32_t *label)
{
	struct view v;

	view_init(&v, d);

	size_t bytes = (size_t)v.side[0] * (size_t)v.side[1] * (size_t)v.side[2] * (size_t)v.channels;

	for (int i = 0; i < n; i++) {
		assert(index[i] >= 0 && index[i] < split->count);
		if (rng)
			view_draw(&v, d, rng);
		example_copy(&v, x + (size_t)i * bytes, split->pixels + (size_t)index[i] * bytes);
		label[i] = split->labels[index[i]];
	}
}
