/* trainer.c -- one SMASH training: sample an architecture and a minibatch, generate, forward, loss, backward, update. */
#include "src/lab/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/lab/kept.h"
#include "src/lab/metrics.h"
#include "src/lab/run_data.h"
#include "src/nn/trace.h"

static const float adam_epsilon = 1e-8f;

/* ---- opening ---- */

static int validation_images(const struct trainer *t)
{
	return t->data->validation.count < VALIDATION_IMAGES ? t->data->validation.count : VALIDATION_IMAGES;
}

static int build_networks(struct trainer *t)
{
	const struct preset *preset = &t->config.preset;
	struct rng rng;

	t->params = params_new(t->be);
	if (!t->params)
		return err_set("out of memory");
	if (layout_init(&t->layout, &preset->space, t->data->axes) < 0 ||
	    network_init(&t->network, &preset->space, t->data->axes, &t->data->input, t->params) < 0 ||
	    hypernet_init(&t->hypernet, &t->layout, &preset->hypernet, t->params) < 0)
		return -1;
	rng_seed(&rng, t->config.seed, STREAM_INIT);
	return params_alloc(t->params, &rng);
}

static int build_passes(struct trainer *t)
{
	int batch = t->config.preset.training.batch;

	t->tape = tape_new(t->be);
	if (t->be->k->foresee)
		t->ahead = tape_new(t->be);
	if (!t->tape || (t->be->k->foresee && !t->ahead))
		return err_set("out of memory");
	if (feed_init(&t->feed, t->be, t->data, &t->layout, batch) < 0)
		return -1;
	t->batch_index = calloc(batch, sizeof(int));
	t->validation_arch = calloc(VALIDATION_ARCHITECTURES, sizeof(struct arch));
	if (!t->batch_index || !t->validation_arch)
		return err_set("out of memory");
	return inference_init(&t->inference, &t->hypernet, &t->network, t->tape, t->params, &t->feed);
}

static int seed_streams(struct trainer *t)
{
	uint64_t seed = t->config.seed;
	struct rng rng;

	rng_seed(&t->sampler, seed, STREAM_SAMPLER);
	rng_seed(&t->augmentation, seed, STREAM_AUGMENTATION);
	rng_seed(&t->noise, seed, STREAM_NOISE);
	rng_seed(&rng, seed, STREAM_VALIDATION);
	for (int i = 0; i < VALIDATION_ARCHITECTURES; i++)
		arch_sample(&t->validation_arch[i], &t->layout.space, t->data->axes, 0, &rng);
	return batches_init(&t->batches, t->data->train.count, seed);
}

/* The constants of normalisation are those that the run began with. `run_path` NULL: it is about to begin. */
static int open_data(struct trainer *t, const char *run_path)
{
	struct run_config *config = &t->config;

	t->data = run_path ? run_data_open(run_path, config, true) : dataset_open(config->data);
	if (!t->data)
		return -1;
	config->normalisation = t->data->normalisation;
	return 0;
}

static int open_device(struct trainer *t)
{
	int precision = *t->config.precision ? precision_find(t->config.precision) : PRECISION_FLOAT;

	if (precision < 0)
		return err_prefix("precision");
	if (!(t->be = backend_open(t->config.device, t->config.threads)))
		return -1;
	t->be->precision = (enum precision)precision;
	return 0;
}

static struct trainer *make(const struct run_config *config, const char *run_path)
{
	struct trainer *t = calloc(1, sizeof(*t));

	if (!t) {
		err_set("out of memory");
		return NULL;
	}
	t->config = *config;
	if (open_data(t, run_path) < 0 || open_device(t) < 0 ||
	    build_networks(t) < 0 || build_passes(t) < 0 || seed_streams(t) < 0) {
		trainer_close(t);
		return NULL;
	}
	return t;
}

struct trainer *trainer_new(const struct run_config *config)
{
	return make(config, NULL);
}

void trainer_close(struct trainer *t)
{
	if (!t)
		return;
	batches_release(&t->batches);
	inference_release(&t->inference);
	free(t->validation_arch);
	free(t->batch_index);
	feed_release(&t->feed);
	tape_free(t->ahead);
	tape_free(t->tape);
	params_free(t->params);
	backend_close(t->be);
	dataset_close(t->data);
	free(t);
}

/* ---- the state that a checkpoint keeps beside the parameters ---- */

static struct checkpoint_state state_of(const struct trainer *t)
{
	return (struct checkpoint_state){
		.step = t->step, .seconds = t->seconds,
		.sampler = t->sampler, .augmentation = t->augmentation, .noise = t->noise,
		.batches_position = t->batches.position, .batches_epoch = t->batches.epoch,
		.batches_rng = t->batches.rng, .batches_epoch_rng = t->batches.epoch_rng,
	};
}

static int set_state(struct trainer *t, const struct checkpoint_state *s)
{
	if (batches_restore(&t->batches, s->batches_position, s->batches_epoch, &s->batches_rng, &s->batches_epoch_rng) < 0)
		return -1;
	t->step = s->step;
	t->seconds = s->seconds;
	t->sampler = s->sampler;
	t->augmentation = s->augmentation;
	t->noise = s->noise;
	return 0;
}

int trainer_attach(struct trainer *t, struct run *run)
{
	struct checkpoint_state state;
	int rc = checkpoint_load(run, t->params, &state, t->notice, sizeof(t->notice));

	if (rc < 0 || (rc == 0 && set_state(t, &state) < 0))
		return -1;
	if (rc == 1 && run->metrics && fseek(run->metrics, 0, SEEK_END) == 0 && ftell(run->metrics) > 0)
		snprintf(t->notice, sizeof(t->notice), "%.160s has no checkpoint: training starts again from step 0", run->path);
	t->run = run;
	t->config = run->config;
	return run->metrics ? run_truncate_metrics(run, t->step) : 0;
}

struct trainer *trainer_open(struct run *run)
{
	struct trainer *t = make(&run->config, run->path);

	if (t && trainer_attach(t, run) < 0) {
		trainer_close(t);
		return NULL;
	}
	return t;
}

static int parameters_finite(struct trainer *t)
{
	size_t n = t->params->size;
	float *value = malloc(n * sizeof(float));

	if (!value)
		return err_set("out of memory");
	t->be->k->download(t->be, value, t->params->value, n * sizeof(float));

	size_t i = 0;

	while (i < n && isfinite(value[i]))
		i++;
	free(value);
	return i == n ? 0 : err_set("the parameters after step %lld are not finite; the last checkpoint stays", (long long)t->step);
}

int trainer_save(struct trainer *t)
{
	struct checkpoint_state state = state_of(t);

	if (parameters_finite(t) < 0)
		return -1;
	return checkpoint_save(t->run, t->params, &state);
}

/* ---- a step ---- */

double trainer_learning_rate(const struct trainer *t, enum param_group group, int64_t step)
{
	const struct training *training = &t->config.preset.training;
	double start = group == PARAM_FREE ? training->rate_free : training->rate_hypernet;

	return cosine_rate(start, step, t->config.steps);
}

int trainer_kernel_limit(const struct trainer *t, int64_t step)
{
	int kernel_max = t->layout.space.kernel_max, sizes = (kernel_max - 3) / 2;      /* beyond 3 */

	return 2 * step >= t->config.steps ? kernel_max : 3 + 2 * (int)(2 * step * sizes / t->config.steps);
}

static void next_batch(struct trainer *t)
{
	const struct training *training = &t->config.preset.training;

	batches_next(&t->batches, t->batch_index, training->batch);
	feed_images(&t->feed, &t->data->train, t->batch_index, training->batch, training->augment ? &t->augmentation : NULL);
}

/* The loss of each image of the batch, recorded. */
static struct tensor *record_step(struct trainer *t)
{
	tape_reset(t->tape);

	struct tensor *tiles = hypernet_record(&t->hypernet, t->tape, t->params, feed_encoding_leaf(&t->feed, t->tape), true);
	struct tensor *logits = network_record(&t->network, t->tape, t->params, &t->arch, tiles, feed_image_leaf(&t->feed, t->tape),
		(struct network_pass){ .train = true, .batch_statistics = true });

	return feed_loss(&t->feed, t->tape, logits);
}

/* While the device computes: the sampler's state already tells the next architecture, and so which convolutions come next. */
static void foresee_next(struct trainer *t)
{
	struct rng sampler = t->sampler;
	struct tensor *code, *tiles;
	struct arch next;

	if (!t->ahead || t->step + 1 >= t->config.steps)
		return;
	arch_sample(&next, &t->layout.space, t->data->axes, trainer_kernel_limit(t, t->step + 1), &sampler);
	tape_reset(t->ahead);
	code = tape_leaf(t->ahead, SHAPE(1, t->layout.rows, encoding_slices(&t->layout, &next), t->layout.channels), t->feed.code, NULL);
	tiles = hypernet_record(&t->hypernet, t->ahead, t->params, code, true);
	network_record(&t->network, t->ahead, t->params, &next, tiles, feed_image_leaf(&t->feed, t->ahead),
		(struct network_pass){ .train = true, .batch_statistics = true });
	for (int i = 0; i < tape_nodes(t->ahead); i++) {
		struct trace trace = tape_trace(t->ahead, i);

		if (trace.kind == TRACE_CONV || trace.kind == TRACE_CONV_ADD)
			t->be->k->foresee(t->be, &trace.conv);
	}
}

static int forward_and_backward(struct trainer *t, struct tensor *loss)
{
	params_zero_grad(t->params);
	if (tape_forward(t->tape, true) < 0)
		return -1;
	feed_keep_loss(&t->feed, loss);
	if (tape_backward(t->tape, loss, 1.0f / (float)t->feed.images) < 0)
		return -1;
	foresee_next(t);
	feed_fetch(&t->feed);
	return backend_ok(t->be) ? 0 : err_set("step %lld: %s", (long long)t->step + 1, t->be->failure);
}

static double mean(const float *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i];
	return sum / n;
}

static int check_loss(const struct trainer *t, double loss)
{
	char id[ARCH_ID_LENGTH + 1];

	if (isfinite(loss))
		return 0;
	arch_id(&t->arch, id);

	bool kept = t->run && kept_save(t->run->path, &t->arch, NULL, NULL, false) == 0;

	return err_set("step %lld, architecture %s%s: the loss is not finite; lower rates (training.rate_free, training.rate_hypernet) "
		"may help", (long long)t->step + 1, id, kept ? " (kept in architectures/)" : "");
}

static void update(struct trainer *t)
{
	const struct training *training = &t->config.preset.training;

	for (enum param_group g = 0; g < PARAM_GROUPS; g++)
		params_adam(t->params, g, &(struct adam){
			.learning_rate = (float)trainer_learning_rate(t, g, t->step),
			.beta1 = (float)training->beta1, .beta2 = (float)training->beta2,
			.epsilon = adam_epsilon, .t = t->step + 1,
		});
}

static int write_metrics(struct trainer *t, const struct step_report *r)
{
	char id[ARCH_ID_LENGTH + 1];

	arch_id(&t->arch, id);
	t->write_failed = t->run && metrics_add_step(t->run, r, id) < 0;
	return t->write_failed ? -1 : 0;
}

int trainer_step(struct trainer *t, struct step_report *r)
{
	double start = clock_seconds();
	struct checkpoint_state before = state_of(t);

	t->write_failed = false;
	if (t->step >= t->config.steps)
		return 1;
	if (dataset_examples(t->data) < 0)
		return -1;
	arch_sample(&t->arch, &t->layout.space, t->data->axes, trainer_kernel_limit(t, t->step), &t->sampler);
	next_batch(t);
	feed_encoding(&t->feed, &t->arch, &t->noise);
	if (forward_and_backward(t, record_step(t)) < 0)
		goto undo;
	*r = (struct step_report){
		.step = t->step + 1,
		.loss = mean(t->feed.host_result, t->feed.images), .error = mean(feed_wrong(&t->feed), t->feed.images),
		.learning_rate = trainer_learning_rate(t, PARAM_HYPERNET, t->step),
		.flops = tape_cost(t->tape).flops + tape_cost(t->tape).flops_backward, .images = t->feed.images,
	};
	if (check_loss(t, r->loss) < 0)
		goto undo;
	update(t);
	t->step++;
	r->seconds = clock_seconds() - start;
	t->seconds += r->seconds;
	return write_metrics(t, r);
undo:
	set_state(t, &before);
	return -1;
}

/* ---- validation ---- */

bool trainer_validation_due(const struct trainer *t)
{
	return t->step > 0 && (t->step % VALIDATION_STEPS == 0 || t->step == t->config.steps);
}

/* Adds the losses and wrongs of one architecture on images 0 … n-1 of the validation set, batch by batch. */
static int validate_arch(struct trainer *t, const struct arch *arch, float *loss, float *wrong, int n)
{
	int index[VALIDATION_IMAGES] = { 0 }, batch = t->feed.room;
	struct rng noise;

	rng_seed(&noise, t->config.seed, STREAM_FIXED_NOISE);
	if (inference_generate(&t->inference, arch, &noise) < 0)
		return -1;
	for (int from = 0; from < n; from += batch) {
		int count = n - from < batch ? n - from : batch;

		for (int i = 0; i < count; i++)
			index[i] = from + i;
		if (inference_run(&t->inference, &t->data->validation, index, count, (struct network_pass){ .batch_statistics = true }) < 0)
			return -1;
		for (int i = 0; i < count; i++) {
			loss[from + i] += t->feed.host_result[i] / VALIDATION_ARCHITECTURES;
			wrong[from + i] += feed_wrong(&t->feed)[i] / VALIDATION_ARCHITECTURES;
		}
	}
	return 0;
}

int trainer_validate(struct trainer *t, struct validation_report *r)
{
	float loss[VALIDATION_IMAGES] = { 0 }, wrong[VALIDATION_IMAGES] = { 0 };
	struct stats losses = { 0 }, errors = { 0 };
	int n = validation_images(t);

	t->write_failed = false;
	for (int i = 0; i < VALIDATION_ARCHITECTURES; i++)
		if (validate_arch(t, &t->validation_arch[i], loss, wrong, n) < 0)
			return -1;
	for (int i = 0; i < n; i++) {
		stats_add(&losses, loss[i]);
		stats_add(&errors, wrong[i]);
	}
	*r = (struct validation_report){
		.loss = losses.mean, .loss_stderr = stats_stderr(&losses), .error = errors.mean, .error_stderr = stats_stderr(&errors),
		.architectures = VALIDATION_ARCHITECTURES, .images = n,
	};
	t->write_failed = t->run && metrics_add_validation(t->run, t->step, r) < 0;
	return t->write_failed ? -1 : 0;
}

double trainer_measure_peak(struct trainer *t)
{
	if (t->matrix_peak == 0)
		t->matrix_peak = backend_matrix_peak(t->be);
	return t->matrix_peak;
}
