/* check_guide.c -- predictions against finite differences, the walk, the statistics, and the experiment on a tiny run. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/guide_predict.h"
#include "src/lab/guide_results.h"
#include "src/lab/guide_walk.h"
#include "src/lab/score.h"
#include "src/lab/setup.h"
#include "tests/loss_rig.h"
#include "tests/tiny_run.h"

enum { STEPS = 40 };

static char folder[256];

static void begin(void)
{
	tiny_make(folder);
}

static void end(void)
{
	tiny_remove(folder);
}

static void open_trained(const char *name, struct run **run, struct trainer **t)
{
	struct worker_options o = tiny_options(folder, name, STEPS);
	struct step_report report;

	ck_assert_msg(setup_open(&o, run, t) == 0, "%s", err_last());
	while ((*t)->step < STEPS)
		ck_assert(trainer_step(*t, &report) == 0);
}

/* ---- the loss along an edit ---- */

struct rig {
	struct run *run;
	struct loss_rig loss;
};

static void rig_open(struct rig *r)
{
	struct trainer *t;

	open_trained("run", &r->run, &t);
	loss_rig_open(&r->loss, t);
}

static void rig_close(struct rig *r)
{
	struct trainer *t = r->loss.t;

	loss_rig_close(&r->loss);
	trainer_close(t);
	run_close(r->run);
}

static float *encoded(struct loss_rig *r, const struct arch *arch)
{
	float *code = malloc(encoding_room(&r->t->layout) * sizeof(float));

	encode(&r->t->layout, arch, code);
	return code;
}

/* The loss where the encoding has gone t of the way to the edited one; `wired`: the op too. */
static double loss_along_encoding(struct loss_rig *r, const struct arch *arch, const struct arch_edit *e, const struct arch *edited, bool wired,
	double t)
{
	struct mixture m = { .rig = r, .arch = arch, .edited = wired ? edited : NULL, .edit = *e, .t = t };
	float *from = encoded(r, arch), *to = encoded(r, edited);
	op_values weight;
	double loss;

	for (size_t i = 0; i < (size_t)r->t->layout.rows * encoding_slices(&r->t->layout, arch) * r->t->layout.channels; i++)
		from[i] += (float)t * (to[i] - from[i]);
	generate(r, arch, from, weight);
	m.weight = &weight[0][0];
	loss = mixed_loss(&m);
	values_free(arch, weight);
	free(from);
	free(to);
	return loss;
}

/* Op o of the edit's block in the edited architecture; -1: the edited one. */
static int counterpart(const struct arch_edit *e, int o)
{
	if (e->kind == EDIT_ADD_OP)
		return o > e->op ? o + 1 : o;
	if (o == e->op)
		return -1;
	return e->kind == EDIT_DELETE_OP && o > e->op ? o - 1 : o;
}

/* The same where weights change their shape: each of the others has gone t of the way by itself. */
static double loss_along_weights(struct loss_rig *r, const struct arch *arch, const struct arch_edit *e, const struct arch *edited, double t)
{
	struct mixture m = { .rig = r, .arch = arch, .edited = edited, .edit = *e, .t = t };
	float *code = encoded(r, arch), *edited_code = encoded(r, edited);
	op_values weight, other;
	double loss;

	generate(r, arch, code, weight);
	generate(r, edited, edited_code, other);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++) {
			int c = b == e->block ? counterpart(e, o) : o;

			for (int i = 0; c >= 0 && i < op_n_mid(&r->t->layout.space, arch, b, o) * op_n_in(arch, b, o); i++)
				weight[b][o][i] += (float)t * (other[b][c][i] - weight[b][o][i]);
		}
	m.weight = &weight[0][0];
	m.own = e->kind == EDIT_DELETE_OP ? NULL : other[e->block][e->kind == EDIT_ADD_OP ? e->op + 1 : e->op];
	loss = mixed_loss(&m);
	values_free(arch, weight);
	values_free(edited, other);
	free(code);
	free(edited_code);
	return loss;
}

static bool reshapes(enum edit_kind kind)
{
	return kind == EDIT_TOGGLE_READ || kind == EDIT_SWAP_READ || kind == EDIT_UNITS || kind == EDIT_ADD_OP || kind == EDIT_DELETE_OP;
}

static double loss_along(struct loss_rig *r, const struct arch *arch, const struct arch_edit *e, const struct arch *edited, double t)
{
	return reshapes(e->kind) ? loss_along_weights(r, arch, e, edited, t) : loss_along_encoding(r, arch, e, edited, true, t);
}

static const struct prediction *predict(struct guidance *g, const struct arch *arch, int *count)
{
	int more;

	ck_assert(guidance_begin(g, arch) == 0);
	while ((more = guidance_advance(g)) > 0)
		;
	ck_assert_msg(more == 0, "%s", err_last());
	return guidance_list(g, count);
}

static void assert_between(double value, double x, double y, const char *what)
{
	double tolerance = 0.02 * fabs(value) + 2e-4;

	ck_assert_msg(value >= fmin(x, y) - tolerance && value <= fmax(x, y) + tolerance, "%s: predicted %g, slopes %g and %g", what, value, x, y);
}

/* A ReLU whose input is exactly zero has two slopes; the prediction must not lie beyond either. Smaller steps drown in the rounding of a
 * float32 loss (about 1e-7), larger ones cross kinks. */
START_TEST(predictions_are_the_slope_of_the_loss)
{
	static const double h = 0.001;
	int of_kind[EDIT_KINDS] = { 0 }, weights = 0;
	struct rig r;
	struct guidance *g;
	struct rng rng;

	rig_open(&r);
	g = guidance_new(r.loss.t, r.loss.ps, LOSS_IMAGES);
	rng_seed(&rng, 5, 1);
	for (int a = 0; a < 4; a++) {
		struct arch arch, edited;
		const struct prediction *p;
		char text[128];
		int count;

		arch_sample(&arch, &r.loss.t->layout.space, 2, 0, &rng);
		p = predict(g, &arch, &count);
		for (int i = a % 3; i < count; i += 3) {
			const struct arch_edit *e = &p[i].edit;
			double loss[3];

			ck_assert(arch_edit_apply(&r.loss.t->layout.space, &arch, e, &edited) == 0);
			arch_edit_text(&arch, e, text, sizeof(text));
			ck_assert(isnan(p[i].wiring) == arch_edit_changes_banks(&r.loss.t->layout.space, &arch, e));
			for (int k = -1; k <= 1 && isfinite(p[i].wiring); k++)
				loss[k + 1] = loss_along(&r.loss, &arch, e, &edited, k * h);
			if (isfinite(p[i].wiring)) {
				ck_assert(p[i].wiring >= p[i].slope);
				assert_between(p[i].slope, (loss[2] - loss[1]) / h, (loss[1] - loss[0]) / h, text);
				of_kind[e->kind]++;
			}
			for (int k = -1; k <= 1 && isfinite(p[i].weights); k++)
				loss[k + 1] = loss_along_encoding(&r.loss, &arch, e, &edited, false, k * h);
			if (isfinite(p[i].weights)) {
				assert_between(p[i].weights, (loss[2] - loss[1]) / h, (loss[1] - loss[0]) / h, text);
				weights++;
			}
		}
	}
	for (int k = 0; k < EDIT_KINDS; k++)
		ck_assert_msg(of_kind[k] > 0, "no edit of kind %s was tried", edit_kind_names[k]);
	ck_assert_int_gt(weights, 50);
	guidance_free(g);
	rig_close(&r);
}
END_TEST

/* Two passes share the gradient of the mean: only batch norm sees that the images came in parts. */
START_TEST(predictions_do_not_depend_on_what_was_predicted_before)
{
	struct rig r;
	struct guidance *g;
	struct arch arch, other;
	struct rng rng;
	struct prediction *kept;
	const struct prediction *p;
	int count, again;

	rig_open(&r);
	g = guidance_new(r.loss.t, r.loss.ps, 200);                /* two passes */
	rng_seed(&rng, 5, 2);
	arch_sample(&arch, &r.loss.t->layout.space, 2, 0, &rng);
	arch_sample(&other, &r.loss.t->layout.space, 2, 0, &rng);
	p = predict(g, &arch, &count);
	kept = memcpy(malloc(count * sizeof(*p)), p, count * sizeof(*p));
	predict(g, &other, &again);
	p = predict(g, &arch, &again);
	ck_assert_int_eq(count, again);
	for (int i = 0; i < count; i++) {
		ck_assert(isnan(kept[i].wiring) ? isnan(p[i].wiring) : kept[i].wiring == p[i].wiring);
		ck_assert(isnan(kept[i].weights) ? isnan(p[i].weights) : kept[i].weights == p[i].weights);
	}
	free(kept);
	guidance_free(g);
	rig_close(&r);
}
END_TEST

/* ---- the walk ---- */

struct stroll {
	struct preset preset;
	struct arch arch;
	struct walk walk;
	struct prediction *list;
	int count;
};

/* The edits of a sample, the last in the list promising most; every fifth has no prediction. */
static struct stroll stroll(void)
{
	struct stroll s = { .count = 0 };
	struct arch_edit *edit;
	struct rng rng;

	ck_assert(preset_get(&s.preset, "small") == 0);
	rng_seed(&rng, 8, 1);
	arch_sample(&s.arch, &s.preset.space, 2, 0, &rng);
	s.count = arch_edits(&s.preset.space, &s.arch, NULL, 0);
	edit = malloc(s.count * sizeof(*edit));
	s.list = malloc(s.count * sizeof(*s.list));
	arch_edits(&s.preset.space, &s.arch, edit, s.count);
	for (int i = 0; i < s.count; i++)
		s.list[i] = (struct prediction){ .edit = edit[i], .wiring = i % 5 ? -1e-3 * i : NAN, .weights = 1e-3 * i };
	free(edit);
	walk_begin(&s.walk, &s.arch);
	rng_seed(&s.walk.rng, 9, 1);
	return s;
}

static void stroll_end(struct stroll *s)
{
	walk_release(&s->walk);
	free(s->list);
}

START_TEST(a_walk_tries_the_best_prediction_first_and_those_without_last)
{
	struct stroll s = stroll();
	struct prediction trial;
	struct arch edited;
	double before = -INFINITY;
	int tried = 0;

	ck_assert(walk_choose(&s.walk, s.list, s.count, PREDICTOR_WIRING) == 0);
	while (walk_next(&s.walk, &s.preset.space, &trial, &edited)) {
		ck_assert(isnan(before) ? isnan(trial.wiring) : isnan(trial.wiring) || trial.wiring >= before);
		ck_assert(!arch_equal(&edited, &s.arch));
		before = trial.wiring;
		tried++;
	}
	ck_assert_int_eq(tried, s.count);
	ck_assert(walk_choose(&s.walk, s.list, s.count, PREDICTOR_WEIGHTS) == 0);
	ck_assert(walk_next(&s.walk, &s.preset.space, &trial, &edited));
	ck_assert(trial.weights == 0);
	stroll_end(&s);
}
END_TEST

START_TEST(a_walk_leaves_ops_that_were_edited_until_it_has_new_predictions)
{
	struct stroll s = stroll();
	struct prediction trial;
	struct arch edited;
	uint64_t seen[BLOCKS] = { 0 };
	int kept = 0;

	ck_assert(walk_choose(&s.walk, s.list, s.count, PREDICTOR_WIRING) == 0);
	while (walk_next(&s.walk, &s.preset.space, &trial, &edited)) {
		ck_assert(!(seen[trial.edit.block] >> trial.edit.op & 1));
		ck_assert(trial.wiring < 0);
		walk_on(&s.walk, &trial.edit, &edited);
		ck_assert(arch_equal(&s.walk.at, &edited));
		if (trial.edit.kind == EDIT_ADD_OP || trial.edit.kind == EDIT_DELETE_OP)
			seen[trial.edit.block] = UINT64_MAX;
		seen[trial.edit.block] |= UINT64_C(1) << trial.edit.op;
		kept++;
	}
	ck_assert_int_gt(kept, 1);
	ck_assert_int_lt(s.walk.next, s.count);                  /* it wants new predictions before the list is through */
	stroll_end(&s);
}
END_TEST

START_TEST(a_random_walk_tries_all_edits_in_another_order_and_anew_after_each_step)
{
	struct stroll s = stroll();
	struct prediction trial;
	struct arch edited;
	int tried = 0, in_order = 0;

	ck_assert(walk_choose_any(&s.walk, &s.preset.space) == 0);
	while (walk_next(&s.walk, &s.preset.space, &trial, &edited)) {
		in_order += memcmp(&trial.edit, &s.list[tried].edit, sizeof(trial.edit)) == 0;
		tried++;
	}
	ck_assert_int_eq(tried, s.count);
	ck_assert_int_lt(in_order, s.count / 10);
	ck_assert(walk_choose_any(&s.walk, &s.preset.space) == 0);
	ck_assert(walk_next(&s.walk, &s.preset.space, &trial, &edited));
	walk_on(&s.walk, &trial.edit, &edited);
	ck_assert(!walk_next(&s.walk, &s.preset.space, &trial, &edited));
	stroll_end(&s);
}
END_TEST

START_TEST(a_rejected_edit_is_tried_again_only_after_its_op_was_edited)
{
	struct stroll s = stroll();
	struct prediction first, second, trial;
	struct arch edited;

	ck_assert(walk_choose(&s.walk, s.list, s.count, PREDICTOR_WIRING) == 0);
	ck_assert(walk_next(&s.walk, &s.preset.space, &first, &edited));
	ck_assert(walk_reject(&s.walk, &first.edit) == 0);
	ck_assert(walk_choose(&s.walk, s.list, s.count, PREDICTOR_WIRING) == 0);
	ck_assert(walk_next(&s.walk, &s.preset.space, &second, &edited));
	ck_assert(second.wiring > first.wiring);
	ck_assert(second.edit.block == first.edit.block && second.edit.op == first.edit.op);
	walk_on(&s.walk, &second.edit, &edited);
	ck_assert(walk_choose(&s.walk, &first, 1, PREDICTOR_WIRING) == 0);
	ck_assert(walk_next(&s.walk, &s.preset.space, &trial, &edited));
	stroll_end(&s);
}
END_TEST

/* ---- what was found ---- */

/* `starts` starts of ten edits each, predicted in the right order; guided search gains 0.02, random search less by 0.001 a start. */
static struct guide_results results_of(int starts)
{
	struct guide_results r = { .settings = { .starts = starts, .evaluations = 10, .seed = 1, .search_images = 100, .report_images = 100 } };

	for (int i = 0; i < starts; i++) {
		struct guide_start s = { .score = 0.5, .report = 0.6, .best_report = { 0.58, 0.581 + 0.001 * i } };

		snprintf(s.id, sizeof(s.id), "%012d", i);
		strcpy(s.best[SEARCH_GUIDED], "guided");
		strcpy(s.best[SEARCH_RANDOM], "random");
		for (int k = 0; k < 10; k++) {
			struct guide_edit *e = guide_list_add(&s.edits);
			double change = 1e-4 * ((i * 10 + k) * 7 % (10 * starts) - 5 * starts) + 5e-5;

			*e = (struct guide_edit){ .kind = k % 2 ? EDIT_DILATION : EDIT_TOGGLE_WRITE, .change = change, .change_stderr = 1e-5,
				.predicted = { 2 * change, k == 3 ? NAN : -change }, .half = { change + 1e-6, change - 1e-6 } };
			snprintf(e->text, sizeof(e->text), "edit %d", k);
		}
		*guide_list_add(&s.tried[SEARCH_GUIDED]) = (struct guide_edit){ .text = "kept", .kind = EDIT_UNITS, .change = -0.02,
			.change_stderr = NAN, .half = { NAN, NAN }, .predicted = { -0.01, NAN }, .kept = true };
		ck_assert(guide_results_add(&r, &s) == 0);
	}
	return r;
}

START_TEST(statistics_are_those_of_the_measured_edits)
{
	struct guide_results r = results_of(8);
	const struct guide_agreement *all = &r.found.group[EDIT_KINDS];
	int steps = 1;

	while (guide_find(&r))
		steps++;
	ck_assert_int_eq(steps, GUIDE_STATISTICS);
	ck_assert_int_eq(all->edits, 80);
	ck_assert_int_eq(all->predicted[PREDICTOR_WIRING], 80);
	ck_assert_int_eq(all->predicted[PREDICTOR_WEIGHTS], 72);
	ck_assert(fabs(all->rank[PREDICTOR_WIRING].value - 1) < 1e-12 && fabs(all->rank[PREDICTOR_WEIGHTS].value + 1) < 1e-12);
	ck_assert(all->sign[PREDICTOR_WIRING] == 1 && all->sign[PREDICTOR_WEIGHTS] == 0);
	ck_assert(fabs(all->ceiling.value - 1) < 1e-12);
	ck_assert_int_eq(r.found.group[EDIT_DILATION].edits, 40);
	ck_assert_int_eq(r.found.group[EDIT_KERNEL].edits, 0);
	ck_assert(isnan(r.found.group[EDIT_KERNEL].rank[PREDICTOR_WIRING].value));
	ck_assert(fabs(r.found.gain[SEARCH_GUIDED].value - 0.02) < 1e-12);
	ck_assert(fabs(r.found.difference.value - 0.0045) < 1e-12);
	ck_assert(fabs(r.found.p - 1.0 / 256) < 1e-12);          /* 8 differences, all above zero */
	guide_results_release(&r);
}
END_TEST

START_TEST(few_starts_have_no_p)
{
	struct guide_results r = results_of(5);

	while (guide_find(&r))
		;
	ck_assert(isnan(r.found.p));
	guide_results_release(&r);
}
END_TEST

static char *report_of(const struct guide_results *r, const struct guide_start *at_work)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	guide_results_print(r, at_work, f);
	fclose(f);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strcspn(line, "\n") <= 100, "%.*s", (int)strcspn(line, "\n"), line);
	return text;
}

/* Ten edits, five of each kind. */
START_TEST(few_edits_have_neither_share_nor_coefficient)
{
	struct guide_results r = results_of(1);
	const struct guide_agreement *all = &r.found.group[EDIT_KINDS], *few = &r.found.group[EDIT_DILATION];
	char *text;

	while (guide_find(&r))
		;
	ck_assert(all->rank[PREDICTOR_WIRING].value == 1 && all->sign[PREDICTOR_WIRING] == 1);
	ck_assert_int_eq(few->edits, 5);
	ck_assert(isnan(few->rank[PREDICTOR_WIRING].value) && isnan(few->sign[PREDICTOR_WIRING]) && isnan(few->ceiling.value));
	text = report_of(&r, NULL);
	ck_assert_ptr_nonnull(strstr(text, "dilation         5    too few\n"));
	ck_assert_ptr_nonnull(strstr(text, "(rank correlation 1.00, 10 edits);\n1 start: too few to compare the searches, 6 or more are needed.\n"));
	free(text);
	r.start[0].edits.count = 7;
	r.found.steps = 0;
	text = report_of(&r, NULL);
	ck_assert_ptr_nonnull(strstr(text, "wiring           7  too few\n"));
	ck_assert_ptr_nonnull(strstr(text, "): 7 measured edits: too few to say what predictions are worth (8 are needed);\n"));
	free(text);
	guide_results_release(&r);
}
END_TEST

/* Forty edits of one start: the last ten by prediction are measured. */
START_TEST(a_report_lists_the_best_by_prediction_and_all_that_is_measured)
{
	struct guide_results r = { .settings = { .starts = 1, .evaluations = 10, .arch_id = "abc" } };
	struct guide_start s = { .id = "abc", .score = 0.5, .report = 0.6, .best_report = { 0.5, 0.6 } };
	char *text, name[16];

	for (int i = 0; i < 40; i++) {
		struct guide_edit *e = guide_list_add(&s.edits);

		*e = (struct guide_edit){ .predicted = { 1e-3 * i, -1e-3 * i }, .change = i < 30 ? NAN : 1e-3, .change_stderr = 1e-4 };
		snprintf(e->text, sizeof(e->text), "edit <%d>", i);
	}
	ck_assert(guide_results_add(&r, &s) == 0);
	text = report_of(&r, NULL);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "<%d>", i);
		ck_assert_msg((strstr(text, name) != NULL) == (i < 20 || i >= 30), "edit %d", i);
	}
	ck_assert_ptr_nonnull(strstr(text, "40 edits in all"));
	free(text);
	r.settings.predictor = PREDICTOR_WEIGHTS;        /* puts them the other way round */
	text = report_of(&r, NULL);
	ck_assert(strstr(text, "<39>") < strstr(text, "<20>") && !strstr(text, "<19>"));
	free(text);
	guide_results_release(&r);
}
END_TEST

START_TEST(two_random_searches_are_not_called_guided)
{
	struct guide_results r = results_of(8);
	char *text;
	json_t *document;

	r.settings.predictor = PREDICTOR_RANDOM;
	text = report_of(&r, NULL);
	ck_assert_ptr_nonnull(strstr(text, "Two random searches, step"));
	ck_assert_ptr_nonnull(strstr(text, "random 1  random 2"));
	ck_assert(!strstr(text, "uided"));
	document = guide_results_to_json(&r, NULL, "run");
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(document, "verdict")), "; both searches were random"));
	json_decref(document);
	free(text);
	guide_results_release(&r);
}
END_TEST

START_TEST(what_is_not_finished_says_so)
{
	struct guide_results r = results_of(2);
	struct guide_start at_work = { .id = "0123456789ab", .score = 0.5, .report = NAN, .best_report = { NAN, NAN } };
	json_t *document;
	char *text;

	r.settings.starts = 9;
	text = report_of(&r, &at_work);
	ck_assert_ptr_nonnull(strstr(text, "Not finished: 2 of 9 starts; the same command goes on with 0123456789ab.\n"));
	document = guide_results_to_json(&r, &at_work, "run");
	ck_assert_int_eq(json_integer_value(json_object_get(document, "count")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(document, "count_wanted")), 9);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(document, "at_work"), "id")), "0123456789ab");
	json_decref(document);
	free(text);
	r.settings.starts = 2;
	text = report_of(&r, NULL);
	ck_assert(!strstr(text, "Not finished"));
	free(text);
	guide_results_release(&r);
}
END_TEST

START_TEST(a_finished_start_comes_back_from_its_line)
{
	struct guide_results r = results_of(1);
	json_t *line = guide_start_to_json(&r.start[0], PREDICTOR_WIRING), *again;
	struct guide_start s;

	ck_assert(guide_start_from_json(&s, line));
	ck_assert_int_eq(s.edits.count, 10);
	ck_assert(isnan(s.edits.edit[3].predicted[PREDICTOR_WEIGHTS]) && isnan(s.tried[SEARCH_GUIDED].edit[0].change_stderr));
	again = guide_start_to_json(&s, PREDICTOR_WIRING);
	ck_assert(json_equal(line, again));
	json_object_del(line, "guided_best");
	guide_start_release(&s);
	ck_assert(!guide_start_from_json(&s, line));
	json_decref(line);
	json_decref(again);
	guide_results_release(&r);
}
END_TEST

/* ---- the experiment ---- */

struct entries {
	int count, with_unknown_parent;
	struct ranking ranking;
};

/* Runs the job to its end, or for so many slices (-1: any number). The document, or NULL where it isn't done. */
static json_t *run_job(struct trainer *t, const struct experiment *e, int slices, struct entries *entries)
{
	struct job *job = experiment_start(t, &entries->ranking, e);
	json_t *document = NULL;
	enum job_progress progress = JOB_MORE;

	ck_assert_msg(job != NULL, "%s", err_last());
	for (int i = 0; i != slices && (progress = job->type->advance(job)) != JOB_DONE; i++) {
		ck_assert_msg(progress >= JOB_FAILED, "%s", err_last());
		if (progress != JOB_ENTRY)
			continue;

		const struct ranking_entry *entry = job->type->entry(job);

		entries->count++;
		entries->with_unknown_parent += *entry->row.parent && ranking_find(&entries->ranking, entry->row.parent) < 0;
		ck_assert(ranking_put(&entries->ranking, entry) >= 0);
	}
	if (progress == JOB_DONE)
		document = job->type->to_json(job);
	job->type->free(job);
	return document;
}

static double member(const json_t *document, const char *one, const char *two, const char *three)
{
	const json_t *value = json_object_get(json_object_get(json_object_get(document, one), two), three);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

START_TEST(guided_and_random_search_take_the_same_scores_from_each_start)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .count = 3, .evaluations = 5 };
	struct entries entries = { 0 };
	struct run *run;
	struct trainer *t;
	json_t *document, *start;
	size_t i;

	open_trained("run", &run, &t);
	document = run_job(t, &e, -1, &entries);
	ck_assert_int_eq(json_array_size(json_object_get(document, "starts")), 3);
	json_array_foreach(json_object_get(document, "starts"), i, start) {
		struct arch arch;
		char id[ARCH_ID_LENGTH + 1];

		ck_assert_int_eq(arch_from_json(&arch, json_object_get(start, "architecture"), &t->layout.space), 0);
		arch_id(&arch, id);
		ck_assert_str_eq(json_string_value(json_object_get(start, "id")), id);
		ck_assert_int_eq(json_array_size(json_object_get(start, "edits")), 5);
		ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(start, "guided_best"), "evaluations")), 5);
		ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(start, "random_best"), "evaluations")), 5);
	}
	ck_assert_int_eq(json_integer_value(json_object_get(document, "search_images")), TINY_VALIDATION / 2);
	ck_assert(isfinite(member(document, "improvement", "guided", "value")));
	ck_assert(json_is_null(json_object_get(json_object_get(document, "improvement"), "p")));
	ck_assert_int_ge(entries.count, 6);                      /* each start on the search images, then on all */
	ck_assert_int_eq(entries.with_unknown_parent, 0);
	json_decref(document);
	ranking_release(&entries.ranking);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(an_interrupted_experiment_ends_as_one_that_was_not)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .count = 2, .evaluations = 4 };
	struct entries entries = { 0 }, others = { 0 };
	struct run *run, *other;
	struct trainer *t, *u;
	json_t *whole, *resumed = NULL;

	open_trained("whole", &run, &t);
	open_trained("parts", &other, &u);
	whole = run_job(t, &e, -1, &entries);
	for (int slices = 25; !resumed; slices += 35)
		resumed = run_job(u, &e, slices, &others);
	json_object_del(whole, "run");
	json_object_del(resumed, "run");
	ck_assert(json_equal(whole, resumed));
	json_decref(whole);
	json_decref(resumed);
	ranking_release(&entries.ranking);
	ranking_release(&others.ranking);
	trainer_close(t);
	trainer_close(u);
	run_close(run);
	run_close(other);
}
END_TEST

START_TEST(a_given_start_lists_all_its_edits)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .evaluations = 3, .has_arch = true };
	struct entries entries = { 0 };
	struct run *run;
	struct trainer *t;
	struct rng rng;
	json_t *document, *edits, *edit;
	int measured = 0;
	size_t i;

	open_trained("run", &run, &t);
	rng_seed(&rng, 4, 4);
	arch_sample(&e.arch, &t->layout.space, 2, 0, &rng);
	document = run_job(t, &e, -1, &entries);
	edits = json_object_get(json_array_get(json_object_get(document, "starts"), 0), "edits");
	ck_assert_int_eq(json_array_size(edits), arch_edits(&t->layout.space, &e.arch, NULL, 0));
	json_array_foreach(edits, i, edit)
		measured += json_is_number(json_object_get(edit, "measured"));
	ck_assert_int_eq(measured, 3);
	json_decref(document);
	ranking_release(&entries.ranking);
	trainer_close(t);
	run_close(run);
}
END_TEST

/* The start is a pattern; the job is interrupted while it measures, and again later on. */
START_TEST(a_given_start_is_seen_while_it_is_at_work_and_goes_on_where_it_was)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .evaluations = 6, .has_arch = true, .predictor = PREDICTOR_RANDOM };
	struct entries entries = { 0 };
	struct run *run;
	struct trainer *t;
	struct job *job;
	json_t *document = NULL, *edits, *edit;
	int64_t done = 0, before, total;
	int all, measured = 0;
	char *text;
	size_t size, i;
	FILE *f;

	open_trained("run", &run, &t);
	ck_assert_msg(pattern_make(&e.arch, "resnet", &t->layout.space, 2) == 0, "%s", err_last());
	e.count = 2;
	ck_assert(!experiment_start(t, &entries.ranking, &e));
	ck_assert_ptr_nonnull(strstr(err_last(), "--count 2 is a number of random starts, and --arch names the one start"));
	e.count = 0;
	all = arch_edits(&t->layout.space, &e.arch, NULL, 0);
	job = experiment_start(t, &entries.ranking, &e);
	do {
		json_decref(document);
		if (job->type->advance(job) == JOB_ENTRY)
			ck_assert(ranking_put(&entries.ranking, job->type->entry(job)) >= 0);
		document = job->type->to_json(job);
		edits = json_object_get(json_object_get(document, "at_work"), "edits");
		measured = 0;
		json_array_foreach(edits, i, edit)
			measured += json_is_number(json_object_get(edit, "measured"));
	} while (measured < 3);
	ck_assert_int_eq(json_array_size(edits), all);
	ck_assert_int_eq(json_array_size(json_object_get(document, "starts")), 0);
	ck_assert_str_eq(json_string_value(json_object_get(document, "at_work_stage")), "measuring edits");
	ck_assert(entries.ranking.entry[0].row.origin == ORIGIN_PATTERN);
	f = open_memstream(&text, &size);
	job->type->print(job, f);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "Not finished: 0 of 1 start; the same command goes on with "));
	free(text);
	json_decref(document);
	job->type->counts(job, &before, &total);
	ck_assert_int_eq(before, 4);
	job->type->free(job);

	job = experiment_start(t, &entries.ranking, &e);
	job->type->counts(job, &done, &total);
	ck_assert_int_eq(done, before);
	for (enum job_progress progress = JOB_MORE; progress != JOB_DONE; before = done) {
		progress = job->type->advance(job);
		ck_assert(progress >= JOB_DONE);
		if (progress == JOB_ENTRY)
			ck_assert(ranking_put(&entries.ranking, job->type->entry(job)) >= 0);
		job->type->counts(job, &done, &total);
		ck_assert(done >= before && done <= before + 1 && done <= total);
	}
	for (int k = 1; k < entries.ranking.count; k++)
		ck_assert_int_eq(entries.ranking.entry[k].row.origin, ORIGIN_PERTURBED);
	ck_assert_int_eq(done, total);
	job->type->free(job);
	ranking_release(&entries.ranking);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(a_given_start_with_scores_enough_has_all_its_edits_measured)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .evaluations = 160, .has_arch = true, .images = 8 };
	struct entries entries = { 0 };
	struct run *run;
	struct trainer *t;
	struct rng rng;
	json_t *document;

	open_trained("run", &run, &t);
	rng_seed(&rng, 4, 4);
	arch_sample(&e.arch, &t->layout.space, 2, 0, &rng);
	document = run_job(t, &e, -1, &entries);
	ck_assert_int_eq((int)json_integer_value(json_object_get(json_object_get(document, "agreement"), "edits")),
		arch_edits(&t->layout.space, &e.arch, NULL, 0));
	json_decref(document);
	ranking_release(&entries.ranking);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(too_few_images_and_an_untrained_run_are_refused)
{
	struct experiment e = { .kind = EXPERIMENT_GUIDE, .images = 3 };
	struct worker_options o = tiny_options(folder, "untrained", STEPS);
	struct ranking ranking = { 0 };
	struct run *run;
	struct trainer *t;

	open_trained("run", &run, &t);
	ck_assert(!experiment_start(t, &ranking, &e));
	ck_assert_str_eq(err_last(), "guide: 3 images are too few; 4 or more: one half chooses, the other reports");
	trainer_close(t);
	run_close(run);
	ck_assert(setup_open(&o, &run, &t) == 0);
	e.images = 0;
	ck_assert(!experiment_start(t, &ranking, &e));
	ck_assert(strstr(err_last(), "untrained"));
	trainer_close(t);
	run_close(run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guide");
	TCase *predictions = tcase_create("predictions"), *walks = tcase_create("walks"), *found = tcase_create("found"),
	      *experiment = tcase_create("experiment");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(predictions, begin, end);
	tcase_add_test(predictions, predictions_are_the_slope_of_the_loss);
	tcase_add_test(predictions, predictions_do_not_depend_on_what_was_predicted_before);
	suite_add_tcase(suite, predictions);
	tcase_add_test(walks, a_walk_tries_the_best_prediction_first_and_those_without_last);
	tcase_add_test(walks, a_walk_leaves_ops_that_were_edited_until_it_has_new_predictions);
	tcase_add_test(walks, a_rejected_edit_is_tried_again_only_after_its_op_was_edited);
	tcase_add_test(walks, a_random_walk_tries_all_edits_in_another_order_and_anew_after_each_step);
	suite_add_tcase(suite, walks);
	tcase_add_test(found, statistics_are_those_of_the_measured_edits);
	tcase_add_test(found, few_starts_have_no_p);
	tcase_add_test(found, few_edits_have_neither_share_nor_coefficient);
	tcase_add_test(found, a_report_lists_the_best_by_prediction_and_all_that_is_measured);
	tcase_add_test(found, two_random_searches_are_not_called_guided);
	tcase_add_test(found, what_is_not_finished_says_so);
	tcase_add_test(found, a_finished_start_comes_back_from_its_line);
	suite_add_tcase(suite, found);
	tcase_add_checked_fixture(experiment, begin, end);
	tcase_add_test(experiment, guided_and_random_search_take_the_same_scores_from_each_start);
	tcase_add_test(experiment, an_interrupted_experiment_ends_as_one_that_was_not);
	tcase_add_test(experiment, a_given_start_lists_all_its_edits);
	tcase_add_test(experiment, a_given_start_is_seen_while_it_is_at_work_and_goes_on_where_it_was);
	tcase_add_test(experiment, a_given_start_with_scores_enough_has_all_its_edits_measured);
	tcase_add_test(experiment, too_few_images_and_an_untrained_run_are_refused);
	suite_add_tcase(suite, experiment);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
