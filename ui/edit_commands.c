/* edit_commands.c -- :edit, :w and :drafts. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/lab/lookup.h"
#include "ui/commands.h"
#include "ui/edit.h"

/* The row of the ranking whose id begins so. -1: none, or several, which err_last() then says. */
static int find_row(const struct ui *ui, const char *begin)
{
	size_t digits = strlen(begin);
	int found = -1;

	if (digits < LOOKUP_DIGITS || begin[strspn(begin, "0123456789abcdef")])
		return -1;
	for (int i = 0; i < ui->ranking_count; i++) {
		if (strncmp(ui->ranking[i].id, begin, digits))
			continue;
		if (found >= 0)
			return err_set("%s: several ids begin so; write more digits", begin);
		found = i;
	}
	return found;
}

/* A file, a pattern, a name, an id that was kept; then an id of the ranking, which the worker has. `from`: what it is. */
static bool find_arch(struct ui *ui, const char *name, struct arch *arch, char *from, size_t size)
{
	const struct lookup where = {
		.space = &ui->snap->space, .axes = ui->snap->input.side[2] > 0 ? 3 : 2, .run_path = ui->snap->run_path,
		.kept_alone = true,
	};
	const char *kept = edit_kept_id(ui, name);
	int row;

	snprintf(from, size, "%.*s", (int)size - 1, name);
	if (lookup_arch(arch, *kept && access(name, F_OK) < 0 ? kept : name, &where) == 0)
		return true;
	row = find_row(ui, name);
	if (row >= 0 && worker_ranking_arch(ui->worker, row, arch)) {
		snprintf(from, size, "ranked %s, loss %s at step %s", ui->ranking[row].id, text_fixed(ui->ranking[row].score, 4),
		         text_count(ui->ranking[row].step));
		return true;
	}
	ui_say(ui, ROLE_ERROR, "edit: %s", err_last());
	return false;
}

void run_edit(struct ui *ui, int count, char **word)
{
	struct arch arch;
	char from[64];

	if (!ui_run_open(ui, "edit"))
		return;
	if (count == 1) {
		if (ui_meant_arch(ui, false, &arch))
			edit_begin(ui, &arch, "shown");
		else
			ui_say(ui, ROLE_ERROR, "edit: select an architecture, or name one: an id, a name, a pattern, a file");
		return;
	}
	if (find_arch(ui, word[1], &arch, from, sizeof from))
		edit_begin(ui, &arch, from);
}

void run_keep(struct ui *ui, int count, char **word)
{
	edit_keep(ui, count > 1 ? word[1] : "", word[0][1] == '!');
}

void run_drafts(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	if (ui_run_open(ui, "drafts"))
		drafts_open(ui);
}

void complete_edit(struct ui *ui, struct candidates *c, int count, char **word)
{
	(void)word;
	if (count == 2)
		complete_arch(ui, c, 0);
}
