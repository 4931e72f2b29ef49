/* loss_rig.c -- see loss_rig.h. */
#include "tests/loss_rig.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"

void loss_rig_open(struct loss_rig *r, struct trainer *t)
{
	int images = t->data->train.count;
	struct rng rng;

	*r = (struct loss_rig){ .t = t, .scorer = scorer_new(t), .tape = tape_new(t->be), .image = malloc((size_t)images * sizeof(int)) };
	r->ps = scorer_params(r->scorer);
	ck_assert(feed_init(&r->feed, t->be, t->data, &t->layout, LOSS_IMAGES) == 0);
	for (int i = 0; i < images; i++)
		r->image[i] = i;
	rng_seed(&rng, t->config.seed, STREAM_GUIDE);
	rng_shuffle(&rng, r->image, images);
}

void loss_rig_close(struct loss_rig *r)
{
	feed_release(&r->feed);
	tape_free(r->tape);
	scorer_free(r->scorer);
	free(r->image);
}

void generate(struct loss_rig *r, const struct arch *arch, const float *code, op_values value)
{
	struct network_recording recording = { .net = &r->t->network, .tape = r->tape, .ps = r->ps, .arch = arch };
	struct op_weights weights = network_weights(&recording);
	struct tensor *w[BLOCKS][OPS_MAX];
	struct rng noise;

	rng_seed(&noise, r->t->config.seed, STREAM_FIXED_NOISE);
	feed_encoding_values(&r->feed, arch, code, &noise);
	tape_reset(r->tape);
	recording.tiles = hypernet_record(&r->t->hypernet, r->tape, r->ps, feed_encoding_leaf(&r->feed, r->tape), false);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++)
			w[b][o] = weights.pointwise(weights.context, b, o);
	ck_assert(tape_forward(r->tape, false) == 0);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++) {
			size_t bytes = shape_count(&w[b][o]->shape) * sizeof(float);

			value[b][o] = memcpy(malloc(bytes), w[b][o]->value, bytes);
		}
}

void values_free(const struct arch *arch, op_values value)
{
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++)
			free(value[b][o]);
}

struct given {
	const struct mixture *m;
	const struct arch *arch;
	float *weight;
};

static struct tensor *given_pointwise(void *context, int b, int o)
{
	struct given *g = context;

	return tape_leaf(g->m->rig->tape, SHAPE(op_n_mid(&g->m->rig->t->layout.space, g->arch, b, o), op_n_in(g->arch, b, o)), g->weight,
		NULL);
}

static struct tensor *part(const struct mixture *m, int param, struct shape size, unsigned central)
{
	return op_slice(m->rig->tape, params_leaf(m->rig->ps, m->rig->tape, param, false), size, central);
}

static struct tensor *given_conv(void *context, int b, int o, int c, struct shape size)
{
	struct given *g = context;
	const struct network *net = &g->m->rig->t->network;

	return part(g->m, net->conv[b][o % net->space.weight_sets][c], size, 12);
}

static struct tensor *one_op(const struct mixture *m, const struct arch *arch, int b, int o, float *weight, struct tensor *banks)
{
	struct given given = { m, arch, weight };
	struct op_weights weights = { .context = &given, .pointwise = given_pointwise, .conv = given_conv };

	return op_record(m->rig->tape, arch, b, o, op_bank_read(m->rig->tape, banks, arch->block[b].bank_size, arch->block[b].op[o].reads),
		&weights);
}

static struct tensor *scaled(struct mixture *m, int which, struct tensor *y)
{
	int u = shape_channels(&y->shape);
	double factor = which ? m->t : 1 - m->t;

	memset(m->scale[which], 0, sizeof(m->scale[which]));
	for (int i = 0; i < u; i++)
		m->scale[which][i * u + i] = (float)factor;
	return op_conv(m->rig->tape, y, tape_leaf(m->rig->tape, SHAPE(u, u), m->scale[which], NULL), (struct conv_options){ .slope = ACT_NONE });
}

static struct tensor *write_op(const struct mixture *m, const struct arch *arch, int b, int o, struct tensor *banks, struct tensor *y)
{
	return op_bank_write(m->rig->tape, banks, y, arch->block[b].bank_size, arch->block[b].op[o].writes);
}

/* The j-th target has the channels of y from (j bank) mod u on: a matrix picks those of the bank, `share` of them. */
static struct tensor *write_more(struct mixture *m, int b, int o, struct tensor *banks, struct tensor *y)
{
	const struct arch_op *op = &m->arch->block[b].op[o];
	int size = m->arch->block[b].bank_size, u = op->units, from = bits_count(op->writes & bits_below(m->more.bank)) * size % u;
	float *matrix = m->scale[0];

	memset(matrix, 0, sizeof(m->scale[0]));
	for (int i = 0; i < size; i++)
		matrix[i * u + from + i] = (float)m->more.share;
	y = op_conv(m->rig->tape, y, tape_leaf(m->rig->tape, SHAPE(size, u), matrix, NULL), (struct conv_options){ .slope = ACT_NONE });
	return op_bank_write(m->rig->tape, banks, y, size, bit(m->more.bank));
}

static struct tensor *mixed_op(struct mixture *m, int b, int o, struct tensor *banks)
{
	float *weight = m->weight[b * OPS_MAX + o], *own = m->own ? m->own : weight;
	struct tensor *y = one_op(m, m->arch, b, o, weight, banks), *edited = NULL;

	if (m->more.share != 0 && b == m->more.block && o == m->more.op)
		return write_more(m, b, o, write_op(m, m->arch, b, o, banks, y), y);
	if (!m->edited || b != m->edit.block || o != m->edit.op)
		return write_op(m, m->arch, b, o, banks, y);
	if (m->edit.kind == EDIT_DELETE_OP)
		return write_op(m, m->arch, b, o, banks, scaled(m, 0, y));
	if (m->edit.kind == EDIT_ADD_OP) {
		banks = write_op(m, m->arch, b, o, banks, y);
		return write_op(m, m->edited, b, o + 1, banks, scaled(m, 1, one_op(m, m->edited, b, o + 1, own, banks)));
	}
	edited = one_op(m, m->edited, b, o, own, banks);
	banks = write_op(m, m->arch, b, o, banks, scaled(m, 0, y));
	return write_op(m, m->edited, b, o, banks, scaled(m, 1, edited));
}

static int input_channels(const struct mixture *m, int b)
{
	return block_input_banks(&m->rig->t->layout.space, m->arch, b) * m->arch->block[b].bank_size;
}

static struct tensor *mixed_block(struct mixture *m, int b, struct tensor *x)
{
	const struct network *net = &m->rig->t->network;
	const struct arch_block *block = &m->arch->block[b];
	int channels = block_banks(&net->space, m->arch, b, block->op_count) * block->bank_size;
	struct tensor *banks = op_banks(m->rig->tape, x, block->bank_size, channels);

	for (int o = 0; o < block->op_count; o++)
		banks = mixed_op(m, b, o, banks);
	return op_batch_norm(m->rig->tape, banks, part(m, net->norm_gamma[b], SHAPE(channels), 0), part(m, net->norm_shift[b], SHAPE(channels), 0),
		(struct batch_norm_options){ .epsilon = 1e-5f, .slope = 0, .batch_statistics = true });
}

double mixed_loss(struct mixture *m)
{
	const struct network *net = &m->rig->t->network;
	struct tape *tape = m->rig->tape;
	struct tensor *x, *loss;
	double sum = 0;

	feed_images(&m->rig->feed, &m->rig->t->data->train, m->rig->image, LOSS_IMAGES, NULL);
	tape_reset(tape);
	x = op_conv(tape, feed_image_leaf(&m->rig->feed, tape), part(m, net->stem, conv_shape(2, input_channels(m, 0), 1, net->space.stem_kernel), 0),
		(struct conv_options){ .stride = net->space.stem_stride, .slope = 0 });
	for (int b = 0; b < BLOCKS; b++) {
		x = mixed_block(m, b, x);
		if (b + 1 < BLOCKS)
			x = op_conv(tape, op_pool(tape, x), part(m, net->transition[b], conv_shape(2, input_channels(m, b + 1), shape_channels(&x->shape), 1), 0),
				(struct conv_options){ .slope = ACT_NONE });
	}
	x = op_linear(tape, op_global_pool(tape, x), part(m, net->linear, SHAPE(10, shape_channels(&x->shape)), 0),
		params_leaf(m->rig->ps, tape, net->bias, false));
	loss = feed_loss(&m->rig->feed, tape, x);
	ck_assert_msg(tape_forward(tape, false) == 0, "%s", err_last());
	for (int i = 0; i < LOSS_IMAGES; i++)
		sum += (double)loss->value[i];
	return sum / LOSS_IMAGES;
}
