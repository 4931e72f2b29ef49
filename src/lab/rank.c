/* rank.c -- ranking: the table of what has been scored, and the job that scores more. */
#include "src/lab/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

const char *const origin_names[ORIGINS] = {
	[ORIGIN_SAMPLED] = "sampled", [ORIGIN_EDITED] = "edited", [ORIGIN_PERTURBED] = "perturbed", [ORIGIN_PATTERN] = "pattern",
	[ORIGIN_GUIDED] = "guided",
};

/* ---- the table ---- */

void ranking_release(struct ranking *r)
{
	free(r->entry);
	*r = (struct ranking){ 0 };
}

int ranking_find(const struct ranking *r, const char *id)
{
	for (int i = 0; i < r->count; i++)
		if (strcmp(r->entry[i].row.id, id) == 0)
			return i;
	return -1;
}

int ranking_put(struct ranking *r, const struct ranking_entry *e)
{
	int i = ranking_find(r, e->row.id);

	if (i < 0 && r->count == r->room) {
		int room = r->room ? 2 * r->room : 64;
		struct ranking_entry *entry = realloc(r->entry, room * sizeof(*entry));

		if (!entry)
			return err_set("out of memory for %d ranked architectures", room);
		r->entry = entry;
		r->room = room;
	}
	if (i < 0)
		i = r->count++;
	r->entry[i] = *e;
	return i;
}

struct place {
	double score;
	int index;
};

/* Equal scores keep the order of scoring. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->score != y->score ? (x->score > y->score) - (x->score < y->score) : x->index - y->index;
}

int ranking_order(const struct ranking *r, int64_t step, int *order)
{
	struct place *place = malloc((r->count + 1) * sizeof(*place));
	int n = 0;

	if (!place)
		return err_set("out of memory");
	for (int i = 0; i < r->count; i++)
		if (r->entry[i].row.step == step)
			place[n++] = (struct place){ r->entry[i].row.score, i };
	qsort(place, n, sizeof(*place), compare_places);
	for (int i = 0; i < n; i++)
		order[i] = place[i].index;
	free(place);
	return n;
}

/* ---- lines of the file: one row a key ---- */

enum row_type { ROW_TEXT, ROW_ORIGIN, ROW_STEP, ROW_INT, ROW_INT64, ROW_DOUBLE, ROW_STDERR };

static const struct {
	const char *name;
	enum row_type type;
	size_t offset;
} row_fields[] = {
	{ "id", ROW_TEXT, offsetof(struct ranking_row, id) },
	{ "origin", ROW_ORIGIN, offsetof(struct ranking_row, origin) },
	{ "parent", ROW_TEXT, offsetof(struct ranking_row, parent) },
	{ "step", ROW_INT64, offsetof(struct ranking_row, step) },
	{ "score", ROW_DOUBLE, offsetof(struct ranking_row, score) },
	{ "score_stderr", ROW_STDERR, offsetof(struct ranking_row, score_stderr) },
	{ "error", ROW_DOUBLE, offsetof(struct ranking_row, error) },
	{ "error_stderr", ROW_STDERR, offsetof(struct ranking_row, error_stderr) },
	{ "images", ROW_INT, offsetof(struct ranking_row, images) },
	{ "parameters", ROW_INT64, offsetof(struct ranking_row, parameters) },
	{ "macs", ROW_INT64, offsetof(struct ranking_row, macs) },
	{ "depth", ROW_INT, offsetof(struct ranking_row, depth) },
};
enum { ROW_FIELDS = sizeof(row_fields) / sizeof(row_fields[0]) };

static json_t *field_to_json(const struct ranking_row *row, int i)
{
	const void *p = (const char *)row + row_fields[i].offset;

	switch (row_fields[i].type) {
	case ROW_TEXT:
		return *(const char *)p ? json_string(p) : json_null();
	case ROW_ORIGIN:
		return json_string(origin_names[row->origin]);
	case ROW_INT:
		return json_integer(*(const int *)p);
	case ROW_INT64:
		return json_integer(*(const int64_t *)p);
	default:
		return isfinite(*(const double *)p) ? json_real(*(const double *)p) : json_null();
	}
}

json_t *ranking_entry_to_json(const struct ranking_entry *e, bool with_arch)
{
	json_t *line = json_object();

	for (int i = 0; i < ROW_FIELDS; i++)
		json_object_set_new(line, row_fields[i].name, field_to_json(&e->row, i));
	if (with_arch)
		json_object_set_new(line, "architecture", arch_to_json(&e->arch));
	return line;
}

int ranking_append(struct run *run, const struct ranking_entry *e)
{
	json_t *line = ranking_entry_to_json(e, true);

	return line ? run_append(run, run->ranking, line) : err_set("out of memory");
}

static int origin_from_name(const char *name)
{
	for (int i = 0; name && i < ORIGINS; i++)
		if (strcmp(name, origin_names[i]) == 0)
			return i;
	return -1;
}

static bool text_from_json(char text[ARCH_ID_LENGTH + 1], const json_t *value)
{
	const char *s = json_is_null(value) ? "" : json_string_value(value);

	if (!s || strlen(s) > ARCH_ID_LENGTH)
		return false;
	strcpy(text, s);
	return true;
}

/* 0, or -1: the line doesn't have it or has something else there. */
static int field_from_json(struct ranking_row *row, int i, const json_t *value)
{
	void *p = (char *)row + row_fields[i].offset;
	int origin;

	switch (row_fields[i].type) {
	case ROW_TEXT:
		return value && text_from_json(p, value) ? 0 : -1;
	case ROW_ORIGIN:
		if ((origin = origin_from_name(json_string_value(value))) < 0)
			return -1;
		row->origin = origin;
		return 0;
	case ROW_INT:
		*(int *)p = (int)json_integer_value(value);
		return json_is_integer(value) ? 0 : -1;
	case ROW_INT64:
		*(int64_t *)p = json_integer_value(value);
		return json_is_integer(value) ? 0 : -1;
	case ROW_STDERR:
		*(double *)p = json_is_number(value) ? json_number_value(value) : NAN;
		return 0;
	default:
		*(double *)p = json_number_value(value);
		return json_is_number(value) ? 0 : -1;
	}
}

struct loading {
	struct ranking *ranking;
	int bad;
	bool failed;
};

static void load_line(void *context, const json_t *line)
{
	struct loading *l = context;
	struct ranking_entry e = { 0 };
	char id[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < ROW_FIELDS; i++) {
		if (field_from_json(&e.row, i, json_object_get(line, row_fields[i].name)) < 0) {
			l->bad++;
			return;
		}
	}
	if (arch_from_json(&e.arch, json_object_get(line, "architecture"), NULL) < 0) {
		l->bad++;
		return;
	}
	arch_id(&e.arch, id);
	if (strcmp(id, e.row.id) != 0)
		l->bad++;
	else if (ranking_put(l->ranking, &e) < 0)
		l->failed = true;
}

int ranking_load(struct ranking *r, const char *run_path, int *bad)
{
	struct loading l = { .ranking = r };
	int rc = run_read_lines(run_path, "ranking.jsonl", load_line, &l);

	if (bad)
		*bad = l.bad;
	return rc < 0 || l.failed ? -1 : 0;
}

/* ---- the job ---- */

struct wish {
	struct arch arch;
	enum origin origin;
	char parent[ARCH_ID_LENGTH + 1];
	int images;
};

struct rank_job {
	struct trainer *t;
	const struct ranking *ranking;
	struct scorer *scorer;
	struct wish *wish;               /* asked for by name; the first `wish_next` have begun */
	int wish_count, wish_room, wish_next;
	int samples, sample_images;      /* random ones still to begin */
	uint64_t drawn;                  /* random ones drawn, those that were known included */
	int done;
	bool scoring;
	struct ranking_entry current;
};

struct rank_job *rank_new(struct trainer *t, const struct ranking *ranking)
{
	struct rank_job *job = calloc(1, sizeof(*job));

	if (!job) {
		err_set("out of memory");
		return NULL;
	}
	job->t = t;
	job->ranking = ranking;
	job->scorer = scorer_new(t);
	if (!job->scorer) {
		free(job);
		return NULL;
	}
	return job;
}

void rank_free(struct rank_job *job)
{
	if (!job)
		return;
	scorer_free(job->scorer);
	free(job->wish);
	free(job);
}

void rank_sample(struct rank_job *job, int count, int images)
{
	job->samples += count;
	job->sample_images = images;
}

int rank_score(struct rank_job *job, const struct arch *arch, enum origin origin, const char *parent, int images)
{
	if (job->wish_count == job->wish_room) {
		int room = job->wish_room ? 2 * job->wish_room : 16;
		struct wish *wish = realloc(job->wish, room * sizeof(*wish));

		if (!wish)
			return err_set("out of memory");
		job->wish = wish;
		job->wish_room = room;
	}

	struct wish *w = &job->wish[job->wish_count++];

	*w = (struct wish){ .arch = *arch, .origin = origin, .images = images };
	strncpy(w->parent, parent, ARCH_ID_LENGTH);
	return 0;
}

/* A random architecture that has no row yet. Each draw has a stream of its own, numbered by the rows there are and the draws since: a later
 * job goes on where this one ended, and the same job again gives the same. */
static int sample_new(struct rank_job *job, struct arch *arch)
{
	enum { TRIES = 1000 };
	struct trainer *t = job->t;
	char id[ARCH_ID_LENGTH + 1];
	struct rng rng;

	for (int i = 0; i < TRIES; i++) {
		rng_seed(&rng, t->config.seed, STREAM_RANK + (uint64_t)job->ranking->count + job->drawn);
		arch_sample(arch, &t->layout.space, t->data->axes, 0, &rng);
		arch_id(arch, id);
		if (ranking_find(job->ranking, id) < 0)
			return 0;
		job->drawn++;
	}
	return err_set("no new architecture among %d random ones: the search space holds few; %d are ranked", TRIES,
		job->ranking->count);
}

static void begin(struct rank_job *job, const struct arch *arch, enum origin origin, const char *parent, int images)
{
	struct trainer *t = job->t;
	struct arch_cost cost = arch_cost(&t->layout.space, arch, &t->data->input);
	struct ranking_entry *e = &job->current;

	*e = (struct ranking_entry){ .arch = *arch };
	e->row = (struct ranking_row){
		.origin = origin, .step = scorer_step(job->scorer),
		.parameters = cost.free + cost.generated, .macs = cost.macs, .depth = cost.depth,
	};
	arch_id(arch, e->row.id);
	strcpy(e->row.parent, parent);
	scorer_begin(job->scorer, arch, images);
	job->scoring = true;
}

/* 1 begun, 0 nothing left, -1. */
static int begin_next(struct rank_job *job)
{
	struct arch arch;

	if (job->wish_next < job->wish_count) {
		const struct wish *w = &job->wish[job->wish_next++];

		begin(job, &w->arch, w->origin, w->parent, w->images);
		return 1;
	}
	if (job->samples == 0)
		return 0;
	job->samples--;
	if (sample_new(job, &arch) < 0) {
		job->done += 1 + job->samples;
		job->samples = 0;
		return -1;
	}
	begin(job, &arch, ORIGIN_SAMPLED, "", job->sample_images);
	return 1;
}

static void fill_row(struct rank_job *job)
{
	struct score score = scorer_score(job->scorer);
	struct ranking_row *row = &job->current.row;

	row->score = score.loss;
	row->score_stderr = score.loss_stderr;
	row->error = score.error;
	row->error_stderr = score.error_stderr;
	row->images = score.images;
}

enum rank_progress rank_advance(struct rank_job *job)
{
	int begun = job->scoring ? 1 : begin_next(job);

	if (begun <= 0)
		return begun < 0 ? RANK_FAILED : RANK_DONE;

	int more = scorer_advance(job->scorer);

	if (more > 0)
		return RANK_MORE;
	job->scoring = false;
	job->done++;
	if (more < 0) {
		job->drawn++;            /* not in the ranking: a draw of its own, or the same would come again */
		return RANK_FAILED;
	}
	fill_row(job);
	return RANK_SCORED;
}

const struct ranking_entry *rank_result(const struct rank_job *job)
{
	return &job->current;
}

void rank_counts(const struct rank_job *job, int *done, int *total)
{
	*done = job->done;
	*total = job->done + (job->scoring ? 1 : 0) + job->wish_count - job->wish_next + job->samples;
}

int64_t rank_step(const struct rank_job *job)
{
	return scorer_step(job->scorer);
}

/* ---- a whole job at once ---- */

static int record(struct rank_job *job, struct ranking *ranking)
{
	return ranking_append(job->t->run, rank_result(job)) < 0 ? -1 : ranking_put(ranking, rank_result(job));
}

int rank_run(struct trainer *t, struct ranking *ranking, int count, int images,
	int (*each)(void *context, int index, int done, int total), void *context)
{
	struct rank_job *job = rank_new(t, ranking);
	int scored = 0, done, total;

	if (!job)
		return -1;
	err_clear();
	rank_sample(job, count, images);
	for (;;) {
		enum rank_progress progress = rank_advance(job);
		int index = -1;

		if (progress == RANK_DONE)
			break;
		if ((progress == RANK_FAILED && !backend_ok(t->be)) || (progress == RANK_SCORED && (index = record(job, ranking)) < 0)) {
			scored = -1;
			break;
		}
		scored += progress == RANK_SCORED;
		rank_counts(job, &done, &total);
		if (each && each(context, index, done, total))
			break;
	}
	rank_free(job);
	return scored;
}

#include "src/lab/experiment.h"
struct job *rank_start(struct trainer *t, const struct ranking *r, const struct experiment *e) { (void)t, (void)r, (void)e; err_set("TODO"); return 0; }
