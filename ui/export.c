/* export.c (of the screen) -- what is exported, and the same as a command. */
#include "ui/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/network.h"
#include "src/lab/lookup.h"
#include "src/options_export.h"
#include "ui/commands.h"
#include "ui/named.h"
#include "ui/view.h"

/* ---- choosing ---- */

void export_forget(struct export_choice *c)
{
	free(c->index);
	*c = (struct export_choice){ 0 };
}

/* False, having said so: there is no memory. */
static bool make_room(struct ui *ui, struct export_choice *c, int rows)
{
	export_forget(c);
	c->index = malloc(((size_t)rows + 1) * sizeof *c->index);
	if (!c->index)
		ui_say(ui, ROLE_ERROR, "export: out of memory");
	return c->index;
}

static void name_only(const struct ranking_view *v, struct export_choice *c)
{
	if (c->count == 1)
		strcpy(c->id, v->seen[c->index[0]].id);
}

static bool choose_rows(struct ui *ui, const struct ranking_pane *p, struct export_choice *c)
{
	if (!make_room(ui, c, p->view.rows))
		return false;
	c->count = ranking_subjects(p, c->index, p->view.rows);
	c->all = !p->view.marked;
	if (!c->count)                                   /* no cursor yet: the first row, as everywhere */
		c->index[c->count++] = p->view.order[p->top];
	name_only(&p->view, c);
	return true;
}

/* Of the pane that has the focus. */
static void choose_figure(const struct ui *ui, struct export_choice *c)
{
	const struct view *v = ui->focus == PANE_CORRUPT ? corrupt_view(ui) : ui->focus == PANE_CORRELATE ? correlate_view(ui) : NULL;

	if (ui->focus == PANE_LOSS && ui->snap->step > 0)
		c->figure = EXPORT_LOSS;
	else if (v && v->document && !view_running(v)) {
		c->figure = ui->focus == PANE_CORRUPT ? EXPORT_CORRUPT : EXPORT_CORRELATE;
		c->result = v->shown;
	}
}

bool export_choose(struct ui *ui, struct export_choice *c)
{
	const struct ranking_pane *p = ranking_pane(ui);

	export_forget(c);
	if (ui->focus == PANE_RANKING && p->view.count)
		return choose_rows(ui, p, c);
	c->no_arch = !banks_arch(ui, false, &c->arch);
	if (c->no_arch && p->view.count) {               /* none is held: what the ranking would export */
		if (!choose_rows(ui, p, c))
			return false;
		c->no_arch = false;
	}
	choose_figure(ui, c);
	if (c->no_arch && c->figure == EXPORT_BANKS) {
		ui_say(ui, ROLE_INFO, "there is no architecture to export yet");
		return false;
	}
	if (!c->no_arch && !c->count)
		arch_id(&c->arch, c->id);
	return true;
}

int export_count(struct ui *ui, const struct export_choice *c, const struct export_format *f)
{
	if (f->rows && c->all)
		return ranking_pane(ui)->view.count;
	return c->count ? c->count : 1;
}

bool export_all_trained(struct ui *ui, const struct export_choice *c)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;
	int held = c->count ? -1 : ranking_view_find(v, c->id);

	if (!c->count)
		return held >= 0 && v->facts[held].trainings > 0;
	for (int i = 0; i < c->count; i++)
		if (!v->facts[c->index[i]].trainings)
			return false;
	return true;
}

/* ---- having it written ---- */

/* Neither a figure nor a network that has no architecture. */
static bool is_of_archs(const struct export_request *of)
{
	return of->subject == EXPORT_BANKS && !*of->network;
}

/* As many commands as the rows need; without any it is of the architecture. */
static bool send(struct ui *ui, struct command *command, const int *row, int count)
{
	int sent = 0;

	do {
		int n = count - sent < COMMAND_ROWS ? count - sent : COMMAND_ROWS;

		command->export.before = sent;
		command->export.count = n;
		if (n > 0)
			memcpy(command->export.row, row + sent, (size_t)n * sizeof *row);
		sent += n;
		command->export.more = sent < count;
		if (!ui_send_command(ui, command))
			return false;
	} while (sent < count);
	return true;
}

static bool write_choice(struct ui *ui, const struct export_choice *c, const struct export_format *f, const struct export_request *of, const char *path,
	bool replace)
{
	static struct command command;
	const struct ranking_view *v = &ranking_pane(ui)->view;
	bool all = f->rows && c->all;
	int count = !is_of_archs(of) ? 0 : all ? v->count : c->count;

	command.kind = COMMAND_EXPORT;
	snprintf(command.export.format, sizeof command.export.format, "%s", f->name);
	snprintf(command.export.path, sizeof command.export.path, "%s", path);
	command.export.of = *of;
	command.export.replace = replace;
	if (!count)
		command.export.arch = c->arch;
	if (!ui_run_open(ui, "export") || !send(ui, &command, all ? v->order : c->index, count))
		return false;
	ui_say(ui, ROLE_INFO, "%s: %s is being written", path, f->name);
	return true;
}

/* The menu's choice as a shell would have it; a held architecture has no name there, nor has what a filter chose. */
static void log_choice(struct ui *ui, const struct export_choice *c, const struct export_format *f, const struct export_request *of, const char *path,
	bool replace)
{
	char words[REQUEST_TEXT], result[16];
	char *argv[12] = { "export", "--format", (char *)f->name, "--output", (char *)path };
	int argc = 5;

	if (of->subject == EXPORT_BANKS && (!c->count || (f->rows && c->all && ranking_pane(ui)->view.filter.count)))
		return;
	if (of->subject != EXPORT_BANKS) {
		argv[argc++] = "--figure";
		argv[argc++] = (char *)export_subject_names[of->subject];
	} else if (!c->all)
		argv[argc++] = "--marked";
	else if (!f->rows) {
		argv[argc++] = "--arch";
		argv[argc++] = (char *)c->id;
	}
	if (of->result) {
		snprintf(result, sizeof result, "%d", of->result);
		argv[argc++] = "--result";
		argv[argc++] = result;
	}
	if (of->weights != EXPORT_GENERATED) {
		argv[argc++] = "--weights";
		argv[argc++] = (char *)export_weights_names[of->weights];
	}
	if (replace)
		argv[argc++] = "--force";
	commands_join(words, sizeof words, argc, argv);
	commands_log(ui, words);
}

void export_do(struct ui *ui, const struct export_choice *c, const struct export_format *f, const struct export_request *of, const char *path, bool replace)
{
	if (write_choice(ui, c, f, of, path, replace))
		log_choice(ui, c, f, of, path, replace);
}

/* ---- as a command ---- */

/* Those that are named, with commas between. What no row has goes alone, to a format that needs none. */
static bool choose_named(struct ui *ui, const char *names, const struct export_format *f, struct export_choice *c)
{
	static struct named named;
	bool several = strchr(names, ',') != NULL;
	char name[OPTION_TEXT_SIZE];

	if (!make_room(ui, c, (int)strlen(names)))
		return false;
	while (names_next(&names, name, sizeof name)) {
		if (!named_arch(ui, name, &named) || arch_validate(&ui->snap->space, &named.arch, NULL) < 0) {
			ui_say(ui, ROLE_ERROR, "export: %s", err_last());
			return false;
		}
		if (named.row < 0 && (f->rows || several)) {
			ui_say(ui, ROLE_ERROR, f->rows ? "export: %s has no score; :w or :rank gives it one" :
			       "export: %s has no score: name it alone, smashtop export takes several", name);
			return false;
		}
		if (named.row >= 0)
			c->index[c->count++] = named.row;
	}
	c->arch = named.arch;
	arch_id(&c->arch, c->id);
	return true;
}

static bool choose_best(struct ui *ui, int64_t most, struct export_choice *c)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;

	if (!v->ranked)
		ui_say(ui, ROLE_ERROR, "export: nothing is scored yet");
	if (!v->ranked || !make_room(ui, c, v->ranked))
		return false;
	c->count = most < v->ranked ? (int)most : v->ranked;
	memcpy(c->index, v->by_score, (size_t)c->count * sizeof c->index[0]);
	name_only(v, c);
	return true;
}

static bool choose_marked(struct ui *ui, struct export_choice *c)
{
	const struct ranking_pane *p = ranking_pane(ui);

	if (!p->view.marked) {
		ui_say(ui, ROLE_ERROR, "export: no row is marked");
		return false;
	}
	return choose_rows(ui, p, c);
}

static bool choose_as_said(struct ui *ui, const struct options *o, const struct export_format *f, struct export_choice *c)
{
	if (options_given(o, "arch"))
		return ui_run_open(ui, "export") && choose_named(ui, o->arch, f, c);
	if (o->best)
		return choose_best(ui, o->best, c);
	return o->marked ? choose_marked(ui, c) : export_choose(ui, c);
}

/* What the options say beside architectures. False, having said what is wrong. */
static bool request_as_said(struct ui *ui, const struct options *o, const struct export_format *f, struct export_request *of)
{
	struct export_source s = { 0 };

	if (options_source(o, f, &s) < 0) {
		ui_say(ui, ROLE_ERROR, "%s", err_last());
		return false;
	}
	*of = (struct export_request){ .subject = s.subject, .result = s.result, .style = s.style, .weights = s.weights, .one_conv = s.one_conv };
	snprintf(of->data, sizeof of->data, "%s", s.data ? s.data : "");
	snprintf(of->network, sizeof of->network, "%s", s.network ? s.network : "");
	return true;
}

/* The line, and what it left to the screen. */
static void log_line(struct ui *ui, const struct options *o, const struct export_choice *c, const struct export_format *f, int count, char **word)
{
	bool said = options_given(o, "arch") || o->best || o->marked || !c->count;
	char words[REQUEST_TEXT];
	size_t n;

	commands_join(words, sizeof words, count, word);
	n = strlen(words);
	if (!said && !c->all)
		snprintf(words + n, sizeof words - n, " --marked");
	else if (!said && !f->rows)
		snprintf(words + n, sizeof words - n, " --arch %s", c->id);
	commands_log(ui, words);
}

void run_export(struct ui *ui, int count, char **word)
{
	static struct options o;
	static struct export_choice choice;
	const struct export_format *f;
	struct export_request of;

	if (!commands_options(ui, &o, count, word))
		return;
	export_forget(&choice);
	if (!strcmp(o.output, "-")) {
		ui_say(ui, ROLE_ERROR, "export: --output FILE says where to; x has a menu");
		return;
	}
	f = options_format(&o);
	if (!f)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (!request_as_said(ui, &o, f, &of) || (is_of_archs(&of) && !choose_as_said(ui, &o, f, &choice)))
		return;
	else if (is_of_archs(&of) && f->rows && !choice.count)
		ui_say(ui, ROLE_ERROR, "export: %s is of scored architectures: go to the ranking, or name them", f->name);
	else if (is_of_archs(&of) && choice.no_arch)
		ui_say(ui, ROLE_INFO, "there is no architecture to export yet");
	else if (write_choice(ui, &choice, f, &of, o.output, o.force))
		log_line(ui, &o, &choice, f, count, word);
}
