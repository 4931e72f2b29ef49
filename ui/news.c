/* news.c -- from the worker's snapshots to what the screen shows: four times a second, never waiting. */
#include <stdlib.h>

#include "ui/loop.h"
#include "ui/pane.h"
#include "ui/term.h"

static const double rates_seconds = 1;

static void take_ranking(struct ui *ui)
{
	const struct snapshot *s = ui->snap;

	if (s->ranking_serial == ui->ranking_serial && s->ranking_count == ui->ranking_count)
		return;
	if (s->ranking_count > ui->ranking_room) {
		int room = s->ranking_count + 256;
		struct ranking_row *rows = realloc(ui->ranking, (size_t)room * sizeof *rows);

		if (!rows)
			return;
		ui->ranking = rows;
		ui->ranking_room = room;
	}
	ui->ranking_count = worker_ranking(ui->worker, 0, ui->ranking, ui->ranking_room);
	ui->ranking_serial = s->ranking_serial;
}

static void take_answers(struct ui *ui)
{
	for (int i = 0; i < ANSWERS; i++) {
		json_t *answer;

		if (ui->snap->answer_serial[i] == ui->answer_serial[i] || !(answer = worker_answer(ui->worker, i)))
			continue;
		json_decref(ui->answer[i]);
		ui->answer[i] = answer;
		ui->answer_serial[i] = ui->snap->answer_serial[i];
	}
}

/* Rates that tremble at every frame are bytes without news: they change once a second, and with the state. */
static void calm_rates(const struct ui *ui, struct loop *loop, struct snapshot *s)
{
	if (ui->now >= loop->next_rates || s->state != loop->rates.state) {
		loop->next_rates = ui->now + rates_seconds;
		loop->rates.state = s->state;
		loop->rates.images_per_second = s->images_per_second;
		loop->rates.gflops = s->gflops;
		loop->rates.step_seconds = s->step_seconds;
		loop->rates.eta_seconds = s->eta_seconds;
		return;
	}
	s->images_per_second = loop->rates.images_per_second;
	s->gflops = loop->rates.gflops;
	s->step_seconds = loop->rates.step_seconds;
	s->eta_seconds = loop->rates.eta_seconds;
}

void take_snapshot(struct ui *ui, struct loop *loop)
{
	struct snapshot *s = ui->snap;

	worker_drain(ui->worker);
	loop->next_data = ui->now + 1.0 / ui->settings.rate;
	if (!worker_snapshot(ui->worker, s))
		return;
	calm_rates(ui, loop, s);
	loop->was_open |= s->state != WORKER_OPENING && s->state != WORKER_FAILED;
	if (loop->was_open && s->run_path[0] && s->state != WORKER_VIEWING)
		term_run(s->run_path);
	/* By steps of 8 MiB: a figure that trembles says nothing more. */
	if (llabs(s->resident_bytes - ui->memory_seen) > 8 << 20 || ui->memory_seen == 0)
		ui->memory_seen = s->resident_bytes;
	if (s->message_serial != ui->message_serial && ui->now >= ui->message_hold) {
		ui->message_serial = s->message_serial;
		ui_say(ui, s->state == WORKER_FAILED ? ROLE_ERROR : ROLE_INFO, "%s", s->message);
	}
	if (s->state == WORKER_FAILED)
		ui_say(ui, ROLE_ERROR, "%s", s->failure);
	take_ranking(ui);
	take_answers(ui);
	report_news(ui);
	for (int i = 0; i < PANES; i++)
		if (ui->pane[i]->class->news)
			ui->pane[i]->class->news(ui, ui->pane[i]);
	ui->dirty = true;
}
