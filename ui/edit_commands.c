/* edit_commands.c -- :edit, :w and :drafts. */
#include "src/base/err.h"
#include "ui/commands.h"
#include "ui/edit.h"
#include "ui/named.h"

void run_edit(struct ui *ui, int count, char **word)
{
	struct named named;
	struct arch arch;

	if (!ui_run_open(ui, "edit"))
		return;
	if (count == 1) {
		if (ui_meant_arch(ui, false, &arch))
			edit_begin(ui, &arch, "shown");
		else
			ui_say(ui, ROLE_ERROR, "edit: select an architecture, or name one: an id, a name, a pattern, a file");
		return;
	}
	if (named_arch(ui, word[1], &named))
		edit_begin(ui, &named.arch, named.from);
	else
		ui_say(ui, ROLE_ERROR, "edit: %s", err_last());
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
