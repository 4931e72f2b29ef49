/* draft.c -- a state is where it began and the changes on the way there, made again: nothing else is stored. */
#include "src/lab/draft.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/draft_lines.h"
#include "src/store/file.h"
#include "src/store/lines.h"

enum { MISSING_MOST = 1000 };            /* states that may stand in for lines that are not there */

static const struct draft_score no_score = {
	.loss = NAN, .loss_stderr = NAN, .error = NAN, .error_stderr = NAN, .difference = NAN, .difference_stderr = NAN, .p = NAN,
};

/* ---- states ---- */

/* The new state, or NULL with err_last(). */
static struct draft_state *add_state(struct draft *d, int parent)
{
	struct draft_state *s;

	if (d->count == d->room) {
		int room = d->room ? 2 * d->room : 64;

		s = realloc(d->state, (size_t)room * sizeof *s);
		if (!s) {
			err_set("out of memory for another change");
			return NULL;
		}
		d->state = s;
		d->room = room;
	}
	s = &d->state[d->count++];
	*s = (struct draft_state){ .parent = parent, .redo = -1, .amend = { .kind = AMENDS }, .score = no_score, .score_written = true };
	return s;
}

/* Redo then leads there. */
static void point_redo(struct draft *d, int state)
{
	for (int s = state; d->state[s].parent >= 0; s = d->state[s].parent)
		d->state[d->state[s].parent].redo = s;
}

/* Makes the changes again that lead to the state. One that cannot be made changes nothing. */
static void replay(struct draft *d, int state)
{
	point_redo(d, state);
	d->arch = d->first;
	lineage_begin(&d->lineage);
	for (d->at = 0; d->at != state; ) {
		d->at = d->state[d->at].redo;
		if (d->state[d->at].amend.kind != AMENDS)
			arch_amend(&d->space, &d->arch, &d->state[d->at].amend, &d->lineage);
	}
}

int draft_change(struct draft *d, const struct amend *amend)
{
	struct arch changed = d->arch;
	struct lineage lineage = d->lineage;
	struct draft_state *s;

	if (arch_amend(&d->space, &changed, amend, &lineage) < 0)
		return -1;
	if (arch_equal(&changed, &d->arch))
		return 0;
	if (!(s = add_state(d, d->at)))
		return -1;
	s->amend = *amend;
	s->clock = clock_wall();
	amend_text(&d->space, &d->arch, amend, s->text, sizeof s->text);
	d->state[d->at].redo = d->count - 1;
	d->at = d->count - 1;
	d->arch = changed;
	d->lineage = lineage;
	return 0;
}

bool draft_go(struct draft *d, int state)
{
	if (state < 0 || state >= d->count || state == d->at)
		return false;
	replay(d, state);
	return true;
}

bool draft_undo(struct draft *d)
{
	return draft_go(d, d->state[d->at].parent);
}

bool draft_redo(struct draft *d)
{
	return draft_go(d, d->state[d->at].redo);
}

int draft_undos(const struct draft *d)
{
	int n = 0;

	for (int s = d->at; d->state[s].parent >= 0; s = d->state[s].parent)
		n++;
	return n;
}

int draft_redos(const struct draft *d)
{
	int n = 0;

	for (int s = d->at; d->state[s].redo >= 0; s = d->state[s].redo)
		n++;
	return n;
}

void draft_set_score(struct draft *d, int state, const struct draft_score *score)
{
	d->state[state].score = *score;
	d->state[state].score_written = false;
}

void draft_set_name(struct draft *d, const char *name)
{
	snprintf(d->name, sizeof d->name, "%s", name);
	d->name_written = false;
}

/* ---- the file ---- */

static void draft_path(char *path, size_t size, const char *run_path, const char *id)
{
	snprintf(path, size, "%s/drafts/%s.jsonl", run_path, id);
}

/* What is being read. */
struct reader {
	struct draft *draft;
	bool begun, foreign;
};

static void read_state(struct draft *d, const json_t *line)
{
	json_int_t number = json_integer_value(json_object_get(line, "state")), parent = json_integer_value(json_object_get(line, "parent"));
	const char *text = json_string_value(json_object_get(line, "text"));
	struct draft_state *s;

	/* Numbers are the file's: where a line is missing, a state stands in for it. */
	while (d->count < number && number < d->count + MISSING_MOST)
		if (!add_state(d, d->count - 1))
			return;
	if (number != d->count || parent < 0 || parent >= d->count)
		return;
	draft_go(d, (int)parent);
	if (!(s = add_state(d, d->at)))
		return;
	s->clock = json_number_value(json_object_get(line, "time"));
	if (!draft_read_change(line, &s->amend) || arch_amend(&d->space, &d->arch, &s->amend, &d->lineage) < 0) {
		s->amend.kind = AMENDS;
		text = "a line that makes no sense";
	}
	snprintf(s->text, sizeof s->text, "%s", text ? text : "");
	d->state[d->at].redo = d->count - 1;
	d->at = d->count - 1;
}

static void read_line(void *context, const json_t *line)
{
	struct reader *r = context;
	struct draft *d = r->draft;
	struct draft_score score;
	int state;

	if (!r->begun) {
		struct arch first;

		r->begun = true;
		r->foreign = draft_read_begin(line, &first, d->from, sizeof d->from, NULL) < 0 || !arch_equal(&first, &d->first);
	}
	if (r->foreign)
		return;
	if (json_object_get(line, "state"))
		read_state(d, line);
	else if (json_is_integer(json_object_get(line, "at")))
		draft_go(d, (int)json_integer_value(json_object_get(line, "at")));
	else if (draft_read_score(line, d->count, &state, &score))
		d->state[state].score = score;
	else if (json_is_string(json_object_get(line, "name")))
		snprintf(d->name, sizeof d->name, "%s", json_string_value(json_object_get(line, "name")));
}

static void put_aside(const char *path)
{
	char aside[640];

	snprintf(aside, sizeof aside, "%s.unreadable", path);
	if (rename(path, aside) == 0)
		err_set("%s was no draft of this architecture: it is %s now, a new draft begins", path, aside);
}

int draft_open(struct draft *d, const char *run_path, const struct space *space, const struct arch *first, const char *from)
{
	struct reader reader = { .draft = d };
	char name[64];

	*d = (struct draft){ .space = *space, .first = *first, .arch = *first, .name_written = true };
	arch_id(first, d->id);
	snprintf(d->from, sizeof d->from, "%s", from);
	lineage_begin(&d->lineage);
	draft_path(d->path, sizeof d->path, run_path, d->id);
	if (!add_state(d, -1))
		return -1;
	d->state[0].clock = clock_wall();
	snprintf(name, sizeof name, "drafts/%s.jsonl", d->id);
	err_clear();
	if (run_read_lines(run_path, name, read_line, &reader) < 0)
		return 0;                        /* it cannot be written either, which will be said then */
	err_clear();
	if (reader.foreign) {
		put_aside(d->path);
		return 0;
	}
	d->written = reader.begun ? d->count : 0;
	d->written_at = d->at;
	return 0;
}

void draft_close(struct draft *d)
{
	if (d->file)
		fclose(d->file);
	free(d->state);
	*d = (struct draft){ 0 };
}

static int open_file(struct draft *d)
{
	char folder[sizeof d->path];

	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(d->path, '/') - d->path), d->path);
	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return err_set("%s: %s", folder, strerror(errno));
	return (d->file = lines_open_file(d->path)) ? 0 : -1;
}

static int write_states(struct draft *d)
{
	for (; d->written < d->count; d->written++) {
		json_t *line = d->written == 0 ? draft_line_begin(d, d->state[0].clock) : draft_line_state(d, d->written);

		if (lines_append(d->file, d->path, line) < 0)
			return -1;
		d->written_at = d->written;
	}
	return 0;
}

static int write_scores(struct draft *d)
{
	for (int i = 0; i < d->count; i++) {
		if (d->state[i].score_written)
			continue;
		if (lines_append(d->file, d->path, draft_line_score(d, i)) < 0)
			return -1;
		d->state[i].score_written = true;
	}
	return 0;
}

/* A draft without a change is none: the file begins with the first. */
int draft_save(struct draft *d)
{
	if (d->count == 1 && d->written == 0)
		return 0;
	if (!d->file && open_file(d) < 0)
		return -1;
	if (write_states(d) < 0 || write_scores(d) < 0)
		return -1;
	if (!d->name_written) {
		if (lines_append(d->file, d->path, json_pack("{s:s}", "name", d->name)) < 0)
			return -1;
		d->name_written = true;
	}
	if (d->written_at != d->at) {
		if (lines_append(d->file, d->path, json_pack("{s:i}", "at", d->at)) < 0)
			return -1;
		d->written_at = d->at;
	}
	return 0;
}

/* ---- all of a run ---- */

struct summary_reader {
	struct draft_summary *summary;
	bool begun, foreign;
	struct arch *first;
};

static void read_summary(void *context, const json_t *line)
{
	struct summary_reader *r = context;
	struct draft_summary *s = r->summary;

	if (!r->begun) {
		r->begun = true;
		r->foreign = draft_read_begin(line, r->first, s->from, sizeof s->from, &s->clock) < 0;
	} else if (json_object_get(line, "state")) {
		s->changes++;
		s->clock = json_number_value(json_object_get(line, "time"));
	} else if (json_is_string(json_object_get(line, "name"))) {
		snprintf(s->name, sizeof s->name, "%s", json_string_value(json_object_get(line, "name")));
	}
}

/* False where the file is no draft. */
static bool summarize(struct draft_summary *s, struct arch *first, const char *run_path, const char *id)
{
	struct summary_reader r = { .summary = s, .first = first };
	char name[64];

	*s = (struct draft_summary){ 0 };
	snprintf(s->id, sizeof s->id, "%.*s", ARCH_ID_LENGTH, id);
	snprintf(name, sizeof name, "drafts/%s.jsonl", s->id);
	return run_read_lines(run_path, name, read_summary, &r) == 0 && r.begun && !r.foreign;
}

static int compare_summaries(const void *a, const void *b)
{
	const struct draft_summary *x = a, *y = b;

	return (x->clock < y->clock) - (x->clock > y->clock);
}

int drafts_list(struct draft_summary **list, const char *run_path)
{
	char folder[600];
	int count = 0, room = 0;
	DIR *dir;

	*list = NULL;
	snprintf(folder, sizeof folder, "%s/drafts", run_path);
	dir = opendir(folder);
	for (struct dirent *e; dir && (e = readdir(dir)); ) {
		if (strlen(e->d_name) != ARCH_ID_LENGTH + strlen(".jsonl") || strcmp(e->d_name + ARCH_ID_LENGTH, ".jsonl"))
			continue;
		if (count == room) {
			struct draft_summary *more = realloc(*list, (size_t)(room += 16) * sizeof **list);

			if (!more) {
				free(*list);
				closedir(dir);
				return err_set("out of memory");
			}
			*list = more;
		}
		count += summarize(&(*list)[count], NULL, run_path, e->d_name);
	}
	if (dir)
		closedir(dir);
	if (count)
		qsort(*list, (size_t)count, sizeof **list, compare_summaries);
	return count;
}

int draft_first(struct arch *arch, const char *run_path, const char *id)
{
	struct draft_summary summary;

	if (summarize(&summary, arch, run_path, id))
		return 0;
	return err_set("%s/drafts/%s.jsonl: no draft", run_path, id);
}
