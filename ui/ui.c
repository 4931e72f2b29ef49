/*
 * ui.c -- the loop of the screen: wait, drain the keys, take at most one snapshot, paint at most one frame. Keys are answered at once,
 * data four times a second, and nothing is written when nothing changed.
 */
#include "ui/ui.h"

#include <curses.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "ui/appearance.h"
#include "ui/loop.h"
#include "ui/pane.h"
#include "ui/term.h"

/* ---- what panes ask ---- */

void ui_say(struct ui *ui, enum role role, const char *format, ...)
{
	bool is_wrong = role == ROLE_WARNING || role == ROLE_ERROR;
	va_list ap;

	va_start(ap, format);
	vsnprintf(ui->message, sizeof ui->message, format, ap);
	va_end(ap);
	message_keep(role, ui->message);
	ui->message_role = role;
	ui->message_long = text_width(ui->message) > COLS - 2;
	ui->message_hold = is_wrong ? ui->now + 4 : 0;
	ui->message_begins = ui->now;
	ui->message_ends = is_wrong ? 0 : ui->now + ui->settings.message * (ui->message_long ? 4 : 1);
	ui->dirty = true;
}

void ui_say_nothing(struct ui *ui)
{
	if (!ui->message[0] || (ui->snap->state == WORKER_FAILED && !strcmp(ui->message, ui->snap->failure)))
		return;
	ui->message[0] = 0;
	ui->message_long = false;
	ui->message_role = ROLE_INFO;
	ui->message_hold = ui->message_ends = 0;
	ui->dirty = true;
}

bool ui_only_looking(struct ui *ui, const char *what)
{
	char text[ONLY_LOOKING];

	if (ui->snap->state != WORKER_VIEWING)
		return false;
	ui_say(ui, ROLE_WARNING, "%s (no %s)", only_looking(ui->snap, text), what);
	return true;
}

/* What changes nothing goes through while somebody only looks on. */
static bool may_send(struct ui *ui, enum command_kind kind)
{
	return kind == COMMAND_STOP || kind == COMMAND_RESULT || kind == COMMAND_QUESTION || kind == COMMAND_RESUME ||
		!ui_only_looking(ui, kind == COMMAND_NOTE ? "note" : "job");
}

bool ui_send_command(struct ui *ui, const struct command *command)
{
	if (!may_send(ui, command->kind))
		return false;
	if (worker_send(ui->worker, command))
		return true;
	ui_say(ui, ROLE_ERROR, "256 commands wait already: this one is dropped");
	return false;
}

bool ui_send(struct ui *ui, enum command_kind kind, int count)
{
	static struct command command;           /* of some 10 KiB, most of it an unused architecture */

	command.kind = kind;
	command.count = count;
	command.images = 0;
	return ui_send_command(ui, &command);
}

bool ui_training(const struct ui *ui)
{
	enum worker_state s = ui->snap->state;

	return s == WORKER_OPENING || s == WORKER_TRAINING || s == WORKER_PAUSED;
}

void ui_focus(struct ui *ui, int pane)
{
	ui->focus = pane;
	if (ui->tab > 0 || pane >= PANES_TRAIN)
		ui->tab = pane;
}

bool ui_run_open(struct ui *ui, const char *what)
{
	enum worker_state s = ui->snap->state;

	if (s == WORKER_TRAINING || s == WORKER_PAUSED || s == WORKER_FINISHED)
		return true;
	if (ui_only_looking(ui, what))
		return false;
	ui_say(ui, ROLE_WARNING, "%s needs an open run", what);
	return false;
}

void ui_rank(struct ui *ui, int count)
{
	if (ui_run_open(ui, "rank") && ui_send(ui, COMMAND_RANK, count))
		ui_say(ui, ROLE_INFO, "ranking %d more architectures", count);
}

bool ui_meant_arch(struct ui *ui, bool held, struct arch *arch)
{
	return (ui->focus == PANE_RANKING && ranking_arch(ui, arch)) || banks_arch(ui, held, arch);
}

static void set_tab(struct ui *ui, int tab)
{
	ui->tab = tab;
	ui->zoomed = false;
	if (tab > 0)
		ui->focus = tab;
	else if (ui->focus >= PANES_TRAIN)
		ui->focus = PANE_LOSS;
}

static void cancel(struct ui *ui)
{
	if (ui->snap->job.name[0]) {
		if (ui_send(ui, COMMAND_CANCEL, 0))
			ui_say(ui, ROLE_INFO, "%s: cancelled; what it has found is kept", ui->snap->job.name);
	} else if (ui->cancel_once)
		quit_open(ui, false);
	else {
		ui->cancel_once = true;
		ui_say(ui, ROLE_INFO, "no job to cancel; %s again opens the quit menu", key_of(ACTION_CANCEL, EVERYWHERE));
		return;
	}
	ui->cancel_once = false;
}

static void pause_or_go_on(struct ui *ui)
{
	if (ui->snap->state == WORKER_TRAINING) {
		if (ui_send(ui, COMMAND_PAUSE, 0))
			ui_say(ui, ROLE_INFO, "training pauses after this step; %s goes on", key_of(ACTION_PAUSE, EVERYWHERE));
	} else if (ui->snap->state == WORKER_PAUSED) {
		if (ui_send(ui, COMMAND_RESUME, 0))
			ui_say(ui, ROLE_INFO, "training goes on");
	} else if (ui->snap->state == WORKER_VIEWING && ui->snap->holder == 0) {
		if (ui_send(ui, COMMAND_RESUME, 0))
			ui_say(ui, ROLE_INFO, "the run is opened");
	} else if (!ui_only_looking(ui, "pause or resume"))
		ui_say(ui, ROLE_WARNING, "there is no training to pause");
}

/* Among those of tab Train; elsewhere the next pane is the next tab. */
static void next_pane(struct ui *ui, int by)
{
	int panes = ui->frame == FRAME_FULL && ui->tab == 0 ? PANES_TRAIN : PANES_FOCUS;

	ui_focus(ui, (ui->focus + panes + by) % panes);
}

/* What keys do wherever the focus is. */
static void act_everywhere(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_NEXT_PANE:
		next_pane(ui, 1);
		break;
	case ACTION_PREVIOUS_PANE:
		next_pane(ui, -1);
		break;
	case ACTION_TAB_1: case ACTION_TAB_2: case ACTION_TAB_3: case ACTION_TAB_4:
	case ACTION_TAB_5: case ACTION_TAB_6: case ACTION_TAB_7: case ACTION_TAB_8:
		if (ui->frame == FRAME_FULL)
			set_tab(ui, (int)(action - ACTION_TAB_1));
		else
			ui->focus = (int)(action - ACTION_TAB_1);
		break;
	case ACTION_NEXT_TAB:
	case ACTION_PREVIOUS_TAB: {
		int by = action == ACTION_NEXT_TAB ? 1 : PANES_FOCUS - 1;

		if (ui->frame == FRAME_FULL)
			set_tab(ui, (ui->tab + by) % PANES_FOCUS);
		else
			ui->focus = (ui->focus + by) % PANES_FOCUS;
		break;
	}
	case ACTION_ZOOM:
		if (ui->tab > 0)
			set_tab(ui, 0);
		else
			ui->zoomed = !ui->zoomed;
		break;
	case ACTION_LARGER:
	case ACTION_SMALLER:
		layout_grow(ui, action == ACTION_LARGER ? 1 : -1);
		break;
	case ACTION_BACK:
		if (ui->zoomed)
			ui->zoomed = false;
		else if (ui->tab > 0)
			set_tab(ui, 0);
		break;
	case ACTION_SETUP:
		settings_open(ui);
		break;
	case ACTION_HELP:
		help_open(ui, "");
		break;
	case ACTION_PAUSE:
		pause_or_go_on(ui);
		break;
	case ACTION_FREEZE:
		ui->frozen = !ui->frozen;
		ui_say(ui, ROLE_INFO, ui->frozen ? "the screen is frozen, training goes on; %s thaws it" : "the screen moves again",
		       key_of(ACTION_FREEZE, EVERYWHERE));
		break;
	case ACTION_REPAINT:
		ui->repaint = true;
		break;
	case ACTION_SAVE:
		if (ui_only_looking(ui, "checkpoint"))
			break;
		if (!ui_training(ui) || ui->snap->state == WORKER_OPENING)
			ui_say(ui, ROLE_INFO, "nothing to save that is not saved");
		else if (ui_send(ui, COMMAND_SAVE, 0))
			ui_say(ui, ROLE_INFO, "a checkpoint is written after this step");
		break;
	case ACTION_QUIT:
	case ACTION_SUSPEND:
		quit_open(ui, action == ACTION_SUSPEND);
		break;
	case ACTION_CANCEL:
		cancel(ui);
		break;
	case ACTION_EXPORT:
		export_open(ui);
		break;
	case ACTION_PROMPT:
		prompt_open(ui, "");
		break;
	case ACTION_RANK:
		ui_rank(ui, 50);
		break;
	default:
		break;
	}
}

void ui_act(struct ui *ui, enum action action)
{
	struct pane *pane = ui->pane[ui->focus];

	ui->dirty = true;
	if (action != ACTION_CANCEL)
		ui->cancel_once = false;
	if (!pane->class->act(ui, pane, action))
		act_everywhere(ui, action);
	ui_layout(ui);                           /* the next key may come before the next frame */
}

/* ---- painting ---- */

static const double resize_seconds = 0.05;

static void paint(struct ui *ui, struct loop *loop)
{
	if (ui->now < loop->next_paint)
		return;
	loop->unwritable = !term_writable();
	if (loop->unwritable) {
		ui->frames_skipped++;
		return;
	}
	ui_draw(ui);
	term_update(ui->repaint);
	ui->frames++;
	if (loop->resized)
		loop->next_paint = ui->now + resize_seconds;
	loop->resized = false;
	ui->dirty = ui->repaint = false;
}

/* ---- the loop ---- */

static void take_signals(struct ui *ui, struct loop *loop)
{
	int signal;

	while ((signal = term_signal())) {
		if (signal == SIGHUP)
			loop->gone = true;
		else {
			loop->interrupt = signal;
			ui->quitting = QUIT_STOP;
		}
	}
}

/* As often as the screen shows news, or as it comes where somebody waits for it. */
static bool news_is_due(const struct ui *ui, const struct loop *loop)
{
	return ui->now >= loop->next_data || ui->now < ui->hurry;
}

static double wait_seconds(const struct ui *ui, const struct loop *loop)
{
	double until = INFINITY;

	if (!ui->frozen && !news_is_due(ui, loop))
		until = loop->next_data;
	if (ui->dirty && !loop->unwritable && loop->next_paint < until)
		until = loop->next_paint;
	if (ui->wake > 0 && ui->wake < until)
		until = ui->wake;
	if (ui->message_ends > 0 && ui->message_ends < until)
		until = ui->message_ends;
	if (loop->stopping && until > ui->now + 0.02)
		until = ui->now + 0.02;                  /* the thread's end makes no byte */
	if (appearance_due(ui) < until)
		until = appearance_due(ui);
	return until - ui->now;
}

static void wait_for_something(struct ui *ui, struct loop *loop)
{
	bool data = !ui->frozen && news_is_due(ui, loop);
	struct pollfd p[3] = {
		{ .fd = term_fd(), .events = (short)(POLLIN | (loop->unwritable ? POLLOUT : 0)) },
		{ .fd = term_signals(), .events = POLLIN },
		{ .fd = data ? worker_descriptor(ui->worker) : -1, .events = POLLIN },
	};
	int n = term_wait(p, 3, wait_seconds(ui, loop));

	ui->now = clock_seconds();
	if (ui->wake > 0 && ui->now >= ui->wake) {
		ui->wake = 0;
		ui->dirty = true;
	}
	if (ui->message_ends > 0 && ui->now >= ui->message_ends)
		ui_say_nothing(ui);
	if (n <= 0)
		return;
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		loop->gone = true;
	if (p[0].revents & POLLOUT)
		loop->unwritable = false;
	if (p[2].revents & POLLIN)
		take_snapshot(ui, loop);
}

static bool one_turn(struct ui *ui, struct loop *loop)
{
	bool keys;
	double woken;

	wait_for_something(ui, loop);
	woken = ui->now;
	take_signals(ui, loop);
	if (loop->gone)
		return false;
	keys = drain_keys(ui, loop);
	appearance_watch(ui);
	if (ui->quitting && !loop->stopping) {
		loop->stopping = true;
		ui->frozen = false;
		ui_say(ui, ROLE_INFO, ui->quitting == QUIT_DETACH ? "saving, then training goes on without a screen" :
		       ui->snap->state == WORKER_VIEWING ? "leaving" : "stopping after this step, then saving");
		ui_send(ui, COMMAND_STOP, 0);
	}
	if (ui->dirty && !loop->unwritable)
		paint(ui, loop);
	if (keys && !ui->dirty) {
		double took = clock_seconds() - woken;

		ui->key_seconds += (took - ui->key_seconds) * (ui->key_seconds > 0 ? 0.1 : 1);
	}
	if (ui->snap->state == WORKER_FAILED && !loop->was_open)
		return false;
	return !(loop->stopping && !worker_running(ui->worker));
}

/* Before the first snapshot nothing is known, and says so. */
static void know_nothing(struct snapshot *s)
{
	s->state = WORKER_OPENING;
	s->loss = s->error = s->learning_rate = s->valid_loss = s->valid_loss_stderr = s->valid_error = NAN;
	s->eta_seconds = s->elapsed_seconds = NAN;
	s->checkpoint_step = -1;
	s->curve.bucket_steps = 1;
}

bool ui_open(struct ui *ui)
{
	static struct pane *(*const make[PANES])(void) = {
		[PANE_LOSS] = pane_loss_new, [PANE_BANKS] = pane_banks_new, [PANE_RANKING] = pane_ranking_new,
		[PANE_CORRUPT] = pane_corrupt_new, [PANE_GUIDE] = pane_guide_new, [PANE_CORRELATE] = pane_correlate_new,
		[PANE_JOBS] = pane_jobs_new, [PANE_DATA] = pane_data_new, [PANE_RUN] = pane_run_new,
	};

	ui->snap = calloc(1, sizeof *ui->snap);
	if (!ui->snap)
		return false;
	know_nothing(ui->snap);
	ui->settings = settings_initial();
	for (int i = 0; i < PANES; i++) {
		if (!(ui->pane[i] = make[i]()))
			return false;
		ui->pane[i]->where = ui->pane[i]->class->where;
	}
	ui->now = clock_seconds();
	return true;
}

void ui_close(struct ui *ui)
{
	for (int i = 0; i < PANES; i++)
		if (ui->pane[i])
			ui->pane[i]->class->release(ui->pane[i]);
	for (int i = 0; i < ANSWERS; i++)
		json_decref(ui->answer[i]);
	prompt_release();
	free(ui->ranking);
	free(ui->snap);
}

static int run(struct ui *ui, struct loop *loop)
{
	while (one_turn(ui, loop))
		;
	if (loop->gone)
		leave_headless(ui, loop);
	return leave(ui, loop);
}

int ui_main(const struct worker_options *worker_options, const struct ui_options *options)
{
	struct ui ui = { 0 };
	struct loop loop = { 0 };
	const char *notice;
	int status = 1;

	if (!ui_open(&ui)) {
		fprintf(stderr, "smashtop: out of memory\n");
		goto out;
	}
	if (appearance_read(&ui, options) < 0) {
		fprintf(stderr, "smashtop: %s\n", text_harmless(err_last()));
		goto out;
	}
	if (term_start(&notice) < 0) {
		status = UI_NO_TERMINAL;
		goto out;
	}
	appearance_show(&ui);
	if (notice)
		ui_say(&ui, ROLE_WARNING, "%s", notice);
	else
		ui_say(&ui, ROLE_INFO, "%s shows every key, so does :help", key_of(ACTION_HELP, EVERYWHERE));
	appearance_tell(&ui);
	paint(&ui, &loop);
	ui.worker = worker_start(worker_options);
	if (!ui.worker) {
		term_stop(false);
		fprintf(stderr, "smashtop: %s\n", text_harmless(err_last()));
		goto out;
	}
	status = run(&ui, &loop);
out:
	ui_close(&ui);
	return status;
}
