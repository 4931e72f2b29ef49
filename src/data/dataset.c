/* dataset.c -- what data sets have in common once their files are read: held-out images, mean and deviation, class names. */
#include "src/data/format.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/data/md5.h"

enum { VALIDATION_IMAGES = 5000, TRAIN_IMAGES_FOR_THAT = 50000, SPLIT_SEED = 2017, SPLIT_STREAM = 0, MEASURED_AT_ONCE = 1024 };

static size_t example_values(const struct dataset *d)
{
	size_t values = (size_t)d->input.channels;

	for (int i = 0; i < d->axes; i++)
		values *= (size_t)d->input.side[i];
	return values;
}

static struct split split_of(const struct examples *e)
{
	return (struct split){ .count = e->count, .pixels = e->pixels, .labels = e->labels };
}

/* Moves a tenth, or VALIDATION_IMAGES, of the training images to the held-out ones. */
static int hold_out(struct material *m)
{
	int count = m->train.count, held = count < TRAIN_IMAGES_FOR_THAT ? count / 10 : VALIDATION_IMAGES, kept = 0;
	struct examples *t = &m->train, *v = &m->validation;
	struct rng rng;

	if (!held)
		return err_set("%s: %d training images in %s, at least 10 would be right: a tenth is held out", m->d->name, count,
			m->d->path);

	int *order = malloc((size_t)count * sizeof *order);
	bool *taken = calloc((size_t)count, sizeof *taken);
	int rc = order && taken ? examples_reserve(v, (size_t)held) : err_set("%s: out of memory", m->d->name);

	if (rc == 0) {
		rng_seed(&rng, SPLIT_SEED, SPLIT_STREAM);
		for (int i = 0; i < count; i++)
			order[i] = i;
		rng_shuffle(&rng, order, count);
		for (int i = 0; i < held; i++) {
			examples_add(v, t->pixels[order[i]], t->labels[order[i]]);
			taken[order[i]] = true;
		}
		for (int i = 0; i < count; i++) {
			if (taken[i])
				continue;
			t->pixels[kept] = t->pixels[i];
			t->labels[kept++] = t->labels[i];
		}
		t->count = kept;
	}
	free(order);
	free(taken);
	return rc;
}

/* Validation images of the files' own: in an order whose first n are a random sample as well. */
static int mix(struct material *m)
{
	struct examples old = m->validation, *v = &m->validation;
	int *order = malloc((size_t)old.count * sizeof *order), rc;
	struct rng rng;

	*v = (struct examples){ 0 };
	rc = order ? examples_reserve(v, (size_t)old.count) : err_set("%s: out of memory", m->d->name);
	if (rc == 0) {
		rng_seed(&rng, SPLIT_SEED, SPLIT_STREAM);
		for (int i = 0; i < old.count; i++)
			order[i] = i;
		rng_shuffle(&rng, order, old.count);
		for (int i = 0; i < old.count; i++)
			examples_add(v, old.pixels[order[i]], old.labels[order[i]]);
	}
	free(order);
	examples_release(&old);
	return rc;
}

/* Sums of bytes and of their squares are whole numbers: exact, whatever the order. */
struct sums {
	uint64_t sum, squares;
};

static void add_bytes(struct sums *s, const uint8_t *p, size_t count, size_t pitch)
{
	uint64_t sum = 0, squares = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t x = p[i * pitch];

		sum += x;
		squares += x * x;
	}
	s->sum += sum;
	s->squares += squares;
}

static void add_bits(struct sums *s, const uint8_t *p, size_t count)
{
	uint64_t ones = 0;

	for (size_t i = 0; i < count / 8; i++)
		ones += (uint64_t)__builtin_popcount(p[i]);
	s->sum += 255 * ones;
	s->squares += 255 * 255 * ones;
}

static void add_example(struct sums *s, const struct dataset *d, const uint8_t *p)
{
	int channels = d->input.channels, channel_step = d->order.step[3];
	size_t pixels = example_values(d) / (size_t)channels;

	if (d->order.bits) {
		add_bits(s, p, pixels);
		return;
	}
	for (int c = 0; c < channels; c++)
		add_bytes(&s[c], p + (size_t)c * (size_t)channel_step, pixels, channel_step == 1 ? (size_t)channels : 1);
}

static int measure(struct dataset *d)
{
	struct sums s[CHANNELS_MAX] = { { 0 } };
	double values = (double)(example_values(d) / (size_t)d->input.channels) * d->train.count;

	for (int i = 0; i < d->train.count; i++) {
		if (i % MEASURED_AT_ONCE == 0 && watch_say(i, d->train.count, "measuring %s", d->name) < 0)
			return -1;
		add_example(s, d, d->train.pixels[i]);
	}
	d->normalisation.channels = d->input.channels;
	for (int c = 0; c < d->input.channels; c++) {
		double mean = (double)s[c].sum / values, variance = (double)s[c].squares / values - mean * mean;

		d->normalisation.mean[c] = (float)(mean / 255);
		d->normalisation.deviation[c] = variance > 0 ? (float)(sqrt(variance) / 255) : 1;      /* a constant channel becomes 0 */
	}
	return 0;
}

static int take_known(struct dataset *d, const struct normalisation *known)
{
	if (known->channels != d->input.channels)
		return err_set("%s: examples of %d channel%s in %s, where %d would be right: other files than those the run began with",
			d->name, d->input.channels, d->input.channels == 1 ? "" : "s", d->path, known->channels);
	d->normalisation = *known;
	return 0;
}

/* What every reader must have seen to. */
static void check_material(const struct material *m)
{
	const struct dataset *d = m->d;

	assert(d->input.channels >= 1 && d->input.channels <= CHANNELS_MAX && d->input.classes <= CLASSES_MAX);
	assert(d->axes == 2 || d->axes == 3);
	assert(d->class_name);
	assert(!d->order.bits || (d->input.channels == 1 && example_values(d) <= VOLUME_MAX && example_values(d) % 8 == 0));
	(void)d;
}

static int finish(struct material *m, bool want_measures, const struct normalisation *known)
{
	struct dataset *d = m->d;

	check_material(m);
	if (!m->train.count || !m->test.count)
		return err_set("%s: no %s images in %s", d->name, m->train.count ? "test" : "training", d->path);
	if ((m->validation.count ? mix(m) : hold_out(m)) < 0)
		return -1;
	d->train = split_of(&m->train);
	d->validation = split_of(&m->validation);
	d->test = split_of(&m->test);
	if (known)
		return take_known(d, known);
	return want_measures ? measure(d) : 0;
}

/* ---- as it was published ---- */

static int check_file(struct material *m, const char *folder, const struct published_file *p)
{
	char path[1024], md5[MD5_TEXT];
	struct stat st;

	if (format_path(path, folder, p->name) < 0)
		return -1;
	if (stat(path, &st) < 0 || st.st_size != p->bytes)
		return 0;                        /* another, or a part; whether it is needed and sound is the reader's to say */
	if (md5_file(path, md5) < 0)
		return -1;
	if (strcmp(md5, p->md5) != 0)
		return err_set("%s: damaged: its MD5 is %s, where %s would be right; get the file again", path, md5, p->md5);
	m->d->checked++;
	return 0;
}

static int check_published(struct material *m, const struct dataset_format *format, const char *folder)
{
	int rc = 0;

	m->d->published_train = format->train;
	m->d->published_test = format->test;
	for (const struct published_file *p = format->published; p && p->name && !m->known && rc == 0; p++)
		rc = check_file(m, folder, p);
	return rc;
}

static size_t add_part(char *text, size_t size, int count, int published, const char *what, const char *before)
{
	char is[UNITS_TEXT], was[UNITS_TEXT];
	int n = snprintf(text, size, "%s%s of %s %s examples", before, units_thousands(count, is), units_thousands(published, was), what);

	return n > 0 && (size_t)n < size ? (size_t)n : size - 1;
}

bool dataset_partial(const struct dataset *d, char *text, size_t size)
{
	int train = d->train.count + d->validation.count, test = d->test.count;
	bool train_differs = d->published_train && train != d->published_train, test_differs = d->published_test && test != d->published_test;
	size_t used = 0;

	*text = '\0';
	if (train_differs)
		used = add_part(text, size, train, d->published_train, "training", "");
	if (test_differs)
		add_part(text + used, size - used, test, d->published_test, "test", train_differs ? " and " : "");
	return train_differs || test_differs;
}

struct material *material_new(const char *name, const char *variant, const char *folder)
{
	struct material *m = calloc(1, sizeof *m);
	struct dataset *d = calloc(1, sizeof *d);

	if (!m || !d) {
		err_set("%s: out of memory", name);
		free(m);
		free(d);
		return NULL;
	}
	m->d = d;
	d->owner = m;
	m->variant = variant;
	snprintf(d->name, sizeof d->name, "%s%s%s", name, *variant ? "@" : "", variant);
	snprintf(d->path, sizeof d->path, "%s", folder);
	return m;
}

struct dataset *dataset_read(const struct dataset_format *format, const char *variant, const char *folder, bool want_measures,
	const struct normalisation *known)
{
	struct material *m = material_new(format->name, variant, folder);

	if (!m)
		return NULL;
	m->known = known || !want_measures;
	watch_begin();

	int rc = check_published(m, format, folder) < 0 || format->read(m, folder) < 0 ? -1 : finish(m, want_measures, known);

	watch_end();
	if (rc == 0)
		return m->d;
	dataset_close(m->d);
	return NULL;
}

void dataset_close(struct dataset *d)
{
	if (!d)
		return;

	struct material *m = d->owner;

	for (int i = 0; d->class_name && i < d->input.classes; i++)
		free(d->class_name[i]);
	free(d->class_name);
	examples_release(&m->train);
	examples_release(&m->validation);
	examples_release(&m->test);
	memory_release(&m->memory);
	free(d->missing);
	free(m);
	free(d);
}
