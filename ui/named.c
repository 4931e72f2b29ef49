/* named.c -- ids of the ranking are looked for among its rows; for all else there is lookup.h, which reads no more than one file where a name was given. */
#include "ui/named.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/lab/lookup.h"
#include "ui/edit.h"

static struct id_search search_rows(const struct ui *ui, const char *begin)
{
	struct id_search s = id_search(begin);

	for (int i = 0; i < ui->ranking_count; i++)
		id_search_offer(&s, ui->ranking[i].id, i);
	return s;
}

/* A file, a pattern, a name, an id that was kept. */
static bool look_up(const struct ui *ui, const char *name, struct arch *arch)
{
	const struct lookup where = {
		.space = &ui->snap->space, .axes = ui->snap->input.side[2] > 0 ? 3 : 2, .run_path = ui->snap->run_path,
		.kept_alone = true,
	};
	const char *kept = edit_kept_id(ui, name);

	return lookup_arch(arch, *kept && access(name, F_OK) < 0 ? kept : name, &where) == 0;
}

bool named_arch(struct ui *ui, const char *name, struct named *n)
{
	struct id_search s = { .number = -1 };
	char id[ARCH_ID_LENGTH + 1];

	snprintf(n->from, sizeof n->from, "%.*s", (int)sizeof n->from - 1, name);
	if (is_id_begin(name) && access(name, F_OK) < 0)
		s = search_rows(ui, name);
	if (s.count > 1) {
		err_set("%s: several ids begin so, %s is one; write more of the %d digits", name, s.id, ARCH_ID_LENGTH);
		return false;
	}
	n->row = s.number;
	if (n->row >= 0 && worker_ranking_arch(ui->worker, n->row, &n->arch)) {
		snprintf(n->from, sizeof n->from, "ranked %s, loss %s at step %s", s.id, text_fixed(ui->ranking[n->row].score, 4),
		         text_count(ui->ranking[n->row].step));
		return true;
	}
	if (!look_up(ui, name, &n->arch))
		return false;
	arch_id(&n->arch, id);
	n->row = search_rows(ui, id).number;
	return true;
}
