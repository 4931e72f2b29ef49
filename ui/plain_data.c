/* plain_data.c -- held-out images without a screen: how many there are of each class and what they are taken for, one of them by its number. */
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/edit.h"
#include "ui/figures.h"
#include "ui/plain.h"
#include "ui/predicted.h"

static struct {
	uint64_t serial;                 /* of the question that is waited for; 0: none is */
	int number;                      /* of one image, -1: all of them are asked about */
	const char *whose;
} asked;

/* What is edited, else the best of the ranking, else a sample of training. NULL: there is none yet. */
static const char *find_arch(struct ui *ui, struct arch *arch)
{
	const struct banks_pane *p = (struct banks_pane *)ui->pane[PANE_BANKS];
	const struct ranking_row *best = ranking_best(ui);

	if (p->edit && !p->edit->fault_count) {
		*arch = p->edit->draft.arch;
		return "what is edited";
	}
	if (best && worker_ranking_arch(ui->worker, (int)(best - ui->ranking), arch))
		return "the best of the ranking";
	if (ui->snap->arch_step <= 0)
		return NULL;
	*arch = ui->snap->arch;
	return "a sample of training";
}

static void do_data(struct ui *ui, const char *rest)
{
	static uint64_t questions = (uint64_t)'d' << 40;     /* the view asks, too, and counts from 1 */
	static struct command c;
	int number = *rest ? atoi(rest) : -1;

	if (!ui_run_open(ui, "data"))
		return;
	if (*rest && (number < 0 || number >= ui->snap->validation_images || strspn(rest, "0123456789") != strlen(rest))) {
		printf("Error: held-out images have the numbers 0 to %d.\n", ui->snap->validation_images - 1);
		return;
	}
	c = (struct command){ .kind = COMMAND_QUESTION };
	if (!(asked.whose = find_arch(ui, &c.question.arch))) {
		puts("Error: there is no architecture yet that could say what images are; edit or rank brings one.");
		return;
	}
	c.question.kind = QUESTION_PREDICTIONS;
	c.question.serial = ++questions;
	c.question.first = number < 0 ? 0 : number;
	c.question.count = 1;
	if (!ui_send_command(ui, &c))
		return;
	asked.serial = questions;
	asked.number = number;
	puts("The images are being looked at.");
}

bool plain_data_waits(void)
{
	return asked.serial;
}

bool plain_data_tick(struct ui *ui)
{
	const json_t *answer = ui->answer[ANSWER_OF(QUESTION_PREDICTIONS)];

	if (!asked.serial || document_count(answer, "serial") != (json_int_t)asked.serial || document_says(answer, "running"))
		return false;
	asked.serial = 0;
	return true;
}

static void say_image(const struct predicted *f)
{
	const struct predicted_image *i = predicted_at(f, asked.number);

	if (!i) {
		puts("That image is not there.");
		return;
	}
	printf("Image %d is of class %s", i->number, text_harmless(predicted_name(f, i->label)));
	if (i->predicted >= 0)
		printf("; %s takes it for %s, %s%s percent sure, loss %s", asked.whose, text_harmless(predicted_name(f, i->predicted)),
		       i->predicted == i->label ? "rightly, " : "", text_fixed(100 * i->probability, 1), text_fixed(i->loss, 3));
	puts(".");
}

/* The wrong class that it is taken for most often; -1: it is always right. */
static int taken_for(const int *row, int classes, int class)
{
	int most = -1;

	for (int k = 0; k < classes; k++)
		if (k != class && row[k] > 0 && (most < 0 || row[k] > row[most]))
			most = k;
	return most;
}

static void say_classes(const struct predicted *f)
{
	printf("%d held-out images; %s, at step %s, errs on %s percent of %d.\n", f->available, asked.whose, text_count(f->step),
	       text_fixed(100 * f->error, 1), f->images);
	for (int c = 0; c < f->classes && f->confusion; c++) {
		const int *row = f->confusion + c * f->classes;
		int most = taken_for(row, f->classes, c), count = 0;

		for (int k = 0; k < f->classes; k++)
			count += row[k];
		printf("%s: %d images, %d right", text_harmless(predicted_name(f, c)), count, row[c]);
		if (most >= 0)
			printf("; most often taken for %s, %d times", text_harmless(predicted_name(f, most)), row[most]);
		puts(".");
	}
}

void plain_data_say(const struct ui *ui)
{
	json_t *answer = ui->answer[ANSWER_OF(QUESTION_PREDICTIONS)];
	struct predicted found;

	if (*document_text(answer, "failed"))
		printf("The images were not looked at: %s.\n", text_harmless(document_text(answer, "failed")));
	else if (predicted_read(&found, answer)) {
		if (asked.number < 0)
			say_classes(&found);
		else
			say_image(&found);
		predicted_release(&found);
	}
}

const struct plain_row plain_data_row = {
	"data", "[N]", do_data, "held-out images: how many of each class, and what they are taken for; image N alone",
};
