/* status.c -- the rows around the panes: status line, tabs, job strip, message, key bar; and the bare lines of a tiny screen. */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/pane.h"

const char *state_word(const struct ui *ui, enum role *role)
{
	static const struct { const char *word; enum role role; } states[] = {
		[WORKER_OPENING] = { "OPENING", ROLE_STATUS_PAUSED },
		[WORKER_TRAINING] = { "TRAINING", ROLE_STATUS_TRAINING },
		[WORKER_PAUSED] = { "PAUSED", ROLE_STATUS_PAUSED },
		[WORKER_FINISHED] = { "FINISHED", ROLE_STATUS_FINISHED },
		[WORKER_FAILED] = { "FAILED", ROLE_STATUS_FAILED },
		[WORKER_STOPPED] = { "STOPPED", ROLE_STATUS_FINISHED },
		[WORKER_VIEWING] = { "VIEWING", ROLE_STATUS_PAUSED },
	};
	enum worker_state state = ui->snap->state;

	*role = ui->frozen ? ROLE_STATUS_FROZEN : states[state].role;
	return ui->frozen ? "FROZEN" : states[state].word;
}

/* A piece of the status line: full and short form; the lower `need`, the later it is left out. */
struct piece {
	char full[80], brief[48];
	int need;
	bool right;                      /* of the gap */
	enum role role;
	int shown;                       /* 0 not, 1 brief, 2 full */
};

enum { PIECES = 16 };

static void epoch_text(const struct snapshot *s, char *full, size_t full_size, char *brief, size_t brief_size)
{
	int64_t epochs = s->epoch_steps > 0 ? (s->steps + s->epoch_steps - 1) / s->epoch_steps : 0;
	int64_t epoch = s->epoch_steps > 0 ? (s->step > 0 ? s->step - 1 : 0) / s->epoch_steps + 1 : 0;

	snprintf(full, full_size, "epoch %lld/%lld", (long long)epoch, (long long)epochs);
	snprintf(brief, brief_size, "ep %lld/%lld", (long long)epoch, (long long)epochs);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

struct pieces {
	struct piece piece[PIECES];
	int count;
};

static void add(struct pieces *p, int need, bool right, enum role role, const char *full, const char *brief)
{
	struct piece *new = &p->piece[p->count++];

	*new = (struct piece){ .need = need, .right = right, .role = role };
	snprintf(new->full, sizeof new->full, "%.*s", (int)sizeof new->full - 1, full);
	snprintf(new->brief, sizeof new->brief, "%.*s", (int)sizeof new->brief - 1, brief);
}

static void add_run(struct pieces *p, const struct snapshot *s)
{
	char full[160], brief[64];

	add(p, 5, false, ROLE_STATUS, s->run_path, base_name(s->run_path));
	snprintf(full, sizeof full, "%s/%s", s->data_name, s->preset_name);
	add(p, 7, false, ROLE_STATUS, full, s->data_name);
	snprintf(brief, sizeof brief, "%.*s", (int)strcspn(s->device, ","), s->device);      /* what follows is for the run pane */
	snprintf(full, sizeof full, "%s %dt", brief, s->threads);
	add(p, 11, false, ROLE_STATUS, full, brief);
}

static void add_speed(struct pieces *p, const struct snapshot *s)
{
	const char *images = text_count((int64_t)s->images_per_second);
	const char *gflops = s->gflops > 0 ? text_fixed(s->gflops, 0) : text_missing();
	char full[64], brief[48];

	snprintf(full, sizeof full, "%6s images/s", images);
	snprintf(brief, sizeof brief, "%s img/s", images);
	add(p, 4, true, ROLE_STATUS, full, brief);
	if (s->gflops > 0 && s->peak_gflops > 0)
		snprintf(full, sizeof full, "%s GFLOP/s, %.0f%% of peak", gflops, 100 * s->gflops / s->peak_gflops);
	else
		snprintf(full, sizeof full, "%s GFLOP/s", gflops);
	snprintf(brief, sizeof brief, "%s GF/s", gflops);
	add(p, 8, true, ROLE_STATUS, full, brief);
}

static void pieces_make(const struct ui *ui, struct pieces *p)
{
	const struct snapshot *s = ui->snap;
	enum role role;
	const char *word = state_word(ui, &role);
	char full[80], brief[48];

	p->count = 0;
	add(p, 1, false, ROLE_TITLE, "smashtop", "smashtop");
	if (s->run_path[0])
		add_run(p, s);
	snprintf(full, sizeof full, " %s ", word);
	snprintf(brief, sizeof brief, "%s", word);
	if (s->state == WORKER_VIEWING && s->holder > 0) {
		snprintf(full, sizeof full, " %s pid %ld ", word, s->holder);
		snprintf(brief, sizeof brief, "%s %ld", word, s->holder);
	}
	add(p, 0, true, role, full, brief);
	if (!s->run_path[0])
		return;
	epoch_text(s, full, sizeof full, brief, sizeof brief);
	add(p, 6, true, ROLE_STATUS, full, brief);
	snprintf(full, sizeof full, "step %*s/%s", text_width(text_count(s->steps)), text_count(s->step), text_count(s->steps));
	snprintf(brief, sizeof brief, "step %s", text_count(s->step));
	add(p, 2, true, ROLE_STATUS, full, brief);
	snprintf(full, sizeof full, "lr %s", text_rate(s->learning_rate));
	if (s->step > 0)
		add(p, 10, true, ROLE_STATUS, full, full);
	if (s->images_per_second > 0)
		add_speed(p, s);
	add(p, 9, true, ROLE_STATUS, text_bytes(ui->memory_seen), text_bytes(ui->memory_seen));
	snprintf(full, sizeof full, "eta %s", text_duration(s->eta_seconds));
	if (s->state == WORKER_TRAINING || (s->state == WORKER_VIEWING && s->images_per_second > 0))
		add(p, 3, true, ROLE_STATUS, full, full);
}

/* Brief forms by need as long as there is room, then full ones. */
static void pieces_fit(struct piece *piece, int n, int width)
{
	int left = width - 1;

	for (int form = 1; form <= 2; form++)
		for (int need = 0; need < PIECES; need++)
			for (int i = 0; i < n; i++) {
				int w;

				if (piece[i].need != need || piece[i].shown != form - 1)
					continue;
				w = form == 1 ? text_width(piece[i].brief) + 2 : text_width(piece[i].full) - text_width(piece[i].brief);
				if (w <= left) {
					piece[i].shown = form;
					left -= w;
				}
			}
}

void status_draw(struct ui *ui, int y)
{
	struct pieces p;
	int right = 0, x = 1;

	pieces_make(ui, &p);
	pieces_fit(p.piece, p.count, COLS);
	put_blank((struct rect){ y, 0, 1, COLS }, ROLE_STATUS);
	for (int i = 0; i < p.count; i++)
		if (p.piece[i].right && p.piece[i].shown)
			right += text_width(p.piece[i].shown == 2 ? p.piece[i].full : p.piece[i].brief) + 2;
	for (int i = 0; i < p.count; i++) {
		const struct piece *piece = &p.piece[i];

		if (!piece->shown)
			continue;
		if (piece->right && right) {             /* the first of the right side: after the gap */
			if (COLS + 1 - right > x)
				x = COLS + 1 - right;
			right = 0;
		}
		x += put(y, x, COLS - x, piece->role, piece->shown == 2 ? piece->full : piece->brief) + 2;
	}
}

/* What can be clicked, as last drawn. */
static struct spot {
	int y, from, to;
	enum action action;
} spots[64];
static int spot_count;

static void spot_add(int y, int from, int to, enum action action)
{
	if (spot_count < (int)(sizeof spots / sizeof spots[0]))
		spots[spot_count++] = (struct spot){ y, from, to, action };
}

enum action status_click(struct ui *ui, int y, int x)
{
	(void)ui;
	for (int i = 0; i < spot_count; i++)
		if (spots[i].y == y && x >= spots[i].from && x < spots[i].to)
			return spots[i].action;
	return ACTION_NONE;
}

static const char *tab_name(const struct ui *ui, int tab)
{
	return ui->pane[tab]->class->tab;
}

void status_tabs(struct ui *ui, int y)
{
	int x = 1;

	spot_count = 0;
	for (int i = 0; i < PANES_FOCUS; i++) {
		bool active = i == ui->tab;
		int start = x;

		x += putf(y, x, COLS - x, active ? ROLE_TAB_ACTIVE : ROLE_TAB, "%c%d %s%c", active ? '[' : ' ', i + 1, tab_name(ui, i),
		          active ? ']' : ' ');
		spot_add(y, start, x, ACTION_TAB_1 + (enum action)i);
		x += COLS >= 100;
	}
	if (ui->zoomed && ui->tab == 0)
		putf(y, x + 1, COLS - x - 1, ROLE_DIM, "zoomed: %s   %s all panes", ui->pane[ui->focus]->class->name,
		     key_of(ACTION_ZOOM, EVERYWHERE));
}

/* What the line of a job has beside its name and bar, in this order; the smaller `need`, the sooner it is given room. */
enum job_part { JOB_COUNTS, JOB_TEXT, JOB_RATE, JOB_ETA, JOB_WAITING, JOB_CANCEL, JOB_PARTS };
static const int job_part_need[JOB_PARTS] = {
	[JOB_COUNTS] = 0, [JOB_TEXT] = 4, [JOB_RATE] = 5, [JOB_ETA] = 1, [JOB_WAITING] = 2, [JOB_CANCEL] = 3,
};

static void job_parts(const struct job_status *j, char part[JOB_PARTS][128])
{
	snprintf(part[JOB_COUNTS], 128, " %s/%s", text_count(j->done), text_count(j->total));
	snprintf(part[JOB_TEXT], 128, " %s", j->text);
	snprintf(part[JOB_RATE], 128, "   %s/s", text_fixed(j->per_second, 1));
	snprintf(part[JOB_ETA], 128, "   eta %s", text_duration(j->eta_seconds));
	if (j->waiting)
		snprintf(part[JOB_WAITING], 128, "   %d more wait%s", j->waiting, j->waiting == 1 ? "s" : "");
	snprintf(part[JOB_CANCEL], 128, "   %s cancels", key_of(ACTION_CANCEL, EVERYWHERE));
}

static void no_job(struct ui *ui, int y)
{
	const struct snapshot *s = ui->snap;

	if (s->state == WORKER_VIEWING && s->holder)
		put(y, 1, COLS - 1, ROLE_DIM, "only looking: jobs are with the process that has the run");
	else if (s->state == WORKER_VIEWING)
		putf(y, 1, COLS - 1, ROLE_DIM, "the run is free: %s opens it here", key_of(ACTION_PAUSE, EVERYWHERE));
	else if (s->report_serial)
		putf(y, 1, COLS - 1, ROLE_DIM, "no job   :report shows what %s found", s->report_name);
	else
		putf(y, 1, COLS - 1, ROLE_DIM, ui_training(ui) || s->state == WORKER_FINISHED ?
		     "no job   %s ranks 50 architectures beside training" : "no job", key_of(ACTION_RANK, EVERYWHERE));
}

void status_job(struct ui *ui, int y)
{
	const struct job_status *j = &ui->snap->job;
	int bar = COLS < 100 ? 10 : COLS < 160 ? 20 : 50, full = j->total > 0 ? (int)(bar * j->done / j->total) : 0;
	int x = 1, left = COLS - 1 - text_width(j->name) - 4 - bar;
	char part[JOB_PARTS][128] = { "" };
	bool shown[JOB_PARTS] = { false };

	if (!j->name[0]) {
		no_job(ui, y);
		return;
	}
	job_parts(j, part);
	for (int need = 0; need < JOB_PARTS; need++)
		for (int i = 0; i < JOB_PARTS; i++)
			if (job_part_need[i] == need && text_width(part[i]) <= left) {
				shown[i] = true;
				left -= text_width(part[i]);
			}
	x += putf(y, x, COLS - x, ROLE_TEXT, "%s  [", j->name);
	for (int i = 0; i < bar; i++)
		x += put(y, x, COLS - x, i < full ? ROLE_PROGRESS : ROLE_DIM, i < full ? "#" : ".");
	x += put(y, x, COLS - x, ROLE_TEXT, "]");
	for (int i = 0; i < JOB_PARTS; i++)
		if (shown[i])
			x += put(y, x, COLS - x, ROLE_TEXT, part[i]);
}

static const char *key_label(const struct ui *ui, const struct key_row *k)
{
	if (k->action == ACTION_PAUSE && ui->snap->state == WORKER_PAUSED)
		return "Go on";
	if (k->action == ACTION_PAUSE && ui->snap->state == WORKER_VIEWING && ui->snap->holder == 0)
		return "Open";
	if (k->action == ACTION_ZOOM && (ui->zoomed || ui->tab > 0))
		return "All";
	return k->label;
}

static int key_draw(const struct ui *ui, int y, int x, const struct key_row *k, const char *bar)
{
	int start = x;

	x += put(y, x, COLS - x, ROLE_KEY, bar);
	x += put(y, x, COLS - x, ROLE_KEY_LABEL, " ");
	x += put(y, x, COLS - x, ROLE_KEY_LABEL, key_label(ui, k));
	spot_add(y, start, x, k->action);
	return x;
}

/* As many as fit; the way out always does. */
void status_keys(struct ui *ui, int y)
{
	enum where here = ui->pane[ui->focus]->where;
	int gap = COLS >= 100 ? 2 : 1, x = gap - 1, quit = 8;

	for (int i = 0; i < key_row_count; i++) {
		const struct key_row *k = &key_rows[i];
		const char *bar = key_bar(k, here, ui->settings.keybar == KEYBAR_LETTERS);
		int room = COLS - (k->action == ACTION_QUIT ? 0 : gap + quit);

		if (bar && x + text_width(bar) + 1 + text_width(key_label(ui, k)) <= room)
			x = key_draw(ui, y, x, k, bar) + gap;
	}
}

/* One pane at a time: its name is a tab of [ ]. */
void status_small(struct ui *ui, int y)
{
	enum role role;
	const char *word = state_word(ui, &role);
	char full[80], brief[48], tab[32];
	int x = 1, room;

	spot_count = 0;
	epoch_text(ui->snap, full, sizeof full, brief, sizeof brief);
	snprintf(tab, sizeof tab, "%d/%d %s", ui->focus + 1, PANES_FOCUS, ui->pane[ui->focus]->class->name);
	room = COLS - text_width(tab) - 2;
	if (COLS >= 50)
		x += put(y, x, room - x, ROLE_TITLE, "smashtop ");
	x += put(y, x, room - x, role, word) + 1;
	if (ui->snap->epoch_steps > 0)
		x += put(y, x, room - x, ROLE_STATUS, brief) + 1;
	putf(y, x, room - x, ROLE_STATUS, "step %s", text_count(ui->snap->step));
	put(y, COLS - text_width(tab) - 1, text_width(tab), ROLE_TAB_ACTIVE, tab);
}

/* State, step, loss, best, on as many lines as there are. */
void status_tiny(struct ui *ui)
{
	const struct snapshot *s = ui->snap;
	enum role role;
	const char *word = state_word(ui, &role);
	const struct ranking_row *best = ranking_best(ui);
	int y = 0;

	spot_count = 0;
	put(y, 0, COLS, role, word);
	if (LINES == 1)
		putf(y, text_width(word) + 1, COLS, ROLE_TEXT, "%s/%s", text_count(s->step), text_count(s->steps));
	y++;
	putf(y++, 0, COLS, ROLE_TEXT, "step %s/%s", text_count(s->step), text_count(s->steps));
	putf(y++, 0, COLS, ROLE_TEXT, "loss %s", text_loss(s->step > 0 ? s->loss : NAN));
	putf(y++, 0, COLS, ROLE_TEXT, "valid %s", text_loss(s->serial ? s->valid_loss : NAN));
	if (best)
		putf(y++, 0, COLS, ROLE_TEXT, "best %.7s %s", best->id, text_loss(best->score));
	if (s->job.name[0])
		putf(y++, 0, COLS, ROLE_TEXT, "%s %s/%s", s->job.name, text_count(s->job.done), text_count(s->job.total));
	putf(y++, 0, COLS, ROLE_TEXT, "eta %s", text_duration(s->eta_seconds));
	put(y, 0, COLS, ROLE_DIM, "q quit menu");
}
