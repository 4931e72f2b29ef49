/* predicted.h -- the answer about held-out images as tables: read once when it comes, drawn at every frame. */
#ifndef PREDICTED_H
#define PREDICTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "ui/thumbnail.h"

struct predicted_image {
	int number, label;
	int predicted;                   /* -1: not known yet, or nobody was asked */
	double probability, loss;
	const uint8_t *pixel;            /* [depth][height][width][channels]; NULL: there are none */
};

struct predicted {                       /* {0}: nothing yet */
	json_t *document;                /* the names are its own */
	const char *id;                  /* "": of no architecture */
	int64_t step;
	int images, total, available;    /* run so far, of so many; held out */
	bool running, worst;             /* worst: the largest loss first */
	double error;
	int classes;
	const char **name;
	int *confusion;                  /* [true][predicted]; NULL: none */
	int depth, height, width, channels;      /* depth 1: images */
	int first, count;                /* the places that were asked for */
	struct predicted_image *image;   /* those that are there, from place `first` on */
	int shown;
	uint8_t *pixels;
};

/* Takes a reference. False, with nothing in it, out of memory or where it makes no sense. */
bool predicted_read(struct predicted *, json_t *document);
void predicted_release(struct predicted *);

/* The one at that place of the order; NULL: it is not among those that are there. */
const struct predicted_image *predicted_at(const struct predicted *, int place);

const char *predicted_name(const struct predicted *, int class);         /* its number where it has no name */

/* The slice in the middle, across an axis (0 depth, 1 height, 2 width; images have the first alone). */
struct thumbnail predicted_picture(const struct predicted *, const struct predicted_image *, int axis);

#endif
