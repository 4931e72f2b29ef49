/*
 * imagenet.c -- ImageNet32x32 (Chrabaszcz, Loshchilov and Hutter, "A Downsampled Variant of ImageNet as an Alternative to the CIFAR datasets", 2017): ten
 * .npz archives of `data`, planes of 32x32, and `labels` from 1; or one, as others have joined them. Where the pictures are stored, as NumPy's
 * savez does it, they are left in the mapped files: 3.9 GB need no memory. The official validation images are the test set here.
 */
#include "src/data/imagenet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/data/npz.h"

enum { SIDE = 32, CHANNELS = 3, PLANE = SIDE * SIDE, PIXEL_BYTES = CHANNELS * PLANE, CROP_PADDING = 4, BATCHES = 10 };

#define ONE_TRAIN "imagenet32_train.npz"
#define BATCH(number) "train_data_batch_" number ".npz|" ONE_TRAIN
const char *const imagenet32_files[] = { BATCH("1"), BATCH("2"), BATCH("3"), BATCH("4"), BATCH("5"), BATCH("6"), BATCH("7"), BATCH("8"),
	BATCH("9"), BATCH("10"), "val_data.npz|imagenet32_val.npz", NULL };

/* Where they are in the archive, or a copy where they are deflated. */
static const uint8_t *get_pixels(struct npy *a, const char *path, struct memory *memory, bool check)
{
	const uint8_t *values = npy_values(a);
	uint8_t *copy;

	if (!values) {
		values = copy = memory_alloc(memory, path, (size_t)a->bytes);
		if (!copy || zip_read(&a->member, copy, (size_t)a->bytes) < 0 || zip_check(&a->member) < 0)
			return NULL;
	} else if (check && zip_check(&a->member) < 0) {
		return NULL;
	}
	return values;
}

static int open_pixels(struct npy *a, const struct zip *z)
{
	const int64_t planes[] = { -1, CHANNELS, SIDE, SIDE }, flat[] = { -1, PIXEL_BYTES };

	if (npy_open(a, z, "data") < 0)
		return -1;
	if (a->type != 'u' || a->type_bytes != 1)
		return err_set("%s: data.npy: values of type %c%d, where unsigned bytes (u1) would be right", z->path, a->type, a->type_bytes);
	return a->rank == 2 ? npy_check_shape(a, 2, flat) : npy_check_shape(a, 4, planes);
}

static int add_examples(struct examples *to, const char *path, const uint8_t *pixels, const int64_t *label, int64_t count, int classes)
{
	if (examples_reserve(to, (size_t)count) < 0)
		return err_prefix("%s", path);
	for (int64_t i = 0; i < count; i++) {
		if (label[i] < 1 || label[i] > classes)
			return err_set("%s: labels.npy: label %lld of example %lld, where 1 to %d would be right", path, (long long)label[i], (long long)i,
				classes);
		examples_add(to, pixels + (size_t)i * PIXEL_BYTES, (int)label[i] - 1);
	}
	return 0;
}

int imagenet32_read_file(const char *path, int classes, bool check, struct memory *memory, struct examples *to)
{
	struct npy a = { 0 };
	struct zip z;
	int64_t *label = NULL, count = 0;
	const uint8_t *pixels = NULL;
	int rc = npz_open(&z, memory, path);

	/* The small one first: what is wrong there is said without reading the large one. */
	if (rc == 0)
		rc = (label = npy_read_numbers(&z, "labels", &count)) ? open_pixels(&a, &z) : -1;
	if (rc == 0 && a.dim[0] != count)
		rc = err_set("%s: %lld labels, where %lld would be right: one for each picture", path, (long long)count, (long long)a.dim[0]);
	if (rc == 0)
		rc = (pixels = get_pixels(&a, path, memory, check)) ? add_examples(to, path, pixels, label, count, classes) : -1;
	npy_close(&a);
	free(label);
	return rc;
}

/* ---- names: "n02119789 1 kit_fox", a line a class, in any order ---- */

struct names {
	int count;
	char **name;                     /* owned; NULL: not named yet */
};

static void names_release(struct names *n)
{
	for (int i = 0; i < n->count; i++)
		free(n->name[i]);
	free(n->name);
	*n = (struct names){ 0 };
}

static int grow(struct names *n, int count)
{
	char **grown = realloc(n->name, (size_t)count * sizeof *grown);

	if (!grown)
		return err_set("out of memory");
	n->name = grown;
	while (n->count < count)
		n->name[n->count++] = NULL;
	return 0;
}

static int read_line(struct names *n, const char *path, int line, const char *text)
{
	char word[32], name[128];
	int number;

	if (text[strspn(text, " \t\r\n")] == '\0')
		return 0;
	if (sscanf(text, "%31s %d %127s", word, &number, name) != 3 || number < 1 || number > CLASSES_MAX)
		return err_set("%s: line %d: a word, the class's number and its name would be right (n02119789 1 kit_fox)", path, line);
	if (number > n->count && grow(n, number) < 0)
		return -1;
	if (n->name[number - 1])
		return err_set("%s: line %d: class %d has a name already", path, line, number);
	n->name[number - 1] = strdup(name);
	return n->name[number - 1] ? 0 : err_set("out of memory");
}

static int read_names(struct names *n, const char *path)
{
	FILE *f = fopen(path, "r");
	char text[512];
	int rc = f ? 0 : err_set("%s: cannot be read", path);

	for (int line = 1; rc == 0 && fgets(text, sizeof text, f); line++)
		rc = read_line(n, path, line, text);
	for (int i = 0; rc == 0 && i < n->count; i++)
		if (!n->name[i])
			rc = err_set("%s: class %d of %d has no name", path, i + 1, n->count);
	if (rc == 0 && n->count < 2)
		rc = err_set("%s: %d name%s, where 2 or more would be right", path, n->count, n->count == 1 ? "" : "s");
	if (f)
		fclose(f);
	return rc;
}

/* Without names classes are called by their numbers. */
static int number_names(struct names *n, int classes)
{
	char name[16];

	if (grow(n, classes) < 0)
		return -1;
	for (int i = 0; i < classes; i++) {
		snprintf(name, sizeof name, "%d", i + 1);
		if (!(n->name[i] = strdup(name)))
			return err_set("out of memory");
	}
	return 0;
}

/* ---- the data set ---- */

static int read_part(struct material *m, const char *folder, const char *file, int classes, struct examples *to)
{
	char path[1024];

	return format_path(path, folder, file) < 0 ? -1 : imagenet32_read_file(path, classes, !m->known, &m->memory, to);
}

static bool there_is(const char *folder, const char *file)
{
	char path[1024];

	return format_file(folder, file, false, path);
}

static int read_files(struct material *m, const char *folder, int classes)
{
	char batch[32];
	int rc = 0;

	if (there_is(folder, ONE_TRAIN)) {
		rc = read_part(m, folder, ONE_TRAIN, classes, &m->train);
	} else {
		for (int i = 1; i <= BATCHES && rc == 0; i++) {
			snprintf(batch, sizeof batch, "train_data_batch_%d.npz", i);
			rc = read_part(m, folder, batch, classes, &m->train);
		}
	}
	return rc < 0 ? -1 : read_part(m, folder, there_is(folder, "val_data.npz") ? "val_data.npz" : "imagenet32_val.npz", classes, &m->test);
}

static int largest_label(const struct material *m)
{
	int largest = 0;

	for (int i = 0; i < m->train.count; i++)
		largest = m->train.labels[i] > largest ? m->train.labels[i] : largest;
	for (int i = 0; i < m->test.count; i++)
		largest = m->test.labels[i] > largest ? m->test.labels[i] : largest;
	return largest + 1;
}

static int read_all(struct material *m, const char *folder, struct names *names)
{
	char path[1024];
	bool named;

	if (format_path(path, folder, "map_clsloc.txt") < 0)
		return -1;
	named = access(path, F_OK) == 0;
	if (named && read_names(names, path) < 0)
		return -1;
	if (read_files(m, folder, named ? names->count : CLASSES_MAX) < 0)
		return -1;
	if (!named && number_names(names, largest_label(m)) < 0)
		return -1;
	m->d->input.classes = names->count;
	return material_names(m, (const char *const *)names->name);
}

int imagenet32_read(struct material *m, const char *folder)
{
	struct dataset *d = m->d;
	struct names names = { 0 };
	int rc;

	d->axes = 2;
	d->input = (struct arch_input){ .side = { SIDE, SIDE }, .channels = CHANNELS };
	d->order = (struct pixel_order){ .step = { 0, SIDE, 1, PLANE } };
	d->mirror[2] = 2;
	d->crop_padding = CROP_PADDING;
	rc = read_all(m, folder, &names);
	names_release(&names);
	return rc;
}
