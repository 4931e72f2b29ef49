/* export.c (of the screen) -- what is exported, and the same as a command. */
#include "ui/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/options.h"
#include "ui/commands.h"

/* ---- choosing ---- */

static void choose_rows(const struct ranking_pane *p, struct export_choice *c)
{
	c->wanted = ranking_subjects(p, c->index, COMMAND_ROWS);
	c->count = c->wanted < COMMAND_ROWS ? c->wanted : COMMAND_ROWS;
	c->all = !p->view.marked;
	if (c->count == 1)
		strcpy(c->id, p->view.seen[c->index[0]].id);
}

bool export_choose(struct ui *ui, struct export_choice *c)
{
	const struct ranking_pane *p = ranking_pane(ui);

	memset(c, 0, offsetof(struct export_choice, arch));
	c->id[0] = 0;
	if (ui->focus == PANE_RANKING && p->view.count) {
		choose_rows(p, c);
		if (!c->count) {                                 /* no cursor yet: the first row, as everywhere */
			c->index[0] = p->view.order[p->top];
			c->count = c->wanted = 1;
			strcpy(c->id, p->view.seen[c->index[0]].id);
		}
		return true;
	}
	if (!banks_arch(ui, false, &c->arch)) {
		ui_say(ui, ROLE_INFO, "there is no architecture to export yet");
		return false;
	}
	arch_id(&c->arch, c->id);
	return true;
}

int export_count(struct ui *ui, const struct export_choice *c, const struct export_format *f)
{
	if (f->rows)
		return c->all ? ranking_pane(ui)->view.count : c->wanted;
	return c->count ? c->count : 1;
}

/* ---- writing ---- */

struct row_source {
	const struct ranking_view *view;
	const int *index;
};

static const struct ranking_row *row_at(void *context, int i, struct export_facts *facts)
{
	const struct row_source *s = context;
	const struct row_facts *f = &s->view->facts[s->index[i]];

	*facts = (struct export_facts){
		.rank = f->rank, .true_error = f->true_error, .true_error_stderr = f->true_error_stderr, .true_epochs = f->true_epochs,
		.trainings = f->trainings, .corrupted = f->corrupted,
	};
	return &s->view->seen[s->index[i]];
}

/* Of more rows than a choice holds, all. */
static int *all_chosen(struct ui *ui, int count)
{
	int *list = malloc((size_t)count * sizeof *list);

	if (list)
		ranking_subjects(ranking_pane(ui), list, count);
	return list;
}

static bool write_rows(struct ui *ui, const struct export_choice *c, const struct export_format *f, const char *path, bool replace)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;
	int count = export_count(ui, c, f), *more = !c->all && c->wanted > c->count ? all_chosen(ui, count) : NULL;
	struct row_source rows = { v, c->all ? v->order : more ? more : c->index };
	struct export_source source = {
		.count = rows.index == c->index ? c->count : count, .space = &ui->snap->space, .input = &ui->snap->input, .row = row_at,
		.context = &rows,
	};
	char text[96];
	bool written = export_file(f, &source, path, replace, text, sizeof text) == 0;

	free(more);
	if (written)
		ui_say(ui, ROLE_INFO, "%s: %s", path, text);
	else
		ui_say(ui, ROLE_ERROR, "not exported: %s", err_last());
	return written;
}

static bool write_archs(struct ui *ui, const struct export_choice *c, const struct export_format *f, const char *path, bool replace)
{
	static struct command command;

	command.kind = COMMAND_EXPORT;
	snprintf(command.export.format, sizeof command.export.format, "%s", f->name);
	snprintf(command.export.path, sizeof command.export.path, "%s", path);
	command.export.replace = replace;
	command.export.count = c->count;
	if (c->count)
		memcpy(command.export.row, c->index, (size_t)c->count * sizeof c->index[0]);
	else
		command.export.arch = c->arch;
	if (!ui_run_open(ui, "export") || !ui_send_command(ui, &command))
		return false;
	if (c->wanted > c->count)
		ui_say(ui, ROLE_WARNING, "%s: the first %s of %s; smashtop export --marked takes them all", path, text_count(c->count),
		       text_count(c->wanted));
	else
		ui_say(ui, ROLE_INFO, "%s: %s is being written", path, f->name);
	return true;
}

/* The menu's choice as a shell would have it; a held architecture has no name there, nor has what a filter chose. */
static void log_choice(struct ui *ui, const struct export_choice *c, const struct export_format *f, const char *path, bool replace)
{
	char words[REQUEST_TEXT];
	char *argv[10] = { "export", "--format", (char *)f->name, "--output", (char *)path };
	int argc = 5;

	if (!c->count || (f->rows && c->all && ranking_pane(ui)->view.filter.count))
		return;
	if (!c->all)
		argv[argc++] = "--marked";
	else if (!f->rows) {
		argv[argc++] = "--arch";
		argv[argc++] = (char *)c->id;
	}
	if (replace)
		argv[argc++] = "--force";
	commands_join(words, sizeof words, argc, argv);
	commands_log(ui, words);
}

static bool write_choice(struct ui *ui, const struct export_choice *c, const struct export_format *f, const char *path, bool replace)
{
	return f->rows ? write_rows(ui, c, f, path, replace) : write_archs(ui, c, f, path, replace);
}

void export_do(struct ui *ui, const struct export_choice *c, const struct export_format *f, const char *path, bool replace)
{
	if (write_choice(ui, c, f, path, replace))
		log_choice(ui, c, f, path, replace);
}

/* ---- as a command ---- */

/* Rows whose ids are named, or how they begin, with commas between. */
static bool choose_ids(struct ui *ui, const char *names, struct export_choice *c)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;

	for (const char *at = names; ; at++) {
		size_t length = strcspn(at, ",");
		int found = -1, count = 0;

		for (int i = 0; i < v->rows && length > 0; i++)
			if (!strncmp(v->seen[i].id, at, length) && count++ == 0)
				found = i;
		if (count != 1) {
			ui_say(ui, ROLE_ERROR, count ? "export: several ids begin with %.*s; write more of the digits" :
			       "export: no id of the ranking begins with %.*s; what is in no ranking, smashtop export takes", (int)length, at);
			return false;
		}
		if (c->count < COMMAND_ROWS)
			c->index[c->count++] = found;
		at += length;
		if (!*at)
			break;
	}
	c->wanted = c->count;
	if (c->count == 1)
		strcpy(c->id, v->seen[c->index[0]].id);
	return true;
}

static bool choose_best(struct ui *ui, int64_t most, struct export_choice *c)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;

	c->count = most < v->ranked ? (int)most : v->ranked;
	c->count = c->count < COMMAND_ROWS ? c->count : COMMAND_ROWS;
	c->wanted = c->count;
	memcpy(c->index, v->by_score, (size_t)c->count * sizeof c->index[0]);
	if (!c->count)
		ui_say(ui, ROLE_ERROR, "export: nothing is scored yet");
	return c->count > 0;
}

static bool choose_marked(struct ui *ui, struct export_choice *c)
{
	const struct ranking_pane *p = ranking_pane(ui);

	if (!p->view.marked) {
		ui_say(ui, ROLE_ERROR, "export: no row is marked");
		return false;
	}
	choose_rows(p, c);
	return true;
}

static bool choose_as_said(struct ui *ui, const struct options *o, struct export_choice *c)
{
	memset(c, 0, offsetof(struct export_choice, arch));
	c->id[0] = 0;
	if (options_given(o, "arch"))
		return choose_ids(ui, o->arch, c);
	if (o->best)
		return choose_best(ui, o->best, c);
	return o->marked ? choose_marked(ui, c) : export_choose(ui, c);
}

void run_export(struct ui *ui, int count, char **word)
{
	static struct options o;
	static struct export_choice choice;
	const struct export_format *f;
	char words[REQUEST_TEXT];

	if (!commands_options(ui, &o, count, word))
		return;
	if (!strcmp(o.output, "-")) {
		ui_say(ui, ROLE_ERROR, "export: --output FILE says where to; x has a menu");
		return;
	}
	f = options_given(&o, "format") ? export_find(o.format) : export_of_file(o.output);
	if (!f)
		ui_say(ui, ROLE_ERROR, "%s", options_given(&o, "format") ? err_last() : "export: --format json, csv or txt, or a file's name that ends so");
	else if (!choose_as_said(ui, &o, &choice))
		return;
	else if (f->rows && !choice.count)
		ui_say(ui, ROLE_ERROR, "export: %s is of scored architectures: go to the ranking, or name them", f->name);
	else if (write_choice(ui, &choice, f, o.output, o.force)) {
		commands_join(words, sizeof words, count, word);
		commands_log(ui, words);
	}
}
