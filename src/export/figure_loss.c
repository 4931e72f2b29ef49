/* figure_loss.c -- training and validation loss over steps: the band of what single steps had, a smoothed mean, the validations. */
#include <math.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/figures.h"
#include "src/export/plot.h"
#include "src/lab/curve.h"
#include "src/lab/metrics.h"

static const double height_least = 118, height_share = 0.36, smoothing = 0.9;    /* of the width */

struct history {
	struct curve curve;
	int64_t steps, last;             /* lines; number of the newest */
	int broken;                      /* losses that are not finite */
	int validations;
};

static void add_line(void *context, const struct metrics_line *line)
{
	struct history *h = context;

	h->last = line->step > h->last ? line->step : h->last;
	if (line->validation) {
		h->validations++;
		curve_add_validation(&h->curve, line->step, line->valid_loss, line->valid_loss_stderr, line->valid_error);
		return;
	}
	h->steps++;
	h->broken += !isfinite(line->loss);
	curve_add(&h->curve, line->step, line->loss, line->error, line->learning_rate);
}

static double middle_step(const struct curve *c, int i)
{
	return ((double)i + 0.5) * (double)c->bucket_steps + 0.5;
}

static void find_axes(struct plot *p, const struct history *h)
{
	const struct curve *c = &h->curve;

	for (int i = 0; i < c->count; i++) {
		const struct curve_bucket *b = &c->bucket[i];

		axis_include(&p->y, b->train_min, b->train_max);
		axis_include(&p->y, b->valid - fmax(b->valid_stderr, 0), b->valid + fmax(b->valid_stderr, 0));
		axis_include(&p->y, b->valid, b->valid);
	}
	plot_widen(&p->y);
	axis_include(&p->x, 0, (double)h->last);
}

/* From `first` on, how many have losses. */
static int stretch(const struct curve *c, int first)
{
	int n = 0;

	while (first + n < c->count && isfinite(c->bucket[first + n].train_mean))
		n++;
	return n;
}

static void draw_band(struct plot *p, const struct curve *c)
{
	struct point point[2 * CURVE_BUCKETS];

	for (int i = 0, n; i < c->count; i += n + 1) {
		n = stretch(c, i);
		for (int k = 0; k < n; k++) {
			double x = plot_x(p, middle_step(c, i + k));

			point[k] = (struct point){ x, plot_y(p, c->bucket[i + k].train_min) };
			point[2 * n - 1 - k] = (struct point){ x, plot_y(p, c->bucket[i + k].train_max) };
		}
		figure_polygon(p->figure, (struct pen){ INK_VEIL, INK_VEIL, 0.4, false }, point, 2 * n);
	}
}

/* The same smoothing as the screen's: the weights of what there is add up to one from the start. */
static void draw_mean(struct plot *p, const struct curve *c)
{
	struct point point[CURVE_BUCKETS];
	double sum = 0, weight = 0;

	for (int i = 0, n; i < c->count; i += n + 1) {
		n = stretch(c, i);
		for (int k = 0; k < n; k++) {
			sum = smoothing * sum + (1 - smoothing) * c->bucket[i + k].train_mean;
			weight = smoothing * weight + (1 - smoothing);
			point[k] = (struct point){ plot_x(p, middle_step(c, i + k)), plot_y(p, sum / weight) };
		}
		if (n == 1)
			figure_mark(p->figure, MARK_SQUARE, INK_BLUE, point[0].x, point[0].y, 1.2);
		figure_path(p->figure, (struct pen){ .stroke = INK_BLUE, .width = 1.2 }, point, n);
	}
}

/* Rings would lie on one another. */
static bool many_validations(const struct figure *f, const struct history *h)
{
	return h->validations > f->width / 4;
}

static void draw_validation_line(struct plot *p, const struct curve *c)
{
	struct point point[CURVE_BUCKETS];
	int n = 0;

	for (int i = 0; i < c->count; i++)
		if (isfinite(c->bucket[i].valid))
			point[n++] = (struct point){ plot_x(p, middle_step(c, i)), plot_y(p, c->bucket[i].valid) };
	figure_path(p->figure, (struct pen){ .stroke = INK_ORANGE, .width = 1.2, .dashed = true }, point, n);
}

static void draw_validations(struct plot *p, const struct curve *c)
{
	for (int i = 0; i < c->count; i++) {
		const struct curve_bucket *b = &c->bucket[i];

		if (!isfinite(b->valid))
			continue;
		plot_whiskers(p, INK_ORANGE, middle_step(c, i), b->valid, 0, b->valid_stderr);
		figure_mark(p->figure, MARK_RING, INK_ORANGE, plot_x(p, middle_step(c, i)), plot_y(p, b->valid), 1.5);
	}
}

/* Where no step of a bucket, between others, has a loss. */
static void draw_gaps(struct plot *p, const struct curve *c)
{
	for (int i = 0; i < c->count; i++)
		if (!isfinite(c->bucket[i].train_mean) && !isfinite(c->bucket[i].valid))
			figure_mark(p->figure, MARK_CROSS, INK_TEXT, plot_x(p, middle_step(c, i)), p->top + 3, 2);
}

static void say(struct figure *f, double y, const struct history *h, bool logarithmic)
{
	char text[500], line[160] = "pale: the steps; line: smoothed", steps[UNITS_TEXT], bucket[UNITS_TEXT], broken[80] = "", valid[120] = "";

	if (h->curve.bucket_steps > 1)
		snprintf(line, sizeof line, "band: least and most of %s steps; line: their means, smoothed", units_thousands(h->curve.bucket_steps, bucket));
	if (h->broken)
		snprintf(broken, sizeof broken, " %d step%s had no finite loss (× where none around had).", h->broken, h->broken == 1 ? "" : "s");
	if (h->validations)
		snprintf(valid, sizeof valid, " %d validation%s%s.", h->validations, h->validations == 1 ? "" : "s",
			many_validations(f, h) ? "" : " ± standard error over architectures");
	snprintf(text, sizeof text, "%s step%s, an architecture of its own in each; %s exponentially with %g.%s%s%s", units_thousands(h->steps, steps),
		h->steps == 1 ? "" : "s", line, smoothing, valid, broken, logarithmic ? " Logarithmic scale." : "");
	figure_caption(f, y, text);
}

static int read_history(struct history *h, const struct export_source *s)
{
	curve_init(&h->curve);
	if (metrics_read(s->run_path, INT64_MAX, add_line, h) < 0)
		return -1;
	return h->steps ? 0 : err_set("%s: has no training steps yet", s->run_path);
}

static void draw(struct figure *f, const struct export_source *s, const struct history *h)
{
	bool many = many_validations(f, h);
	const struct legend legend[] = {
		{ MARK_BAND, INK_VEIL, "training, least to most" }, { MARK_LINE, INK_BLUE, "training, mean" },
		{ many ? MARK_DASHES : MARK_RING, INK_ORANGE, "validation" },
	};
	struct plot p = { .figure = f, .x_values = PLOT_COUNTS };
	char title[160];
	double y;

	snprintf(title, sizeof title, "Loss of %s", figure_run_name(s));
	y = figure_legend(f, figure_heading(f, 0, title), legend, h->validations ? 3 : 2);
	axis_reset(&p.x, false);
	axis_reset(&p.y, s->style.logarithmic);
	find_axes(&p, h);
	y = plot_axes(&p, y, fmax(height_least, height_share * f->width), "training step", "cross-entropy loss");
	draw_band(&p, &h->curve);
	draw_mean(&p, &h->curve);
	if (many)
		draw_validation_line(&p, &h->curve);
	else
		draw_validations(&p, &h->curve);
	draw_gaps(&p, &h->curve);
	say(f, y, h, s->style.logarithmic);
}

int figure_loss(struct figure *f, const struct export_source *s)
{
	struct history *h = calloc(1, sizeof *h);
	int rc = h ? read_history(h, s) : err_set("out of memory");

	if (rc == 0)
		draw(f, s, h);
	free(h);
	return rc;
}
