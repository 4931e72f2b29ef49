/*
 * resize.c -- pictures in another size: first every row, then every column. A pixel of the result is a weighted mean of pixels around its
 * place, by the cubic of Catmull and Rom (1974), stretched where the result is smaller, so that no pixel is left out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/picture.h"

static const double radius = 2;

static double cubic(double x)
{
	x = fabs(x);
	return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/* For each place of one axis of the result the pixels it is made of, and how much of each. */
struct taps {
	int count;                       /* places */
	int room;                        /* most pixels of a place */
	int *first, *pixels;
	float *weight;                   /* [count, room] */
};

static void taps_release(struct taps *t)
{
	free(t->first);
	free(t->pixels);
	free(t->weight);
}

static void fill_place(struct taps *t, int place, double centre, double stretch, int size)
{
	int first = (int)ceil(centre - radius * stretch - 0.5), last = (int)floor(centre + radius * stretch - 0.5);
	float *w = t->weight + (size_t)place * (size_t)t->room;
	double sum = 0;

	first = first < 0 ? 0 : first;
	last = last > size - 1 ? size - 1 : last;
	last = last - first < t->room ? last : first + t->room - 1;
	t->first[place] = first;
	t->pixels[place] = last - first + 1;
	for (int i = first; i <= last; i++)
		sum += w[i - first] = (float)cubic((i + 0.5 - centre) / stretch);
	for (int i = first; i <= last; i++)
		w[i - first] /= (float)sum;
}

/* `count` places over the middle of an axis of `size` pixels, `scale` pixels each. */
static int taps_init(struct taps *t, int count, int size, double scale)
{
	double stretch = scale > 1 ? scale : 1, start = (size - count * scale) / 2;

	*t = (struct taps){ .count = count, .room = (int)(2 * radius * stretch) + 2 };
	t->first = malloc((size_t)count * sizeof *t->first);
	t->pixels = malloc((size_t)count * sizeof *t->pixels);
	t->weight = malloc((size_t)count * (size_t)t->room * sizeof *t->weight);
	if (!t->first || !t->pixels || !t->weight)
		return err_set("out of memory for a picture");
	for (int i = 0; i < count; i++)
		fill_place(t, i, start + (i + 0.5) * scale, stretch, size);
	return 0;
}

static void resize_row(float *to, const uint8_t *from, int channels, const struct taps *t)
{
	for (int i = 0; i < t->count; i++) {
		const float *w = t->weight + (size_t)i * (size_t)t->room;

		for (int c = 0; c < channels; c++) {
			const uint8_t *p = from + t->first[i] * channels + c;
			float sum = 0;

			for (int k = 0; k < t->pixels[i]; k++)
				sum += w[k] * p[k * channels];
			*to++ = sum;
		}
	}
}

/* Rows are [values] each. */
static void resize_columns(uint8_t *to, const float *rows, int values, const struct taps *t)
{
	for (int i = 0; i < t->count; i++) {
		const float *w = t->weight + (size_t)i * (size_t)t->room;

		for (int v = 0; v < values; v++) {
			const float *p = rows + (size_t)t->first[i] * (size_t)values + v;
			float sum = 0.5f;

			for (int k = 0; k < t->pixels[i]; k++)
				sum += w[k] * p[k * values];
			*to++ = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
		}
	}
}

int picture_fit(const struct picture *p, int width, int height, uint8_t *to)
{
	double across = (double)p->width / width, down = (double)p->height / height, scale = across < down ? across : down;
	int values = width * p->channels, rc = -1;
	struct taps x = { 0 }, y = { 0 };
	float *rows = NULL;

	if (p->width == width && p->height == height) {
		memcpy(to, p->pixels, (size_t)values * (size_t)height);
		return 0;
	}
	if (taps_init(&x, width, p->width, scale) < 0 || taps_init(&y, height, p->height, scale) < 0)
		goto out;
	rows = malloc((size_t)p->height * (size_t)values * sizeof *rows);
	if (!rows) {
		err_set("out of memory for a picture");
		goto out;
	}
	for (int r = y.first[0]; r < y.first[height - 1] + y.pixels[height - 1]; r++)
		resize_row(rows + (size_t)r * (size_t)values, p->pixels + (size_t)r * (size_t)p->width * (size_t)p->channels, p->channels, &x);
	resize_columns(to, rows, values, &y);
	rc = 0;
out:
	taps_release(&x);
	taps_release(&y);
	free(rows);
	return rc;
}
