/* guide_measure.c -- what an edit makes, and measuring it. */
#include "ui/guide_measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/edit.h"
#include "src/base/document.h"
#include "ui/figures.h"

static const uint64_t serials = (uint64_t)2 << 32;       /* of the questions from here */

static bool find_edit(const struct space *space, const struct arch *arch, const char *text, struct arch_edit *found)
{
	int count = arch_edits(space, arch, NULL, 0);
	struct arch_edit *list = malloc(((size_t)count + 1) * sizeof *list);
	char other[96];
	bool is = false;

	if (!list)
		return false;
	arch_edits(space, arch, list, count);
	for (int i = 0; i < count && !is; i++) {
		arch_edit_text(arch, &list[i], other, sizeof other);
		if ((is = strcmp(other, text) == 0))
			*found = list[i];
	}
	free(list);
	return is;
}

bool guide_apply(struct ui *ui, const char *text, struct arch *arch)
{
	struct arch_edit edit;

	if (find_edit(&ui->snap->space, arch, text, &edit) && arch_edit_apply(&ui->snap->space, arch, &edit, arch) == 0)
		return true;
	ui_say(ui, ROLE_WARNING, "%s: no edit of this architecture", text);
	return false;
}

static struct measured *find(const struct measures *m, const char *start, const char *text)
{
	for (int i = 0; i < MEASURES; i++)
		if (strcmp(m->list[i].start, start) == 0 && strcmp(m->list[i].text, text) == 0)
			return (struct measured *)&m->list[i];
	return NULL;
}

const struct measured *measures_find(const struct measures *m, const char *start, const char *text)
{
	return find(m, start, text);
}

void measures_ask(struct ui *ui, struct measures *m, const char *start, const char *text, const struct arch *before, const struct arch *after)
{
	static struct command c;
	struct measured *of = find(m, start, text);

	if (!ui_run_open(ui, "measuring"))
		return;
	if (!of)
		of = &m->list[m->asked % MEASURES];
	*of = (struct measured){ .serial = serials | ++m->asked, .change = NAN, .stderr_ = NAN, .p = NAN, .running = true };
	snprintf(of->start, sizeof of->start, "%s", start);
	snprintf(of->text, sizeof of->text, "%s", text);
	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){ .kind = QUESTION_COMPARE, .serial = of->serial, .arch = *after, .before = *before };
	if (ui_send_command(ui, &c))
		ui_say(ui, ROLE_INFO, "measuring: %s", text);
}

bool measures_news(struct ui *ui, struct measures *m)
{
	const json_t *answer = ui->answer[ANSWER_OF(QUESTION_COMPARE)];
	json_int_t serial = document_count(answer, "serial");
	bool any = false;

	for (int i = 0; i < MEASURES; i++) {
		struct measured *of = &m->list[i];

		if (!of->running || serial < 0 || of->serial != (uint64_t)serial)
			continue;
		if (*document_text(answer, "failed")) {
			of->running = false;
			ui_say(ui, ROLE_ERROR, "%s", document_text(answer, "failed"));
			continue;
		}
		of->change = document_number(answer, "difference");
		of->stderr_ = document_number(answer, "difference_stderr");
		of->p = document_number(answer, "p");
		of->images = (int)document_count(answer, "images");
		of->running = document_says(answer, "running");
		any |= !of->running;
		if (!of->running)
			ui_say(ui, ROLE_INFO, "%s: loss %s ±%s on %s images, p %s", of->text, text_change(of->change, 4), text_fixed(of->stderr_, 4),
			       text_count(of->images), text_p(of->p));
	}
	return any;
}
