/*
 * svhn.c -- Street View House Numbers, cropped digits (Netzer et al., "Reading Digits in Natural Images with Unsupervised Feature Learning", 2011):
 * MATLAB files of X [32, 32, 3, N], the first dimension running fastest, and y, where 10 is the digit 0.
 */
#include "src/data/svhn.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/matlab.h"

enum { SIDE = 32, CHANNELS = 3, PLANE = SIDE * SIDE, PIXEL_BYTES = CHANNELS * PLANE, CLASSES = 10, CROP_PADDING = 4 };

const char *const svhn_files[] = { "train_32x32.mat", "test_32x32.mat", NULL };

struct part {
	uint8_t *pixels;
	int64_t *label;                  /* owned */
	size_t pictures, labels;
};

static int read_pictures(struct matlab *f, const struct matlab_array *a, const char *path, struct memory *memory, struct part *p)
{
	if (a->rank != 4 || a->dim[0] != SIDE || a->dim[1] != SIDE || a->dim[2] != CHANNELS || p->pixels)
		return err_set("%s: X: one array of 32x32x3xN would be right", path);
	p->pictures = (size_t)a->dim[3];
	p->pixels = memory_alloc(memory, path, a->count);
	return p->pixels ? matlab_read_bytes(f, a, p->pixels) : -1;
}

static int read_labels(struct matlab *f, const struct matlab_array *a, const char *path, struct part *p)
{
	if (a->rank != 2 || (a->dim[0] != 1 && a->dim[1] != 1) || p->label)
		return err_set("%s: y: one list of labels would be right", path);
	p->labels = a->count;
	p->label = malloc(a->count * sizeof *p->label + 1);
	return p->label ? matlab_read_numbers(f, a, p->label) : err_set("out of memory");
}

static int read_arrays(struct matlab *f, const char *path, struct memory *memory, struct part *p)
{
	struct matlab_array a;
	int found;

	while ((found = matlab_next(f, &a)) > 0) {
		if ((strcmp(a.name, "X") == 0 && read_pictures(f, &a, path, memory, p) < 0) ||
		    (strcmp(a.name, "y") == 0 && read_labels(f, &a, path, p) < 0))
			return -1;
	}
	if (found < 0)
		return -1;
	if (!p->pixels || !p->label)
		return err_set("%s: there is no %s in it; X, the pictures, and y, their labels, would be right", path, p->pixels ? "y" : "X");
	return p->labels == p->pictures ? 0 : err_set("%s: %zu labels, where %zu would be right: one for each picture", path, p->labels, p->pictures);
}

static int add_examples(struct examples *to, const char *path, const struct part *p)
{
	if (examples_reserve(to, p->pictures) < 0)
		return err_prefix("%s", path);
	for (size_t i = 0; i < p->pictures; i++) {
		if (p->label[i] < 1 || p->label[i] > CLASSES)
			return err_set("%s: y: label %lld of picture %zu, where 1 to %d would be right", path, (long long)p->label[i], i, CLASSES);
		examples_add(to, p->pixels + i * PIXEL_BYTES, (int)p->label[i] % CLASSES);
	}
	return 0;
}

int svhn_read_file(const char *path, struct memory *memory, struct examples *to)
{
	struct part p = { 0 };
	struct matlab *f = matlab_open(path, memory);
	int rc = f && read_arrays(f, path, memory, &p) == 0 ? add_examples(to, path, &p) : -1;

	matlab_close(f);
	free(p.label);
	return rc;
}

int svhn_read(struct material *m, const char *folder)
{
	static const char *const names[CLASSES] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	struct examples *const parts[] = { &m->train, &m->test };
	struct dataset *d = m->d;
	char path[1024];

	for (int i = 0; i < 2; i++)
		if (format_path(path, folder, svhn_files[i]) < 0 || svhn_read_file(path, &m->memory, parts[i]) < 0)
			return -1;
	d->axes = 2;
	d->input = (struct arch_input){ .side = { SIDE, SIDE }, .channels = CHANNELS, .classes = CLASSES };
	d->order = (struct pixel_order){ .step = { 0, 1, SIDE, PLANE } };
	d->crop_padding = CROP_PADDING;
	return material_names(m, names);
}
