/*
 * images.c -- a person's own pictures: a folder for each class, of PNG files, perhaps in folders train, val and test. All become one size; they
 * are grey where none has colour.
 */
#include "src/data/images.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/data/folder.h"
#include "src/data/picture.h"

enum { SIDE_MIN = 8, SIDE_MAX = 512, SIDE_KEPT_MAX = 96, CROP_PADDING = 4, HELD_FEWEST = 3, BLOCK_SIDE_MAX = 48 };

enum part { TRAIN, VALIDATION, TEST, PARTS };
static const char *const part_names[PARTS][3] = {
	[TRAIN] = { "train", "training" }, [VALIDATION] = { "val", "valid", "validation" }, [TEST] = { "test", "testing" }
};

struct file {
	char *path;                      /* owned */
	uint64_t hash;                   /* of its name */
	enum part part;
	int class;
	int width, height;
};

struct listing {
	struct folder classes;
	struct file *file;
	int count, room;
	bool colour;
	int width, height;               /* what all become */
};

static void listing_release(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->file[i].path);
	free(l->file);
	folder_release(&l->classes);
}

/* ---- which files there are ---- */

static int add_file(struct listing *l, const char *folder, const char *name, enum part part, int class)
{
	char path[PATH_MAX];

	if (l->count == l->room) {
		int room = l->room ? 2 * l->room : 1024;
		struct file *grown = l->room > INT_MAX / 2 ? NULL : realloc(l->file, (size_t)room * sizeof *grown);

		if (!grown)
			return err_set("out of memory for a list of %d pictures", l->count);
		l->file = grown;
		l->room = room;
	}
	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return err_set("%.200s…/%.200s: longer than a path may be", folder, name);
	l->file[l->count] = (struct file){ .path = strdup(path), .hash = hash_text(name), .part = part, .class = class };
	return l->file[l->count].path ? (l->count++, 0) : err_set("out of memory for a list of %d pictures", l->count);
}

/* Pictures that would be passed over in silence are an error; other files are not. */
static int check_not_a_picture(const char *folder, const char *name)
{
	static const char *const endings[] = { "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "heic", "avif" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (has_ending(name, endings[i]))
			return err_set("%s/%s: PNG alone is read; convert it (ImageMagick: mogrify -format png)", folder, name);
	return 0;
}

static int list_class(struct listing *l, const char *folder, enum part part, int class)
{
	struct folder f;
	int rc = folder_list(&f, folder, true), before = l->count;

	if (rc == 0 && f.count)
		rc = err_set("%s/%s: a folder within a class's folder; pictures right in %s would be right", folder, f.name[0], folder);
	folder_release(&f);
	if (rc < 0 || folder_list(&f, folder, false) < 0)
		return -1;
	for (int i = 0; i < f.count && rc == 0; i++)
		rc = has_ending(f.name[i], "png") ? add_file(l, folder, f.name[i], part, class) : check_not_a_picture(folder, f.name[i]);
	folder_release(&f);
	return rc == 0 && l->count == before && part == TRAIN ? err_set("%s: no PNG files in it", folder) : rc;
}

/* The folders of a part's classes; those of the training set, which comes first, are the classes. */
static int list_part(struct listing *l, const char *folder, enum part part)
{
	struct folder f;
	char path[PATH_MAX];
	int rc = folder_list(&f, folder, true);

	if (part == TRAIN) {
		l->classes = f;
		if (rc == 0 && (f.count < 2 || f.count > CLASSES_MAX))
			return err_set("%s: %d folder%s, where 2 to %d would be right, one for each class with its PNG files", folder, f.count,
				f.count == 1 ? "" : "s", CLASSES_MAX);
	}
	for (int i = 0; i < f.count && rc == 0; i++) {
		int class = folder_find(&l->classes, f.name[i]);

		snprintf(path, sizeof path, "%s/%s", folder, f.name[i]);
		rc = class < 0 ? err_set("%s: a class that the training images do not have", path) : list_class(l, path, part, class);
	}
	if (part != TRAIN)
		folder_release(&f);
	return rc;
}

/* The folder of a part: one of its names, with folders in it (a class may be called train as well). False: there is none. */
static bool find_part(const char *root, const struct folder *folders, enum part part, char path[PATH_MAX])
{
	for (size_t i = 0; i < sizeof part_names[part] / sizeof *part_names[part]; i++) {
		struct folder inner = { 0 };
		bool found = false;

		if (!part_names[part][i] || folder_find(folders, part_names[part][i]) < 0)
			continue;
		snprintf(path, PATH_MAX, "%s/%s", root, part_names[part][i]);
		found = folder_list(&inner, path, true) < 0 || inner.count > 0;          /* unreadable: list_part will say so */
		folder_release(&inner);
		if (found)
			return true;
	}
	return false;
}

/* ---- shares, where there are no folders for them ---- */

/* Those of one class in an order that depends on their names alone: when a few are added, the others stay in their parts. */
static int compare_files(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* A tenth of each class's training images becomes another part, at least one where there are HELD_FEWEST. */
static void share(struct listing *l, enum part part)
{
	int from = 0, to;

	qsort(l->file, (size_t)l->count, sizeof *l->file, compare_files);
	for (; from < l->count && l->file[from].part == TRAIN; from = to) {
		int taken, class = l->file[from].class;

		for (to = from; to < l->count && l->file[to].part == TRAIN && l->file[to].class == class;)
			to++;
		taken = to - from < HELD_FEWEST ? 0 : to - from < 10 ? 1 : (to - from) / 10;
		for (int i = from; i < from + taken; i++)
			l->file[i].part = part;
	}
}

static int list_files(struct listing *l, const char *root)
{
	struct folder folders;
	char path[PARTS][PATH_MAX];
	bool found[PARTS] = { false };
	int rc = folder_list(&folders, root, true);

	for (int p = 0; p < PARTS && rc == 0; p++)
		found[p] = find_part(root, &folders, p, path[p]);
	folder_release(&folders);
	if (rc < 0 || list_part(l, found[TRAIN] ? path[TRAIN] : root, TRAIN) < 0)
		return -1;
	for (int p = VALIDATION; p < PARTS && found[TRAIN]; p++)
		if (found[p] && list_part(l, path[p], p) < 0)
			return -1;
	if (!found[TRAIN] || !found[TEST])
		share(l, TEST);
	if (!found[TRAIN])
		share(l, VALIDATION);
	qsort(l->file, (size_t)l->count, sizeof *l->file, compare_files);
	return 0;
}

/* ---- which size ---- */

static int look_at_one(void *context, int i)
{
	struct listing *l = context;
	struct file *f = &l->file[i];
	struct picture p;

	if (picture_look(f->path, &p) < 0)
		return -1;
	f->width = p.width;
	f->height = p.height;
	if (p.channels > 1) {
		#pragma omp atomic write
		l->colour = true;
	}
	return 0;
}

static int shorter_side(const struct file *f)
{
	return f->width < f->height ? f->width : f->height;
}

static int compare_sides(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Of the shorter sides, if it is not too much for a processor. 0: out of memory. */
static int median_side(const struct listing *l)
{
	int *side = malloc((size_t)l->count * sizeof *side), median = 0;

	for (int i = 0; side && i < l->count; i++)
		side[i] = shorter_side(&l->file[i]);
	if (side) {
		qsort(side, (size_t)l->count, sizeof *side, compare_sides);
		median = side[l->count / 2];
	}
	free(side);
	return median < SIDE_KEPT_MAX ? median : SIDE_KEPT_MAX;
}

/* Pictures of one small size keep it; others become squares. */
static int choose_size(struct listing *l, int side)
{
	bool same = true;

	if (each_of(l->count, "looking at pictures", look_at_one, l) < 0)
		return -1;
	l->width = l->file[0].width;
	l->height = l->file[0].height;
	for (int i = 1; i < l->count; i++)
		same &= l->file[i].width == l->width && l->file[i].height == l->height;
	if (!side && same && l->width <= SIDE_KEPT_MAX && l->height <= SIDE_KEPT_MAX)
		return 0;
	if (!side && !(side = median_side(l)))
		return err_set("out of memory for a list of %d pictures", l->count);
	l->width = l->height = side;
	return 0;
}

/* ---- pixels ---- */

struct job {
	const struct listing *listing;
	uint8_t *pixels;
	size_t bytes;                    /* of a picture */
};

static int read_one(void *context, int i)
{
	const struct job *job = context;
	const struct listing *l = job->listing;
	struct picture p;
	int rc = picture_read(l->file[i].path, l->colour ? 3 : 1, &p);

	if (rc == 0)
		rc = picture_fit(&p, l->width, l->height, job->pixels + (size_t)i * job->bytes);
	picture_release(&p);
	return rc;
}

static int read_pixels(struct material *m, const struct listing *l, const char *folder)
{
	struct examples *const parts[PARTS] = { [TRAIN] = &m->train, [VALIDATION] = &m->validation, [TEST] = &m->test };
	struct job job = { .listing = l, .bytes = (size_t)l->width * (size_t)l->height * (l->colour ? 3 : 1) };
	int count[PARTS] = { 0 };

	job.pixels = memory_alloc(&m->memory, folder, job.bytes * (size_t)l->count);
	if (!job.pixels || each_of(l->count, "reading pictures", read_one, &job) < 0)
		return -1;
	for (int i = 0; i < l->count; i++)
		count[l->file[i].part]++;
	for (int p = 0; p < PARTS; p++)
		if (examples_reserve(parts[p], (size_t)count[p]) < 0)
			return -1;
	for (int i = 0; i < l->count; i++)
		examples_add(parts[l->file[i].part], job.pixels + (size_t)i * job.bytes, l->file[i].class);
	return 0;
}

/* ---- the variant: a side, and whether mirror images are of the same class ---- */

static int parse_variant(const char *variant, int *side, bool *mirror)
{
	static const char right[] = "a side of 8 to 512 pixels, mirror, or both as 64+mirror would be right";
	const char *text = variant;

	*side = 0;
	*mirror = false;
	while (*text) {
		size_t n = strcspn(text, "+");
		char *end;
		long number = strtol(text, &end, 10);

		if (n == 6 && memcmp(text, "mirror", n) == 0)
			*mirror = true;
		else if (end == text + n && number >= SIDE_MIN && number <= SIDE_MAX)
			*side = (int)number;
		else
			return err_set("images@%s: %s", variant, right);
		text += n + (text[n] == '+');
	}
	return 0;
}

/* Large pictures are made smaller at once, so that blocks begin with at most 48 pixels, as the paper's do with STL-10. */
static int stem_stride(const struct listing *l)
{
	int side = l->width > l->height ? l->width : l->height;

	return (side + BLOCK_SIDE_MAX - 1) / BLOCK_SIDE_MAX;
}

int images_read(struct material *m, const char *folder)
{
	struct dataset *d = m->d;
	struct listing l = { 0 };
	bool mirror;
	int side, rc = -1;

	if (parse_variant(m->variant, &side, &mirror) == 0 && list_files(&l, folder) == 0 && choose_size(&l, side) == 0) {
		int channels = l.colour ? 3 : 1;

		d->axes = 2;
		d->input = (struct arch_input){ .side = { l.height, l.width }, .channels = channels, .classes = l.classes.count,
			.stem_stride = stem_stride(&l) };
		d->order = (struct pixel_order){ .step = { 0, l.width * channels, channels, 1 } };
		d->mirror[2] = mirror ? 2 : 0;
		d->crop_padding = CROP_PADDING;
		rc = material_names(m, (const char *const *)l.classes.name) < 0 ? -1 : read_pixels(m, &l, folder);
	}
	listing_release(&l);
	return rc;
}
