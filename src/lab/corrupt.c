/*
 * corrupt.c -- does the HyperNet use what it is told? (METHOD §8; SMASH §4.2). The network that runs is always the true architecture; its
 * weights come from the true encoding once and from corrupted ones, all on the same images. Trials of one architecture are
 * averaged: architectures are the independent subjects of the test.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/document.h"
#include "src/base/paired.h"
#include "src/lab/experiment.h"
#include "src/lab/lookup.h"
#include "src/lab/score.h"
#include "src/store/journal.h"

enum { ARCHITECTURES = 30, TRIALS = 3, IMAGES = 1000, RESAMPLES = 2000, KINDS_MAX = CORRUPT_FIELDS * CORRUPT_HOWS };
enum { NAMES_TEXT = KINDS_MAX * 24, VERDICT_TEXT = 2 * NAMES_TEXT + 128, COLUMNS = 100 };
static const double significance = 0.01;

/* One kind of lie, and what it has done to each architecture. */
struct kind {
	enum corrupt_field field;
	enum corrupt_how how;
	double *loss, *error;            /* mean increase by the trials of each architecture; `subjects` of them */
	int subjects;
	int trials, truth_won;
};

/* One architecture: what it has with the truth, and by how much the lies of each kind raised its loss; NAN: none could be told. */
struct subject {
	char id[ARCH_ID_LENGTH + 1];
	struct arch arch;
	double loss, error, rise[KINDS_MAX];
};

struct corruption {
	struct job job;
	struct trainer *t;
	struct scorer *scorer;
	struct journal journal;
	int architectures, trials, images;
	struct arch *chosen;             /* `architectures` of them; NULL: random ones */
	uint64_t seed;
	struct kind kind[KINDS_MAX];
	int kinds;
	struct subject *subject;         /* `done` of them */
	int done;                        /* architectures */
	int truth_best;                  /* of which no lie beat the truth */
	float *code;

	/* The architecture at work. at: -1 the truth, else kind * trials + trial. */
	struct arch arch, other;
	struct rng rng;
	bool begun;
	int at;
	double true_loss, true_error;
	json_t *lies;                    /* [kind, loss increase, error increase] of each trial so far */
};

/* Each architecture has a stream of its own, so that a resumed experiment draws the same. The stream goes on with its lies. */
static void draw(const struct corruption *c, int number, struct arch *arch, struct rng *rng)
{
	rng_seed(rng, c->seed, STREAM_CORRUPT + (uint64_t)number);
	if (c->chosen)
		*arch = c->chosen[number];
	else
		arch_sample(arch, &c->t->layout.space, c->t->data->axes, 0, rng);
}

/* ---- lines of the journal: one an architecture ---- */

/* Adds the trials of one architecture to the kinds. False where the line makes no sense. */
static bool add_architecture(struct corruption *c, const json_t *line)
{
	const json_t *lies = json_object_get(line, "lies");
	const char *id = json_string_value(json_object_get(line, "id"));
	double loss[KINDS_MAX] = { 0 }, error[KINDS_MAX] = { 0 };
	int count[KINDS_MAX] = { 0 };
	struct subject *s = &c->subject[c->done];
	bool best = json_array_size(lies) > 0;
	struct rng rng;
	size_t i;
	json_t *lie;

	if (c->done >= c->architectures || !json_is_array(lies))
		return false;
	json_array_foreach(lies, i, lie) {
		int kind = (int)json_integer_value(json_array_get(lie, 0));
		double rise = json_number_value(json_array_get(lie, 1));

		if (kind < 0 || kind >= c->kinds)
			return false;
		loss[kind] += rise;
		error[kind] += json_number_value(json_array_get(lie, 2));
		count[kind]++;
		c->kind[kind].trials++;
		c->kind[kind].truth_won += rise > 0;
		best = best && rise > 0;
	}
	for (int k = 0; k < c->kinds; k++) {
		s->rise[k] = count[k] ? loss[k] / count[k] : NAN;
		if (!count[k])
			continue;
		c->kind[k].loss[c->kind[k].subjects] = s->rise[k];
		c->kind[k].error[c->kind[k].subjects++] = error[k] / count[k];
	}
	snprintf(s->id, sizeof(s->id), "%s", id ? id : "");
	draw(c, c->done, &s->arch, &rng);
	s->loss = number_of(json_object_get(line, "loss"));
	s->error = number_of(json_object_get(line, "error"));
	c->truth_best += best;
	c->done++;
	return true;
}

static void read_line(void *context, const json_t *line)
{
	struct corruption *c = context;

	if (json_integer_value(json_object_get(line, "architecture")) == c->done)
		add_architecture(c, line);
}

static json_t *chosen_to_json(const struct corruption *c)
{
	json_t *ids = json_array();
	char id[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < c->architectures; i++) {
		arch_id(&c->chosen[i], id);
		json_array_append_new(ids, json_string(id));
	}
	return ids;
}

static json_t *definition(const struct corruption *c)
{
	json_t *kinds = json_array();

	for (int k = 0; k < c->kinds; k++)
		json_array_append_new(kinds, json_pack("[s, s]", corrupt_field_names[c->kind[k].field],
			corrupt_how_names[c->kind[k].how]));
	json_t *definition = json_pack("{s:s, s:I, s:i, s:i, s:i, s:I, s:o}", "experiment", "corrupt", "step",
		(json_int_t)scorer_step(c->scorer), "architectures", c->architectures, "trials", c->trials, "images", c->images, "seed",
		(json_int_t)c->seed, "kinds", kinds);

	if (c->chosen)
		json_object_set_new(definition, "chosen", chosen_to_json(c));
	return definition;
}

/* ---- one architecture ---- */

static void begin_architecture(struct corruption *c)
{
	struct trainer *t = c->t;

	draw(c, c->done, &c->arch, &c->rng);
	arch_sample(&c->other, &t->layout.space, t->data->axes, 0, &c->rng);
	c->at = -1;
	c->begun = true;
	json_decref(c->lies);
	c->lies = json_array();
	scorer_begin(c->scorer, &c->arch, c->images);
}

static int trials_of(const struct corruption *c, int kind)
{
	enum corrupt_field field = c->kind[kind].field;

	return field == CORRUPT_EMPTY ? 1 : c->trials;       /* there is but one empty encoding */
}

/* Starts the next lie that is one. False when all have been told. */
static bool next_lie(struct corruption *c)
{
	for (c->at++; c->at < c->kinds * c->trials; c->at++) {
		const struct kind *k = &c->kind[c->at / c->trials];

		if (c->at % c->trials >= trials_of(c, c->at / c->trials))
			continue;
		if (k->field == CORRUPT_OTHER && c->at % c->trials > 0)
			arch_sample(&c->other, &c->t->layout.space, c->t->data->axes, 0, &c->rng);
		if (!corrupt_encode(&c->t->layout, &c->arch, k->field, k->how, &c->other, &c->rng, c->code))
			continue;
		scorer_begin_encoding(c->scorer, &c->arch, c->code, c->images);
		return true;
	}
	return false;
}

/* The scorer has reached all images. */
static void note_score(struct corruption *c)
{
	struct score score = scorer_score(c->scorer);

	if (c->at < 0) {
		c->true_loss = score.loss;
		c->true_error = score.error;
		return;
	}
	json_array_append_new(c->lies, json_pack("[i, f, f]", c->at / c->trials, score.loss - c->true_loss, score.error - c->true_error));
}

/* An architecture whose true encoding has no finite loss has nothing to compare with. */
static void give_up(struct corruption *c)
{
	c->true_loss = c->true_error = NAN;
	c->at = c->kinds * c->trials;
}

static int end_architecture(struct corruption *c)
{
	char id[ARCH_ID_LENGTH + 1];
	json_t *line;
	int rc;

	arch_id(&c->arch, id);
	c->begun = false;
	line = json_pack("{s:i, s:s, s:o, s:o, s:O}", "architecture", c->done, "id", id, "loss", json_of(c->true_loss), "error",
		json_of(c->true_error), "lies", c->lies);
	rc = journal_append(&c->journal, json_incref(line));
	if (rc == 0)
		add_architecture(c, line);
	json_decref(line);
	return rc;
}

/* ---- what was found ---- */

struct finding {
	struct interval loss, error;
	double truth_best, p, p_corrected;
};

static void find(const struct corruption *c, struct finding found[KINDS_MAX])
{
	double p[KINDS_MAX];

	for (int i = 0; i < c->kinds; i++) {
		const struct kind *k = &c->kind[i];

		found[i] = (struct finding){
			.loss = mean_interval(k->loss, k->subjects, RESAMPLES, c->seed),
			.error = mean_interval(k->error, k->subjects, RESAMPLES, c->seed),
			.truth_best = k->trials ? (double)k->truth_won / k->trials : NAN,
			.p = wilcoxon_p(k->loss, k->subjects, GREATER),
		};
		p[i] = found[i].p;
	}
	holm_correct(p, c->kinds);
	for (int i = 0; i < c->kinds; i++)
		found[i].p_corrected = p[i];
}

/* "dilation", "dilation (across)" */
static const char *kind_text(const struct kind *k, char text[48])
{
	snprintf(text, 48, "%s%s%s%s", corrupt_field_names[k->field], k->how == CORRUPT_WITHIN ? "" : " (",
		k->how == CORRUPT_WITHIN ? "" : corrupt_how_names[k->how], k->how == CORRUPT_WITHIN ? "" : ")");
	return text;
}

/* Whether the lie is about one field, so that a verdict about it says something of the field. */
static bool of_one_field(const struct kind *k)
{
	return k->field < CORRUPT_OTHER;
}

/* "reads, dilation and groups" of the kinds of one field that are significant, or of those that are not. */
static int list_kinds(const struct corruption *c, const struct finding *found, bool significant, char *text, size_t size)
{
	char name[48];
	int listed = 0, count = 0;

	for (int i = 0; i < c->kinds; i++)
		count += of_one_field(&c->kind[i]) && (found[i].p_corrected < significance) == significant;
	*text = '\0';
	for (int i = 0; i < c->kinds; i++) {
		if (!of_one_field(&c->kind[i]) || (found[i].p_corrected < significance) != significant)
			continue;
		snprintf(text + strlen(text), size - strlen(text), "%s%s", listed == 0 ? "" : listed + 1 == count ? " and " : ", ",
			kind_text(&c->kind[i], name));
		listed++;
	}
	return count;
}

static bool whole_encoding_used(const struct corruption *c, const struct finding *found)
{
	for (int i = 0; i < c->kinds; i++)
		if (!of_one_field(&c->kind[i]) && found[i].p_corrected < significance)
			return true;
	return false;
}

static void verdict(const struct corruption *c, const struct finding *found, char *text, size_t size)
{
	char used[NAMES_TEXT], unused[NAMES_TEXT];

	if (c->done < 6) {
		snprintf(text, size, "%d architecture%s: too few to say anything; 6 or more are needed", c->done, c->done == 1 ? "" : "s");
		return;
	}
	int use = list_kinds(c, found, true, used, sizeof(used)), rest = list_kinds(c, found, false, unused, sizeof(unused));

	if (use)
		snprintf(text, size, "the HyperNet uses %s%s%s", used, rest ? "; not shown at p < .01: " : "", unused);
	else if (whole_encoding_used(c, found))
		snprintf(text, size, "the HyperNet uses the encoding%s%s", rest ? "; not shown at p < .01 of any field alone: " : "", unused);
	else
		snprintf(text, size, "that the HyperNet uses %s is not shown at p < .01", rest ? unused : "the encoding");
}

static json_t *kind_to_json(const struct kind *k, const struct finding *f)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:o, s:[o, o], s:o, s:[o, o], s:o, s:o, s:o}", "field", corrupt_field_names[k->field],
		"how", corrupt_how_names[k->how], "architectures", k->subjects, "trials", k->trials, "loss_increase", json_of(f->loss.value), "loss_interval",
		json_of(f->loss.low), json_of(f->loss.high), "error_increase", json_of(f->error.value), "error_interval",
		json_of(f->error.low), json_of(f->error.high), "truth_best", json_of(f->truth_best), "p", json_of(f->p), "p_corrected",
		json_of(f->p_corrected));
}

static json_t *interval_to_json(const struct interval *i)
{
	return json_pack("{s:o, s:[o, o]}", "value", json_of(i->value), "interval", json_of(i->low), json_of(i->high));
}

/* What the differences are from: means with the true encodings, of those that have a loss. */
static void truth_to_json(const struct corruption *c, json_t *document)
{
	double *value = calloc((size_t)c->done + 1, sizeof(*value));
	struct interval loss, error;
	int n = 0;

	if (!value)
		return;
	for (int i = 0; i < c->done; i++)
		if (isfinite(c->subject[i].loss))
			value[n++] = c->subject[i].loss;
	loss = mean_interval(value, n, RESAMPLES, c->seed);
	n = 0;
	for (int i = 0; i < c->done; i++)
		if (isfinite(c->subject[i].loss))
			value[n++] = c->subject[i].error;
	error = mean_interval(value, n, RESAMPLES, c->seed);
	free(value);
	json_object_set_new(document, "true_loss", interval_to_json(&loss));
	json_object_set_new(document, "true_error", interval_to_json(&error));
}

static json_t *subjects_to_json(const struct corruption *c)
{
	json_t *list = json_array();

	for (int i = 0; i < c->done; i++) {
		const struct subject *s = &c->subject[i];
		json_t *rises = json_array();

		for (int k = 0; k < c->kinds; k++)
			json_array_append_new(rises, json_of(s->rise[k]));
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "id", s->id, "loss", json_of(s->loss), "error",
			json_of(s->error), "loss_increase", rises, "architecture", arch_to_json(&s->arch)));
	}
	return list;
}

static json_t *corrupt_to_json(const struct job *job)
{
	const struct corruption *c = (const struct corruption *)job;
	struct finding found[KINDS_MAX];
	json_t *fields = json_array();
	char text[VERDICT_TEXT];

	find(c, found);
	verdict(c, found, text, sizeof(text));
	for (int i = 0; i < c->kinds; i++)
		json_array_append_new(fields, kind_to_json(&c->kind[i], &found[i]));
	json_t *document = json_pack("{s:s, s:I, s:i, s:i, s:i, s:i, s:I, s:o, s:o, s:o, s:s}", "run", c->t->run->path, "step",
		(json_int_t)scorer_step(c->scorer), "architectures", c->done, "architectures_wanted", c->architectures, "trials", c->trials,
		"images", c->images, "seed", (json_int_t)c->seed, "fields", fields, "truth_best_of_all",
		json_of(c->done ? (double)c->truth_best / c->done : NAN), "subjects", subjects_to_json(c), "verdict", text);
	truth_to_json(c, document);
	return document;
}

/* A number in its column; what is not there is a dash. */
static void print_number(FILE *f, const char *format, int width, double x)
{
	char text[32] = "-";

	if (!isnan(x))
		snprintf(text, sizeof(text), format, x);
	fprintf(f, "%*s", width, text);
}

static void print_row(FILE *f, const struct kind *k, const struct finding *found)
{
	char name[48];

	fprintf(f, "%-17s%4d", kind_text(k, name), k->subjects);
	print_number(f, "%+.5f", 11, found->loss.value);
	print_number(f, "%+.5f", 10, found->loss.low);
	print_number(f, "%+.5f", 9, found->loss.high);
	print_number(f, "%+.2f", 8, 100 * found->error.value);
	print_number(f, "%+.2f", 8, 100 * found->error.low);
	print_number(f, "%+.2f", 7, 100 * found->error.high);
	print_number(f, "%.0f %%", 7, 100 * found->truth_best);
	print_number(f, found->p < 1e-4 ? "%.0e" : "%.4f", 8, found->p);
	print_number(f, found->p_corrected < 1e-4 ? "%.0e" : "%.4f", 11, found->p_corrected);
	fputc('\n', f);
}

/* In as many lines as it takes. */
static void print_verdict(FILE *f, const char *text)
{
	char word[VERDICT_TEXT];
	int column = fprintf(f, "Verdict (corrected p < %g):", significance);

	for (int length; sscanf(text, " %s%n", word, &length) == 1; text += length) {
		bool fits = column + 1 + (int)strlen(word) < COLUMNS;            /* one is for the full stop */

		column = fprintf(f, "%s%s", fits ? " " : "\n", word) + (fits ? column : -1);
	}
	fputs(".\n", f);
}

static void corrupt_print(const struct job *job, FILE *f)
{
	const struct corruption *c = (const struct corruption *)job;
	struct finding found[KINDS_MAX];
	char text[VERDICT_TEXT];

	find(c, found);
	verdict(c, found, text, sizeof(text));
	fprintf(f, "Corrupted encodings, step %lld: %d images, %d trials a field; differences from the truth.\n",
		(long long)scorer_step(c->scorer), c->images, c->trials);
	if (c->done < c->architectures)
		fprintf(f, "Not finished: %d of ", c->done);
	fprintf(f, "%d architectures.\n\n", c->architectures);
	fprintf(f, "%-17s%4s%11s%19s%8s%15s%7s%8s%11s\n", "field", "n", "loss by", "95 % interval", "error", "95 % interval", "truth", "p",
		"corrected");
	for (int i = 0; i < c->kinds; i++)
		print_row(f, &c->kind[i], &found[i]);
	fprintf(f, "\nThe true encoding is better than every corrupted one in %d of %d architectures.\n", c->truth_best, c->done);
	fprintf(f, "n: architectures. loss, and error in percentage points: by how much they rise. truth: share of\n"
		"trials in which the true encoding is better, by chance 50 %%. p: Wilcoxon signed-rank over\n"
		"architectures, one-sided; corrected over the fields (Holm); - where fewer than 6 have a difference.\n");
	print_verdict(f, text);
}

/* ---- the job ---- */

static enum job_progress finish(struct corruption *c)
{
	json_t *document = corrupt_to_json(&c->job);
	int rc = journal_finish(&c->journal, document);

	json_decref(document);
	return rc < 0 ? JOB_BROKEN : JOB_DONE;
}

static enum job_progress corrupt_advance(struct job *job)
{
	struct corruption *c = (struct corruption *)job;

	if (c->done == c->architectures)
		return finish(c);
	if (!c->begun)
		begin_architecture(c);

	int more = scorer_advance(c->scorer);

	if (more > 0)
		return JOB_MORE;
	if (more == 0)
		note_score(c);
	else if (c->at < 0)
		give_up(c);
	if (!next_lie(c) && end_architecture(c) < 0)
		return JOB_BROKEN;
	return more < 0 ? JOB_FAILED : JOB_MORE;
}

static int scores_each(const struct corruption *c)
{
	int count = 1;

	for (int k = 0; k < c->kinds; k++)
		count += trials_of(c, k);
	return count;
}

static void corrupt_counts(const struct job *job, int64_t *done, int64_t *total)
{
	const struct corruption *c = (const struct corruption *)job;

	*done = (int64_t)c->done * scores_each(c) + (c->begun ? c->at + 1 : 0);
	*total = (int64_t)c->architectures * scores_each(c);
	*done = *done < *total ? *done : *total;
}

static void corrupt_describe(const struct job *job, char *text, size_t size)
{
	const struct corruption *c = (const struct corruption *)job;

	snprintf(text, size, "scores  architecture %d of %d", c->done < c->architectures ? c->done + 1 : c->done, c->architectures);
}

static void corrupt_free(struct job *job)
{
	struct corruption *c = (struct corruption *)job;

	for (int k = 0; k < c->kinds; k++) {
		free(c->kind[k].loss);
		free(c->kind[k].error);
	}
	free(c->subject);
	free(c->chosen);
	json_decref(c->lies);
	journal_close(&c->journal);
	scorer_free(c->scorer);
	free(c->code);
	free(c);
}

static const struct job_type corrupt_type = {
	.name = "corrupt", .advance = corrupt_advance, .counts = corrupt_counts, .describe = corrupt_describe,
	.to_json = corrupt_to_json, .print = corrupt_print, .free = corrupt_free,
};

static int add_kind(struct corruption *c, enum corrupt_field field, enum corrupt_how how)
{
	struct kind *k = &c->kind[c->kinds++];

	*k = (struct kind){ .field = field, .how = how };
	k->loss = calloc((size_t)c->architectures, sizeof(double));
	k->error = calloc((size_t)c->architectures, sizeof(double));
	return k->loss && k->error ? 0 : err_set("out of memory for %d architectures", c->architectures);
}

/* Asked-for fields that the space does not vary are an error; of all, they are left out. */
static int add_kinds(struct corruption *c, const struct experiment *e)
{
	unsigned hows = e->hows ? e->hows : 1u << CORRUPT_WITHIN;

	for (int field = 0; field < CORRUPT_FIELDS; field++) {
		bool asked = e->fields >> field & 1;

		if (e->fields && !asked)
			continue;
		if (!corrupt_applies(&c->t->layout.space, field)) {
			if (asked)
				return err_set("corrupt: the search space of %s does not vary %s", c->t->config.preset.name, corrupt_field_names[field]);
			continue;
		}
		for (int how = 0; how < CORRUPT_HOWS; how++)
			if (field >= CORRUPT_OTHER ? how == CORRUPT_WITHIN : hows >> how & 1)
				if (add_kind(c, field, how) < 0)
					return -1;
	}
	return 0;
}

/* Adds the architecture of that name to the chosen ones, unless it is there. 0 or -1. */
static int choose(struct corruption *c, const char *name, const struct lookup *where)
{
	struct arch *arch = &c->chosen[c->architectures];

	if (lookup_arch(arch, name, where) < 0)
		return -1;
	if (arch->axes != where->axes)
		return err_set("%s: made for %d axes, the data set has %d", name, arch->axes, where->axes);
	if (arch_validate(where->space, arch, NULL) < 0)
		return err_prefix("%s", name);
	for (int i = 0; i < c->architectures; i++)
		if (arch_equal(&c->chosen[i], arch))
			return 0;
	c->architectures++;
	return 0;
}

static int choose_all(struct corruption *c, const char *names, const struct ranking *ranking)
{
	struct lookup where = {
		.space = &c->t->layout.space, .axes = c->t->data->axes, .run_path = c->t->run->path, .ranking = ranking,
	};
	char name[REQUEST_TEXT];

	c->architectures = 0;
	c->chosen = malloc((strlen(names) / 2 + 1) * sizeof(*c->chosen));
	if (!c->chosen)
		return err_set("out of memory");
	while (names_next(&names, name, sizeof(name)))
		if (choose(c, name, &where) < 0)
			return -1;
	return 0;
}

static int open_corruption(struct corruption *c, const struct ranking *ranking, const struct experiment *e)
{
	int all = c->t->data->validation.count;

	c->architectures = e->count ? e->count : ARCHITECTURES;
	if (*e->archs && choose_all(c, e->archs, ranking) < 0)
		return -1;
	c->trials = e->trials ? e->trials : TRIALS;
	c->images = e->images ? e->images : IMAGES;
	c->images = c->images < all ? c->images : all;
	c->seed = e->seed ? e->seed : c->t->config.seed;
	c->scorer = scorer_new(c->t);
	c->code = malloc(encoding_room(&c->t->layout) * sizeof(float));
	c->subject = calloc((size_t)c->architectures + 1, sizeof(*c->subject));
	if (!c->scorer)
		return -1;
	if (!c->code || !c->subject)
		return err_set("out of memory");
	if (add_kinds(c, e) < 0)
		return -1;
	return journal_open(&c->journal, c->t->run, "corrupt", definition(c), read_line, c);
}

struct job *corrupt_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	struct corruption *c = calloc(1, sizeof(*c));

	(void)ranking;
	if (!c) {
		err_set("out of memory");
		return NULL;
	}
	c->job.type = &corrupt_type;
	c->t = t;
	if (open_corruption(c, ranking, e) < 0) {
		corrupt_free(&c->job);
		return NULL;
	}
	return &c->job;
}
