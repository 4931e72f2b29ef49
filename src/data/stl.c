/*
 * stl.c -- STL-10 (Coates, Lee and Ng, "An Analysis of Single Layer Networks in Unsupervised Feature Learning", 2011), binary version: pictures of
 * 96x96, three planes each, column by column; labels from 1. A fold is a line of numbers of training images. Pictures without labels are of
 * no use here.
 */
#include "src/data/stl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { SIDE = 96, CHANNELS = 3, PLANE = SIDE * SIDE, PIXEL_BYTES = CHANNELS * PLANE, CLASSES = 10, FOLDS = 10, FOLD_IMAGES = 1000, CROP_PADDING = 12, STEM_STRIDE = 2 };

const char *const stl10_files[] = { "train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin", NULL };

int stl10_read_part(const char *pictures, const char *labels, struct memory *memory, struct examples *to)
{
	size_t picture_bytes, label_bytes;
	const uint8_t *label = memory_map(memory, labels, &label_bytes), *at = label ? memory_map(memory, pictures, &picture_bytes) : NULL;

	if (!at)
		return -1;
	if (picture_bytes % PIXEL_BYTES)
		return err_set("%s: %zu bytes, where a multiple of %d would be right (pictures of 3x96x96); get the file again", pictures,
			picture_bytes, PIXEL_BYTES);
	if (label_bytes != picture_bytes / PIXEL_BYTES)
		return err_set("%s: %zu labels, where %zu would be right: one for each picture of %s", labels, label_bytes,
			picture_bytes / PIXEL_BYTES, pictures);
	if (examples_reserve(to, label_bytes) < 0)
		return err_prefix("%s", pictures);
	for (size_t i = 0; i < label_bytes; i++) {
		if (label[i] < 1 || label[i] > CLASSES)
			return err_set("%s: label %d in byte %zu, where 1 to %d would be right", labels, label[i], i, CLASSES);
		examples_add(to, at + i * PIXEL_BYTES, label[i] - 1);
	}
	return 0;
}

/* ---- folds ---- */

/* Puts the next number of a line into *number: 1, 0 at the line's end, -1 where something else stands. */
static int next_number(FILE *f, long *number)
{
	int c = getc(f), digits = 0;

	while (c == ' ' || c == '\t' || c == '\r')
		c = getc(f);
	if (c == '\n' || c == EOF) {
		ungetc(c, f);
		return 0;
	}
	for (*number = 0; isdigit(c) && digits < 9; c = getc(f), digits++)
		*number = 10 * *number + (c - '0');
	ungetc(c, f);
	return digits && (c == EOF || isspace(c)) ? 1 : -1;
}

/* The numbers of a line into `index`: how many, or -1. */
static int read_line(FILE *f, const char *path, int line, int count, int *index, bool *taken)
{
	long number;
	int n = 0, found;

	while ((found = next_number(f, &number)) > 0) {
		if (number >= count)
			return err_set("%s: line %d: image %ld, where 0 to %d would be right", path, line, number, count - 1);
		if (taken[number])
			return err_set("%s: line %d: image %ld comes twice", path, line, number);
		taken[number] = true;
		index[n++] = (int)number;
	}
	return found < 0 ? err_set("%s: line %d: numbers of images would be right, and nothing else", path, line) : n;
}

int stl10_read_fold(const char *path, int fold, int count, int *index)
{
	FILE *f = fopen(path, "r");
	bool *taken = calloc((size_t)count + 1, sizeof *taken);
	int n = 0, line = 0, c = 0;

	if (!f) {
		n = err_set("%s: %s", path, strerror(errno));
	} else if (!taken) {
		n = err_set("out of memory");
	} else {
		while (line < fold && (c = getc(f)) != EOF)
			line += c == '\n';
		n = read_line(f, path, fold + 1, count, index, taken);
		if (n == 0)
			n = err_set("%s: line %d, of fold %d, is missing", path, fold + 1, fold);
	}
	if (f)
		fclose(f);
	free(taken);
	return n;
}

/* Only the fold's training images stay. */
static int keep_fold(struct material *m, const char *folder)
{
	const char *variant = m->variant;
	struct examples all = m->train;
	char path[1024];
	int *index, n;

	if (!*variant)
		return 0;
	m->d->published_train = FOLD_IMAGES;
	if (variant[0] < '0' || variant[0] >= '0' + FOLDS || variant[1])
		return err_set("stl10@%s: a fold from 0 to %d would be right", variant, FOLDS - 1);
	if (format_path(path, folder, "fold_indices.txt") < 0)
		return -1;
	index = malloc((size_t)all.count * sizeof *index);
	n = index ? stl10_read_fold(path, variant[0] - '0', all.count, index) : err_set("out of memory");
	if (n > 0) {
		m->train = (struct examples){ 0 };
		if (examples_reserve(&m->train, (size_t)n) == 0)
			for (int i = 0; i < n; i++)
				examples_add(&m->train, all.pixels[index[i]], all.labels[index[i]]);
		examples_release(&all);
	}
	free(index);
	return n > 0 && m->train.count == n ? 0 : -1;
}

int stl10_read(struct material *m, const char *folder)
{
	static const char *const names[CLASSES] = { "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck" };
	struct dataset *d = m->d;
	char path[4][1024];

	for (int i = 0; i < 4; i++)
		if (format_path(path[i], folder, stl10_files[i]) < 0)
			return -1;
	d->axes = 2;
	d->input = (struct arch_input){ .side = { SIDE, SIDE }, .channels = CHANNELS, .classes = CLASSES, .stem_stride = STEM_STRIDE };
	d->order = (struct pixel_order){ .step = { 0, 1, SIDE, PLANE } };
	d->mirror[2] = 2;
	d->crop_padding = CROP_PADDING;
	if (stl10_read_part(path[0], path[1], &m->memory, &m->train) < 0 || stl10_read_part(path[2], path[3], &m->memory, &m->test) < 0 ||
	    keep_fold(m, folder) < 0)
		return -1;
	return material_read_names(m, folder, "class_names.txt", names);
}
