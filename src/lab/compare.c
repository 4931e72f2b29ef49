/*
 * compare.c -- one architecture against another, paired over the same images (QUESTION_COMPARE). Both are scored in growing numbers, turn and
 * turn about, so that there is a first figure soon and a sharp one in the end. Losses of the last few architectures are kept as long as the
 * parameters stay: what an edit is compared with is run once, and an edit that is undone has its answer at once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/document.h"
#include "src/base/stats.h"
#include "src/lab/question.h"
#include "src/lab/score.h"

enum { KEPT = 8, FIRST_LEAST = 50, FIRST_MOST = SCORE_CHUNK };
static const double first_macs = 8e9;    /* until the first figure, calibration included: some .2 s of two processors */

/* An architecture's losses, as far as it has been run with these parameters. */
struct side {
	char id[ARCH_ID_LENGTH + 1];     /* "": none */
	struct arch arch;
	float *statistics;               /* of its batch norms; NULL before its calibration */
	float *loss, *wrong;             /* of the first `done` held-out images */
	int done;
	uint64_t used;                   /* the larger the later */
};

struct comparison {
	struct trainer *t;
	struct scorer *scorer;           /* NULL before the first question */
	struct side kept[KEPT];
	uint64_t uses;

	/* The question. */
	uint64_t serial;
	struct side *before, *now;
	int images;                      /* wanted */
	int goal;                        /* of this round */
	struct side *running;            /* the scorer is at it; NULL: nobody */
	int told;                        /* images of the last document; -1: there is none */
};

/* ---- sides ---- */

static void forget(struct side *s)
{
	free(s->statistics);
	s->statistics = NULL;
	s->id[0] = '\0';
	s->done = 0;
}

/* The one that is kept, or the place of the one that was used longest ago. */
static struct side *find_side(struct comparison *c, const struct arch *arch)
{
	struct side *oldest = &c->kept[0];
	char id[ARCH_ID_LENGTH + 1];

	arch_id(arch, id);
	for (int i = 0; i < KEPT; i++) {
		struct side *s = &c->kept[i];

		if (strcmp(s->id, id) == 0) {
			s->used = ++c->uses;
			return s;
		}
		oldest = s->used < oldest->used ? s : oldest;
	}
	forget(oldest);
	strcpy(oldest->id, id);
	oldest->arch = *arch;
	oldest->used = ++c->uses;
	return oldest;
}

/* ---- the question ---- */

static int freeze(struct comparison *c)
{
	scorer_free(c->scorer);
	c->scorer = scorer_new(c->t);
	for (int i = 0; i < KEPT; i++)
		forget(&c->kept[i]);
	return c->scorer ? 0 : -1;
}

/* Images that both have. */
static int paired_images(const struct comparison *c)
{
	int n = c->before->done < c->now->done ? c->before->done : c->now->done;

	return n < c->images ? n : c->images;
}

/* The side that is to be run next, to the goal, which grows where both have reached it. NULL: all is done. */
static struct side *next_side(struct comparison *c)
{
	while (c->before->done >= c->goal && c->now->done >= c->goal) {
		if (c->goal == c->images)
			return NULL;
		c->goal = 2 * c->goal < c->images ? 2 * c->goal : c->images;
	}
	return c->before->done < c->goal ? c->before : c->now;
}

/* Images of the first figure: fewer of a network that takes long, whose calibration is most of the wait anyway. */
static int first_images(const struct comparison *c, const struct arch *arch)
{
	double macs = (double)arch_cost(&c->t->layout.space, arch, &c->t->data->input).macs;
	double images = first_macs / macs - CALIBRATION_IMAGES;

	images = images < FIRST_LEAST ? FIRST_LEAST : images > FIRST_MOST ? FIRST_MOST : images;
	return images < c->images ? (int)images : c->images;
}

static int begin(void *state, const struct question *q)
{
	struct comparison *c = state;
	const struct space *space = &c->t->layout.space;
	int all = c->t->data->validation.count;
	bool frozen = c->scorer && (q->keep_step || scorer_step(c->scorer) == c->t->step);

	if (check_trained(c->t) < 0 || arch_validate(space, &q->arch, NULL) < 0)
		return -1;
	if (arch_validate(space, &q->before, NULL) < 0)
		return err_prefix("what it is compared with");
	if (!frozen && freeze(c) < 0)
		return -1;
	c->serial = q->serial;
	c->before = find_side(c, &q->before);
	c->now = find_side(c, &q->arch);
	c->images = q->images > 0 && q->images < all ? q->images : all;
	c->goal = first_images(c, &q->arch);
	c->running = NULL;
	c->told = -1;
	return next_side(c) != NULL;
}

static void run_side(struct comparison *c, struct side *s)
{
	if (s->statistics)
		scorer_return(c->scorer, &s->arch, s->statistics, s->done, c->goal);
	else
		scorer_begin(c->scorer, &s->arch, c->goal);
	c->running = s;
}

/* What the scorer has found since. 0 or -1. */
static int take_losses(struct comparison *c, int first)
{
	struct side *s = c->running;
	int count, wrongs;
	const float *loss = scorer_losses(c->scorer, &count), *wrong = scorer_wrongs(c->scorer, &wrongs);

	if (!s->statistics && !(s->statistics = scorer_leave(c->scorer)))
		return -1;
	memcpy(s->loss + first, loss, (size_t)count * sizeof(*loss));
	memcpy(s->wrong + first, wrong, (size_t)count * sizeof(*wrong));
	s->done = first + count;
	return 0;
}

/* There is a side to be run: it has said so. */
static int advance(void *state)
{
	struct comparison *c = state;
	int first, count, more;

	if (!c->running)
		run_side(c, next_side(c));
	scorer_losses(c->scorer, &count);
	first = c->running->done - count;                /* of this turn */
	more = scorer_advance(c->scorer);
	if (more < 0 || take_losses(c, first) < 0)
		return -1;
	if (more == 0)
		c->running = NULL;
	return c->running || next_side(c) != NULL;
}

/* ---- the answer ---- */

static json_t *score_to_json(const struct side *s, int images)
{
	struct score score = score_of(s->loss, s->wrong, images);

	return json_pack("{s:o, s:o, s:o, s:o}", "loss", json_of(score.loss), "loss_stderr", json_of(score.loss_stderr), "error",
		json_of(score.error), "error_stderr", json_of(score.error_stderr));
}

static struct stats differences(const float *now, const float *before, int images)
{
	struct stats s = { 0 };

	for (int i = 0; i < images; i++)
		stats_add(&s, (double)now[i] - (double)before[i]);
	return s;
}

/* That the mean difference is none, two-sided: of the score itself. A test of ranks would answer for the many images that are right anyway. NAN where
 * they do not differ at all. */
static double p_of(const struct stats *difference)
{
	return erfc(fabs(difference->mean) / stats_stderr(difference) / sqrt(2));
}

static json_t *answer(void *state, bool running)
{
	struct comparison *c = state;
	int n = paired_images(c);
	struct stats loss, error;

	if (n == 0 || (running && n == c->told))
		return NULL;
	c->told = n;
	loss = differences(c->now->loss, c->before->loss, n);
	error = differences(c->now->wrong, c->before->wrong, n);
	return json_pack("{s:I, s:s, s:s, s:I, s:i, s:i, s:o, s:o, s:f, s:o, s:o, s:f, s:o, s:b}", "serial", (json_int_t)c->serial, "id", c->now->id,
		"before_id", c->before->id, "step", (json_int_t)scorer_step(c->scorer), "images", n, "total", c->images, "before",
		score_to_json(c->before, n), "now", score_to_json(c->now, n), "difference", loss.mean, "difference_stderr",
		json_of(stats_stderr(&loss)), "p", json_of(p_of(&loss)), "error_difference", error.mean, "error_difference_stderr",
		json_of(stats_stderr(&error)), "running", running);
}

/* ---- the answerer ---- */

static void close_comparison(void *state)
{
	struct comparison *c = state;

	for (int i = 0; i < KEPT; i++) {
		forget(&c->kept[i]);
		free(c->kept[i].loss);
		free(c->kept[i].wrong);
	}
	scorer_free(c->scorer);
	free(c);
}

static void *open_comparison(struct trainer *t)
{
	struct comparison *c = calloc(1, sizeof(*c));
	size_t images = (size_t)t->data->validation.count;
	bool whole = c != NULL;

	for (int i = 0; whole && i < KEPT; i++) {
		struct side *s = &c->kept[i];

		s->loss = malloc(images * sizeof(float));
		s->wrong = malloc(images * sizeof(float));
		whole = s->loss && s->wrong;
	}
	if (whole) {
		c->t = t;
		return c;
	}
	err_set("out of memory for %d images", t->data->validation.count);
	if (c)
		close_comparison(c);
	return NULL;
}

const struct answerer compare_answerer = {
	.open = open_comparison, .begin = begin, .advance = advance, .answer = answer, .close = close_comparison, .prompt = true,
};
