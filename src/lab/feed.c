/* feed.c -- what goes to the device for a pass, images, labels and an encoding, and what comes back, losses. */
#include "src/lab/feed.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

int feed_init(struct feed *f, struct backend *be, const struct dataset *data, const struct layout *layout, int room)
{
	*f = (struct feed){ .be = be, .data = data, .layout = layout, .room = room };
	f->image_shape.rank = data->axes + 2;
	f->image_shape.dim[0] = 1;
	for (int a = 0; a < data->axes; a++)
		f->image_shape.dim[1 + a] = data->input.side[a];
	f->image_shape.dim[data->axes + 1] = data->input.channels;

	size_t x = room * shape_count(&f->image_shape);
	size_t plain = encoding_room(layout);

	f->code_room = plain / layout->channels * (layout->channels + (layout->space.noise ? 1 : 0));
	f->host_x = malloc(x * sizeof(float));
	f->host_label = malloc(room * sizeof(int32_t));
	f->host_code = malloc(f->code_room * sizeof(float));
	f->host_result = malloc(2 * room * sizeof(float));
	if (layout->space.noise)
		f->plain_code = malloc(plain * sizeof(float));
	if (!f->host_x || !f->host_label || !f->host_code || !f->host_result || (layout->space.noise && !f->plain_code))
		return err_set("out of memory for a batch of %d images", room);
	f->x = be->k->alloc(be, x * sizeof(float));
	f->label = be->k->alloc(be, room * sizeof(int32_t));
	f->code = be->k->alloc(be, f->code_room * sizeof(float));
	f->result = be->k->alloc(be, 2 * room * sizeof(float));
	return f->x && f->label && f->code && f->result ? 0 : -1;
}

void feed_release(struct feed *f)
{
	free(f->host_x);
	free(f->host_label);
	free(f->host_code);
	free(f->host_result);
	free(f->plain_code);
	if (f->be) {
		f->be->k->free(f->be, f->x);
		f->be->k->free(f->be, f->label);
		f->be->k->free(f->be, f->code);
		f->be->k->free(f->be, f->result);
	}
	*f = (struct feed){ 0 };
}

void feed_images(struct feed *f, const struct split *split, const int *index, int n, struct rng *augmentation)
{
	dataset_batch(f->data, split, index, n, augmentation, f->host_x, f->host_label);
	f->images = n;
	f->image_shape.dim[0] = n;
	f->be->k->upload(f->be, f->x, f->host_x, shape_count(&f->image_shape) * sizeof(float));
	f->be->k->upload(f->be, f->label, f->host_label, n * sizeof(int32_t));
}

/* [elements, channels] -> [elements, channels + 1] */
static void add_noise(float *to, const float *from, size_t elements, int channels, struct rng *noise)
{
	for (size_t i = 0; i < elements; i++) {
		for (int c = 0; c < channels; c++)
			*to++ = *from++;
		*to++ = (float)rng_normal(noise);
	}
}

/* Uploads what stands in plain_code (with noise) or host_code (without). */
static void upload_code(struct feed *f, const struct arch *arch, struct rng *noise)
{
	const struct layout *layout = f->layout;
	int slices = encoding_slices(layout, arch);
	bool noisy = layout->space.noise;

	f->code_shape = SHAPE(1, layout->rows, slices, layout->channels + (noisy ? 1 : 0));
	if (noisy)
		add_noise(f->host_code, f->plain_code, (size_t)layout->rows * slices, layout->channels, noise);
	f->be->k->upload(f->be, f->code, f->host_code, shape_count(&f->code_shape) * sizeof(float));
}

void feed_encoding(struct feed *f, const struct arch *arch, struct rng *noise)
{
	encode(f->layout, arch, f->layout->space.noise ? f->plain_code : f->host_code);
	upload_code(f, arch, noise);
}

void feed_encoding_values(struct feed *f, const struct arch *arch, const float *code, struct rng *noise)
{
	size_t count = (size_t)f->layout->rows * encoding_slices(f->layout, arch) * f->layout->channels;

	memcpy(f->layout->space.noise ? f->plain_code : f->host_code, code, count * sizeof(float));
	upload_code(f, arch, noise);
}

struct tensor *feed_image_leaf(struct feed *f, struct tape *tape)
{
	return tape_leaf(tape, f->image_shape, f->x, NULL);
}

struct tensor *feed_encoding_leaf(struct feed *f, struct tape *tape)
{
	return tape_leaf(tape, f->code_shape, f->code, NULL);
}

struct tensor *feed_loss(struct feed *f, struct tape *tape, struct tensor *logits)
{
	return op_cross_entropy(tape, logits, f->label, f->result + f->images);
}

void feed_keep_loss(struct feed *f, const struct tensor *loss)
{
	f->be->k->copy(f->be, f->result, loss->value, f->images * sizeof(float));
}

void feed_fetch(struct feed *f)
{
	f->be->k->download(f->be, f->host_result, f->result, 2 * f->images * sizeof(float));
}
