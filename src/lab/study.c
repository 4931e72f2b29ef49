/* study.c -- what a correlation experiment knows: lines of its journal in, a report out. */
#include "src/lab/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/rng.h"
#include "src/base/stats.h"
#include "src/base/units.h"
#include "src/lab/trainer.h"

int study_init(struct study *s, const struct study_settings *settings)
{
	*s = (struct study){ .settings = *settings };
	s->scored = calloc((size_t)settings->count + 1, sizeof(*s->scored));
	return s->scored ? 0 : err_set("out of memory for %d architectures", settings->count);
}

void study_release(struct study *s)
{
	free(s->scored);
	free(s->chosen);
	free(s->rank);
	free(s->order);
	free(s->test_error);
	free(s->test_loss);
	free(s->place);
	free(s->table.column[0]);
	*s = (struct study){ 0 };
}

bool study_has(const struct study *s, const char *id)
{
	for (int i = 0; i < s->scored_count; i++)
		if (strcmp(s->scored[i].id, id) == 0)
			return true;
	return false;
}

/* ---- what is trained ---- */

struct place {
	double score;
	int index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->score != y->score ? (x->score > y->score) - (x->score < y->score) : x->index - y->index;
}

/* Takes the ranked one at `at`, best being 0. */
static void choose_one(struct study *s, const struct place *place, int at)
{
	s->chosen[s->chosen_count] = place[at].index;
	s->rank[s->chosen_count++] = at + 1;
}

static void choose_every(struct study *s, const struct place *place, int ranked)
{
	for (int at = 0; at < ranked; at += s->settings.every)
		choose_one(s, place, at);
}

/* As many as every K-th would be, each the nearest to its target of those behind the one before; enough are left for the targets to come. */
static void choose_spread(struct study *s, const struct place *place, int ranked)
{
	int wanted = (ranked + s->settings.every - 1) / s->settings.every, at = 0;

	for (int i = 0; i < wanted; i++) {
		double share = wanted > 1 ? (double)i / (wanted - 1) : 0;
		double target = place[0].score + share * (place[ranked - 1].score - place[0].score);
		int last = ranked - (wanted - i);

		while (at < last && fabs(place[at + 1].score - target) <= fabs(place[at].score - target))
			at++;
		choose_one(s, place, at++);
	}
}

/* Of those that have a score. 0 or -1. */
static int choose(struct study *s)
{
	struct place *place = malloc(((size_t)s->scored_count + 1) * sizeof(*place));
	int ranked = 0;

	s->chosen = malloc(((size_t)s->scored_count + 1) * sizeof(*s->chosen));
	s->rank = malloc(((size_t)s->scored_count + 1) * sizeof(*s->rank));
	if (!place || !s->chosen || !s->rank) {
		free(place);
		return err_set("out of memory for %d architectures", s->scored_count);
	}
	for (int i = 0; i < s->scored_count; i++)
		if (isfinite(s->scored[i].score))
			place[ranked++] = (struct place){ s->scored[i].score, i };
	qsort(place, (size_t)ranked, sizeof(*place), compare_places);
	(s->settings.spread ? choose_spread : choose_every)(s, place, ranked);
	free(place);
	return 0;
}

static int make_room(struct study *s)
{
	size_t rows = (size_t)s->chosen_count + 1, trainings = rows * (size_t)s->settings.seeds;
	double *column = malloc(PAIR_COLUMNS * rows * sizeof(*column));

	for (int i = 0; i < PAIR_COLUMNS; i++)
		s->table.column[i] = column ? column + (size_t)i * rows : NULL;
	s->place = malloc(rows * sizeof(*s->place));
	s->order = malloc(rows * sizeof(*s->order));
	s->test_error = malloc(trainings * sizeof(double));
	s->test_loss = malloc(trainings * sizeof(double));
	if (!column || !s->place || !s->order || !s->test_error || !s->test_loss)
		return err_set("out of memory for %zu trainings", trainings);
	for (size_t i = 0; i < trainings; i++)
		s->test_error[i] = s->test_loss[i] = NAN;
	return 0;
}

int study_choose(struct study *s)
{
	struct rng rng;

	if (choose(s) < 0 || make_room(s) < 0)
		return -1;
	for (int i = 0; i < s->chosen_count; i++)
		s->order[i] = i;
	rng_seed(&rng, s->settings.seed, STREAM_CORRELATE);
	rng_shuffle(&rng, s->order, s->chosen_count);
	return 0;
}

int study_wanted(const struct study *s)
{
	return s->chosen ? s->chosen_count : (s->settings.count + s->settings.every - 1) / s->settings.every;
}

int study_trainings(const struct study *s)
{
	return study_wanted(s) * s->settings.seeds;
}

static size_t cell(const struct study *s, int place, int seed)
{
	return (size_t)place * (size_t)s->settings.seeds + (size_t)seed;
}

static size_t training_cell(const struct study *s, int training)
{
	return cell(s, s->order[training % s->chosen_count], training / s->chosen_count);
}

int study_trained(const struct study *s)
{
	int done = 0;

	for (int i = 0; s->chosen && i < study_trainings(s); i++)
		done += isfinite(s->test_error[i]);
	return done;
}

bool study_has_training(const struct study *s, int training)
{
	return isfinite(s->test_error[training_cell(s, training)]);
}

const struct scored *study_training(const struct study *s, int training, int *seed)
{
	*seed = training / s->chosen_count;
	return &s->scored[s->chosen[s->order[training % s->chosen_count]]];
}

/* Mean over the trainings that are done; NAN where none is. */
static double mean_of_seeds(const struct study *s, const double *list, int place)
{
	struct stats mean = { 0 };

	for (int i = 0; i < s->settings.seeds; i++)
		if (isfinite(list[cell(s, place, i)]))
			stats_add(&mean, list[cell(s, place, i)]);
	return mean.count ? mean.mean : NAN;
}

static void fill_row(struct study *s, int place)
{
	struct pair_table *t = &s->table;
	const struct scored *of = &s->scored[s->chosen[place]];
	const double *errors = &s->test_error[cell(s, place, 0)];
	int row = t->pairs;

	t->column[PAIR_SCORE][row] = of->score;
	t->column[PAIR_SCORE_ERROR][row] = of->error;
	t->column[PAIR_PARAMETERS][row] = -(double)of->parameters;
	t->column[PAIR_MACS][row] = -(double)of->macs;
	t->column[PAIR_TEST_ERROR][row] = mean_of_seeds(s, s->test_error, place);
	t->column[PAIR_TEST_LOSS][row] = mean_of_seeds(s, s->test_loss, place);
	s->place[t->pairs++] = place;
	if (s->settings.seeds > 1 && isfinite(errors[0]) && isfinite(errors[1])) {
		t->column[PAIR_FIRST][t->twice] = errors[0];
		t->column[PAIR_SECOND][t->twice++] = errors[1];
	}
}

/* After a training: a row for each that has one, and nothing is found of them yet. */
static void fill_table(struct study *s)
{
	s->table.pairs = s->table.twice = 0;
	s->found = (struct findings){ 0 };
	for (int place = 0; place < s->chosen_count; place++)
		if (isfinite(mean_of_seeds(s, s->test_error, place)))
			fill_row(s, place);
}

/* ---- lines ---- */

json_t *study_definition(const struct study *s)
{
	const struct study_settings *e = &s->settings;

	return json_pack("{s:s, s:I, s:i, s:i, s:b, s:i, s:i, s:i, s:f, s:b, s:b, s:i, s:I}", "experiment", "correlate", "step",
		(json_int_t)e->step, "count", e->count, "every", e->every, "spread", e->spread, "epochs", e->epochs, "seeds", e->seeds, "batch", e->batch,
		"learning_rate", e->learning_rate, "matched", e->matched, "weight_norm", e->weight_norm, "images", e->images, "seed",
		(json_int_t)e->seed);
}

json_t *study_add_score(struct study *s, const struct scored *of)
{
	s->scored[s->scored_count++] = *of;
	return json_pack("{s:s, s:I, s:o, s:o, s:I, s:I, s:i}", "id", of->id, "draw", (json_int_t)of->draw, "score", json_of(of->score),
		"score_error", json_of(of->error), "parameters", (json_int_t)of->parameters, "macs", (json_int_t)of->macs, "depth", of->depth);
}

json_t *study_add_training(struct study *s, int training, double test_error, double test_loss)
{
	size_t at = training_cell(s, training);
	int seed;
	const struct scored *of = study_training(s, training, &seed);

	s->test_error[at] = test_error;
	s->test_loss[at] = test_loss;
	fill_table(s);
	return json_pack("{s:s, s:i, s:o, s:o}", "id", of->id, "training", seed, "test_error", json_of(test_error), "test_loss",
		json_of(test_loss));
}

static double number_or_nan(const json_t *line, const char *key)
{
	return number_of(json_object_get(line, key));
}

static void read_score(struct study *s, const json_t *line)
{
	const char *id = json_string_value(json_object_get(line, "id"));
	const json_t *draw = json_object_get(line, "draw");
	struct scored of = {
		.draw = json_integer_value(draw), .score = number_or_nan(line, "score"), .error = number_or_nan(line, "score_error"),
		.parameters = json_integer_value(json_object_get(line, "parameters")), .macs = json_integer_value(json_object_get(line, "macs")),
		.depth = (int)json_integer_value(json_object_get(line, "depth")),
	};

	if (!id || strlen(id) != ARCH_ID_LENGTH || !json_is_integer(draw) || s->chosen || s->scored_count == s->settings.count ||
	    study_has(s, id))
		return;
	strcpy(of.id, id);
	s->scored[s->scored_count++] = of;
}

static int find_place(const struct study *s, const char *id)
{
	for (int i = 0; id && i < s->chosen_count; i++)
		if (strcmp(s->scored[s->chosen[i]].id, id) == 0)
			return i;
	return -1;
}

static int read_training(struct study *s, const json_t *line)
{
	json_int_t seed = json_integer_value(json_object_get(line, "training"));
	int place;

	/* Trainings begin when there are no more scores. */
	if (!s->chosen && study_choose(s) < 0)
		return -1;
	place = find_place(s, json_string_value(json_object_get(line, "id")));
	if (place < 0 || seed < 0 || seed >= s->settings.seeds)
		return 0;
	s->test_error[cell(s, place, (int)seed)] = number_or_nan(line, "test_error");
	s->test_loss[cell(s, place, (int)seed)] = number_or_nan(line, "test_loss");
	fill_table(s);
	return 0;
}

int study_read(struct study *s, const json_t *line)
{
	if (json_object_get(line, "training"))
		return read_training(s, line);
	read_score(s, line);
	return 0;
}

/* ---- what was found ---- */

bool study_find(struct study *s)
{
	if (s->found.steps == FINDING_STEPS)
		return false;
	findings_next(&s->found, &s->table, s->settings.seed);
	return true;
}

static struct findings findings_now(const struct study *s)
{
	struct findings f = s->found;

	while (f.steps < FINDING_STEPS)
		findings_next(&f, &s->table, s->settings.seed);
	f.wanted = study_wanted(s);
	return f;
}

static json_t *pair_to_json(const struct study *s, int row)
{
	int place = s->place[row];
	const struct scored *of = &s->scored[s->chosen[place]];
	json_t *errors = json_array();

	for (int i = 0; i < s->settings.seeds; i++)
		json_array_append_new(errors, json_of(s->test_error[cell(s, place, i)]));
	return json_pack("{s:s, s:i, s:o, s:o, s:I, s:I, s:i, s:o, s:o, s:o}", "id", of->id, "rank", s->rank[place], "score",
		json_of(of->score), "score_error", json_of(of->error), "parameters", (json_int_t)of->parameters, "macs", (json_int_t)of->macs,
		"depth", of->depth, "true_error", json_of(s->table.column[PAIR_TEST_ERROR][row]), "true_loss",
		json_of(s->table.column[PAIR_TEST_LOSS][row]), "true_errors", errors);
}

json_t *study_to_json(const struct study *s, const char *run_path)
{
	const struct study_settings *e = &s->settings;
	struct findings found = findings_now(s);
	json_t *pairs = json_array(), *document = json_pack("{s:s}", "run", run_path), *settings = study_definition(s);

	for (int i = 0; i < s->table.pairs; i++)
		json_array_append_new(pairs, pair_to_json(s, i));
	json_object_update(document, settings);
	json_decref(settings);
	json_object_set_new(document, "macs_range", e->matched ? json_pack("[I, I]", (json_int_t)e->macs_low, (json_int_t)e->macs_high) :
		json_null());
	json_object_set_new(document, "scored", json_integer(s->scored_count));
	json_object_set_new(document, "trained", json_integer(study_trained(s)));
	json_object_set_new(document, "trainings", json_integer(study_trainings(s)));
	json_object_set_new(document, "pairs", pairs);
	findings_to_json(&found, document);
	return document;
}

/* ---- for a person ---- */

static void print_unfinished(const struct study *s, FILE *f)
{
	if (!s->chosen)
		fprintf(f, "Not finished: %d of %d architectures are scored; the same command goes on.\n", s->scored_count, s->settings.count);
	else if (study_trained(s) < study_trainings(s))
		fprintf(f, "Not finished: %d of %d trainings are done; the same command goes on with the rest.\n", study_trained(s), study_trainings(s));
}

static void print_heading(const struct study *s, FILE *f)
{
	const struct study_settings *e = &s->settings;
	char step[UNITS_TEXT], images[UNITS_TEXT], low[UNITS_TEXT], high[UNITS_TEXT], times[32] = "";

	if (e->seeds > 1)
		snprintf(times, sizeof(times), ", %d times", e->seeds);
	fprintf(f, "SMASH scores and trained networks, step %s: %d architectures scored on %s images;\n", units_thousands(e->step, step),
		s->scored_count, units_thousands(e->images, images));
	fprintf(f, "1 in %d of the ranking%s trained%s for %d epoch%s (batch %d, rate %g%s).\n", e->every, e->spread ? ", scores evenly spread," : "", times, e->epochs, e->epochs == 1 ? "" : "s",
		e->batch, e->learning_rate, e->weight_norm ? ", weight norm" : "");
	if (e->matched)
		fprintf(f, "All of matched compute: %s to %s MACs.\n", units_count((double)e->macs_low, low), units_count((double)e->macs_high, high));
	print_unfinished(s, f);
	if (study_wanted(s) < AGREEMENT_FEWEST)
		fprintf(f, "Too few to correlate: with --every %d, --count %d or more trains the %d that a statistic wants.\n", e->every,
			(AGREEMENT_FEWEST - 1) * e->every + 1, AGREEMENT_FEWEST);
	fputc('\n', f);
}

/* The test errors of the trainings one by one, as many as fit into the line. */
static void print_errors(const struct study *s, int place, FILE *f)
{
	enum { FIT = 3 };

	fputs(s->settings.seeds > 1 ? " " : "", f);
	for (int i = 0; s->settings.seeds > 1 && i < s->settings.seeds && i < FIT; i++) {
		double error = s->test_error[cell(s, place, i)];

		if (isfinite(error))
			fprintf(f, " %5.2f", 100 * error);
		else
			fprintf(f, " %5s", "-");
	}
	fprintf(f, "%s\n", s->settings.seeds > FIT ? " ..." : "");
}

static void print_pairs(const struct study *s, FILE *f)
{
	char parameters[UNITS_TEXT], macs[UNITS_TEXT];

	fprintf(f, " rank  %-*s   score  error %%  parameters    MACs  depth  test error %%    loss%s\n", ARCH_ID_LENGTH, "id",
		s->settings.seeds > 1 ? "   each" : "");
	for (int i = 0; i < s->table.pairs; i++) {
		int place = s->place[i];
		const struct scored *of = &s->scored[s->chosen[place]];

		fprintf(f, "%5d  %s  %.4f  %7.2f  %10s  %6s  %5d  %12.2f  %.4f", s->rank[place], of->id, of->score,
			100 * of->error, units_count((double)of->parameters, parameters), units_count((double)of->macs, macs), of->depth,
			100 * s->table.column[PAIR_TEST_ERROR][i], s->table.column[PAIR_TEST_LOSS][i]);
		print_errors(s, place, f);
	}
	fputc('\n', f);
}

void study_print(const struct study *s, FILE *f)
{
	struct findings found = findings_now(s);

	print_heading(s, f);
	if (s->table.pairs)
		print_pairs(s, f);
	pairs_print_scatter(&s->table, f);
	findings_print(&found, f);
}
