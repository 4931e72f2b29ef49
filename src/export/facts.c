/* facts.c -- what is known of scored architectures beside their rows: rank, corruption of their encodings, networks trained on their own. */
#include <math.h>
#include <stdlib.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/export/export.h"
#include "src/lab/rank.h"
#include "src/lab/results.h"
#include "src/lab/trained.h"

static int put_ranks(struct export_facts *facts, const struct ranking *r)
{
	int *order = malloc(((size_t)r->count + 1) * sizeof(*order));
	int count = order ? ranking_order(r, ranking_newest(r), order) : err_set("out of memory");

	for (int i = 0; i < count; i++)
		facts[order[i]].rank = i + 1;
	free(order);
	return count < 0 ? -1 : 0;
}

static void put_trained(struct export_facts *facts, const struct ranking *r, const json_t *document)
{
	const json_t *trained;
	size_t i;

	json_array_foreach(document_at(document, "trained"), i, trained) {
		int index = ranking_find(r, document_text(trained, "id"));

		if (index < 0)
			continue;
		facts[index].true_error = document_number(trained, "test_error");
		facts[index].true_error_stderr = document_number(trained, "test_error_stderr");
		facts[index].true_epochs = (int)document_count(trained, "epochs");
		facts[index].trainings = (int)document_count(trained, "trainings");
	}
}

static void put_corrupted(struct export_facts *facts, const struct ranking *r, const json_t *document)
{
	const json_t *subject;
	size_t i;

	json_array_foreach(document_at(document, "subjects"), i, subject) {
		int index = ranking_find(r, document_text(subject, "id"));

		if (index >= 0)
			facts[index].corrupted = corruption_rise(document, subject, NULL);
	}
}

struct export_facts *export_facts(const struct ranking *r, const char *run_path, const char *data)
{
	struct export_facts *facts = malloc(((size_t)r->count + 1) * sizeof(*facts));
	json_t *trained, *corrupted;

	if (!facts) {
		err_set("out of memory");
		return NULL;
	}
	for (int i = 0; i < r->count; i++)
		facts[i] = (struct export_facts){ .true_error = NAN, .true_error_stderr = NAN, .corrupted = NAN };
	if (put_ranks(facts, r) < 0) {
		free(facts);
		return NULL;
	}
	trained = trained_document(run_path, data);
	corrupted = results_newest(run_path, EXPERIMENT_CORRUPT);
	put_trained(facts, r, trained);
	put_corrupted(facts, r, corrupted);
	json_decref(trained);
	json_decref(corrupted);
	return facts;
}
