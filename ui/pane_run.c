/* pane_run.c -- facts of the run and the log, where the screen is wide enough to have them beside everything else. */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/pane.h"

static void row(struct rect *r, const char *name, const char *text)
{
	if (r->h <= 0)
		return;
	putf(r->y, r->x, 11, ROLE_DIM, "%s", name);
	put(r->y, r->x + 11, r->w - 11, ROLE_TEXT, text);
	r->y++;
	r->h--;
}

static void gap(struct rect *r)
{
	r->y++;
	r->h--;
}

static const char *sides(const struct snapshot *s, char *text, size_t size)
{
	int n = 0;

	for (int a = 0; a < ARCH_AXES && s->input.side[a] > 0 && n < (int)size; a++)
		n += snprintf(text + n, size - (size_t)n, "%d x ", s->input.side[a]);
	snprintf(text + n, size - (size_t)n, "%d", s->input.channels);
	return text;
}

static void what_it_is(const struct snapshot *s, struct rect *r)
{
	char line[256], shape[64];
	double all = (double)(s->hypernet_parameters + s->free_parameters);

	row(r, "run", s->run_path);
	row(r, "preset", s->preset_name);
	snprintf(line, sizeof line, "%s  %s  %d classes", s->data_name, sides(s, shape, sizeof shape), s->input.classes);
	row(r, "data", line);
	snprintf(line, sizeof line, "%s train  %s held out  %s test", text_count(s->train_images), text_count(s->validation_images),
	         text_count(s->test_images));
	row(r, "images", line);
	snprintf(line, sizeof line, "%s parameters, %.0f%% of all", text_short_count((double)s->hypernet_parameters),
	         all > 0 ? 100 * (double)s->hypernet_parameters / all : 0);
	row(r, "hypernet", line);
	snprintf(line, sizeof line, "%s parameters", text_short_count((double)s->free_parameters));
	row(r, "free", line);
	row(r, "device", s->device);
}

static void how_it_goes(const struct ui *ui, const struct snapshot *s, struct rect *r)
{
	char line[256], peak[64] = "";

	if (s->peak_gflops > 0)
		snprintf(peak, sizeof peak, "  of %s: %.0f%%", text_fixed(s->peak_gflops, 0), 100 * s->gflops / s->peak_gflops);
	snprintf(line, sizeof line, "%s   GFLOP/s %s%s", s->images_per_second > 0 ? text_count((int64_t)s->images_per_second) : text_missing(),
	         s->gflops > 0 ? text_fixed(s->gflops, 0) : text_missing(), s->gflops > 0 ? peak : "");
	row(r, "images/s", line);
	snprintf(line, sizeof line, "%s ms   trained for %s", s->step_seconds > 0 ? text_fixed(s->step_seconds * 1e3, 1) : text_missing(),
	         text_duration(s->elapsed_seconds));
	row(r, "step", line);
	snprintf(line, sizeof line, "%s resident   %s of them the tape", text_bytes(s->resident_bytes), text_bytes(s->slab_bytes));
	row(r, "memory", line);
	snprintf(line, sizeof line, s->checkpoint_step >= 0 ? "step %s%s" : "none yet%.0s%s", text_count(s->checkpoint_step),
	         s->state == WORKER_VIEWING ? "" : "   ^s writes one now");
	row(r, "checkpoint", line);
	snprintf(line, sizeof line, "%ld frames, %ld skipped   key %s ms", ui->frames, ui->frames_skipped,
	         ui->key_seconds > 0 ? text_fixed(ui->key_seconds * 1e3, 1) : text_missing());
	row(r, "screen", line);
}

static void best(const struct ui *ui, struct rect *r)
{
	const struct ranking_row *b = ranking_best(ui);
	char line[160];

	if (b)
		snprintf(line, sizeof line, "%.7s  score %s ±%s  n %s  step %s", b->id, text_loss(b->score), text_loss(b->score_stderr),
		         text_count(b->images), text_count(b->step));
	else
		snprintf(line, sizeof line, "%s", text_missing());
	row(r, "best", line);
}

static void log_lines(const struct snapshot *s, struct rect *r)
{
	int kept = s->log_count < LOG_LINES ? s->log_count : LOG_LINES;
	int n = kept < r->h ? kept : r->h;

	for (int i = s->log_count - n; i < s->log_count; i++) {
		char line[224];

		snprintf(line, sizeof line, "%s %s", text_clock(s->log[i % LOG_LINES].clock), s->log[i % LOG_LINES].text);
		row(r, i == s->log_count - n ? "log" : "", line);
	}
}

static void run_draw(struct ui *ui, struct pane *pane)
{
	struct rect r = { pane->at.y + 1, pane->at.x + 1, pane->at.h - 1, pane->at.w - 1 };

	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, false, NULL, NULL);
	if (!ui->snap->run_path[0])
		return;
	what_it_is(ui->snap, &r);
	gap(&r);
	how_it_goes(ui, ui->snap, &r);
	gap(&r);
	best(ui, &r);
	log_lines(ui->snap, &r);
}

static void run_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class run_class = {
	.name = "Run",
	.where = EVERYWHERE,
	.draw = run_draw,
	.release = run_release,
};

struct pane *pane_run_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &run_class;
	return p;
}
