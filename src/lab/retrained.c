/* retrained.c -- networks whose training with weights of their own is finished. */
#include "src/lab/retrained.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/store/file.h"
#include "src/store/safetensors.h"

static double judged_by(const struct retrained *r, bool selected)
{
	return selected ? r->selected_validation_loss : r->validation_loss;
}

static bool is_better(const struct retrained *r, const struct retrained *than, bool selected)
{
	if (r->epochs != than->epochs)
		return r->epochs > than->epochs;
	return judged_by(r, selected) < judged_by(than, selected);
}

/* False: not finished, on other data, or not readable. */
static bool read_one(struct retrained *r, const char *data)
{
	char path[PATH_MAX];
	json_t *document;
	bool found;

	file_path(path, r->folder, "retrain.json");
	document = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	found = strcmp(document_text(document, "settings.data"), data) == 0 && isfinite(document_number(document, "report.test_error"));
	if (found) {
		r->epochs = (int)document_count(document, "report.epochs");
		r->batch = (int)document_count(document, "settings.batch");
		r->selected_epoch = (int)document_count(document, "report.selected_epoch");
		r->learning_rate = document_number(document, "settings.learning_rate");
		r->seed = document_count(document, "settings.seed");
		r->weight_norm = document_says(document, "settings.weight_norm");
		r->validation_loss = document_number(document, "report.validation_loss");
		r->test_error = document_number(document, "report.test_error");
		r->test_error_stderr = document_number(document, "report.test_error_stderr");
		r->selected_validation_loss = document_number(document, "report.selected_validation_loss");
		r->selected_test_error = document_number(document, "report.selected_test_error");
	}
	json_decref(document);
	return found;
}

int retrained_find(struct retrained *best, const char *run_path, const char *network, const char *data, bool selected)
{
	char trained[PATH_MAX], folder[PATH_MAX];
	struct dirent **entry = NULL;
	int count;

	*best = (struct retrained){ 0 };
	file_path(trained, run_path, "retrained");
	file_path(folder, trained, network);
	count = scandir(folder, &entry, NULL, alphasort);        /* sorted: of equal ones always the same */
	for (int i = 0; i < count; i++) {
		struct retrained r = { 0 };

		file_path(r.folder, folder, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.' && read_one(&r, data) && is_better(&r, best, selected))
			*best = r;
		free(entry[i]);
	}
	free(entry);
	return best->epochs ? 0 : err_set("%s has no finished training on %s in %s; smashtop retrain gives it one", network, data, run_path);
}

/* ---- weights ---- */

/* A tensor of the file goes to a place of a slab on the host. */
static int take(const struct st_file *file, const char *path, const char *name, const struct shape *shape, float *to)
{
	const struct st_tensor *t = st_find(file, name);
	bool fits = t && t->type == ST_F32 && t->rank == shape->rank;

	for (int i = 0; fits && i < shape->rank; i++)
		fits = t->dim[i] == shape->dim[i];
	if (!fits)
		return err_set("%s: tensor %s is missing or of another shape", path, name);
	memcpy(to, t->data, t->bytes);
	return 0;
}

static int take_statistics(const struct st_file *file, const char *path, const struct model *m, const struct norm *norm, float *statistics)
{
	const char *weight = m->ps->list[norm->gamma].name;
	struct shape shape = SHAPE(norm->channels);
	int length = (int)(strrchr(weight, '.') - weight);
	char name[96];

	snprintf(name, sizeof(name), "%.*s.running_mean", length, weight);
	if (take(file, path, name, &shape, statistics + norm->offset) < 0)
		return -1;
	snprintf(name, sizeof(name), "%.*s.running_var", length, weight);
	return take(file, path, name, &shape, statistics + norm->offset + norm->channels);
}

static int take_all(const struct st_file *file, const char *path, struct model *m, float *value, float *statistics)
{
	const struct params *ps = m->ps;

	for (int i = 0; i < ps->count; i++)
		if (take(file, path, ps->list[i].name, &ps->list[i].shape, value + ps->list[i].offset) < 0)
			return -1;
	for (int i = 0; i < m->norms->count; i++)
		if (take_statistics(file, path, m, &m->norms->list[i], statistics) < 0)
			return -1;
	m->be->k->upload(m->be, ps->value, value, ps->size * sizeof(float));
	m->be->k->upload(m->be, m->statistics, statistics, m->norms->statistics_size * sizeof(float));
	m->be->k->sync(m->be);
	return backend_ok(m->be) ? 0 : err_set("%s", m->be->failure);
}

int retrained_load(const struct retrained *r, bool selected, struct model *m)
{
	float *value = calloc(m->ps->size + 1, sizeof(*value)), *statistics = calloc(m->norms->statistics_size + 1, sizeof(*statistics));
	char path[PATH_MAX];
	struct st_file file = { 0 };
	int rc = -1;

	file_path(path, r->folder, selected ? "weights-selected.safetensors" : "weights-last.safetensors");
	if (!value || !statistics)
		err_set("%s: out of memory", path);
	else if (st_read(path, &file) == 0)
		rc = take_all(&file, path, m, value, statistics);
	st_release(&file);
	free(value);
	free(statistics);
	return rc;
}
