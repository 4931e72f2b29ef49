/* retrain.c -- training one network with weights of its own, in slices. */
#include "src/lab/retrain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/adapt.h"
#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/lab/model.h"
#include "src/lab/retrain_files.h"
#include "src/lab/run_data.h"
#include "src/lab/score.h"
#include "src/store/file.h"

enum { EPOCHS_MAX = 1000000, RATE_MAX = 100 };
static const double standard_rate = 0.1, rate_min = 1e-6, momentum = 0.9, weight_decay = 5e-4, save_seconds = 60;

/* An epoch is the first three; after the last one the last weights are tested, then those of the selected epoch. */
enum phase { TRAINING, CALIBRATING, VALIDATING, TESTING, TESTING_SELECTED, FINISHED };

struct retraining {
	struct trainer *t;
	struct retrain_settings settings;
	char folder[PATH_MAX];
	struct dataset *own_data;        /* NULL: the run's */
	const struct dataset *data;
	struct arch arch;                /* what is trained, where it is no named network: that which was asked for, as data and options want it */
	char asked[ARCH_ID_LENGTH + 1];  /* its id; "" for a named network */
	struct model model;
	struct feed feed;
	struct batches batches;
	int *batch_index;
	struct rng augmentation;
	int *calibration, calibration_images;    /* training images that statistics are estimated on */
	float *part_statistics;          /* device: of one part of them */
	struct tensor *loss;             /* what the tape has recorded, if that is still its recording: such passes and as many images */
	struct norm_pass pass;
	int recorded_images;
	long recording;
	struct retrain_weights selected; /* host: of the epoch with the lowest validation loss */

	enum phase phase;
	int at;                          /* steps, or images, done in this phase */
	int steps_each;                  /* steps of an epoch */
	double epoch_seconds;
	double unsaved_seconds;          /* of what the state on the disk does not have */
	bool failed;
	struct stats losses, errors;     /* of the images so far in this phase; of training the losses */
	struct retrain_report report;
};

/* ---- opening ---- */

static int check_range(const char *option, double x, double min, double max)
{
	return x >= min && x <= max ? 0 : err_set("--%s %g: %g to %g would be right", option, x, min, max);
}

static int fill_settings(struct retraining *r, const struct experiment *e)
{
	struct retrain_settings *s = &r->settings;
	const char *run_data = r->t->config.data;
	char data[DATASET_NAME_SIZE];

	if (dataset_absolute(data, e->data) < 0)
		return -1;

	*s = (struct retrain_settings){
		.epochs = e->epochs ? e->epochs : RETRAIN_EPOCHS, .batch = e->batch ? e->batch : RETRAIN_BATCH,
		.learning_rate = e->learning_rate != 0 ? e->learning_rate : standard_rate, .momentum = momentum, .weight_decay = weight_decay,
		.seed = e->seed ? e->seed : r->t->config.seed, .weight_norm = e->weight_norm,
		.generated_step = e->from_generated ? r->t->step : 0,
		.own_data = *data && strcmp(data, run_data) != 0,
	};
	strcpy(s->data, s->own_data ? data : run_data);
	strcpy(s->network, e->network);
	return 0;
}

/* Of the architecture that was asked for, the one for this data. */
static int adapt_arch(struct retraining *r, const struct experiment *e)
{
	if (!e->has_arch)
		return err_set("retraining wants an architecture, or a network such as wrn-16-4");
	if (arch_validate(&r->t->layout.space, &e->arch, NULL) < 0)
		return -1;
	arch_id(&e->arch, r->asked);
	r->arch = e->arch;
	arch_set_axes(&r->arch, r->data->axes);
	if (e->one_conv)
		arch_make_plain(&r->arch);
	arch_id(&r->arch, r->settings.id);
	if (e->from_generated && r->arch.axes != r->t->data->axes)
		return err_set("--from-generated: the HyperNet makes weights of %d axes, %s has %d; leave it out", r->t->data->axes, r->data->name,
			r->data->axes);
	return 0;
}

/* Everything that can be wrong with what is asked for, before a folder is made for it. */
static int check_request(struct retraining *r, const struct experiment *e)
{
	const struct retrain_settings *s = &r->settings;
	int depth, width;

	if (check_range("epochs", s->epochs, 1, EPOCHS_MAX) < 0 || check_range("rate", s->learning_rate, rate_min, RATE_MAX) < 0 ||
	    check_range("batch", s->batch, 1, r->data->train.count) < 0)
		return -1;
	if (e->from_generated && check_trained(r->t) < 0)
		return -1;
	if (!*s->network)
		return adapt_arch(r, e);
	if (s->weight_norm || e->from_generated || e->one_conv)
		return err_set("%s: --weight-norm, --from-generated and --one-conv are for architectures", s->network);
	return wide_resnet_parse(s->network, &depth, &width);
}

static int open_data(struct retraining *r)
{
	r->data = r->t->data;
	if (!r->settings.own_data)
		return dataset_examples(r->data);
	r->data = r->own_data = dataset_open(r->settings.data);
	return r->data ? 0 : -1;
}

static int open_model(struct retraining *r, const struct experiment *e)
{
	struct trainer *t = r->t;
	const struct dataset *d = r->data;
	int depth, width;
	struct rng rng;

	rng_seed(&rng, r->settings.seed, STREAM_RETRAIN);
	if (*e->network && wide_resnet_parse(e->network, &depth, &width) == 0)
		return model_open_wide(&r->model, t->be, depth, width, d->axes, &d->input, &rng);
	return model_open(&r->model, t->be, &t->layout.space, &r->arch, &d->input, e->weight_norm, &rng);
}

static int draw_calibration(struct retraining *r)
{
	int n = r->data->train.count;
	struct rng rng;

	r->calibration = malloc((size_t)n * sizeof(int));
	if (!r->calibration)
		return err_set("out of memory");
	for (int i = 0; i < n; i++)
		r->calibration[i] = i;
	rng_seed(&rng, r->settings.seed, STREAM_CALIBRATION);
	rng_shuffle(&rng, r->calibration, n);
	r->calibration_images = n < RETRAIN_CALIBRATION ? n : RETRAIN_CALIBRATION;
	return 0;
}

static int open_passes(struct retraining *r)
{
	int batch = r->settings.batch, count = r->data->train.count;
	struct backend *be = r->t->be;

	if (draw_calibration(r) < 0 || batches_init(&r->batches, count, r->settings.seed) < 0)
		return -1;
	rng_seed(&r->augmentation, r->settings.seed, STREAM_RETRAIN + 1);
	r->batch_index = malloc((size_t)batch * sizeof(int));
	r->selected.value = malloc((r->model.ps->size + 1) * sizeof(float));
	r->selected.statistics = malloc(r->model.norms->statistics_size * sizeof(float));
	if (!r->batch_index || !r->selected.value || !r->selected.statistics)
		return err_set("out of memory");
	r->part_statistics = be->k->alloc(be, r->model.norms->statistics_size * sizeof(float));
	return r->part_statistics ? feed_init(&r->feed, be, r->data, &r->t->layout, batch > RETRAIN_CHUNK ? batch : RETRAIN_CHUNK) : -1;
}

static struct retrain_state state_of(const struct retraining *r)
{
	return (struct retrain_state){
		.augmentation = r->augmentation, .batches_rng = r->batches.rng, .batches_epoch_rng = r->batches.epoch_rng,
		.batches_position = r->batches.position, .batches_epoch = r->batches.epoch,
		.report = r->report, .selected = r->selected,
	};
}

static void enter(struct retraining *r, enum phase phase)
{
	r->phase = phase;
	r->at = 0;
	r->losses = r->errors = (struct stats){ 0 };
}

/* Where the epoch stands. A number of steps that no epoch has comes from a file of other data and is left alone. */
static void take_up_part(struct retraining *r, const struct retrain_part *part)
{
	if (r->report.epochs_done == r->settings.epochs || part->steps < 0 || part->steps > r->steps_each)
		return;
	r->epoch_seconds = part->seconds;
	if (part->steps == r->steps_each) {
		enter(r, CALIBRATING);
		return;
	}
	r->at = part->steps;
	r->losses = part->losses;
}

/* Goes on where an interrupted attempt was: 1 done, 0 there was none, -1. */
static int take_up(struct retraining *r)
{
	struct retrain_state s = state_of(r);
	int found = retrain_read_state(r->folder, &r->model, &s);

	if (found <= 0)
		return found;
	if (batches_restore(&r->batches, s.batches_position, s.batches_epoch, &s.batches_rng, &s.batches_epoch_rng) < 0)
		return err_prefix("%s", r->folder);
	r->augmentation = s.augmentation;
	r->report = s.report;
	enter(r, r->report.epochs_done == r->settings.epochs ? TESTING : TRAINING);
	take_up_part(r, &s.part);
	return 1;
}

static int start_generated(struct retraining *r)
{
	int count = r->calibration_images < RETRAIN_CHUNK ? r->calibration_images : RETRAIN_CHUNK;

	if (model_take_generated(&r->model, r->t) < 0)
		return -1;
	feed_images(&r->feed, &r->data->train, r->calibration, count, NULL);
	return model_pass_on(&r->model, r->t->tape, &r->feed);
}

static int begin(struct retraining *r, const struct experiment *e)
{
	r->report = (struct retrain_report){
		.epochs = r->settings.epochs, .parameters = (int64_t)params_count(r->model.ps, PARAM_FREE), .macs = r->model.macs,
		.train_loss = NAN, .validation_loss = NAN, .validation_error = NAN, .test_loss = NAN, .test_error = NAN,
		.test_error_stderr = NAN, .selected_validation_loss = NAN, .selected_validation_error = NAN, .selected_test_error = NAN,
	};
	strcpy(r->report.id, r->settings.id);

	int found = take_up(r);
	char differs[256];

	if (found < 0 || (found == 0 && e->from_generated && start_generated(r) < 0))
		return -1;
	if (!*r->settings.network) {
		char path[PATH_MAX];

		file_path(path, r->folder, "architecture.json");
		if (arch_save(&r->arch, path) < 0)
			return -1;
	}
	if (r->own_data && run_data_note(r->folder, r->data, differs, sizeof(differs)) < 0)
		return -1;
	return retrain_write_report(r->folder, &r->settings, NULL);
}

static int open_retraining(struct retraining *r, const struct experiment *e)
{
	int finished;

	if (!r->t->run)
		return err_set("a retraining is kept in a run, and there is none");
	if (fill_settings(r, e) < 0 || open_data(r) < 0 || check_request(r, e) < 0 || retrain_folder(r->folder, r->t->run->path, &r->settings) < 0)
		return -1;
	r->steps_each = r->data->train.count / r->settings.batch;
	finished = retrain_read_report(r->folder, &r->settings, &r->report);
	if (finished > 0)
		r->phase = FINISHED;
	if (finished)
		return finished < 0 ? -1 : 0;
	return open_model(r, e) < 0 || open_passes(r) < 0 ? -1 : begin(r, e);
}

struct retraining *retraining_new(struct trainer *t, const struct experiment *e)
{
	struct retraining *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set("out of memory");
		return NULL;
	}
	r->t = t;
	if (open_retraining(r, e) < 0) {
		retraining_free(r);
		return NULL;
	}
	return r;
}

static int save(struct retraining *r, struct retrain_part part)
{
	struct retrain_state state = state_of(r);

	state.part = part;
	r->unsaved_seconds = 0;
	return retrain_write_state(r->folder, &r->model, &state);
}

/* In the middle of an epoch. Its evaluation rests on its weights alone, and is done again. */
static int save_part(struct retraining *r)
{
	struct retrain_part part = { .steps = r->at, .losses = r->losses, .seconds = r->epoch_seconds };

	if (r->phase != TRAINING)
		part = (struct retrain_part){ .steps = r->steps_each, .seconds = r->epoch_seconds };
	return save(r, part);
}

static bool is_in_epoch(const struct retraining *r)
{
	return r->phase == TRAINING || r->phase == CALIBRATING || r->phase == VALIDATING;
}

void retraining_free(struct retraining *r)
{
	if (!r)
		return;
	/* Where that cannot be written, what was written last still holds. */
	if (r->unsaved_seconds > 0 && is_in_epoch(r) && !r->failed && backend_ok(r->t->be))
		save_part(r);
	feed_release(&r->feed);
	r->t->be->k->free(r->t->be, r->part_statistics);
	free(r->selected.value);
	free(r->selected.statistics);
	free(r->batch_index);
	free(r->calibration);
	batches_release(&r->batches);
	model_release(&r->model);
	dataset_close(r->own_data);
	free(r);
}

/* ---- passes ---- */

static struct tensor *record(struct retraining *r, struct norm_pass pass)
{
	struct tape *tape = r->t->tape;

	if (r->recording == tape_recording(tape) && r->recorded_images == r->feed.images && r->pass.train == pass.train &&
	    r->pass.batch_statistics == pass.batch_statistics && r->pass.statistics == pass.statistics)
		return r->loss;
	tape_reset(tape);
	r->loss = feed_loss(&r->feed, tape, model_record(&r->model, tape, feed_image_leaf(&r->feed, tape), pass));
	r->pass = pass;
	r->recorded_images = r->feed.images;
	r->recording = tape_recording(tape);
	return r->loss;
}

static double learning_rate(const struct retraining *r, int64_t step)
{
	return cosine_rate(r->settings.learning_rate, step, (int64_t)r->steps_each * r->settings.epochs);
}

static void next_batch(struct retraining *r)
{
	bool augment = r->t->config.preset.training.augment;

	batches_next(&r->batches, r->batch_index, r->settings.batch);
	feed_images(&r->feed, &r->data->train, r->batch_index, r->settings.batch, augment ? &r->augmentation : NULL);
}

static int check_losses(struct retraining *r)
{
	for (int i = 0; i < r->feed.images; i++)
		if (!isfinite(r->feed.host_result[i]))
			return err_set("%s, epoch %d: a loss is not finite; a lower --rate may help", *r->settings.network ? r->settings.network :
				r->settings.id, r->report.epochs_done + 1);
	return 0;
}

static int train_step(struct retraining *r)
{
	struct params *ps = r->model.ps;
	struct tensor *loss;

	next_batch(r);
	loss = record(r, (struct norm_pass){ .train = true, .batch_statistics = true });
	params_zero_grad(ps);
	if (tape_forward(r->t->tape, true) < 0)
		return -1;
	feed_keep_loss(&r->feed, loss);
	if (tape_backward(r->t->tape, loss, 1.0f / (float)r->feed.images) < 0)
		return -1;
	feed_fetch(&r->feed);
	if (!backend_ok(r->t->be))
		return err_set("%s", r->t->be->failure);
	if (check_losses(r) < 0)
		return -1;
	params_sgd(ps, PARAM_FREE, &(struct sgd){
		.learning_rate = (float)learning_rate(r, (int64_t)r->report.epochs_done * r->steps_each + r->at),
		.momentum = (float)r->settings.momentum, .weight_decay = (float)r->settings.weight_decay,
	});
	for (int i = 0; i < r->feed.images; i++)
		stats_add(&r->losses, r->feed.host_result[i]);
	r->at++;
	return 0;
}

static int run_without_gradients(struct retraining *r, struct norm_pass pass)
{
	struct tensor *loss = record(r, pass);

	if (tape_forward(r->t->tape, false) < 0)
		return -1;
	feed_keep_loss(&r->feed, loss);
	feed_fetch(&r->feed);
	return backend_ok(r->t->be) ? check_losses(r) : err_set("%s", r->t->be->failure);
}

static int chunk(int done, int total)
{
	return total - done < RETRAIN_CHUNK ? total - done : RETRAIN_CHUNK;
}

/* The statistics are the mean of those of the parts, by their number of images. */
static int calibrate_part(struct retraining *r)
{
	int count = chunk(r->at, r->calibration_images);
	struct backend *be = r->t->be;

	feed_images(&r->feed, &r->data->train, r->calibration + r->at, count, NULL);
	if (run_without_gradients(r, (struct norm_pass){ .batch_statistics = true, .statistics = r->part_statistics }) < 0)
		return -1;
	be->k->axpby(be, r->model.statistics, (float)count / (float)r->calibration_images, r->part_statistics, r->at > 0,
		r->model.norms->statistics_size);
	r->at += count;
	return 0;
}

static int evaluate_part(struct retraining *r, const struct split *split)
{
	int index[RETRAIN_CHUNK] = { 0 }, count = chunk(r->at, split->count);

	for (int i = 0; i < count; i++)
		index[i] = r->at + i;
	feed_images(&r->feed, split, index, count, NULL);
	if (run_without_gradients(r, (struct norm_pass){ .statistics = r->model.statistics }) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		stats_add(&r->losses, r->feed.host_result[i]);
		stats_add(&r->errors, feed_wrong(&r->feed)[i]);
	}
	r->at += count;
	return 0;
}

/* ---- weights ---- */

static void download(const struct retraining *r, struct retrain_weights *w)
{
	const struct model *m = &r->model;

	m->be->k->download(m->be, w->value, m->ps->value, m->ps->size * sizeof(float));
	m->be->k->download(m->be, w->statistics, m->statistics, m->norms->statistics_size * sizeof(float));
}

static void upload(struct retraining *r, const struct retrain_weights *w)
{
	struct model *m = &r->model;

	m->be->k->upload(m->be, m->ps->value, w->value, m->ps->size * sizeof(float));
	m->be->k->upload(m->be, m->statistics, w->statistics, m->norms->statistics_size * sizeof(float));
}

static int write_last_weights(struct retraining *r)
{
	const struct model *m = &r->model;
	struct retrain_weights w = {
		malloc((m->ps->size + 1) * sizeof(float)), malloc(m->norms->statistics_size * sizeof(float)),
	};
	int rc = -1;

	if (w.value && w.statistics) {
		download(r, &w);
		rc = retrain_write_weights(r->folder, "weights-last.safetensors", m, &w, &r->settings, r->report.epochs_done);
	} else {
		err_set("out of memory");
	}
	free(w.value);
	free(w.statistics);
	return rc;
}

/* ---- phases ---- */

static int training_steps(const struct retraining *r)
{
	return r->steps_each;
}

static int end_training(struct retraining *r)
{
	r->report.train_loss = r->losses.mean;
	enter(r, CALIBRATING);
	return 0;
}

static int calibration_images(const struct retraining *r)
{
	return r->calibration_images;
}

static int end_calibration(struct retraining *r)
{
	enter(r, VALIDATING);
	return 0;
}

static int validation_images(const struct retraining *r)
{
	return r->data->validation.count;
}

static int validate_part(struct retraining *r)
{
	return evaluate_part(r, &r->data->validation);
}

static int end_epoch(struct retraining *r)
{
	struct retrain_report *report = &r->report;
	double rate = learning_rate(r, (int64_t)report->epochs_done * r->steps_each);

	report->epochs_done++;
	report->validation_loss = r->losses.mean;
	report->validation_error = r->errors.mean;
	if (report->selected_epoch == 0 || report->validation_loss < report->selected_validation_loss) {
		report->selected_epoch = report->epochs_done;
		report->selected_validation_loss = report->validation_loss;
		report->selected_validation_error = report->validation_error;
		download(r, &r->selected);
	}

	if (retrain_add_metrics(r->folder, report, rate, r->epoch_seconds) < 0 || save(r, (struct retrain_part){ 0 }) < 0)
		return -1;
	r->epoch_seconds = 0;
	enter(r, report->epochs_done < report->epochs ? TRAINING : TESTING);
	return 0;
}

static int test_images(const struct retraining *r)
{
	return r->data->test.count;
}

static int test_part(struct retraining *r)
{
	return evaluate_part(r, &r->data->test);
}

static int finish(struct retraining *r, double selected_test_error)
{
	r->report.selected_test_error = selected_test_error;
	retrain_round_report(&r->report);
	if (retrain_write_weights(r->folder, "weights-selected.safetensors", &r->model, &r->selected, &r->settings,
		r->report.selected_epoch) < 0 || retrain_write_report(r->folder, &r->settings, &r->report) < 0)
		return -1;
	retrain_remove_state(r->folder);
	r->phase = FINISHED;
	return 0;
}

static int end_test(struct retraining *r)
{
	r->report.test_loss = r->losses.mean;
	r->report.test_error = r->errors.mean;
	r->report.test_error_stderr = stats_stderr(&r->errors);
	if (write_last_weights(r) < 0)
		return -1;
	if (r->report.selected_epoch == r->report.epochs)
		return finish(r, r->report.test_error);
	upload(r, &r->selected);
	enter(r, TESTING_SELECTED);
	return 0;
}

static int end_selected_test(struct retraining *r)
{
	return finish(r, r->errors.mean);
}

static const struct {
	int (*length)(const struct retraining *);        /* of `at` */
	int (*slice)(struct retraining *);
	int (*end)(struct retraining *);                 /* enters the next phase */
} phases[FINISHED] = {
	[TRAINING] = { training_steps, train_step, end_training },
	[CALIBRATING] = { calibration_images, calibrate_part, end_calibration },
	[VALIDATING] = { validation_images, validate_part, end_epoch },
	[TESTING] = { test_images, test_part, end_test },
	[TESTING_SELECTED] = { test_images, test_part, end_selected_test },
};

int retraining_advance(struct retraining *r)
{
	double start = clock_seconds(), seconds;

	if (r->phase == FINISHED)
		return 0;
	r->failed = phases[r->phase].slice(r) < 0;
	if (r->failed)
		return -1;
	seconds = clock_seconds() - start;
	r->report.seconds += seconds;
	r->epoch_seconds += seconds;
	r->unsaved_seconds += seconds;
	r->failed = r->at == phases[r->phase].length(r) && phases[r->phase].end(r) < 0;
	if (r->failed || (r->unsaved_seconds > save_seconds && r->phase == TRAINING && save_part(r) < 0))
		return -1;
	return r->phase != FINISHED;
}

/* ---- what it says ---- */

void retraining_counts(const struct retraining *r, int64_t *done, int64_t *total)
{
	int64_t in_epoch = r->phase == TRAINING ? r->at : r->phase == CALIBRATING || r->phase == VALIDATING ? r->steps_each : 0;

	*done = (int64_t)r->report.epochs_done * r->steps_each + in_epoch;
	*total = (int64_t)r->report.epochs * r->steps_each;
}

struct retrain_report retraining_report(const struct retraining *r)
{
	return r->report;
}

const char *retraining_folder(const struct retraining *r)
{
	return r->folder;
}

const char *retraining_made_from(const struct retraining *r)
{
	return strcmp(r->asked, r->settings.id) ? r->asked : "";
}
