/* race.c -- racing on common images, the hard ones first. */
#include "src/lab/race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/stats.h"

/* Strata are tenths of the images by difficulty; each has this many images at the front of the order, so that it has a variance from the
 * first round on. */
enum { STRATA = 10, FIRST_OF_STRATUM = 2, FIRST_IMAGES_MIN = 10, IMAGES_OF_STRATUM = 5 };
static const double round_growth = 1.35, last_round = 0.9, easiest = 0.05;

const double race_z = 2;

struct contestant {
	bool running;                    /* neither dropped nor withdrawn */
	bool named;                      /* by race_out, or withdrawn */
	int seen, room;
	float *look, *loss, *wrong;      /* in the order of the race; freed when dropped */
	struct score score;              /* of one that was dropped */
};

struct race {
	int images, looks, top;
	double z;
	struct contestant *contestant;
	int count, room;
	int target;                      /* images of this round */
	int cursor;                      /* contestants before it have seen them */

	bool ordered;
	int *order, *stratum;            /* of each place */
	int strata, stratum_size[STRATA];
	float *yard_look, *yard_loss, *yard_wrong;       /* means of the yardsticks, in the order */
};

static int first_target(const struct race *r)
{
	int n = r->images / 100 > FIRST_IMAGES_MIN ? r->images / 100 : FIRST_IMAGES_MIN;

	return n < r->images ? n : r->images;
}

static int next_target(const struct race *r)
{
	double n = ceil(round_growth * r->target);

	return n < last_round * r->images ? (int)n : r->images;
}

struct race *race_new(int images, int looks, int top, double z)
{
	struct race *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set("out of memory");
		return NULL;
	}
	*r = (struct race){ .images = images, .looks = looks, .top = top, .z = z };
	r->target = first_target(r);
	r->order = malloc(images * sizeof(int));
	r->stratum = calloc(images, sizeof(int));
	r->yard_look = calloc(looks + 1, sizeof(float));
	r->yard_loss = calloc(images, sizeof(float));
	r->yard_wrong = calloc(images, sizeof(float));
	if (!r->order || !r->stratum || !r->yard_look || !r->yard_loss || !r->yard_wrong) {
		err_set("out of memory");
		race_free(r);
		return NULL;
	}
	for (int i = 0; i < images; i++)
		r->order[i] = i;
	return r;
}

static void forget_losses(struct contestant *c)
{
	free(c->look);
	free(c->loss);
	free(c->wrong);
	c->look = c->loss = c->wrong = NULL;
}

void race_free(struct race *r)
{
	if (!r)
		return;
	for (int i = 0; i < r->count; i++)
		forget_losses(&r->contestant[i]);
	free(r->contestant);
	free(r->order);
	free(r->stratum);
	free(r->yard_look);
	free(r->yard_loss);
	free(r->yard_wrong);
	free(r);
}

/* ---- contestants ---- */

int race_enter(struct race *r)
{
	if (r->count == r->room) {
		int room = r->room ? 2 * r->room : 64;
		struct contestant *contestant = realloc(r->contestant, room * sizeof(*contestant));

		if (!contestant)
			return err_set("out of memory for %d contestants", room);
		r->contestant = contestant;
		r->room = room;
	}
	r->contestant[r->count] = (struct contestant){ .running = true };
	r->target = first_target(r);
	if (r->cursor > r->count)
		r->cursor = r->count;
	return r->count++;
}

int race_look(struct race *r, int contestant, const float *loss)
{
	struct contestant *c = &r->contestant[contestant];

	c->look = malloc((r->looks + 1) * sizeof(float));
	if (!c->look)
		return err_set("out of memory");
	memcpy(c->look, loss, r->looks * sizeof(float));
	return 0;
}

static int make_room(struct contestant *c, int room)
{
	float *loss = realloc(c->loss, room * sizeof(float)), *wrong = realloc(c->wrong, room * sizeof(float));

	c->loss = loss ? loss : c->loss;
	c->wrong = wrong ? wrong : c->wrong;
	return loss && wrong ? 0 : err_set("out of memory");
}

int race_add(struct race *r, int contestant, const float *loss, const float *wrong, int count)
{
	struct contestant *c = &r->contestant[contestant];

	if (make_room(c, c->seen + count) < 0)
		return -1;
	memcpy(c->loss + c->seen, loss, count * sizeof(float));
	memcpy(c->wrong + c->seen, wrong, count * sizeof(float));
	c->seen += count;
	return 0;
}

void race_withdraw(struct race *r, int contestant)
{
	struct contestant *c = &r->contestant[contestant];

	c->running = false;
	c->named = true;
	forget_losses(c);
}

/* ---- the order ---- */

struct ranked {
	double key;
	int image, stratum;
};

/* Equal keys in the order of the images. */
static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : x->image - y->image;
}

/* Yardsticks that have seen all images, the first ones that entered. */
static bool is_yardstick(const struct race *r, int contestant)
{
	const struct contestant *c = &r->contestant[contestant];

	return contestant < RACE_YARDSTICKS && c->running && c->seen == r->images;
}

static void add_yardstick(struct race *r, const struct contestant *c, int of)
{
	for (int i = 0; i < r->looks; i++)
		r->yard_look[i] += c->look[i] / (float)of;
	for (int i = 0; i < r->images; i++) {
		r->yard_loss[i] += c->loss[i] / (float)of;
		r->yard_wrong[i] += c->wrong[i] / (float)of;
	}
}

/* From easy to hard, in equal parts. In a stratum images stand in their own order, which is random: the k'th is due when the sample has
 * k / share of it, with shares by the root of the mean loss (the root, since losses of contestants differ less than they are large). */
static void plan_order(struct race *r, struct ranked *image)
{
	double mean = 1e-30, share[STRATA] = { 0 };
	int due[STRATA] = { 0 };

	r->strata = first_target(r) / IMAGES_OF_STRATUM;
	r->strata = r->strata < 1 ? 1 : r->strata < STRATA ? r->strata : STRATA;
	for (int i = 0; i < r->images; i++) {
		image[i] = (struct ranked){ .key = r->yard_loss[i], .image = i };
		mean += r->yard_loss[i] / r->images;
	}
	qsort(image, r->images, sizeof(*image), compare);
	for (int i = 0; i < r->images; i++) {
		int h = image[i].stratum = (int)((int64_t)i * r->strata / r->images);

		share[h] += image[i].key;
		r->stratum_size[h]++;
		image[i].key = 0;
	}
	qsort(image, r->images, sizeof(*image), compare);
	for (int i = 0; i < r->images; i++) {
		int h = image[i].stratum, k = due[h]++;

		image[i].key = k < FIRST_OF_STRATUM ? -1 : (k + 0.5) / sqrt(share[h] / r->stratum_size[h] / mean + easiest);
	}
	qsort(image, r->images, sizeof(*image), compare);
}

/* values[place] = old values[order[place]] */
static void permute(const struct race *r, float *values, float *scratch)
{
	memcpy(scratch, values, r->images * sizeof(float));
	for (int i = 0; i < r->images; i++)
		values[i] = scratch[r->order[i]];
}

static int set_order(struct race *r)
{
	struct ranked *image = malloc(r->images * sizeof(*image));
	float *scratch = malloc(r->images * sizeof(float));
	int yardsticks = 0;

	if (!image || !scratch) {
		free(image);
		free(scratch);
		return err_set("out of memory");
	}
	for (int c = 0; c < r->count; c++)
		yardsticks += is_yardstick(r, c);
	for (int c = 0; c < r->count; c++)
		if (is_yardstick(r, c))
			add_yardstick(r, &r->contestant[c], yardsticks);
	plan_order(r, image);
	for (int i = 0; i < r->images; i++) {
		r->order[i] = image[i].image;
		r->stratum[i] = image[i].stratum;
	}
	permute(r, r->yard_loss, scratch);
	permute(r, r->yard_wrong, scratch);
	for (int c = 0; c < r->count; c++)
		if (is_yardstick(r, c)) {
			permute(r, r->contestant[c].loss, scratch);
			permute(r, r->contestant[c].wrong, scratch);
		}
	free(image);
	free(scratch);
	r->ordered = true;
	return 0;
}

const int *race_order(const struct race *r)
{
	return r->order;
}

/* ---- means ---- */

/* A mean and the variance of that mean. */
struct estimate {
	double mean, variance;
};

/* Of a - b over all images, from the first n places. Strata that have been seen whole are known without error. */
static struct estimate stratified(const struct race *r, const float *a, const float *b, int n)
{
	struct stats part[STRATA] = { { 0 } };
	struct estimate e = { 0 };

	for (int i = 0; i < n; i++)
		stats_add(&part[r->stratum[i]], a[i] - b[i]);
	for (int h = 0; h < r->strata; h++) {
		double size = r->stratum_size[h], weight = size / r->images, seen = (double)part[h].count;

		e.mean += weight * part[h].mean;
		if (seen > 1)
			e.variance += weight * weight * stats_variance(&part[h]) / seen * (1 - seen / size);
	}
	return e;
}

static struct estimate plain(const float *a, const float *b, int n)
{
	struct stats all = { 0 };

	for (int i = 0; i < n; i++)
		stats_add(&all, a[i] - b[i]);
	return (struct estimate){ all.mean, n > 1 ? stats_variance(&all) / n : 0 };
}

/* What share the images have in a mean over images and looks; the looks have the rest. Both are weighted by what they tell of a difference
 * from the yardsticks, in the mean over all that run: one share for all, so that means compare. */
static double image_share(const struct race *r)
{
	double of_images = 0, of_looks = 0;

	if (r->looks == 0)
		return 1;
	for (int i = 0; i < r->count; i++) {
		const struct contestant *c = &r->contestant[i];

		if (!c->running)
			continue;
		of_images += stratified(r, c->loss, r->yard_loss, r->target).variance;
		of_looks += plain(c->look, r->yard_look, r->looks).variance;
	}
	return of_images + of_looks > 0 ? of_looks / (of_images + of_looks) : 1;
}

/* Of a - b by images and looks. */
static struct estimate difference(const struct race *r, const float *loss_a, const float *look_a, const float *loss_b, const float *look_b,
	double share)
{
	struct estimate images = stratified(r, loss_a, loss_b, r->target), looks = plain(look_a, look_b, r->looks);

	return (struct estimate){
		share * images.mean + (1 - share) * looks.mean,
		share * share * images.variance + (1 - share) * (1 - share) * looks.variance,
	};
}

static struct score estimate_score(const struct race *r, const struct contestant *c, double share)
{
	struct estimate loss = difference(r, c->loss, c->look, r->yard_loss, r->yard_look, share);
	struct estimate error = stratified(r, c->wrong, r->yard_wrong, r->target);
	struct stats yard_loss = { 0 }, yard_wrong = { 0 };

	for (int i = 0; i < r->images; i++) {
		stats_add(&yard_loss, r->yard_loss[i]);
		stats_add(&yard_wrong, r->yard_wrong[i]);
	}

	double wrong = yard_wrong.mean + error.mean;

	wrong = wrong < 0 ? 0 : wrong > 1 ? 1 : wrong;           /* an estimate may leave the range of what it estimates */
	return (struct score){
		.loss = yard_loss.mean + loss.mean, .loss_stderr = sqrt(stats_variance(&yard_loss) / r->images + loss.variance),
		.error = wrong, .error_stderr = sqrt(wrong * (1 - wrong) / r->images + error.variance), .images = c->seen,
	};
}

/* ---- rounds ---- */

struct standing {
	double mean;
	int contestant;
};

static int compare_standings(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;

	return x->mean != y->mean ? (x->mean > y->mean) - (x->mean < y->mean) : x->contestant - y->contestant;
}

/* Those that run, best first, by their differences from the yardsticks. */
static int stand(const struct race *r, double share, struct standing *standing)
{
	int n = 0;

	for (int i = 0; i < r->count; i++) {
		const struct contestant *c = &r->contestant[i];

		if (c->running)
			standing[n++] = (struct standing){ difference(r, c->loss, c->look, r->yard_loss, r->yard_look, share).mean, i };
	}
	qsort(standing, n, sizeof(*standing), compare_standings);
	return n;
}

static void drop(struct race *r, struct contestant *c, double share)
{
	c->score = estimate_score(r, c, share);
	c->running = false;
	forget_losses(c);
}

/* One that has seen all images stays: others are measured by it, and there is nothing to save. */
static int end_round(struct race *r)
{
	struct standing *standing = malloc((r->count + 1) * sizeof(*standing));
	double share = image_share(r);

	if (!standing)
		return err_set("out of memory");

	int n = stand(r, share, standing);

	for (int i = r->top; i < n; i++) {
		const struct contestant *last = &r->contestant[standing[r->top - 1].contestant];
		struct contestant *c = &r->contestant[standing[i].contestant];
		struct estimate behind = difference(r, c->loss, c->look, last->loss, last->look, share);

		/* Written so that infinity times nothing drops nothing. */
		if (c->seen < r->images && behind.mean > r->z * sqrt(behind.variance))
			drop(r, c, share);
	}
	free(standing);
	return 0;
}

static bool wants_more(const struct race *r, int contestant, int until)
{
	return r->contestant[contestant].running && r->contestant[contestant].seen < until;
}

/* -1 where every yardstick has seen all. */
static int next_yardstick(const struct race *r)
{
	for (int i = 0; i < r->count && i < RACE_YARDSTICKS; i++)
		if (wants_more(r, i, r->images))
			return i;
	return -1;
}

int race_next(struct race *r, int *until)
{
	int yardstick = r->ordered ? -1 : next_yardstick(r);

	if (yardstick >= 0) {
		*until = r->images;
		return yardstick;
	}
	if (!r->ordered && set_order(r) < 0)
		return RACE_FAILED;
	for (;;) {
		*until = r->target;
		for (; r->cursor < r->count; r->cursor++)
			if (wants_more(r, r->cursor, r->target))
				return r->cursor;
		if (r->target == r->images)
			return RACE_OVER;
		if (end_round(r) < 0)
			return RACE_FAILED;
		r->target = next_target(r);
		r->cursor = 0;
	}
}

int race_out(struct race *r)
{
	for (int i = 0; i < r->count; i++) {
		struct contestant *c = &r->contestant[i];

		if (!c->named && (!c->running || c->seen == r->images)) {
			c->named = true;
			return i;
		}
	}
	return -1;
}

struct score race_score(const struct race *r, int contestant)
{
	return r->contestant[contestant].score;
}

void race_losses(const struct race *r, int contestant, float *loss, float *wrong)
{
	const struct contestant *c = &r->contestant[contestant];

	for (int i = 0; i < r->images; i++) {
		loss[r->order[i]] = c->loss[i];
		wrong[r->order[i]] = c->wrong[i];
	}
}

int race_seen(const struct race *r, int contestant)
{
	return r->contestant[contestant].seen;
}

bool race_dropped(const struct race *r, int contestant)
{
	return !r->contestant[contestant].running;
}

int race_left(const struct race *r)
{
	int left = 0;

	for (int i = 0; i < r->count; i++)
		left += r->contestant[i].running;
	return left;
}

int race_waiting(const struct race *r)
{
	int waiting = 0;

	for (int i = 0; i < r->count; i++)
		waiting += wants_more(r, i, r->target);
	return waiting;
}

int race_round_images(const struct race *r)
{
	return r->target;
}
