/*
 * predictions.c -- what an architecture says of held-out images (QUESTION_PREDICTIONS): the confusion of classes over all of them, and some of
 * them one by one, with their pixels. Those that are shown are run first. Without an architecture there are the images alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/question.h"
#include "src/lab/score.h"

/* An answer has the pixels of each image that is shown: not oftener than the eye wants it. */
static const double answer_seconds = 0.25;

struct prediction_of {
	float loss, probability;         /* probability: of the class that is predicted */
	int predicted;
	bool known;
};

struct predictions {
	struct trainer *t;
	struct scorer *scorer;           /* NULL before the first question with an architecture */
	struct arch arch;                /* all below is of it, with the scorer's parameters */
	char id[ARCH_ID_LENGTH + 1];     /* "": of none */
	int images;                      /* wanted */
	int *order;                      /* of running: the first `images` places are the images that are run */
	int done;
	struct prediction_of *of;        /* each held-out image, by its number */
	float *logits;                   /* of a slice */
	bool more;

	struct question question;
	struct place {
		float loss;
		int image;
	} *worst;                        /* images that have been run, the largest loss first; of an answer */
	double answered;                 /* clock; 0: not yet */
};

static int all_images(const struct predictions *p)
{
	return p->t->data->validation.count;
}

/* ---- the question ---- */

/* Images that are shown come first, the others in the order they have, which is random. */
static void find_order(struct predictions *p)
{
	const struct question *q = &p->question;
	int n = 0, last = q->worst ? 0 : q->first + q->count;

	for (int i = q->first; i < last; i++)
		p->order[n++] = i;
	for (int i = 0; i < all_images(p); i++)
		if (i < q->first || i >= last)
			p->order[n++] = i;
}

static int freeze(struct predictions *p)
{
	scorer_free(p->scorer);
	p->scorer = scorer_new(p->t);
	return p->scorer ? 0 : -1;
}

/* Begins with the images anew. 1 or -1. */
static int run_anew(struct predictions *p, const struct arch *arch, int images)
{
	if (!(p->scorer && (p->question.keep_step || scorer_step(p->scorer) == p->t->step)) && freeze(p) < 0)
		return -1;
	p->arch = *arch;
	p->images = images;
	arch_id(arch, p->id);
	for (int i = 0; i < all_images(p); i++)
		p->of[i].known = false;
	p->done = 0;
	find_order(p);
	scorer_order(p->scorer, p->order);
	scorer_begin(p->scorer, arch, images);
	p->more = true;
	return 1;
}

static int limit(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

static void forget(struct predictions *p)
{
	p->id[0] = '\0';
	p->more = false;
}

static int begin(void *state, const struct question *q)
{
	struct predictions *p = state;
	int all = all_images(p), images = q->images > 0 && q->images < all ? q->images : all;
	bool same;

	p->question = *q;
	p->question.first = limit(q->first, 0, all);
	p->question.count = limit(q->count, 0, all - p->question.first);
	p->answered = 0;
	if (q->arch.axes == 0) {
		forget(p);
		return 0;
	}
	same = p->id[0] && arch_equal(&p->arch, &q->arch) && p->images == images && (q->keep_step || scorer_step(p->scorer) == p->t->step);
	if (same)
		return p->more;
	forget(p);
	if (check_trained(p->t) < 0 || arch_validate(&p->t->layout.space, &q->arch, NULL) < 0)
		return -1;
	return run_anew(p, &q->arch, images);
}

/* ---- running ---- */

static void take_image(struct prediction_of *of, const float *logits, int classes, float loss)
{
	double sum = 0;

	of->predicted = 0;
	for (int c = 1; c < classes; c++)
		of->predicted = logits[c] > logits[of->predicted] ? c : of->predicted;
	for (int c = 0; c < classes; c++)
		sum += exp((double)(logits[c] - logits[of->predicted]));
	of->probability = (float)(1 / sum);
	of->loss = loss;
	of->known = true;
}

static int advance(void *state)
{
	struct predictions *p = state;
	int classes = p->t->data->input.classes, count, before = p->done;
	const float *loss;

	int more = scorer_advance(p->scorer);

	if (more < 0) {
		forget(p);
		return -1;
	}
	loss = scorer_losses(p->scorer, &count);
	if (count > before)
		scorer_logits(p->scorer, p->logits);
	for (p->done = before; p->done < count; p->done++)
		take_image(&p->of[p->order[p->done]], p->logits + (size_t)(p->done - before) * classes, classes, loss[p->done]);
	p->more = more;
	return more;
}

/* ---- the answer ---- */

static json_t *hex(const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * count + 1);
	json_t *json;

	if (!text)
		return json_null();
	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json = json_stringn(text, 2 * count);
	free(text);
	return json;
}

static size_t image_bytes(const struct dataset *d)
{
	size_t bytes = (size_t)d->input.channels;

	for (int a = 0; a < d->axes; a++)
		bytes *= (size_t)d->input.side[a];
	return bytes;
}

static json_t *pixels_to_json(const struct dataset *d, int number)
{
	size_t count = image_bytes(d);
	uint8_t *bytes = malloc(count);
	json_t *json;

	if (!bytes)
		return json_null();
	dataset_example(d, &d->validation, number, bytes);
	json = hex(bytes, count);
	free(bytes);
	return json;
}

static json_t *image_to_json(const struct predictions *p, int number)
{
	const struct dataset *d = p->t->data;
	const struct prediction_of *of = &p->of[number];
	json_t *image = json_pack("{s:i, s:i}", "number", number, "label", d->validation.labels[number]);
	bool known = p->id[0] && of->known;

	json_object_set_new(image, "predicted", known ? json_integer(of->predicted) : json_null());
	json_object_set_new(image, "probability", known ? json_real((double)of->probability) : json_null());
	json_object_set_new(image, "loss", known ? json_real((double)of->loss) : json_null());
	json_object_set_new(image, "pixels", pixels_to_json(d, number));
	return image;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->loss != y->loss ? (x->loss < y->loss) - (x->loss > y->loss) : x->image - y->image;
}

/* How many there are. */
static int find_worst(struct predictions *p)
{
	int count = p->id[0] ? p->done : 0;

	for (int i = 0; i < count; i++)
		p->worst[i] = (struct place){ p->of[p->order[i]].loss, p->order[i] };
	qsort(p->worst, (size_t)count, sizeof(*p->worst), compare_places);
	return count;
}

static json_t *shown_to_json(struct predictions *p)
{
	const struct question *q = &p->question;
	json_t *shown = json_array();
	int places = q->worst ? find_worst(p) : all_images(p);

	for (int i = q->first; i < q->first + q->count && i < places; i++)
		json_array_append_new(shown, image_to_json(p, q->worst ? p->worst[i].image : i));
	return shown;
}

/* None of many classes: nobody could look at it, and with a thousand of them each answer would take a second to make. */
static json_t *confusion_to_json(const struct predictions *p)
{
	enum { CLASSES = 256 };
	int classes = p->t->data->input.classes;
	int *count = classes <= CLASSES ? calloc((size_t)classes * classes, sizeof(*count)) : NULL;
	json_t *rows;

	if (!count)
		return json_null();
	rows = json_array();
	for (int i = 0; i < p->done; i++)
		count[p->t->data->validation.labels[p->order[i]] * classes + p->of[p->order[i]].predicted]++;
	for (int true_class = 0; true_class < classes; true_class++) {
		json_t *row = json_array();

		for (int c = 0; c < classes; c++)
			json_array_append_new(row, json_integer(count[true_class * classes + c]));
		json_array_append_new(rows, row);
	}
	free(count);
	return rows;
}

/* The sides as they are called, the last two height and width. */
static void add_facts(const struct predictions *p, json_t *document)
{
	const struct dataset *d = p->t->data;
	json_t *classes = json_array();

	for (int c = 0; c < d->input.classes; c++)
		json_array_append_new(classes, json_string(d->class_name[c]));
	json_object_set_new(document, "classes", classes);
	if (d->axes == 3)
		json_object_set_new(document, "depth", json_integer(d->input.side[0]));
	json_object_set_new(document, "height", json_integer(d->input.side[d->axes - 2]));
	json_object_set_new(document, "width", json_integer(d->input.side[d->axes - 1]));
	json_object_set_new(document, "channels", json_integer(d->input.channels));
	json_object_set_new(document, "available", json_integer(d->validation.count));
}

/* What an architecture adds. */
static void add_result(const struct predictions *p, json_t *document)
{
	int wrong = 0;

	for (int i = 0; i < p->done; i++)
		wrong += p->of[p->order[i]].predicted != p->t->data->validation.labels[p->order[i]];
	json_object_set_new(document, "id", json_string(p->id));
	json_object_set_new(document, "step", json_integer(scorer_step(p->scorer)));
	json_object_set_new(document, "error", p->done ? json_real((double)wrong / p->done) : json_null());
	json_object_set_new(document, "confusion", confusion_to_json(p));
}

static json_t *answer(void *state, bool running)
{
	struct predictions *p = state;
	double now = clock_seconds();
	json_t *document;

	if (running && (p->done == 0 || now - p->answered < answer_seconds))
		return NULL;
	p->answered = now;
	document = json_pack("{s:I, s:i, s:i, s:i, s:i, s:s, s:b}", "serial", (json_int_t)p->question.serial, "images", p->id[0] ? p->done : 0,
		"total", p->id[0] ? p->images : 0, "first", p->question.first, "count", p->question.count, "order",
		p->question.worst ? "loss" : "number", "running", running);
	add_facts(p, document);
	if (p->id[0])
		add_result(p, document);
	json_object_set_new(document, "shown", shown_to_json(p));
	return document;
}

/* ---- the answerer ---- */

static void close_predictions(void *state)
{
	struct predictions *p = state;

	scorer_free(p->scorer);
	free(p->order);
	free(p->of);
	free(p->logits);
	free(p->worst);
	free(p);
}

static void *open_predictions(struct trainer *t)
{
	struct predictions *p = calloc(1, sizeof(*p));
	size_t images = (size_t)t->data->validation.count;

	if (!p) {
		err_set("out of memory");
		return NULL;
	}
	p->t = t;
	p->order = malloc(images * sizeof(*p->order));
	p->of = calloc(images, sizeof(*p->of));
	p->worst = malloc(images * sizeof(*p->worst));
	p->logits = malloc((size_t)SCORE_CHUNK * (size_t)t->data->input.classes * sizeof(*p->logits));
	if (p->order && p->of && p->worst && p->logits)
		return p;
	err_set("out of memory for %d images", t->data->validation.count);
	close_predictions(p);
	return NULL;
}

const struct answerer predictions_answerer = {
	.open = open_predictions, .begin = begin, .advance = advance, .answer = answer, .close = close_predictions, .prompt = true,
};
