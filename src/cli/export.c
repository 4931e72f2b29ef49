/* export.c -- architectures and scores of a run as files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/cli/find.h"
#include "src/export/export.h"
#include "src/lab/lookup.h"
#include "src/lab/marks.h"
#include "src/lab/rank.h"
#include "src/lab/trainer.h"
#include "src/options_export.h"
#include "src/store/run.h"

/* What is exported: rows of the ranking by their index, or architectures that were named. */
struct chosen {
	struct ranking ranking;
	struct export_facts *facts;      /* of each row; NULL: the format has no rows */
	int *index;                      /* rows, in order; -1: one of the named that has none */
	struct arch *named;              /* NULL: the rows' own */
	int count;
};

static void release(struct chosen *c)
{
	ranking_release(&c->ranking);
	free(c->facts);
	free(c->index);
	free(c->named);
}

/* ---- choosing ---- */

/* Those of the newest weights, best first; then, where `all`, those of older ones as they were scored. */
static int choose_ranked(struct chosen *c, bool all, int64_t most)
{
	int64_t newest = ranking_newest(&c->ranking);

	c->count = ranking_order(&c->ranking, newest, c->index);
	if (c->count < 0)
		return -1;
	for (int i = 0; all && i < c->ranking.count; i++)
		if (c->ranking.entry[i].row.step != newest)
			c->index[c->count++] = i;
	if (most > 0 && c->count > most)
		c->count = (int)most;
	return c->count ? 0 : err_set("nothing is scored yet: smashtop rank does that");
}

/* Those that are marked, in that order. */
static int choose_marked(struct chosen *c, const char *run_path)
{
	struct mark *mark;
	int marks, n = 0;

	if (choose_ranked(c, true, 0) < 0 || (marks = marks_load(run_path, &mark)) < 0)
		return -1;
	for (int i = 0; i < c->count; i++)
		for (int k = 0; k < marks; k++)
			if (mark[k].marked && strcmp(mark[k].id, c->ranking.entry[c->index[i]].row.id) == 0)
				c->index[n++] = c->index[i];
	free(mark);
	c->count = n;
	return n ? 0 : err_set("%s: no row of its ranking is marked", run_path);
}

static bool is_named(const struct chosen *c, const char *id)
{
	char other[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < c->count; i++) {
		arch_id(&c->named[i], other);
		if (strcmp(other, id) == 0)
			return true;
	}
	return false;
}

/* Names with commas between, one architecture once; for a format that takes rows each must have one. */
static int choose_named(struct chosen *c, const struct options *o, const struct setting *s, bool rows)
{
	struct lookup where = { .space = &s->space, .axes = s->axes, .run_path = o->run, .ranking = &c->ranking };
	char name[OPTION_TEXT_SIZE], id[ARCH_ID_LENGTH + 1];

	c->named = malloc((strlen(o->arch) / 2 + 1) * sizeof *c->named);
	if (!c->named || choose_ranked(c, true, 0) < (rows ? 0 : -1))
		return c->named ? -1 : err_set("out of memory");
	c->count = 0;
	for (const char *at = o->arch; names_next(&at, name, sizeof name); ) {
		struct arch *arch = &c->named[c->count];

		if (!*name)
			return err_set("--arch %s: a name is empty", o->arch);
		if (lookup_arch(arch, name, &where) < 0)
			return -1;
		if (arch_validate(&s->space, arch, NULL) < 0)
			return err_prefix("%s", name);
		arch_id(arch, id);
		if (is_named(c, id))
			continue;
		c->index[c->count] = ranking_find(&c->ranking, id);
		if (rows && c->index[c->count] < 0)
			return err_set("%s: has no score; smashtop rank or the workbench gives it one", name);
		c->count++;
	}
	return 0;
}

static int choose(struct chosen *c, const struct options *o, const struct setting *s, bool rows)
{
	size_t room;

	if (ranking_load(&c->ranking, o->run, NULL) < 0)
		return -1;
	room = (size_t)c->ranking.count + OPTION_TEXT_SIZE;      /* as many may be named */
	c->index = malloc(room * sizeof *c->index);
	if (!c->index)
		return err_set("out of memory");
	if (options_given(o, "arch"))
		return choose_named(c, o, s, rows);
	if (o->marked)
		return choose_marked(c, o->run);
	return choose_ranked(c, !o->best, o->best);
}

/* ---- as a source ---- */

static const struct ranking_row *row_at(void *context, int i, const struct export_facts **facts)
{
	const struct chosen *c = context;
	int index = c->index[i];

	if (index < 0)
		return NULL;
	*facts = &c->facts[index];
	return &c->ranking.entry[index].row;
}

static bool arch_at(void *context, int i, struct arch *arch)
{
	const struct chosen *c = context;

	*arch = c->named ? c->named[i] : c->ranking.entry[c->index[i]].arch;
	return true;
}

static int find_facts(struct chosen *c, const char *run_path)
{
	struct run *run = run_open(run_path, false);

	c->facts = run ? export_facts(&c->ranking, run_path, run->config.data) : NULL;
	run_close(run);
	return c->facts ? 0 : -1;
}

/* ---- the command ---- */

static int check_usage(const struct options *o, const struct export_format *format, enum export_subject subject)
{
	int ways = options_given(o, "arch") + (o->best > 0) + o->marked;

	if (!options_given(o, "run"))
		return err_set("smashtop export wants --run DIR");
	if (ways > 1)
		return err_set("--arch, --best and --marked: one of them says what is exported");
	if (ways && subject != EXPORT_BANKS)
		return err_set("--figure %s is of the run: --arch, --best and --marked say nothing about it", export_subject_names[subject]);
	if (!ways && !format->rows && subject == EXPORT_BANKS)
		return err_set("--format %s wants --arch ID, --best K or --marked: which architectures", format->name);
	if (o->json && strcmp(o->output, "-") == 0)
		return err_set("--json: standard output has the %s already; with --output FILE it says what was written", format->name);
	return 0;
}

static int say(const struct options *o, const struct export_format *format, const struct export_source *source, const char *path,
	const char *text)
{
	if (o->json)
		return cli_print_json(json_pack("{s:s, s:s, s:s, s:i}", "output", path, "format", format->name, "figure",
			export_subject_names[source->subject], "count", source->count));
	if (strcmp(path, "-") != 0)
		fprintf(stderr, "%s: %s\n", path, text);
	return EXIT_DONE;
}

static int write_source(const struct options *o, const struct export_format *format, const struct export_source *source)
{
	char text[96], path[PATH_MAX];

	if (export_path(path, format, source, o->output) < 0 || export_file(format, source, path, o->force, text, sizeof text) < 0)
		return EXIT_FAILED;
	return say(o, format, source, path, text);
}

/* Its weights come from the run's last checkpoint, or from its trainings; the run stays as it is, and may be in use. */
static int write_weights(const struct options *o, const struct export_format *format, struct export_source *source)
{
	struct worker_options machine = { .create = false };
	int status = cli_machine(&machine, o) < 0 ? EXIT_USAGE : EXIT_FAILED;
	struct run *run = status == EXIT_USAGE ? NULL : run_open(o->run, false);

	cli_watch_data();
	if (run && *machine.device)
		strcpy(run->config.device, machine.device);
	source->trainer = run ? trainer_open(run) : NULL;
	if (source->trainer && *source->trainer->notice)
		fprintf(stderr, "smashtop: %s\n", source->trainer->notice);
	if (source->trainer)
		status = write_source(o, format, source);
	trainer_close(source->trainer);
	run_close(run);
	return status;
}

static int export_archs(const struct options *o, const struct export_format *format, struct export_source *source)
{
	struct chosen c = { 0 };
	struct setting s;
	int status = format->images ? find_setting(&s, o) : find_space(&s, o);

	if (status != EXIT_DONE)
		return status;
	source->space = &s.space;
	source->input = &s.input;
	source->arch = arch_at;
	source->context = &c;
	status = EXIT_FAILED;
	if (choose(&c, o, &s, format->rows) == 0 && (!(format->rows || format->scores) || find_facts(&c, o->run) == 0)) {
		source->row = c.facts ? row_at : NULL;
		source->count = c.count;
		status = format->weights ? write_weights(o, format, source) : write_source(o, format, source);
	}
	release(&c);
	return status;
}

/* What is below a run's folder is read by the format, which would take any folder for a run that has nothing yet. */
static int export_run(const struct options *o, const struct export_format *format, const struct export_source *source)
{
	struct run *run = run_open(o->run, false);

	if (!run)
		return EXIT_FAILED;
	run_close(run);
	return write_source(o, format, source);
}

int cli_export(const struct options *o)
{
	const struct export_format *format = options_format(o);
	struct export_source source = { .run_path = o->run, .interrupted = cli_interrupted };
	int status;

	if (!format || options_source(o, format, &source) < 0 || check_usage(o, format, source.subject) < 0)
		return cli_failed(EXIT_USAGE);
	source.count = source.network != NULL;
	if (strcmp(o->output, "-") != 0)
		cli_catch_signals();
	if (source.network)
		status = write_weights(o, format, &source);
	else if (source.subject == EXPORT_BANKS)
		status = export_archs(o, format, &source);
	else
		status = export_run(o, format, &source);
	return status == EXIT_DONE ? EXIT_DONE : cli_failed(cli_interrupted() ? EXIT_INTERRUPTED : status);
}
