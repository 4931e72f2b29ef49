/* figure_rig.c -- see figure_rig.h. */
#include "tests/figure_rig.h"

#include <check.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "src/arch/corrupt.h"
#include "src/base/err.h"
#include "src/lab/rank.h"
#include "tests/arch_fixture.h"
#include "tests/store_fixture.h"

const char rig_odd_name[] = "a<b>&\"c\" größer 網\xff";

char rig_path[800];

static const struct arch_input images = { .side = { 28, 28, 28 }, .channels = 1, .classes = 10 };

void rig_run(const char *name)
{
	snprintf(run_path, sizeof run_path, "%s/%s", folder, name);
	ck_assert_int_eq(mkdir(run_path, 0777), 0);
	ck_assert_int_eq(mkdir(in(run_path, "results"), 0777), 0);
}

void rig_make(void)
{
	make_folder();
	rig_run("run");
	snprintf(rig_path, sizeof rig_path, "%s", in(folder, "it"));
}

static FILE *open_in_run(const char *name)
{
	FILE *f = fopen(in(run_path, name), "w");

	ck_assert_ptr_nonnull(f);
	return f;
}

void rig_metrics(int steps, int validation_every, int broken)
{
	FILE *f = open_in_run("metrics.jsonl");

	for (int i = 1; i <= steps; i++) {
		double loss = 0.3 + 2 / sqrt(i) + 0.1 * sin(i);

		if (i == broken)
			fprintf(f, "{\"step\":%d,\"loss\":null,\"error\":0.5,\"learning_rate\":0.001}\n", i);
		else
			fprintf(f, "{\"step\":%d,\"loss\":%.9g,\"error\":0.5,\"learning_rate\":0.001,\"images_per_second\":2000,\"gflops\":70.5}\n", i, loss);
		if (validation_every && i % validation_every == 0)
			fprintf(f, "{\"step\":%d,\"valid_loss\":%.9g,\"valid_loss_stderr\":0.05,\"valid_error\":0.25,\"valid_error_stderr\":0.02,"
				"\"architectures\":4,\"images\":512}\n", i, 0.35 + 2 / sqrt(i));
	}
	fclose(f);
}

static void put_json(FILE *f, json_t *json)
{
	ck_assert_int_eq(json_dumpf(json, f, JSON_COMPACT), 0);
	fputc('\n', f);
	json_decref(json);
}

static json_t *coefficient(double value)
{
	return json_pack("{s:f, s:f, s:f}", "value", value, "low", value - 0.3, "high", value + 0.2);
}

void rig_correlate(int pairs)
{
	json_t *list = json_array(), *document;
	FILE *ranking = open_in_run("ranking.jsonl"), *f = open_in_run("results/correlate-0000000001.json");
	struct rng rng;

	rng_seed(&rng, 1, 1);
	for (int i = 0; i < pairs; i++) {
		struct ranking_entry e = { .row = { .origin = (enum origin)(i % ORIGINS), .step = 20000, .score = 0.36 + 0.01 * rng_uniform(&rng),
			.score_stderr = 0.003, .error = 0.13, .error_stderr = 0.005, .images = 5000, .parameters = 50000, .macs = 5000000, .depth = 20 } };

		arch_sample(&e.arch, &fixture_space, 2, 0, &rng);
		arch_id(&e.arch, e.row.id);
		if (i % 7 != 6)                  /* some are in no ranking */
			put_json(ranking, ranking_entry_to_json(&e, true));
		json_array_append_new(list, json_pack("{s:s, s:i, s:f, s:f, s:f, s:[f, f]}", "id", e.row.id, "rank", i + 1, "score", e.row.score,
			"true_error", 0.11 + 0.02 * rng_uniform(&rng), "true_loss", 0.3, "true_errors", 0.11, 0.12));
	}
	document = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "step", 20000, "epochs", 2, "seeds", 2, "trained", pairs, "trainings", pairs, "scored",
		pairs, "pairs", list);
	if (pairs >= 8) {
		json_object_set_new(document, "spearman", coefficient(0.7));
		json_object_set_new(document, "kendall", coefficient(0.5));
		json_object_set_new(document, "pearson", coefficient(-0.2));
		json_object_set_new(document, "baseline_parameters", json_pack("{s:o}", "kendall", coefficient(0.4)));
		json_object_set_new(document, "ceiling", json_pack("{s:o}", "kendall", coefficient(0.6)));
	}
	put_json(f, document);
	fclose(f);
	fclose(ranking);
}

void rig_corrupt(int fields)
{
	json_t *list = json_array();
	FILE *f = open_in_run("results/corrupt-0000000001.json");

	for (int i = 0; i < fields; i++) {
		double rise = i == 2 ? -0.001 : 0.001 * i;

		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:f, s:[f, f], s:f, s:[f, f], s:f, s:f, s:f}", "field",
			corrupt_field_names[i % CORRUPT_FIELDS], "how", corrupt_how_names[i / CORRUPT_FIELDS], "architectures", 30, "trials", 90,
			"loss_increase", rise, "loss_interval", rise - 0.002, rise + 0.003, "error_increase", 0.1, "error_interval", 0.05, 0.15,
			"truth_best", 0.8, "p", 0.001, "p_corrected", i % 3 ? 0.00002 : 0.4));
	}
	put_json(f, json_pack("{s:i, s:i, s:i, s:i, s:o, s:{s:f, s:[f, f]}}", "step", 20000, "architectures", 30, "trials", 3, "images", 1000, "fields", list,
		"true_loss", "value", 0.34, "interval", 0.33, 0.35));
	fclose(f);
}

void rig_many_points(void)
{
	rig_metrics(400, 50, 0);
	rig_correlate(20);
	rig_corrupt(10);
}

struct export_source rig_source(enum export_subject subject)
{
	return (struct export_source){ .subject = subject, .run_path = run_path };
}

static bool arch_at(void *context, int i, struct arch *arch)
{
	*arch = ((const struct arch *)context)[i];
	return true;
}

struct export_source rig_archs(const struct space *space, const struct arch *arch, int count)
{
	return (struct export_source){ .count = count, .space = space, .input = &images, .arch = arch_at, .context = (void *)arch, .run_path = run_path };
}

void rig_writes(const char *format, const struct export_source *s)
{
	ck_assert_msg(export_file(export_find(format), s, rig_path, true, NULL, 0) == 0, "%s", err_last());
}

char *rig_written(const char *format, const struct export_source *s)
{
	size_t bytes;

	rig_writes(format, s);
	return read_file(rig_path, &bytes);
}
