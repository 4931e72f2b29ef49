/* retrain_files.c -- the folder of a retraining. */
#include "src/lab/retrain_files.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/store/file.h"
#include "src/store/safetensors.h"

enum { FORMAT_VERSION = 1, JSON_MOST = 1 << 20, NAME_SIZE = 256 };
static const char report_name[] = "retrain.json";
static const char state_name[] = "state.safetensors";
static const char metrics_name[] = "metrics.jsonl";

/* JSON writes fifteen digits, which show what was typed as it was typed; what was computed has nine. */
enum { TYPED_DIGITS = 15, COMPUTED_DIGITS = 9 };

static json_t *real(double x, int digits)
{
	return isfinite(x) ? json_real(units_rounded(x, digits)) : json_null();
}

static json_t *number(double x)
{
	return real(x, COMPUTED_DIGITS);
}

/* ---- the folder's name ---- */

/* A real number as JSON has it, whatever the locale's decimal point. */
static void real_text(char text[32], double x)
{
	json_t *json = json_real(x);
	char *dump = json ? json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;

	snprintf(text, 32, "%s", dump ? dump : "");
	free(dump);
	json_decref(json);
}

/* "on-cifar10", with a number made of the folder where one is named: two of one format are two data sets. */
static void data_text(char text[64], const char *data)
{
	size_t name = strcspn(data, ":");

	snprintf(text, 64, "-on-%.*s", (int)(name < 32 ? name : 32), data);
	if (data[name])
		snprintf(text + strlen(text), 16, "-%08lx", crc32_z(0, (const unsigned char *)data, strlen(data)));
}

static void settings_text(char text[NAME_SIZE], const struct retrain_settings *s)
{
	char rate[32], generated[48] = "", data[64] = "";

	real_text(rate, s->learning_rate);
	if (s->generated_step)
		snprintf(generated, sizeof(generated), "-generated-%lld", (long long)s->generated_step);
	if (s->own_data)
		data_text(data, s->data);
	snprintf(text, NAME_SIZE, "%d-epochs-batch-%d-rate-%s-seed-%llu%s%s%s", s->epochs, s->batch, rate, (unsigned long long)s->seed,
		s->weight_norm ? "-weight-norm" : "", generated, data);
}

/* Adds "/NAME" to the path and makes that folder. */
static int descend(char path[PATH_MAX], const char *name)
{
	size_t n = strlen(path);

	if ((size_t)snprintf(path + n, PATH_MAX - n, "/%s", name) >= PATH_MAX - n)
		return err_set("%s: %s", path, strerror(ENAMETOOLONG));
	return mkdir(path, 0777) < 0 && errno != EEXIST ? err_set("%s: %s", path, strerror(errno)) : 0;
}

int retrain_folder(char folder[PATH_MAX], const char *run_path, const struct retrain_settings *s)
{
	char name[NAME_SIZE];

	settings_text(name, s);
	snprintf(folder, PATH_MAX, "%s", run_path);
	return descend(folder, "retrained") < 0 || descend(folder, *s->network ? s->network : s->id) < 0 || descend(folder, name) < 0 ? -1 : 0;
}

/* ---- retrain.json ---- */

static const struct report_field {
	const char *name;
	enum { REPORT_INT, REPORT_INT64, REPORT_REAL } type;
	size_t offset;
} report_fields[] = {
#define FIELD(name, type) { #name, type, offsetof(struct retrain_report, name) }
	FIELD(epochs, REPORT_INT), FIELD(epochs_done, REPORT_INT), FIELD(parameters, REPORT_INT64), FIELD(macs, REPORT_INT64),
	FIELD(train_loss, REPORT_REAL), FIELD(validation_loss, REPORT_REAL), FIELD(validation_error, REPORT_REAL),
	FIELD(test_loss, REPORT_REAL), FIELD(test_error, REPORT_REAL), FIELD(test_error_stderr, REPORT_REAL),
	FIELD(selected_epoch, REPORT_INT), FIELD(selected_validation_loss, REPORT_REAL), FIELD(selected_validation_error, REPORT_REAL),
	FIELD(selected_test_error, REPORT_REAL), FIELD(seconds, REPORT_REAL),
#undef FIELD
};
enum { REPORT_FIELDS = sizeof(report_fields) / sizeof(*report_fields) };

static json_t *field_to_json(const struct retrain_report *r, const struct report_field *f)
{
	const char *at = (const char *)r + f->offset;

	if (f->type == REPORT_REAL)
		return number(*(const double *)at);
	return json_integer(f->type == REPORT_INT ? *(const int *)at : *(const int64_t *)at);
}

static bool field_from_json(struct retrain_report *r, const struct report_field *f, const json_t *value)
{
	char *at = (char *)r + f->offset;

	if (f->type == REPORT_REAL) {
		*(double *)at = json_is_null(value) ? NAN : json_number_value(value);
		return json_is_null(value) || json_is_number(value);
	}
	if (f->type == REPORT_INT)
		*(int *)at = (int)json_integer_value(value);
	else
		*(int64_t *)at = json_integer_value(value);
	return json_is_integer(value);
}

void retrain_round_report(struct retrain_report *r)
{
	for (int i = 0; i < REPORT_FIELDS; i++) {
		double *x = (double *)((char *)r + report_fields[i].offset);

		if (report_fields[i].type == REPORT_REAL)
			*x = units_rounded(*x, COMPUTED_DIGITS);
	}
}

json_t *retrain_report_to_json(const struct retrain_report *r)
{
	json_t *json = json_object();

	for (int i = 0; i < REPORT_FIELDS; i++)
		json_object_set_new(json, report_fields[i].name, field_to_json(r, &report_fields[i]));
	return json;
}

static json_t *settings_to_json(const struct retrain_settings *s)
{
	return json_pack("{s:s?, s:s?, s:s, s:i, s:i, s:o, s:o, s:o, s:I, s:b, s:I}", "id", *s->id ? s->id : NULL, "network",
		*s->network ? s->network : NULL, "data", s->data, "epochs", s->epochs, "batch", s->batch, "learning_rate",
		real(s->learning_rate, TYPED_DIGITS), "momentum", real(s->momentum, TYPED_DIGITS), "weight_decay",
		real(s->weight_decay, TYPED_DIGITS), "seed", (json_int_t)s->seed, "weight_norm", s->weight_norm,
		"generated_step", (json_int_t)s->generated_step);
}

static int write_json(const char *path, const json_t *json)
{
	char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(TYPED_DIGITS)) : NULL;
	int rc;

	if (text)
		rc = file_replace(path, (struct piece[]){ { text, strlen(text) }, { "\n", 1 } }, 2);
	else
		rc = err_set("%s: out of memory", path);
	free(text);
	return rc;
}

int retrain_write_report(const char *folder, const struct retrain_settings *s, const struct retrain_report *r)
{
	char path[PATH_MAX];
	json_t *json = json_pack("{s:i, s:o, s:o}", "version", FORMAT_VERSION, "settings", settings_to_json(s), "report",
		r ? retrain_report_to_json(r) : json_null());
	int rc;

	file_path(path, folder, report_name);
	rc = write_json(path, json);
	json_decref(json);
	return rc;
}

/* Names the first setting that differs. */
static int check_settings(const char *path, const json_t *have, const struct retrain_settings *s)
{
	json_t *want = settings_to_json(s), *value;
	const char *key;
	int rc = 0;

	json_object_foreach(want, key, value)
		if (rc == 0 && !json_equal(value, json_object_get(have, key)))
			rc = err_set("%s: of another retraining: its %s differs; move the folder away to train anew", path, key);
	json_decref(want);
	return rc;
}

static int report_from_json(const char *path, const json_t *json, const struct retrain_settings *s, struct retrain_report *r)
{
	const json_t *report = json_object_get(json, "report");

	if (check_settings(path, json_object_get(json, "settings"), s) < 0)
		return -1;
	if (json_is_null(report))
		return 0;
	strcpy(r->id, s->id);
	for (int i = 0; i < REPORT_FIELDS; i++)
		if (!field_from_json(r, &report_fields[i], json_object_get(report, report_fields[i].name)))
			return err_set("%s: report: %s: a number would be right; move the folder away to train anew", path, report_fields[i].name);
	return 1;
}

int retrain_read_report(const char *folder, const struct retrain_settings *s, struct retrain_report *r)
{
	char path[PATH_MAX], *text;
	json_error_t error;
	size_t bytes;
	int rc;

	file_path(path, folder, report_name);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	text = file_read(path, JSON_MOST, &bytes);
	if (!text)
		return -1;

	json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);

	if (json)
		rc = report_from_json(path, json, s, r);
	else
		rc = err_set("%s: line %d: %s", path, error.line, error.text);
	json_decref(json);
	free(text);
	return rc;
}

/* ---- tensors of a file ---- */

struct tensors {
	struct st_tensor *list;
	int count;
};

static struct st_tensor *add(struct tensors *f, enum st_type type, void *data, const struct shape *shape, const char *name,
	const char *ending)
{
	struct st_tensor *t = &f->list[f->count++];

	snprintf(t->name, sizeof(t->name), "%s%s", name, ending);
	t->type = type;
	t->data = data;
	t->rank = shape->rank;
	for (int i = 0; i < shape->rank; i++)
		t->dim[i] = shape->dim[i];
	t->bytes = st_bytes(t);
	return t;
}

/* The parameters in a slab on the host. */
static void add_params(struct tensors *f, const struct params *ps, float *slab, const char *ending)
{
	for (int i = 0; i < ps->count; i++)
		add(f, ST_F32, slab + ps->list[i].offset, &ps->list[i].shape, ps->list[i].name, ending);
}

/* "norm1.weight" -> "norm1.running_mean", "norm1.running_var" */
static void add_statistics(struct tensors *f, const struct model *m, float *statistics)
{
	for (int i = 0; i < m->norms->count; i++) {
		const struct norm *norm = &m->norms->list[i];
		const char *weight = m->ps->list[norm->gamma].name;
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(strrchr(weight, '.') - weight), weight);
		add(f, ST_F32, statistics + norm->offset, &SHAPE(norm->channels), name, ".running_mean");
		add(f, ST_F32, statistics + norm->offset + norm->channels, &SHAPE(norm->channels), name, ".running_var");
	}
}

int retrain_write_weights(const char *folder, const char *name, const struct model *m, const struct retrain_weights *w,
	const struct retrain_settings *s, int epoch)
{
	struct tensors f = { .list = calloc((size_t)m->ps->count + 2 * (size_t)m->norms->count, sizeof(*f.list)) };
	char path[PATH_MAX], epoch_text[16];
	json_t *metadata;
	int rc = -1;

	file_path(path, folder, name);
	if (!f.list)
		return err_set("%s: out of memory", path);
	add_params(&f, m->ps, w->value, "");
	add_statistics(&f, m, w->statistics);
	snprintf(epoch_text, sizeof(epoch_text), "%d", epoch);
	metadata = json_pack("{s:s, s:s, s:s, s:s}", "format", "pt", *s->network ? "network" : "architecture",
		*s->network ? s->network : s->id, "data", s->data, "epoch", epoch_text);
	rc = metadata ? st_write(path, f.list, f.count, metadata) : err_set("%s: out of memory", path);
	json_decref(metadata);
	free(f.list);
	return rc;
}

/* ---- the state ---- */

enum { INTEGERS = 2 + 3 * 4, STATE_EXTRA = 5, PART_NUMBERS = 5 };          /* position, epoch, three generators */
static const char part_name[] = "training.part";

/* The state as a file should hold it; slabs on the host. */
struct image {
	struct tensors f;
	float *value, *momentum, *statistics;
	int64_t integer[INTEGERS];
	double real[REPORT_FIELDS], part[PART_NUMBERS];
};

static void image_release(struct image *im)
{
	free(im->f.list);
	free(im->value);
	free(im->momentum);
	free(im->statistics);
}

static int image_init(struct image *im, const struct model *m, const struct retrain_weights *selected)
{
	const struct params *ps = m->ps;

	*im = (struct image){ .f.list = calloc(3 * (size_t)ps->count + STATE_EXTRA, sizeof(*im->f.list)) };
	im->value = calloc(ps->size + 1, sizeof(float));
	im->momentum = calloc(ps->size + 1, sizeof(float));
	im->statistics = calloc(m->norms->statistics_size, sizeof(float));
	if (!im->f.list || !im->value || !im->momentum || !im->statistics) {
		image_release(im);
		return err_set("out of memory for %zu parameters", ps->size);
	}
	add_params(&im->f, ps, im->value, "");
	add_params(&im->f, ps, im->momentum, ".momentum");
	add_params(&im->f, ps, selected->value, ".selected");
	add(&im->f, ST_F32, im->statistics, &SHAPE((int)m->norms->statistics_size), "statistics", "");
	add(&im->f, ST_F32, selected->statistics, &SHAPE((int)m->norms->statistics_size), "statistics", ".selected");
	add(&im->f, ST_I64, im->integer, &SHAPE(INTEGERS), "training", ".position");
	add(&im->f, ST_F64, im->real, &SHAPE(REPORT_FIELDS), "training", ".report");
	add(&im->f, ST_F64, im->part, &SHAPE(PART_NUMBERS), part_name, "");      /* the last: older files have none */
	return 0;
}

static unsigned long checksum(const struct image *im)
{
	unsigned long sum = crc32_z(0, NULL, 0);

	for (int i = 0; i < im->f.count; i++)
		sum = crc32_z(sum, im->f.list[i].data, im->f.list[i].bytes);
	return sum;
}

/* Every number of a report is exact as a double. */
static void report_to_reals(double real[REPORT_FIELDS], const struct retrain_report *r)
{
	for (int i = 0; i < REPORT_FIELDS; i++) {
		const struct report_field *f = &report_fields[i];
		const char *at = (const char *)r + f->offset;

		real[i] = f->type == REPORT_REAL ? *(const double *)at : f->type == REPORT_INT ? *(const int *)at : (double)*(const int64_t *)at;
	}
}

static void report_from_reals(struct retrain_report *r, const double real[REPORT_FIELDS])
{
	for (int i = 0; i < REPORT_FIELDS; i++) {
		const struct report_field *f = &report_fields[i];
		char *at = (char *)r + f->offset;

		if (f->type == REPORT_REAL)
			*(double *)at = real[i];
		else if (f->type == REPORT_INT)
			*(int *)at = (int)real[i];
		else
			*(int64_t *)at = (int64_t)real[i];
	}
}

static void part_to_reals(double real[PART_NUMBERS], const struct retrain_part *p)
{
	const double all[PART_NUMBERS] = { p->steps, (double)p->losses.count, p->losses.mean, p->losses.squares, p->seconds };

	memcpy(real, all, sizeof(all));
}

static struct retrain_part part_from_reals(const double real[PART_NUMBERS])
{
	return (struct retrain_part){
		.steps = (int)real[0], .losses = { .count = (int64_t)real[1], .mean = real[2], .squares = real[3] }, .seconds = real[4],
	};
}

int retrain_write_state(const char *folder, const struct model *m, const struct retrain_state *s)
{
	const struct rng *generator[] = { &s->augmentation, &s->batches_rng, &s->batches_epoch_rng };
	size_t bytes = m->ps->size * sizeof(float);
	struct backend *be = m->be;
	char path[PATH_MAX], sum[16];
	struct image im;
	int rc = -1;

	file_path(path, folder, state_name);
	if (image_init(&im, m, &s->selected) < 0)
		return -1;
	be->k->download(be, im.value, m->ps->value, bytes);
	be->k->download(be, im.momentum, m->ps->m, bytes);
	be->k->download(be, im.statistics, m->statistics, m->norms->statistics_size * sizeof(float));
	im.integer[0] = s->batches_position;
	im.integer[1] = s->batches_epoch;
	for (int i = 0; i < 3; i++)
		memcpy(im.integer + 2 + 4 * i, generator[i]->s, sizeof(generator[i]->s));
	report_to_reals(im.real, &s->report);
	part_to_reals(im.part, &s->part);
	snprintf(sum, sizeof(sum), "%08lx", checksum(&im));

	json_t *metadata = json_pack("{s:s}", "crc32", sum);

	if (!backend_ok(be))
		err_set("%s: the device failed: %s", path, be->failure);
	else
		rc = metadata ? st_write(path, im.f.list, im.f.count, metadata) : err_set("%s: out of memory", path);
	json_decref(metadata);
	image_release(&im);
	return rc;
}

/* Fills the image; everything is checked before anything is used. */
static int take(struct image *im, const struct st_file *file, const char *path)
{
	const char *sum = json_string_value(json_object_get(file->metadata, "crc32"));
	char have[16];

	im->f.count -= !st_find(file, part_name);
	for (int i = 0; i < im->f.count; i++) {
		const struct st_tensor *want = &im->f.list[i], *t = st_find(file, want->name);

		if (!t || t->type != want->type || t->rank != want->rank || memcmp(t->dim, want->dim, (size_t)t->rank * sizeof(*t->dim)) != 0)
			return err_set("%s: tensor %s is missing or of another shape; remove the file to train anew", path, want->name);
		memcpy(want->data, t->data, want->bytes);
	}
	snprintf(have, sizeof(have), "%08lx", checksum(im));
	return sum && strcmp(sum, have) == 0 ? 0 :
		err_set("%s: damaged: its values do not add up to its checksum; remove the file to train anew", path);
}

int retrain_read_state(const char *folder, struct model *m, struct retrain_state *s)
{
	struct rng *generator[] = { &s->augmentation, &s->batches_rng, &s->batches_epoch_rng };
	size_t bytes = m->ps->size * sizeof(float);
	struct backend *be = m->be;
	char path[PATH_MAX];
	struct st_file file;
	struct image im;
	int rc = -1;

	file_path(path, folder, state_name);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (image_init(&im, m, &s->selected) < 0)
		return -1;
	if (st_read(path, &file) < 0)
		goto out;
	if (take(&im, &file, path) == 0) {
		be->k->upload(be, m->ps->value, im.value, bytes);
		be->k->upload(be, m->ps->m, im.momentum, bytes);
		be->k->upload(be, m->statistics, im.statistics, m->norms->statistics_size * sizeof(float));
		be->k->sync(be);
		s->batches_position = (int)im.integer[0];
		s->batches_epoch = im.integer[1];
		for (int i = 0; i < 3; i++)
			memcpy(generator[i]->s, im.integer + 2 + 4 * i, sizeof(generator[i]->s));
		report_from_reals(&s->report, im.real);
		s->part = part_from_reals(im.part);
		rc = 1;
	}
	st_release(&file);
out:
	image_release(&im);
	return rc;
}

void retrain_remove_state(const char *folder)
{
	char path[PATH_MAX];

	file_path(path, folder, state_name);
	unlink(path);
}

/* ---- metrics.jsonl ---- */

/* Leaves the first `lines` lines. */
static int cut(int fd, int lines)
{
	char chunk[4096];
	off_t end = 0;
	ssize_t n;

	while (lines > 0 && (n = pread(fd, chunk, sizeof(chunk), end)) > 0)
		for (ssize_t i = 0; i < n && lines > 0; i++, end++)
			lines -= chunk[i] == '\n';
	return ftruncate(fd, end);
}

int retrain_add_metrics(const char *folder, const struct retrain_report *r, double learning_rate, double epoch_seconds)
{
	char path[PATH_MAX];
	json_t *line = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "epoch", r->epochs_done, "train_loss", number(r->train_loss),
		"validation_loss", number(r->validation_loss), "validation_error", number(r->validation_error),
		"learning_rate", number(learning_rate), "seconds", number(epoch_seconds));
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	int rc = -1, fd;

	json_decref(line);
	file_path(path, folder, metrics_name);
	if (!text)
		return err_set("%s: out of memory", path);
	text[strlen(text)] = '\n';               /* its end is written, not read */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && cut(fd, r->epochs_done - 1) == 0 && lseek(fd, 0, SEEK_END) >= 0 &&
	    file_write(fd, text, strchr(text, '\n') - text + 1) == 0)
		rc = 0;
	else
		err_set("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(text);
	return rc;
}
