/* model.c -- a network with weights of its own on the device. */
#include "src/lab/model.h"

#include <stdlib.h>

#include "src/base/err.h"

static int allocate(struct model *m, struct rng *rng)
{
	struct backend *be = m->be;

	if (params_alloc(m->ps, rng) < 0)
		return -1;
	m->statistics = be->k->alloc(be, m->norms->statistics_size * sizeof(float));
	return m->statistics ? 0 : -1;
}

static int begin(struct model *m, struct backend *be)
{
	*m = (struct model){ .be = be, .ps = params_new(be) };
	return m->ps ? 0 : -1;
}

int model_open(struct model *m, struct backend *be, const struct space *space, const struct arch *arch, const struct arch_input *input,
	bool weight_norm, struct rng *rng)
{
	if (begin(m, be) < 0 || resulting_init(&m->resulting, space, arch, input, weight_norm, m->ps) < 0)
		return -1;
	m->norms = &m->resulting.norms;
	m->macs = arch_cost(space, arch, input).macs;
	return allocate(m, rng);
}

int model_open_wide(struct model *m, struct backend *be, int depth, int width, int axes, const struct arch_input *input, struct rng *rng)
{
	if (begin(m, be) < 0 || wide_resnet_init(&m->wide, depth, width, axes, input, m->ps) < 0)
		return -1;
	m->is_wide = true;
	m->norms = &m->wide.norms;
	m->macs = wide_resnet_macs(&m->wide);
	return allocate(m, rng);
}

void model_release(struct model *m)
{
	if (m->be)
		m->be->k->free(m->be, m->statistics);
	params_free(m->ps);
	*m = (struct model){ 0 };
}

struct tensor *model_record(struct model *m, struct tape *tape, struct tensor *x, struct norm_pass pass)
{
	return m->is_wide ? wide_resnet_record(&m->wide, tape, m->ps, x, pass) : resulting_record(&m->resulting, tape, m->ps, x, pass);
}

/* ---- weights of the SMASH network ---- */

/* What goes where. The tape keeps outputs that no op reads: all of these. */
struct taking {
	struct model *m;
	struct trainer *t;
	struct tensor **from;            /* for each parameter; NULL: it stays */
};

static struct tensor *shared(const struct taking *k, int param, int to)
{
	struct tensor *w = params_leaf(k->t->params, k->t->tape, param, false);
	const struct shape *size = &k->m->ps->list[to].shape;

	return shape_equal(&w->shape, size) ? w : op_slice(k->t->tape, w, *size, 0);
}

static void take_norm(const struct taking *k, int b)
{
	const struct resulting *net = &k->m->resulting;
	const struct norm *norm = &net->norms.list[net->norm[b]];

	k->from[norm->gamma] = shared(k, k->t->network.norm_gamma[b], norm->gamma);
	k->from[norm->shift] = shared(k, k->t->network.norm_shift[b], norm->shift);
}

static void take_ops(const struct taking *k, int b, const struct op_weights *weights)
{
	const struct resulting *net = &k->m->resulting;

	for (int o = 0; o < net->arch.block[b].op_count; o++) {
		k->from[net->pointwise[b][o]] = weights->pointwise(weights->context, b, o);
		for (int c = 0; c < CONVS; c++)
			if (net->conv[b][o][c] >= 0)
				k->from[net->conv[b][o][c]] = weights->conv(weights->context, b, o, c, k->m->ps->list[net->conv[b][o][c]].shape);
	}
}

static void record_taking(const struct taking *k)
{
	const struct resulting *net = &k->m->resulting;
	const struct network *smash = &k->t->network;
	struct tensor *tiles = tape_leaf(k->t->tape, k->t->inference.tiles_shape, k->t->inference.tiles, NULL);
	struct network_recording r = { .net = smash, .tape = k->t->tape, .ps = k->t->params, .arch = &net->arch, .tiles = tiles };
	struct op_weights weights = network_weights(&r);

	for (int b = 0; b < BLOCKS; b++) {
		take_ops(k, b, &weights);
		take_norm(k, b);
		if (b + 1 < BLOCKS)
			k->from[net->transition[b]] = shared(k, smash->transition[b], net->transition[b]);
	}
	if (net->input.channels == smash->input.channels)
		k->from[net->stem] = shared(k, smash->stem, net->stem);
	if (net->input.classes == smash->input.classes) {
		k->from[net->linear] = shared(k, smash->linear, net->linear);
		k->from[net->bias] = shared(k, smash->bias, net->bias);
	}
}

static void copy_taken(const struct taking *k)
{
	struct params *ps = k->m->ps;

	for (int i = 0; i < ps->count; i++)
		if (k->from[i])
			ps->be->k->copy(ps->be, ps->value + ps->list[i].offset, k->from[i]->value,
				shape_count(&ps->list[i].shape) * sizeof(float));
}

int model_take_generated(struct model *m, struct trainer *t)
{
	struct taking k = { .m = m, .t = t, .from = calloc(m->ps->count, sizeof(*k.from)) };
	struct rng noise;
	int rc = -1;

	if (!k.from)
		return err_set("out of memory");
	rng_seed(&noise, t->config.seed, STREAM_FIXED_NOISE);
	if (inference_generate(&t->inference, &m->resulting.arch, &noise) < 0)
		goto out;
	tape_reset(t->tape);
	record_taking(&k);
	if (tape_forward(t->tape, false) < 0)
		goto out;
	copy_taken(&k);
	rc = backend_ok(t->be) ? 0 : err_set("%s", t->be->failure);
out:
	free(k.from);
	return rc;
}

int model_pass_on(struct model *m, struct tape *tape, struct feed *feed)
{
	size_t bytes = m->norms->statistics_size * sizeof(float);
	float *statistics = malloc(bytes);
	int rc = -1;

	if (!statistics)
		return err_set("out of memory");
	tape_reset(tape);
	resulting_measure(&m->resulting, tape, m->ps, feed_image_leaf(feed, tape), m->statistics);
	if (tape_forward(tape, false) == 0) {
		m->be->k->download(m->be, statistics, m->statistics, bytes);
		resulting_pass_on(&m->resulting, m->ps, statistics);
		rc = backend_ok(m->be) ? 0 : err_set("%s", m->be->failure);
	}
	free(statistics);
	return rc;
}
