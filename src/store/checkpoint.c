/*
 * checkpoint.c -- tensors of a checkpoint:
 *     NAME, NAME.m, NAME.v     each parameter, and the optimiser's two moments of it
 *     training.position        step, position in the batches' order, epoch
 *     training.seconds
 *     rng.*                    the generators' states
 * The format has no checksum of its own: one over all values stands in the metadata.
 *
 * Saving writes a new file, renames the current one to previous and the new one to current. Cut off between the two renames it
 * leaves no current one, and loading falls back to the previous.
 */
#include "src/store/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/store/file.h"
#include "src/store/safetensors.h"

#define FORMAT "smashtop checkpoint 1"

static const char current_name[] = "checkpoint.safetensors";
static const char previous_name[] = "checkpoint-previous.safetensors";
static const char damaged_name[] = "checkpoint-damaged.safetensors";
static const char new_name[] = "checkpoint-new.safetensors";

static const char position_name[] = "training.position";
enum { POSITION_STEP, POSITION_BATCH, POSITION_EPOCH, POSITION_NUMBERS };

static const struct { const char *name; size_t offset; } generators[] = {
	{ "rng.sampler", offsetof(struct checkpoint_state, sampler) },
	{ "rng.augmentation", offsetof(struct checkpoint_state, augmentation) },
	{ "rng.noise", offsetof(struct checkpoint_state, noise) },
	{ "rng.batches", offsetof(struct checkpoint_state, batches_rng) },
	{ "rng.batches_epoch", offsetof(struct checkpoint_state, batches_epoch_rng) },
};
enum { GENERATORS = sizeof generators / sizeof *generators, SLABS = 3, STATE_TENSORS = GENERATORS + 2, RNG_WORDS = 4 };

static const char *const slab_endings[SLABS] = { "", ".m", ".v" };

/* The slabs on the host, and the tensors that point into them: as a file should hold them. */
struct image {
	float *slab[SLABS];
	int64_t position[POSITION_NUMBERS];
	struct checkpoint_state state;
	struct st_tensor *tensor;
	int count;
};

static void image_release(struct image *im)
{
	for (int i = 0; i < SLABS; i++)
		free(im->slab[i]);
	free(im->tensor);
	*im = (struct image){ 0 };
}

static struct st_tensor *image_add(struct image *im, enum st_type type, void *data, const struct shape *shape, const char *name,
	const char *ending)
{
	struct st_tensor *t = &im->tensor[im->count++];
	int n = snprintf(t->name, sizeof t->name, "%s%s", name, ending);

	assert(n < (int)sizeof t->name);
	(void)n;
	t->type = type;
	t->data = data;
	t->rank = shape->rank;
	for (int i = 0; i < shape->rank; i++)
		t->dim[i] = shape->dim[i];
	t->bytes = st_bytes(t);
	return t;
}

static int image_init(struct image *im, const struct params *ps)
{
	*im = (struct image){ .tensor = calloc((size_t)ps->count * SLABS + STATE_TENSORS, sizeof *im->tensor) };
	for (int i = 0; i < SLABS; i++)
		im->slab[i] = calloc(ps->size + 1, sizeof **im->slab);
	if (!im->tensor || !im->slab[0] || !im->slab[1] || !im->slab[2]) {
		image_release(im);
		return err_set("checkpoint: out of memory");
	}
	for (int i = 0; i < ps->count; i++)
		for (int k = 0; k < SLABS; k++)
			image_add(im, ST_F32, im->slab[k] + ps->list[i].offset, &ps->list[i].shape, ps->list[i].name, slab_endings[k]);
	image_add(im, ST_I64, im->position, &SHAPE(POSITION_NUMBERS), position_name, "");
	image_add(im, ST_F64, &im->state.seconds, &SHAPE(1), "training.seconds", "");
	for (int i = 0; i < GENERATORS; i++)
		image_add(im, ST_I64, (char *)&im->state + generators[i].offset, &SHAPE(RNG_WORDS), generators[i].name, "");
	return 0;
}

/* In the order of the image, whatever the order in the file. */
static unsigned long checksum(const struct image *im)
{
	unsigned long sum = crc32_z(0, NULL, 0);

	for (int i = 0; i < im->count; i++)
		sum = crc32_z(sum, im->tensor[i].data, im->tensor[i].bytes);
	return sum;
}

/* Saving. */

static void download(struct image *im, const struct params *ps, const struct checkpoint_state *state)
{
	const float *device[SLABS] = { ps->value, ps->m, ps->v };

	for (int k = 0; k < SLABS; k++)
		ps->be->k->download(ps->be, im->slab[k], device[k], ps->size * sizeof(float));
	im->state = *state;
	im->position[POSITION_STEP] = state->step;
	im->position[POSITION_BATCH] = state->batches_position;
	im->position[POSITION_EPOCH] = state->batches_epoch;
}

/* One that is missing has nowhere to go. */
static int rotate(const char *run_path, const char *from_name, const char *to_name)
{
	char from[PATH_MAX], to[PATH_MAX];

	file_path(from, run_path, from_name);
	file_path(to, run_path, to_name);
	return access(from, F_OK) < 0 && errno == ENOENT ? 0 : file_rename(from, to);
}

int checkpoint_save(struct run *r, const struct params *ps, const struct checkpoint_state *state)
{
	struct image im;
	char path[PATH_MAX], sum[16];
	int rc = -1;

	assert(r->lock >= 0);
	if (image_init(&im, ps) < 0)
		return -1;
	download(&im, ps, state);
	if (!backend_ok(ps->be)) {
		image_release(&im);
		return err_set("checkpoint: the device failed: %s", ps->be->failure);
	}
	snprintf(sum, sizeof sum, "%08lx", checksum(&im));

	json_t *metadata = json_pack("{s:s, s:s}", "format", FORMAT, "crc32", sum);

	file_path(path, r->path, new_name);
	if (!metadata)
		err_set("%s: out of memory", path);
	else if (st_write(path, im.tensor, im.count, metadata) == 0 && rotate(r->path, current_name, previous_name) == 0)
		rc = rotate(r->path, new_name, current_name);
	json_decref(metadata);
	image_release(&im);
	return rc;
}

/* Loading. */

static void shape_of(const struct st_tensor *t, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, t->rank ? "" : "a number");

	for (int i = 0; i < t->rank && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%ld", i ? "x" : "", t->dim[i]);
}

static int take(struct image *im, int index, const struct st_file *file, const char *path)
{
	const struct st_tensor *want = &im->tensor[index], *have = st_find(file, want->name);
	char is[200], should[200];

	if (!have)
		return err_set("%s: has no tensor %s", path, want->name);
	shape_of(have, is, sizeof is);
	shape_of(want, should, sizeof should);
	if (have->type != want->type || strcmp(is, should) != 0)
		return err_set("%s: tensor %s is %s%s, where %s would be right", path, want->name, is,
			have->type != want->type ? " of another type" : "", should);
	memcpy(want->data, have->data, want->bytes);
	return 0;
}

static int check_values(const struct image *im, const struct st_file *file, const char *path)
{
	const char *sum = json_string_value(json_object_get(file->metadata, "crc32"));
	const int64_t *p = im->position;
	char *end;

	if (!sum || strtoul(sum, &end, 16) != checksum(im) || *end)
		return err_set("%s: damaged: its values do not add up to its checksum", path);
	if (p[POSITION_STEP] < 0 || p[POSITION_BATCH] < 0 || p[POSITION_BATCH] > INT_MAX || p[POSITION_EPOCH] < 0)
		return err_set("%s: damaged: impossible position", path);
	return 0;
}

/* Everything is checked before anything is taken. */
static int load(struct image *im, const char *run_path, const char *name)
{
	char path[PATH_MAX];
	struct st_file file;
	const char *format;
	int rc = -1;

	file_path(path, run_path, name);
	if (st_read(path, &file) < 0)
		return -1;
	format = json_string_value(json_object_get(file.metadata, "format"));
	if (!format || strcmp(format, FORMAT) != 0) {
		err_set("%s: its format is %.40s, where " FORMAT " would be right", path, format ? format : "not named");
		goto out;
	}
	for (int i = 0; i < im->count; i++)
		if (take(im, i, &file, path) < 0)
			goto out;
	if (file.count != im->count) {
		err_set("%s: has %d tensors, where %d would be right", path, file.count, im->count);
		goto out;
	}
	rc = check_values(im, &file, path);
out:
	st_release(&file);
	return rc;
}

static void upload(const struct image *im, struct params *ps, struct checkpoint_state *state)
{
	float *device[SLABS] = { ps->value, ps->m, ps->v };

	for (int k = 0; k < SLABS; k++)
		ps->be->k->upload(ps->be, device[k], im->slab[k], ps->size * sizeof(float));
	ps->be->k->sync(ps->be);                     /* the host's copy goes away */
	*state = im->state;
	state->step = im->position[POSITION_STEP];
	state->batches_position = (int)im->position[POSITION_BATCH];
	state->batches_epoch = im->position[POSITION_EPOCH];
}

static bool is_there(const char *run_path, const char *name)
{
	char path[PATH_MAX];

	file_path(path, run_path, name);
	return access(path, F_OK) == 0 || errno != ENOENT;
}

/* A save that was cut off leaves these. */
static void remove_strays(const char *run_path)
{
	static const char *const names[] = { "checkpoint-new.safetensors", "checkpoint-new.safetensors.tmp" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		file_path(path, run_path, names[i]);
		unlink(path);
	}
}

/* The newest failed, for the reason in err_last(): tries the previous one. */
static int fall_back(struct run *r, struct image *im, char *notice, size_t size)
{
	char reason[512];
	bool damaged = is_there(r->path, current_name);

	snprintf(reason, sizeof reason, "%s", err_last());
	if (!is_there(r->path, previous_name))
		return err_set("%s; there is no %s to go back to", reason, previous_name);
	if (load(im, r->path, previous_name) < 0)
		return err_set("%s; %s", reason, err_last());
	snprintf(notice, size, "%s; went back to %s, step %lld", reason, previous_name, (long long)im->position[POSITION_STEP]);
	run_log(r, "%s", notice);
	/* Out of the way: the next save would make it the previous one, in place of the good one. */
	return damaged && r->lock >= 0 ? rotate(r->path, current_name, damaged_name) : 0;
}

int checkpoint_load(struct run *r, struct params *ps, struct checkpoint_state *state, char *notice, size_t size)
{
	struct image im;
	int rc;

	if (size)
		*notice = '\0';
	if (r->lock >= 0)
		remove_strays(r->path);
	if (!is_there(r->path, current_name) && !is_there(r->path, previous_name))
		return 1;
	if (image_init(&im, ps) < 0)
		return -1;
	rc = load(&im, r->path, current_name) == 0 ? 0 : fall_back(r, &im, notice, size);
	if (rc == 0)
		upload(&im, ps, state);
	image_release(&im);
	return rc;
}

int64_t checkpoint_step(const char *run_path)
{
	static const char *const names[] = { current_name, previous_name };
	struct st_file file;
	char path[PATH_MAX];
	int64_t step = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names && step == 0; i++) {
		file_path(path, run_path, names[i]);
		if (st_read_one(path, position_name, &file) < 0)
			continue;

		const struct st_tensor *t = &file.tensor[0];

		if (t->type == ST_I64 && t->rank == 1 && t->dim[0] == POSITION_NUMBERS)
			step = ((const int64_t *)t->data)[POSITION_STEP];
		st_release(&file);
	}
	return step > 0 ? step : 0;
}
