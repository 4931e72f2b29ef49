/* dataset.c -- the table of data sets, where they are found, and what they have in common: held-out images, mean, deviation. */
#include "src/data/dataset.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/data/format.h"

enum { VALIDATION_IMAGES = 5000, TRAIN_IMAGES_FOR_THAT = 50000, SPLIT_SEED = 2017, SPLIT_STREAM = 0, LISTED_TEXT = 512,
	FOLDER_SIZE = sizeof ((struct dataset *)0)->path };

/* What the splits point into. Validation images are copied out; the rest of the training images closes the gaps in place. */
struct owner {
	struct examples train, validation, test;
};

void examples_release(struct examples *e)
{
	free(e->pixels);
	free(e->labels);
	*e = (struct examples){ 0 };
}

static struct split split_of(const struct examples *e)
{
	return (struct split){ .count = e->count, .pixels = e->pixels, .labels = e->labels };
}

static size_t example_bytes(const struct dataset *d)
{
	size_t bytes = (size_t)d->input.channels;

	for (int i = 0; i < d->axes; i++)
		bytes *= (size_t)d->input.side[i];
	return bytes;
}

static int hold_out(struct dataset *d, struct owner *o)
{
	int count = o->train.count, held = count < TRAIN_IMAGES_FOR_THAT ? count / 10 : VALIDATION_IMAGES, rc = -1;
	size_t bytes = example_bytes(d);
	struct rng rng;

	if (!held)
		return err_set("%s: %d training images in %s, at least 10 would be right: a tenth is held out", d->name, count, d->path);

	int *order = malloc((size_t)count * sizeof *order);
	bool *taken = calloc((size_t)count, sizeof *taken);
	struct examples *v = &o->validation, *t = &o->train;

	v->pixels = malloc((size_t)held * bytes);
	v->labels = malloc((size_t)held);
	if (!order || !taken || !v->pixels || !v->labels) {
		err_set("%s: out of memory", d->name);
		goto out;
	}
	rng_seed(&rng, SPLIT_SEED, SPLIT_STREAM);
	for (int i = 0; i < count; i++)
		order[i] = i;
	rng_shuffle(&rng, order, count);
	for (int i = 0; i < held; i++) {
		memcpy(v->pixels + (size_t)i * bytes, t->pixels + (size_t)order[i] * bytes, bytes);
		v->labels[i] = t->labels[order[i]];
		taken[order[i]] = true;
	}
	v->count = held;
	t->count = 0;
	for (int i = 0; i < count; i++) {
		if (taken[i])
			continue;
		memmove(t->pixels + (size_t)t->count * bytes, t->pixels + (size_t)i * bytes, bytes);
		t->labels[t->count++] = t->labels[i];
	}
	rc = 0;
out:
	free(order);
	free(taken);
	return rc;
}

/* Sums of bytes and of their squares are whole numbers: exact, whatever the order. */
static void measure(struct dataset *d)
{
	size_t pixels = example_bytes(d) / (size_t)d->input.channels * (size_t)d->train.count;
	int channels = d->input.channels;

	for (int c = 0; c < channels; c++) {
		const uint8_t *p = d->train.pixels + c;
		uint64_t sum = 0, squares = 0;

		for (size_t i = 0; i < pixels; i++) {
			uint32_t x = p[i * (size_t)channels];

			sum += x;
			squares += x * x;
		}

		double mean = (double)sum / (double)pixels, variance = (double)squares / (double)pixels - mean * mean;

		d->mean[c] = (float)(mean / 255);
		d->deviation[c] = variance > 0 ? (float)(sqrt(variance) / 255) : 1;      /* a constant channel becomes 0 */
	}
}

static int copy_names(struct dataset *d, const char *const *class_name)
{
	d->class_name = calloc((size_t)d->input.classes, sizeof *d->class_name);
	for (int i = 0; d->class_name && i < d->input.classes; i++)
		if (!(d->class_name[i] = strdup(class_name[i])))
			return err_set("%s: out of memory", d->name);
	return d->class_name ? 0 : err_set("%s: out of memory", d->name);
}

struct dataset *dataset_build(const char *name, const char *folder, int axes, const struct arch_input *input,
	const char *const *class_name, bool mirror, int crop_padding, struct examples *train, struct examples *test)
{
	struct dataset *d = calloc(1, sizeof *d);
	struct owner *o = calloc(1, sizeof *o);

	assert(input->channels >= 1 && input->channels <= 4 && input->classes <= 256 && (axes == 2 || axes == 3));
	if (!d || !o) {
		err_set("%s: out of memory", name);
		free(o);
		free(d);
		examples_release(train);
		examples_release(test);
		return NULL;
	}
	*o = (struct owner){ .train = *train, .test = *test };
	*train = *test = (struct examples){ 0 };
	d->owner = o;
	snprintf(d->name, sizeof d->name, "%s", name);
	snprintf(d->path, sizeof d->path, "%s", folder);
	d->axes = axes;
	d->input = *input;
	d->mirror = mirror;
	d->crop_padding = crop_padding;
	if (copy_names(d, class_name) < 0 || hold_out(d, o) < 0) {
		dataset_close(d);
		return NULL;
	}
	d->train = split_of(&o->train);
	d->validation = split_of(&o->validation);
	d->test = split_of(&o->test);
	measure(d);
	return d;
}

void dataset_close(struct dataset *d)
{
	if (!d)
		return;

	struct owner *o = d->owner;

	for (int i = 0; d->class_name && i < d->input.classes; i++)
		free(d->class_name[i]);
	free(d->class_name);
	examples_release(&o->train);
	examples_release(&o->validation);
	examples_release(&o->test);
	free(o);
	free(d);
}

/* Finding. */

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool format_file(const char *folder, const char *name, char path[1024])
{
	static const char *const endings[] = { "", ".gz" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		int n = snprintf(path, 1024, "%s/%s%s", folder, name, endings[i]);

		if (n < 1024 && is_file(path))
			return true;
	}
	return false;
}

/* "$NAME/rest" and "~/rest": true, or false where the variable is not set or the result is too long. */
static bool expand(const char *folder, char *to, size_t size)
{
	char name[64];
	const char *rest = strchr(folder, '/'), *start;
	int n;

	if (*folder != '~' && *folder != '$') {
		n = snprintf(to, size, "%s", folder);
		return n >= 0 && (size_t)n < size;
	}
	rest = rest ? rest : "";
	snprintf(name, sizeof name, "%.*s", (int)(strlen(folder) - strlen(rest)) - 1, folder + 1);
	start = getenv(*folder == '~' ? "HOME" : name);
	if (!start || !*start)
		return false;
	n = snprintf(to, size, "%s%s", start, rest);
	return n >= 0 && (size_t)n < size;
}

/* How many of the files are not there. */
static int count_missing(const struct dataset_format *format, const char *folder, json_t *names)
{
	char path[1024];
	int missing = 0;

	for (const char *const *name = format->files; *name; name++) {
		if (format_file(folder, *name, path))
			continue;
		missing++;
		if (names)
			json_array_append_new(names, json_string(*name));
	}
	return missing;
}

const char *dataset_find(const struct dataset_format *format, json_t **missing)
{
	static _Thread_local char found[FOLDER_SIZE];
	char likeliest[FOLDER_SIZE] = "";
	int fewest = -1;

	if (missing)
		*missing = json_array();
	for (const char *const *folder = format->folders; *folder; folder++) {
		if (!expand(*folder, found, sizeof found))
			continue;

		int n = count_missing(format, found, NULL);

		if (n == 0)
			return found;
		if (fewest < 0 || n < fewest || (n == fewest && !is_folder(likeliest) && is_folder(found))) {
			memcpy(likeliest, found, sizeof likeliest);
			fewest = n;
		}
	}
	if (missing)
		count_missing(format, likeliest, *missing);
	return NULL;
}

static void list(char text[LISTED_TEXT], const char *item)
{
	size_t n = strlen(text);

	snprintf(text + n, LISTED_TEXT - n, "%s%s", n ? ", " : "", item);
}

const struct dataset_format *dataset_format_find(const char *name)
{
	char known[LISTED_TEXT] = "";

	for (int i = 0; i < dataset_format_count; i++) {
		if (strcmp(name, dataset_formats[i].name) == 0)
			return &dataset_formats[i];
		list(known, dataset_formats[i].name);
	}
	err_set("%s: no data set of that name; there are %s", name, known);
	return NULL;
}

/* The folder a person named. */
static int named_folder(const struct dataset_format *format, const char *name, char folder[FOLDER_SIZE])
{
	char absent[LISTED_TEXT] = "";
	json_t *missing, *file;
	size_t i;

	if (!expand(name, folder, FOLDER_SIZE))
		return err_set("%s:%s: no path: a variable is not set, or it is longer than %d bytes", format->name, name,
			FOLDER_SIZE - 1);
	if (!is_folder(folder))
		return err_set("%s: there is no folder %s; to get the data: %s", format->name, folder, format->package);
	missing = json_array();
	count_missing(format, folder, missing);
	json_array_foreach(missing, i, file)
		list(absent, json_string_value(file));
	json_decref(missing);
	return *absent ? err_set("%s: %s lacks %s (.gz will do); to get the data: %s", format->name, folder, absent,
		format->package) : 0;
}

static int search_folder(const struct dataset_format *format, char folder[FOLDER_SIZE])
{
	json_t *missing, *file;
	size_t i, files = 0;
	char tried[LISTED_TEXT] = "", absent[LISTED_TEXT] = "";
	const char *found = dataset_find(format, &missing);

	if (found)
		memcpy(folder, found, FOLDER_SIZE);
	json_array_foreach(missing, i, file)
		list(absent, json_string_value(file));
	while (format->files[files])
		files++;
	if (json_array_size(missing) == files)
		*absent = '\0';             /* none is there: their names help nobody */
	json_decref(missing);
	if (found)
		return 0;
	for (const char *const *f = format->folders; *f; f++)
		list(tried, *f);
	return err_set("%s: %s%snot found in %s; to get the data: %s", format->name, absent, *absent ? " " : "", tried, format->package);
}

struct dataset *dataset_open(const char *name)
{
	const char *colon = strchr(name, ':');
	char word[64], folder[FOLDER_SIZE];

	snprintf(word, sizeof word, "%.*s", (int)(colon ? colon - name : (ptrdiff_t)strlen(name)), name);

	const struct dataset_format *format = dataset_format_find(word);

	if (!format || (colon ? named_folder(format, colon + 1, folder) : search_folder(format, folder)) < 0)
		return NULL;
	return format->open(folder);
}

static const char *const fashion_mnist_folders[] = {
	"$XDG_DATA_HOME/smashtop/fashion-mnist", "~/.local/share/smashtop/fashion-mnist", "/usr/share/datasets/fashion-mnist", NULL
};
static const char *const mnist_folders[] = {
	"$XDG_DATA_HOME/smashtop/mnist", "~/.local/share/smashtop/mnist", "/usr/share/datasets/mnist", NULL
};

const struct dataset_format dataset_formats[] = {
	{ .name = "fashion-mnist", .description = "70,000 grey 28x28 pictures of clothes, 10 classes",
	  .folders = fashion_mnist_folders, .files = mnist_files, .package = "apt install dataset-fashion-mnist",
	  .open = fashion_mnist_open },
	{ .name = "mnist", .description = "70,000 grey 28x28 handwritten digits, 10 classes",
	  .folders = mnist_folders, .files = mnist_files,
	  .package = "put MNIST's four IDX files into ~/.local/share/smashtop/mnist, or name their folder: mnist:FOLDER",
	  .open = mnist_open },
};
const int dataset_format_count = sizeof dataset_formats / sizeof *dataset_formats;
