/*
 * score.c -- the SMASH score. A frozen copy of the parameters makes the 1x1 weights once for each architecture; one pass over
 * the calibration images writes the statistics of its batch norms, then the validation images are run with these.
 */
#include "src/lab/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/stats.h"

struct scorer {
	struct trainer *t;
	struct params frozen;            /* the trainer's list, values of its own */
	struct feed feed;
	struct inference inference;
	float *statistics;               /* device: of the batch norms of `arch` */
	int64_t step;
	int *calibration, calibration_images;
	const int *order;                /* of the images; NULL: their own */
	int64_t evaluations;

	struct arch arch;
	float *code;                     /* of scorer_begin_encoding; room for any architecture */
	bool code_given;
	bool generated, calibrated;
	int first, wanted, done;         /* images: from `first` on, to `wanted` */
	float *calibration_loss;
	float *loss, *wrong;             /* of all validation images, `first` to `done` are set */
};

/* The same training images whatever is scored, drawn from all of them: a data set may be sorted by class. */
static int draw_calibration(struct scorer *s)
{
	int n = s->t->data->train.count, *order = malloc(n * sizeof(int));
	struct rng rng;

	if (!order)
		return err_set("out of memory");
	for (int i = 0; i < n; i++)
		order[i] = i;
	rng_seed(&rng, s->t->config.seed, STREAM_CALIBRATION);
	rng_shuffle(&rng, order, n);
	s->calibration = order;
	s->calibration_images = n < CALIBRATION_IMAGES ? n : CALIBRATION_IMAGES;
	return 0;
}

static int freeze(struct scorer *s)
{
	struct backend *be = s->t->be;

	s->step = s->t->step;
	s->frozen = *s->t->params;
	s->frozen.grad = s->frozen.m = s->frozen.v = NULL;
	s->frozen.value = be->k->alloc(be, s->frozen.size * sizeof(float));
	if (!s->frozen.value)
		return -1;
	be->k->copy(be, s->frozen.value, s->t->params->value, s->frozen.size * sizeof(float));
	return 0;
}

static int build(struct scorer *s)
{
	struct trainer *t = s->t;
	int images = t->data->validation.count;

	if (freeze(s) < 0 || draw_calibration(s) < 0)
		return -1;
	s->code = malloc(encoding_room(&t->layout) * sizeof(float));
	s->calibration_loss = malloc(s->calibration_images * sizeof(float));
	s->loss = malloc(images * sizeof(float));
	s->wrong = malloc(images * sizeof(float));
	if (!s->code || !s->calibration_loss || !s->loss || !s->wrong)
		return err_set("out of memory");
	s->statistics = t->be->k->alloc(t->be, t->network.statistics_size * sizeof(float));
	if (!s->statistics || feed_init(&s->feed, t->be, t->data, &t->layout, CALIBRATION_IMAGES) < 0)
		return -1;
	return inference_init(&s->inference, &t->hypernet, &t->network, t->tape, &s->frozen, &s->feed);
}

struct scorer *scorer_new(struct trainer *t)
{
	struct scorer *s;

	if (dataset_examples(t->data) < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		err_set("out of memory");
		return NULL;
	}
	s->t = t;
	if (build(s) < 0) {
		scorer_free(s);
		return NULL;
	}
	return s;
}

void scorer_free(struct scorer *s)
{
	if (!s)
		return;
	inference_release(&s->inference);
	feed_release(&s->feed);
	s->t->be->k->free(s->t->be, s->statistics);
	s->t->be->k->free(s->t->be, s->frozen.value);
	free(s->calibration);
	free(s->code);
	free(s->calibration_loss);
	free(s->loss);
	free(s->wrong);
	free(s);
}

int64_t scorer_step(const struct scorer *s)
{
	return s->step;
}

void scorer_begin(struct scorer *s, const struct arch *arch, int images)
{
	int all = s->t->data->validation.count;

	s->arch = *arch;
	s->code_given = s->generated = s->calibrated = false;
	s->wanted = images > 0 && images < all ? images : all;
	s->first = s->done = 0;
}

void scorer_begin_encoding(struct scorer *s, const struct arch *arch, const float *code, int images)
{
	const struct layout *layout = &s->t->layout;

	scorer_begin(s, arch, images);
	memcpy(s->code, code, (size_t)layout->rows * encoding_slices(layout, arch) * layout->channels * sizeof(float));
	s->code_given = true;
}

void scorer_order(struct scorer *s, const int *order)
{
	s->order = order;
}

float *scorer_leave(const struct scorer *s)
{
	size_t bytes = s->t->network.statistics_size * sizeof(float);
	float *statistics = malloc(bytes);

	if (statistics)
		s->t->be->k->download(s->t->be, statistics, s->statistics, bytes);
	else
		err_set("out of memory");
	return statistics;
}

void scorer_return(struct scorer *s, const struct arch *arch, const float *statistics, int seen, int images)
{
	scorer_begin(s, arch, images);
	s->t->be->k->upload(s->t->be, s->statistics, statistics, s->t->network.statistics_size * sizeof(float));
	s->calibrated = true;
	s->first = s->done = seen;
}

static int generate(struct scorer *s)
{
	struct rng noise;

	if (s->generated)
		return 0;
	rng_seed(&noise, s->t->config.seed, STREAM_FIXED_NOISE);

	int rc = s->code_given ? inference_generate_from(&s->inference, &s->arch, s->code, &noise) :
		inference_generate(&s->inference, &s->arch, &noise);

	s->generated = rc == 0;
	return rc;
}

static int check_losses(const struct scorer *s, const float *loss, const int *image, int count, const char *set)
{
	char id[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < count; i++) {
		if (!isfinite(loss[i])) {
			arch_id(&s->arch, id);
			return err_set("architecture %s has no score: its loss on %s image %d is not finite", id, set, image[i]);
		}
	}
	return 0;
}

static int calibrate(struct scorer *s)
{
	if (inference_run(&s->inference, &s->t->data->train, s->calibration, s->calibration_images,
		(struct network_pass){ .batch_statistics = true, .statistics = s->statistics }) < 0)
		return -1;
	memcpy(s->calibration_loss, s->feed.host_result, s->calibration_images * sizeof(float));
	s->evaluations += s->calibration_images;
	s->calibrated = true;
	return check_losses(s, s->calibration_loss, s->calibration, s->calibration_images, "training");
}

static int run_chunk(struct scorer *s)
{
	int index[SCORE_CHUNK] = { 0 }, count = s->wanted - s->done < SCORE_CHUNK ? s->wanted - s->done : SCORE_CHUNK;

	for (int i = 0; i < count; i++)
		index[i] = s->order ? s->order[s->done + i] : s->done + i;
	if (inference_run(&s->inference, &s->t->data->validation, index, count, (struct network_pass){ .statistics = s->statistics }) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		s->loss[s->done + i] = s->feed.host_result[i];
		s->wrong[s->done + i] = feed_wrong(&s->feed)[i];
	}
	s->evaluations += count;
	if (check_losses(s, s->loss + s->done, index, count, "validation") < 0)
		return -1;
	s->done += count;
	return 0;
}

int scorer_advance(struct scorer *s)
{
	if (generate(s) < 0 || (s->calibrated ? run_chunk(s) : calibrate(s)) < 0)
		return -1;
	return s->done < s->wanted;
}

struct score score_of(const float *loss, const float *wrong, int images)
{
	struct stats losses = { 0 }, errors = { 0 };

	for (int i = 0; i < images; i++) {
		stats_add(&losses, loss[i]);
		stats_add(&errors, wrong[i]);
	}
	struct score score = {
		.loss = losses.mean, .loss_stderr = stats_stderr(&losses), .error = errors.mean, .error_stderr = stats_stderr(&errors),
		.images = images, .has_parts = images >= PAIRED_PARTS_LEAST,
	};

	if (score.has_parts)
		paired_parts(loss, images, score.part);
	return score;
}

struct score scorer_score(const struct scorer *s)
{
	return score_of(s->loss + s->first, s->wrong + s->first, s->done - s->first);
}

const float *scorer_losses(const struct scorer *s, int *count)
{
	*count = s->done - s->first;
	return s->loss + s->first;
}

const float *scorer_wrongs(const struct scorer *s, int *count)
{
	*count = s->done - s->first;
	return s->wrong + s->first;
}

void scorer_logits(const struct scorer *s, float *logits)
{
	const struct tensor *on_device = s->inference.logits;

	s->t->be->k->download(s->t->be, logits, on_device->value, shape_count(&on_device->shape) * sizeof(float));
}

const float *scorer_calibration_losses(const struct scorer *s)
{
	return s->calibration_loss;
}

int scorer_calibration_images(const struct scorer *s)
{
	return s->calibration_images;
}

int64_t scorer_evaluations(const struct scorer *s)
{
	return s->evaluations;
}

struct params *scorer_params(struct scorer *s)
{
	return &s->frozen;
}

int check_trained(const struct trainer *t)
{
	if (t->step > 0)
		return 0;
	return t->run ? err_set("%s is untrained: there is no checkpoint; train it first: smashtop train --run %s", t->run->path, t->run->path)
		: err_set("the HyperNet is untrained");
}
