/* predicted.c -- reads the answer about held-out images. */
#include "ui/predicted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/units.h"

enum { SIDE_MOST = 4096, CLASSES_MOST = 65536 };

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

/* Where they are of another number, there are none. */
static bool read_pixels(uint8_t *to, size_t bytes, const json_t *hex)
{
	const char *text = json_string_value(hex);

	if (!text || strlen(text) != 2 * bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
	return true;
}

static bool read_images(struct predicted *p)
{
	const json_t *list = document_at(p->document, "shown"), *image;
	size_t count = json_array_size(list), bytes = (size_t)p->depth * (size_t)p->height * (size_t)p->width * (size_t)p->channels, i;

	p->image = calloc(count + 1, sizeof *p->image);
	p->pixels = malloc(count * bytes + 1);
	if (!p->image || !p->pixels)
		return false;
	json_array_foreach((json_t *)list, i, image) {
		struct predicted_image *to = &p->image[p->shown++];

		*to = (struct predicted_image){
			.number = (int)document_count(image, "number"), .label = (int)document_count(image, "label"),
			.predicted = (int)document_count(image, "predicted"), .probability = document_number(image, "probability"),
			.loss = document_number(image, "loss"),
		};
		if (read_pixels(p->pixels + i * bytes, bytes, json_object_get(image, "pixels")))
			to->pixel = p->pixels + i * bytes;
	}
	return true;
}

static bool read_classes(struct predicted *p)
{
	const json_t *names = document_at(p->document, "classes"), *rows = document_at(p->document, "confusion");
	size_t count = json_array_size(names);

	if (count > CLASSES_MOST)
		return false;
	p->classes = (int)count;
	p->name = calloc(count + 1, sizeof *p->name);
	if (!p->name)
		return false;
	for (size_t i = 0; i < count; i++)
		p->name[i] = json_string_value(json_array_get(names, i));
	if (json_array_size(rows) != count || count == 0)
		return true;
	p->confusion = calloc(count * count, sizeof *p->confusion);
	for (size_t i = 0; p->confusion && i < count * count; i++)
		p->confusion[i] = (int)json_integer_value(json_array_get(json_array_get(rows, i / count), i % count));
	return p->confusion != NULL;
}

static int side(const json_t *document, const char *key, int otherwise)
{
	json_int_t n = document_count(document, key);

	return n < 1 || n > SIDE_MOST ? otherwise : (int)n;
}

bool predicted_read(struct predicted *p, json_t *document)
{
	*p = (struct predicted){
		.document = json_incref(document), .id = document_text(document, "id"), .step = document_count(document, "step"),
		.images = (int)document_count(document, "images"), .total = (int)document_count(document, "total"),
		.available = (int)document_count(document, "available"), .running = document_says(document, "running"),
		.worst = strcmp(document_text(document, "order"), "loss") == 0, .error = document_number(document, "error"),
		.depth = side(document, "depth", 1), .height = side(document, "height", 0), .width = side(document, "width", 0),
		.channels = side(document, "channels", 0), .first = (int)document_count(document, "first"),
		.count = (int)document_count(document, "count"),
	};
	if (p->height > 0 && p->width > 0 && p->channels > 0 && read_classes(p) && read_images(p))
		return true;
	predicted_release(p);
	return false;
}

void predicted_release(struct predicted *p)
{
	json_decref(p->document);
	free(p->name);
	free(p->confusion);
	free(p->image);
	free(p->pixels);
	*p = (struct predicted){ 0 };
}

const struct predicted_image *predicted_at(const struct predicted *p, int place)
{
	return place >= p->first && place < p->first + p->shown ? &p->image[place - p->first] : NULL;
}

const char *predicted_name(const struct predicted *p, int class)
{
	static char number[4][UNITS_TEXT];
	static unsigned next;

	if (class >= 0 && class < p->classes && p->name[class])
		return p->name[class];
	return units_thousands(class, number[next++ % 4]);
}

struct thumbnail predicted_picture(const struct predicted *p, const struct predicted_image *image, int axis)
{
	const int size[3] = { p->depth, p->height, p->width };
	const ptrdiff_t step[3] = { (ptrdiff_t)p->height * p->width * p->channels, (ptrdiff_t)p->width * p->channels, p->channels };
	int down = axis == 0 ? 1 : 0, along = axis == 2 ? 1 : 2;

	return (struct thumbnail){
		.pixel = image->pixel + size[axis] / 2 * step[axis], .height = size[down], .width = size[along], .channels = p->channels,
		.row = step[down], .column = step[along],
	};
}
