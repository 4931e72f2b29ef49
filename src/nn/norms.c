/* norms.c -- the batch norms of a network with weights of its own. */
#include "src/nn/norms.h"

#include <math.h>

#include "src/base/err.h"
#include "src/nn/ops.h"

static const float norm_epsilon = 1e-5f;
static const float relu = 0;

int norms_add(struct norms *norms, struct params *ps, int channels, const char *name)
{
	struct norm *norm = &norms->list[norms->count];

	if (norms->count == NORMS_MAX)
		return err_set("a network with more than %d batch norms", NORMS_MAX);
	norm->gamma = params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(channels), "%s.weight", name);
	norm->shift = params_add(ps, PARAM_FREE, INIT_ZERO, 0, SHAPE(channels), "%s.bias", name);
	if (norm->gamma < 0 || norm->shift < 0)
		return -1;
	norm->channels = channels;
	norm->offset = norms->statistics_size;
	norms->statistics_size += 2 * (size_t)channels;
	return norms->count++;
}

struct tensor *norms_record(const struct norms *norms, int index, struct tape *tape, struct params *ps, struct tensor *x,
	struct norm_pass pass)
{
	const struct norm *norm = &norms->list[index];
	struct batch_norm_options options = { .epsilon = norm_epsilon, .slope = relu, .batch_statistics = pass.batch_statistics };

	if (pass.statistics) {
		options.mean = pass.statistics + norm->offset;
		options.variance = options.mean + norm->channels;
	}
	return op_batch_norm(tape, x, params_leaf(ps, tape, norm->gamma, pass.train), params_leaf(ps, tape, norm->shift, pass.train),
		options);
}

void norms_give_back(const struct norms *norms, int index, struct params *ps, const float *statistics, float lift)
{
	const struct norm *norm = &norms->list[index];
	const float *mean = statistics + norm->offset, *variance = mean + norm->channels;
	struct backend *be = ps->be;

	for (int i = 0; i < norm->channels; i++) {
		float scale = sqrtf(variance[i] + norm_epsilon), shift = mean[i] + lift * scale;

		be->k->upload(be, ps->value + ps->list[norm->gamma].offset + i, &scale, sizeof(scale));
		be->k->upload(be, ps->value + ps->list[norm->shift].offset + i, &shift, sizeof(shift));
	}
	be->k->sync(be);
}
