/* export_rig.c -- networks to export, for tests. */
#include "tests/export_rig.h"

#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/retrain_files.h"
#include "src/lab/setup.h"
#include "tests/data_writers.h"
#include "tests/tiny_run.h"

enum { SIDE = 32, VOXELS = SIDE * SIDE * SIDE, TRAIN_VOLUMES = 40, TEST_VOLUMES = 10, PICTURES = 60 };

#define OK(call) ck_assert_msg((call) == 0, "%s", err_last())

/* ---- the run ---- */

static void write_volumes(const char *folder, const char *name, int count, struct rng *rng)
{
	uint8_t *voxel = malloc((size_t)count * VOXELS), label[TRAIN_VOLUMES];
	struct zip_file file[2] = { { .name = "data.npy" }, { .name = "labels.npy" } };
	struct buffer archive = { 0 };
	char shape[64], path[512];
	FILE *f;

	for (int i = 0; i < count * VOXELS; i++)
		voxel[i] = (uint8_t)rng_below(rng, 2);
	for (int i = 0; i < count; i++)
		label[i] = (uint8_t)(i % 10);
	snprintf(shape, sizeof(shape), "(%d, %d, %d, %d)", count, SIDE, SIDE, SIDE);
	npy_put(&file[0].content, "|u1", shape, voxel, (size_t)count * VOXELS);
	snprintf(shape, sizeof(shape), "(%d,)", count);
	npy_put(&file[1].content, "|u1", shape, label, (size_t)count);
	zip_put(&archive, file, 2, false, "");
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	ck_assert(f && fwrite(archive.data, 1, archive.size, f) == archive.size && fclose(f) == 0);
	buffer_release(&archive);
	buffer_release(&file[0].content);
	buffer_release(&file[1].content);
	free(voxel);
}

void export_rig_open(struct export_rig *rig, const char *preset, int axes, int stem_stride)
{
	struct worker_options o;
	struct rng rng;

	tiny_make_of(rig->folder, PICTURES);
	rng_seed(&rng, 3, 0);
	o = tiny_options(rig->folder, "run", 1);
	strcpy(o.preset, preset);
	if (axes == 3) {
		write_volumes(rig->folder, "modelnet10_train.npz", TRAIN_VOLUMES, &rng);
		write_volumes(rig->folder, "modelnet10_test.npz", TEST_VOLUMES, &rng);
		snprintf(o.data, sizeof(o.data), "modelnet10:%s", rig->folder);
	}
	if (stem_stride)
		snprintf(o.set[o.set_count++], sizeof(*o.set), "space.stem_stride=%d", stem_stride);
	OK(setup_open(&o, &rig->run, &rig->trainer));
	rig->trainer->step = 1;                                  /* so that it counts as trained */
}

void export_rig_close(struct export_rig *rig)
{
	trainer_close(rig->trainer);
	run_close(rig->run);
	tiny_remove(rig->folder);
}

/* ---- networks ---- */

void export_rig_generated(struct export_rig *rig, const struct arch *arch, struct exported *e)
{
	OK(exported_generated(e, rig->trainer, arch));
}

static void open_model(struct export_rig *rig, const struct arch *arch, const char *network, bool weight_norm, struct rng *rng, struct model *m)
{
	const struct trainer *t = rig->trainer;
	int depth, width;

	if (arch) {
		OK(model_open(m, t->be, &t->layout.space, arch, &t->data->input, weight_norm, rng));
		return;
	}
	OK(wide_resnet_parse(network, &depth, &width));
	OK(model_open_wide(m, t->be, depth, width, t->data->axes, &t->data->input, rng));
}

/* Scales and shifts of norms as training leaves them, no two alike, on the host. */
static void draw_norms(const struct model *m, struct rng *rng, float *value)
{
	for (int i = 0; i < m->norms->count; i++) {
		const struct norm *norm = &m->norms->list[i];

		for (int c = 0; c < norm->channels; c++) {
			value[m->ps->list[norm->gamma].offset + c] = 0.5f + (float)rng_uniform(rng);
			value[m->ps->list[norm->shift].offset + c] = (float)rng_uniform(rng) - 0.5f;
		}
	}
}

/* Statistics are those of some pictures, which are so alike deep in a network that norms would raise what rounding makes of them to a hundred thousandth;
 * four times the variance leaves that near a millionth. Gives them on the host. */
static float *measure_norms(struct export_rig *rig, struct model *m)
{
	struct trainer *t = rig->trainer;
	struct norm_pass pass = { .batch_statistics = true, .statistics = m->statistics };
	int index[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	size_t bytes = m->norms->statistics_size * sizeof(float);
	float *statistics = malloc(bytes);
	struct feed feed;

	OK(feed_init(&feed, t->be, t->data, &t->layout, 8));
	feed_images(&feed, &t->data->train, index, 8, NULL);
	tape_reset(t->tape);
	model_record(m, t->tape, feed_image_leaf(&feed, t->tape), pass);
	OK(tape_forward(t->tape, false));
	feed_release(&feed);
	m->be->k->download(m->be, statistics, m->statistics, bytes);
	for (int i = 0; i < m->norms->count; i++)
		for (int c = 0; c < m->norms->list[i].channels; c++)
			statistics[m->norms->list[i].offset + m->norms->list[i].channels + c] *= 4;
	return statistics;
}

/* As a finished training of one epoch leaves it. */
static void write_training(struct export_rig *rig, const struct model *m, const struct retrain_weights *weights, const struct retrain_settings *s)
{
	struct retrain_report report = { .epochs = 1, .epochs_done = 1, .selected_epoch = 1 };
	char folder[PATH_MAX];

	strcpy(report.id, s->id);
	OK(retrain_folder(folder, rig->run->path, s));
	OK(retrain_write_weights(folder, "weights-last.safetensors", m, weights, s, 1));
	OK(retrain_write_weights(folder, "weights-selected.safetensors", m, weights, s, 1));
	OK(retrain_write_report(folder, s, &report));
}

void export_rig_retrained(struct export_rig *rig, const struct arch *arch, const char *network, bool weight_norm, struct exported *e)
{
	struct retrain_settings s = { .epochs = 1, .batch = 8, .learning_rate = 0.1, .weight_norm = weight_norm };
	struct retrain_weights weights;
	struct model m = { 0 };
	struct rng rng;
	size_t bytes;

	rng_seed(&rng, 5, 0);
	open_model(rig, arch, network, weight_norm, &rng, &m);
	bytes = m.ps->size * sizeof(float);
	weights.value = malloc(bytes);
	m.be->k->download(m.be, weights.value, m.ps->value, bytes);
	draw_norms(&m, &rng, weights.value);
	m.be->k->upload(m.be, m.ps->value, weights.value, bytes);
	weights.statistics = measure_norms(rig, &m);
	if (arch)
		arch_id(arch, s.id);
	else
		snprintf(s.network, sizeof(s.network), "%s", network);
	strcpy(s.data, rig->trainer->config.data);
	write_training(rig, &m, &weights, &s);
	free(weights.value);
	free(weights.statistics);
	model_release(&m);
	OK(exported_retrained(e, rig->trainer, arch, network, false));
}

/* ---- other programs ---- */

const struct export_space export_spaces[EXPORT_SPACES] = {
	{ "tiny", 2, 3 }, { "tiny", 3, 3 }, { "small", 2, 0 }, { "small", 3, 3 }, { "smash-v1", 2, 3 }, { "smash-v1", 3, 3 },
	{ "smash-v2", 2, 2 }, { "smash-v2", 3, 3 }, { "small-weak", 2, 3 }, { "small-free", 2, 3 }, { "small-free", 3, 3 },
};

bool export_everything(void)
{
	return getenv("SMASHTOP_LONG") != NULL;
}

const char *export_python(void)
{
	const char *named = getenv("SMASHTOP_PYTHON");

	return named ? named : "python3";
}

bool export_python_has(const char *modules)
{
	char command[600];

	snprintf(command, sizeof(command), "'%s' -c 'import %s' 2>/dev/null", export_python(), modules);
	return system(command) == 0;
}

void export_check_runs(const char *script, const char *folder, int count)
{
	char command[1200];
	double difference, worst = 0;
	int runs = 0, wrong = 0, network;
	FILE *f;

	snprintf(command, sizeof(command), "'%s' '%s/tests/%s' '%s'", export_python(), getenv("SMASHTOP_SOURCE"), script, folder);
	f = popen(command, "r");
	for (; fscanf(f, "%d %lf", &network, &difference) == 2; runs++) {
		worst = fmax(worst, difference);
		if (difference <= EXPORT_TOLERANCE)
			continue;
		printf("# network %d: %g\n", network, difference);      /* NaN as well */
		wrong++;
	}
	ck_assert_msg(pclose(f) == 0, "%s has failed", command);
	ck_assert_int_eq(runs, count);
	if (export_everything())
		printf("# %d networks, the largest difference %g\n", count, worst);
	ck_assert_msg(wrong == 0, "%d of %d networks, the largest difference %g", wrong, count, worst);
}
