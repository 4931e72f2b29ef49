/* edit_score.c -- what an edit is worth: a little after the last key the worker is asked, with the parameters of the first question, so that the
 * edits of a draft can be compared with one another. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/edit.h"

static const double rest_seconds = 0.05, hurry_seconds = 1;

/* Where nothing has changed yet the beginning is compared with itself: its losses are then there when the first edit comes. */
static bool comparable(const struct ui *ui, const struct edit *e)
{
	return !e->fault_count && arch_validate(&ui->snap->space, &e->draft.first, NULL) == 0;
}

void edit_ask(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;

	e->ask_at = comparable(ui, e) ? ui->now + rest_seconds : 0;
	if (e->ask_at && (ui->wake == 0 || ui->wake > e->ask_at))
		ui->wake = e->ask_at;
	if (!e->ask_at)
		banks_want_gates(ui, p);
}

static void ask(struct ui *ui, struct edit *e)
{
	static struct command c;

	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){
		.kind = QUESTION_COMPARE, .serial = e->serial, .arch = e->draft.arch, .before = e->draft.first, .keep_step = !e->fresh_weights,
	};
	e->ask_at = 0;
	if (!ui_send_command(ui, &c))
		return;
	e->fresh_weights = false;
	ui->hurry = ui->now + hurry_seconds;
}

void edit_tick(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;

	if (e->ask_at && ui->now >= e->ask_at)
		ask(ui, e);
	else if (e->ask_at && (ui->wake == 0 || ui->wake > e->ask_at))
		ui->wake = e->ask_at;
}

static void take(struct comparison *c, const json_t *answer)
{
	*c = (struct comparison){ .serial = (uint64_t)document_count(answer, "serial") };
	snprintf(c->failed, sizeof c->failed, "%s", document_text(answer, "failed"));
	c->step = document_count(answer, "step");
	c->images = (int)document_count(answer, "images");
	c->total = (int)document_count(answer, "total");
	c->running = document_says(answer, "running");
	c->before.loss = document_number(answer, "before.loss");
	c->before.loss_stderr = document_number(answer, "before.loss_stderr");
	c->before.error = document_number(answer, "before.error");
	c->before.error_stderr = document_number(answer, "before.error_stderr");
	c->now.loss = document_number(answer, "now.loss");
	c->now.loss_stderr = document_number(answer, "now.loss_stderr");
	c->now.error = document_number(answer, "now.error");
	c->now.error_stderr = document_number(answer, "now.error_stderr");
	c->difference = document_number(answer, "difference");
	c->difference_stderr = document_number(answer, "difference_stderr");
	c->p = document_number(answer, "p");
	c->error_difference = document_number(answer, "error_difference");
	c->error_difference_stderr = document_number(answer, "error_difference_stderr");
}

/* The list of edits has the whole ones. */
static void note_score(struct edit *e)
{
	const struct comparison *c = &e->compared;
	struct draft_score score = {
		.step = c->step, .images = c->images, .loss = c->now.loss, .loss_stderr = c->now.loss_stderr, .error = c->now.error,
		.error_stderr = c->now.error_stderr, .difference = c->difference, .difference_stderr = c->difference_stderr, .p = c->p,
	};

	draft_set_score(&e->draft, e->draft.at, &score);
	draft_save(&e->draft);                           /* the next change says where that fails */
}

bool edit_news(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;
	const json_t *answer = ui->answer[ANSWER_OF(QUESTION_COMPARE)];

	if (!answer || e->seen == ui->answer_serial[ANSWER_OF(QUESTION_COMPARE)])
		return false;
	e->seen = ui->answer_serial[ANSWER_OF(QUESTION_COMPARE)];
	if (document_count(answer, "serial") != (json_int_t)e->serial)
		return false;
	take(&e->compared, answer);
	ui->hurry = 0;
	if (!e->compared.running && !e->compared.failed[0] && !e->as_it_began)
		note_score(e);
	if (!e->compared.running)
		banks_want_gates(ui, p);
	return true;
}

bool edit_compared(const struct edit *e)
{
	return e->compared.serial == e->serial && !e->compared.failed[0];
}

double edit_predicted(const struct edit *e)
{
	double sum = 0;

	for (int s = e->draft.at; s > 0; s = e->draft.state[s].parent)
		sum += s < e->predicted_room ? e->predicted[s] : NAN;
	return sum;
}
