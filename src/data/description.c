/* description.c -- what a data set is, written down: a run whose data have been moved away still knows the shape of its networks and its classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clean.h"
#include "src/base/err.h"
#include "src/data/format.h"

enum { DESCRIPTION_VERSION = 1, SIDE_MAX = 16384, STRIDE_MAX = 1024 };

static json_t *numbers(const float *x, int count)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_real(x[i]));
	return list;
}

json_t *dataset_describe(const struct dataset *d)
{
	json_t *sides = json_array(), *classes = json_array(), *description;
	char *path = clean_text(d->path);

	for (int a = 0; a < d->axes; a++)
		json_array_append_new(sides, json_integer(d->input.side[a]));
	for (int i = 0; i < d->input.classes; i++)
		json_array_append_new(classes, json_string(d->class_name[i]));
	description = json_pack("{s:i, s:s, s:s, s:o, s:i, s:i, s:o, s:i, s:i, s:i}", "version", DESCRIPTION_VERSION, "name", d->name, "path",
		path ? path : "", "sides", sides, "channels", d->input.channels, "stem_stride", d->input.stem_stride, "classes", classes, "train",
		d->train.count, "validation", d->validation.count, "test", d->test.count);
	free(path);
	if (d->normalisation.channels)
		json_object_update_missing_new(description, json_pack("{s:o, s:o}", "mean", numbers(d->normalisation.mean, d->input.channels), "deviation",
			numbers(d->normalisation.deviation, d->input.channels)));
	return description;
}

/* A whole number of the object. 0, or -1 with err_last(). */
static int get(const json_t *object, const char *key, int least, int most, int *number)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most)
		return err_set("%s: a whole number from %d to %d would be right", key, least, most);
	*number = (int)json_integer_value(value);
	return 0;
}

static int get_sides(struct dataset *d, const json_t *list)
{
	size_t axes = json_array_size(list);

	if (axes != 2 && axes != 3)
		return err_set("sides: 2 or 3 numbers would be right");
	d->axes = (int)axes;
	for (size_t a = 0; a < axes; a++) {
		json_int_t side = json_integer_value(json_array_get(list, a));

		if (side < 1 || side > SIDE_MAX)
			return err_set("sides: numbers from 1 to %d would be right", SIDE_MAX);
		d->input.side[a] = (int)side;
	}
	return 0;
}

static int get_names(struct material *m, const json_t *list)
{
	size_t count = json_array_size(list);
	const char **name;
	int rc = 0;

	if (count < 1 || count > CLASSES_MAX)
		return err_set("classes: 1 to %d names would be right", CLASSES_MAX);
	name = calloc(count, sizeof *name);
	for (size_t i = 0; name && i < count && rc == 0; i++)
		if (!(name[i] = json_string_value(json_array_get(list, i))))
			rc = err_set("classes: names would be right");
	m->d->input.classes = (int)count;
	if (rc == 0)
		rc = name ? material_names(m, name) : err_set("out of memory");
	free(name);
	return rc;
}

static int read_description(struct material *m, const json_t *description)
{
	struct dataset *d = m->d;
	int version;

	return get(description, "version", DESCRIPTION_VERSION, DESCRIPTION_VERSION, &version) < 0 ||
		get_sides(d, json_object_get(description, "sides")) < 0 ||
		get(description, "channels", 1, CHANNELS_MAX, &d->input.channels) < 0 ||
		get(description, "stem_stride", 0, STRIDE_MAX, &d->input.stem_stride) < 0 ||
		get(description, "train", 1, INT32_MAX, &d->train.count) < 0 ||
		get(description, "validation", 1, INT32_MAX, &d->validation.count) < 0 ||
		get(description, "test", 1, INT32_MAX, &d->test.count) < 0 || get_names(m, json_object_get(description, "classes")) < 0 ? -1 : 0;
}

struct dataset *dataset_absent(const json_t *description, const struct normalisation *known, const char *why)
{
	const char *name = json_string_value(json_object_get(description, "name")), *path = json_string_value(json_object_get(description, "path"));
	struct material *m = material_new(name ? name : "", "", path ? path : "");
	int rc;

	if (!m)
		return NULL;
	m->d->missing = strdup(why);
	rc = m->d->missing ? read_description(m, description) : err_set("out of memory");
	if (known)
		m->d->normalisation = *known;
	if (rc == 0)
		return m->d;
	dataset_close(m->d);
	return NULL;
}

int dataset_examples(const struct dataset *d)
{
	return d->missing ? err_set("%s", d->missing) : 0;
}
