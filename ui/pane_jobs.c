/*
 * pane_jobs.c -- what runs, waits and has ended: training first, then experiments in the order in which they were asked for; below them the log. A job
 * is cancelled only by the row that the cursor is on, and the cursor stays on its job.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/commands.h"
#include "ui/table.h"
#include "ui/view.h"

enum { TRAINING = 0, BAR = 8 };         /* the first row is training */

struct jobs_pane {
	struct pane super;
	struct table table;
	int number;                      /* of the job under the cursor, 0: training */
	int back;                        /* lines of the log that are below its last one shown */
	const struct ui *ui;             /* while it draws */
};

static const char *const state_words[] = {
	[JOB_WAITS] = "waits", [JOB_RUNS] = "runs", [JOB_HELD] = "held", [JOB_ENDED] = "ended", [JOB_CANCELLED] = "cancelled", [JOB_BROKE] = "broke off",
};

enum { COLUMN_NUMBER, COLUMN_STATE, COLUMN_BAR, COLUMN_COUNT, COLUMN_RATE, COLUMN_ETA, COLUMN_BEGAN, COLUMN_STEP, COLUMN_WORDS };

static const struct table_column columns[TABLE_COLUMNS] = {
	[COLUMN_NUMBER] = { "#",        4,       false, 0, false },
	[COLUMN_STATE]  = { "state",    10,      true,  1, false },
	[COLUMN_BAR]    = { "progress", BAR + 3, true,  5, false },
	[COLUMN_COUNT]  = { "done",     15,      false, 3, false },
	[COLUMN_RATE]   = { "/s",       7,       false, 6, false },
	[COLUMN_ETA]    = { "eta/took", 9,       false, 4, false },
	[COLUMN_BEGAN]  = { "began",    9,       false, 7, false },
	[COLUMN_STEP]   = { "step",     8,       false, 8, false },
	[COLUMN_WORDS]  = { "job",      20,      true,  2, true },
};

/* The job of a row; NULL: training. */
static const struct job_line *job_of(const struct ui *ui, int row)
{
	return row > 0 && row <= ui->snap->job_count ? &ui->snap->jobs[row - 1] : NULL;
}

/* "has ended", of one that does not live. */
static const char *how_it_ended(const struct job_line *j)
{
	return j->state == JOB_ENDED ? "has ended" : j->state == JOB_CANCELLED ? "is cancelled" : "broke off";
}

static bool lives(const struct job_line *j)
{
	return j->state <= JOB_HELD;
}

static enum role state_role(const struct job_line *j)
{
	return j->state == JOB_RUNS ? ROLE_PROGRESS : j->state == JOB_HELD ? ROLE_WARNING : j->state == JOB_BROKE ? ROLE_ERROR :
	       j->state == JOB_CANCELLED ? ROLE_WARNING : ROLE_TEXT;
}

static const char *bar(int64_t done, int64_t total)
{
	static char text[BAR + 3];
	int full = total > 0 ? (int)(BAR * (done < total ? done : total) / total) : 0;

	memset(text, '.', sizeof text - 1);
	memset(text + 1, '#', (size_t)full);
	text[0] = '[';
	text[BAR + 1] = ']';
	return text;
}

static const char *count(int64_t done, int64_t total)
{
	static char text[64];

	if (total == 0)                          /* it has not begun */
		return text_missing();
	snprintf(text, sizeof text, "%s/%s", text_count(done), text_count(total));
	return text;
}

static const char *training_cell(const struct ui *ui, int column, enum role *role)
{
	const struct snapshot *s = ui->snap;

	switch (column) {
	case COLUMN_NUMBER:
		return "";
	case COLUMN_STATE:
		return state_word(ui, role);
	case COLUMN_BAR:
		*role = ROLE_PROGRESS;
		return bar(s->step, s->steps);
	case COLUMN_COUNT:
		return count(s->step, s->steps);
	case COLUMN_RATE:
		return s->step_seconds > 0 && s->state == WORKER_TRAINING ? text_fixed(1 / s->step_seconds, 1) : "";
	case COLUMN_ETA:
		return text_duration(s->state == WORKER_TRAINING ? s->eta_seconds : s->elapsed_seconds);
	case COLUMN_WORDS:
		return "training";
	default:
		return "";
	}
}

static double took(const struct job_line *j)
{
	return j->ended - j->began;
}

static const char *job_cell(const struct job_line *j, int column, enum role *role)
{
	switch (column) {
	case COLUMN_NUMBER:
		return text_count(j->number);
	case COLUMN_STATE:
		*role = state_role(j);
		return state_words[j->state];
	case COLUMN_BAR:
		*role = lives(j) ? ROLE_PROGRESS : ROLE_DIM;
		return bar(j->done, j->total);
	case COLUMN_COUNT:
		return count(j->done, j->total);
	case COLUMN_RATE:
		return isnan(j->per_second) || !lives(j) ? "" : text_fixed(j->per_second, 1);
	case COLUMN_ETA:
		return text_duration(lives(j) ? j->eta_seconds : took(j));
	case COLUMN_BEGAN:
		return isnan(j->began) ? "" : text_clock(j->began);
	case COLUMN_STEP:
		return isnan(j->began) ? "" : text_count(j->step);
	default:
		return j->words[0] ? j->words : j->name;
	}
}

static const char *cell(const void *context, int row, int column, enum role *role)
{
	const struct jobs_pane *p = context;

	return row == TRAINING ? training_cell(p->ui, column, role) : job_cell(job_of(p->ui, row), column, role);
}

/* The cursor stays on its job as others come and the oldest go. */
static void find_row(const struct ui *ui, struct jobs_pane *p)
{
	p->table.rows = ui->snap->job_count + 1;
	for (int i = 1; i < p->table.rows; i++)
		if (job_of(ui, i)->number == p->number)
			p->table.selected = i;
	if (p->table.selected >= p->table.rows)
		p->table.selected = p->table.rows - 1;
}

static void keep_row(const struct ui *ui, struct jobs_pane *p)
{
	const struct job_line *j = job_of(ui, p->table.selected);

	p->number = j ? j->number : 0;
}

static void jobs_news(struct ui *ui, struct pane *pane)
{
	find_row(ui, (struct jobs_pane *)pane);
}

/* ---- drawing ---- */

static void draw_selected(const struct ui *ui, const struct jobs_pane *p, struct rect r)
{
	const struct job_line *j = job_of(ui, p->table.selected);
	char left[200];

	if (r.h < 2)
		return;
	if (!j) {
		put_title(r.y, r.x, r.w, "Training", false, NULL, NULL);
		put_wrapped((struct rect){ r.y + 1, r.x + 1, r.h - 1, r.w - 2 }, ROLE_TEXT, ui->snap->state == WORKER_PAUSED ? "paused: Space goes on" :
		            ui->snap->state == WORKER_VIEWING ? "by another process, whose run is only looked at; its experiments are not seen before their end" : "experiments run beside it, half and half, with the weights of the moment when they began; Space pauses it");
		return;
	}
	snprintf(left, sizeof left, "%s", j->words[0] ? j->words : j->name);
	put_title(r.y, r.x, r.w, lives(j) ? "Says" : j->state == JOB_ENDED ? "Verdict" : "Last said", false, left, NULL);
	put_wrapped((struct rect){ r.y + 1, r.x + 1, r.h - 1, r.w - 2 }, j->state == JOB_BROKE ? ROLE_ERROR : ROLE_TEXT,
	            j->text[0] ? j->text : j->state == JOB_WAITS ? "waits for the end of what is before it" : "nothing yet");
}

static void draw_log(const struct ui *ui, struct jobs_pane *p, struct rect r)
{
	const struct snapshot *s = ui->snap;
	int kept = s->log_count < LOG_LINES ? s->log_count : LOG_LINES, rows = r.h - 1, last;
	char right[48];

	if (rows < 1)
		return;
	p->back = p->back > kept - rows ? kept - rows : p->back;
	p->back = p->back < 0 ? 0 : p->back;
	last = kept - p->back;
	snprintf(right, sizeof right, "%d–%d of %d   PgUp PgDn", last - rows + 1 > 1 ? last - rows + 1 : kept ? 1 : 0, last, kept);
	put_title(r.y, r.x, r.w, "Log", false, NULL, kept > rows ? right : NULL);
	for (int i = 0; i < rows; i++) {
		int line = last - rows + i;

		if (last < rows)
			line = i;                        /* from the top while there are few */
		if (line >= 0 && line < last) {
			int at = (s->log_count - kept + line) % LOG_LINES;
			int x = put(r.y + 1 + i, r.x + 1, r.w - 1, ROLE_DIM, text_clock(s->log[at].clock));

			put(r.y + 1 + i, r.x + x + 2, r.w - x - 2, ROLE_TEXT, s->log[at].text);
		}
	}
}

static void jobs_draw(struct ui *ui, struct pane *pane)
{
	struct jobs_pane *p = (struct jobs_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 1, pane->at.w };
	const struct snapshot *s = ui->snap;
	int run = 0, held = 0, wait = 0, table, said, line;
	char left[96], held_text[32] = "";

	find_row(ui, p);
	for (int i = 0; i < s->job_count; i++) {
		run += s->jobs[i].state == JOB_RUNS;
		held += s->jobs[i].state == JOB_HELD;
		wait += s->jobs[i].state == JOB_WAITS;
	}
	if (held)
		snprintf(held_text, sizeof held_text, "%d held, ", held);
	snprintf(left, sizeof left, "%d at work, %s%d wait%s, %d ended", run, held_text, wait, wait == 1 ? "s" : "", s->job_count - run - held - wait);
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, ui->focus == PANE_JOBS, left, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
	if (r.h < 2)
		return;
	said = r.h >= 12 ? 4 : 0;
	table = p->table.rows + 1 < r.h / 2 ? p->table.rows + 1 : r.h / 2 + (r.h < 8);
	p->ui = ui;
	line = table_draw(&p->table, (struct rect){ r.y, r.x, table, r.w < 130 ? r.w : 130 }, ui->focus == PANE_JOBS, cell, p);
	p->ui = NULL;
	if (line >= 0) {
		ui->cursor_y = line;
		ui->cursor_x = r.x;
	}
	if (said)
		draw_selected(ui, p, (struct rect){ r.y + table, r.x, said, r.w });
	draw_log(ui, p, (struct rect){ r.y + table + said, r.x, r.h - table - said, r.w });
}

/* ---- keys ---- */

/* The view of the job's kind; what has none has its report. */
static void open_job(struct ui *ui, const struct job_line *j)
{
	static const struct {
		const char *name;
		int pane;
	} views[] = {
		{ "rank", PANE_RANKING }, { "score", PANE_RANKING }, { "corrupt", PANE_CORRUPT }, { "guide", PANE_GUIDE }, { "correlate", PANE_CORRELATE },
	};

	if (!j) {
		ui_act(ui, ACTION_TAB_1);
		return;
	}
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
		if (strcmp(j->name, views[i].name) == 0) {
			ui_focus(ui, views[i].pane);
			return;
		}
	if (strcmp(j->name, "export") == 0)
		ui_say(ui, ROLE_INFO, "%s", j->text[0] ? j->text : j->words);
	else if (ui->snap->report_serial && strcmp(ui->snap->report_name, j->name) == 0)
		report_open(ui);
	else
		ui_say(ui, ROLE_INFO, "%s has no view; its report comes at its end", j->name);
}

static void hold(struct ui *ui, const struct job_line *j)
{
	if (!j)
		ui_act(ui, ACTION_PAUSE);
	else if (!lives(j))
		ui_say(ui, ROLE_INFO, "job %d %s; r runs it again", j->number, how_it_ended(j));
	else if (ui_send(ui, COMMAND_HOLD_JOB, j->number))
		ui_say(ui, ROLE_INFO, j->state == JOB_HELD ? "job %d goes on" : "job %d is held; Space lets it go on", j->number);
}

static void end_job(struct ui *ui, const struct job_line *j)
{
	if (!j && ui_only_looking(ui, "cancelling"))
		return;
	if (!j)
		ui_say(ui, ROLE_INFO, "training is not cancelled here: Space pauses it, q asks how to leave");
	else if (!lives(j))
		ui_say(ui, ROLE_INFO, "job %d %s already", j->number, how_it_ended(j));
	else if (ui_send(ui, COMMAND_CANCEL, j->number))
		ui_say(ui, ROLE_INFO, "job %d (%s) is cancelled; what it has found is kept, r goes on", j->number, j->name);
}

static void again(struct ui *ui, const struct job_line *j)
{
	if (!j)
		ui_say(ui, ROLE_INFO, "r runs a job again: none is selected");
	else if (lives(j))
		ui_say(ui, ROLE_INFO, "job %d %s", j->number, j->state == JOB_WAITS ? "waits for its turn" : j->state == JOB_HELD ?
		       "is held: Space lets it go on" : "runs already");
	else if (strcmp(j->name, "export") == 0)
		ui_say(ui, ROLE_INFO, "what was exported is not chosen any more: x in the ranking or the bank view");
	else if (j->words[0])
		commands_run(ui, j->words);
	else
		ui_say(ui, ROLE_INFO, "%s was not asked for in words: give its command after :", j->name);
}

static bool jobs_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct jobs_pane *p = (struct jobs_pane *)pane;
	const struct job_line *j;

	find_row(ui, p);
	j = job_of(ui, p->table.selected);
	switch (action) {
	case ACTION_OPEN:
		open_job(ui, j);
		return true;
	case ACTION_HOLD:
		hold(ui, j);
		return true;
	case ACTION_END_JOB:
		end_job(ui, j);
		return true;
	case ACTION_CANCEL:
		if (!j || !lives(j))
			return false;                    /* the one in front, as everywhere */
		end_job(ui, j);
		return true;
	case ACTION_AGAIN:
		again(ui, j);
		return true;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP:
		p->back += 8;
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_HALF_DOWN:
		p->back = p->back > 8 ? p->back - 8 : 0;
		return true;
	default:
		break;
	}
	if (!table_act(&p->table, action))
		return false;
	keep_row(ui, p);
	return true;
}

static void jobs_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct jobs_pane *p = (struct jobs_pane *)pane;
	int row = table_row_at(&p->table, pane->at.y + y);

	(void)x;
	if (row < 0)
		return;
	p->table.selected = row;
	keep_row(ui, p);
	if (second)
		open_job(ui, job_of(ui, row));
}

static void jobs_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class jobs_class = {
	.name = "Jobs",
	.tab = "Jobs",
	.where = IN_JOBS,
	.draw = jobs_draw,
	.act = jobs_act,
	.news = jobs_news,
	.click = jobs_click,
	.release = jobs_release,
};

struct pane *pane_jobs_new(void)
{
	struct jobs_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &jobs_class;
	p->table.column = columns;
	p->table.sort = -1;
	return &p->super;
}
