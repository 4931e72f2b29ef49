/*
 * ops_bank.c -- memory banks, and concatenation: all are runs of channels copied or added between tensors of the same pixels.
 *
 * All banks of a block are one wide tensor that writes change in place. So going backward there is one gradient G too: at any
 * time that with respect to what the banks held just after the op whose turn it is. A write leaves G as it is (a sum), a read adds
 * to it. Where a write filled an empty bank, what G holds of that bank is not looked at any more.
 */
#include "src/nn/node.h"

enum { BANKS_MAX = 64 };

/* Runs of channels that stand next to each other in both tensors, as few as possible. */
struct ranges {
	struct channel_range *list;
	int count;
};

struct bank_data {
	int bank;                        /* channels of one */
	int channels;                    /* of all, for op_banks */
	uint64_t mask;                   /* what is read or written */
	uint64_t written;                /* after the op: banks that are not empty */
	struct ranges forward, backward;
	int first;                       /* of a write: backward ranges that reach a channel of y as the first ones */
};

static void ranges_add(struct ranges *r, int to, int from, int count, float beta)
{
	struct channel_range *last = r->count ? &r->list[r->count - 1] : NULL;

	if (last && last->to + last->count == to && last->from + last->count == from && last->beta == beta)
		last->count += count;
	else
		r->list[r->count++] = (struct channel_range){ to, from, count, beta };
}

static int ranges_channels(const struct ranges *r)
{
	int channels = 0;

	for (int i = 0; i < r->count; i++)
		channels += r->list[i].count;
	return channels;
}

static void channels_apply(struct backend *be, struct tensor *like, float *to, int to_channels, const float *from,
	int from_channels, const struct ranges *r)
{
	be->k->channels(be, to, to_channels, from, from_channels, r->list, r->count, shape_rows(&like->shape));
}

static int count_bits(uint64_t mask)
{
	int bits = 0;

	for (; mask; mask &= mask - 1)
		bits++;
	return bits;
}

static uint64_t low_bits(int count)
{
	return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

static struct bank_data *bank_data_new(struct tape *t, int bank, int channels, uint64_t mask, int ranges)
{
	struct bank_data *data = tape_alloc(t, sizeof(*data));
	struct channel_range *list = tape_alloc(t, 2 * (size_t)ranges * sizeof(*list));

	if (!data || !list)
		return NULL;
	*data = (struct bank_data){ .bank = bank, .channels = channels, .mask = mask };
	data->forward.list = list;
	data->backward.list = list + ranges;
	return data;
}

/* Bytes of a copy or sum over ranges: each reads one number, and the target's where it adds, and writes one. */
static struct tape_cost ranges_cost(const struct node *nd, const struct ranges *forward, const struct ranges *backward)
{
	double rows = (double)shape_rows(&nd->out->shape);
	struct tape_cost cost = { 0 };

	for (int i = 0; i < forward->count; i++) {
		double numbers = rows * forward->list[i].count;

		cost.bytes += numbers * (forward->list[i].beta ? 3 : 2) * sizeof(float);
		cost.flops += forward->list[i].beta ? numbers : 0;
	}
	cost.flops_backward = rows * ranges_channels(backward);
	return cost;
}

static struct tape_cost bank_cost(const struct node *nd)
{
	const struct bank_data *data = nd->data;

	return ranges_cost(nd, &data->forward, &data->backward);
}

/* --- banks --- */

static const char *banks_infer(struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape;
	struct bank_data *data = nd->data;
	int filled;

	if (x->rank < 3)
		return "x is not [n, …, c]";
	if (data->bank < 1 || data->channels < data->bank || data->channels % data->bank)
		return "the channels are not a multiple of the bank";
	if (data->channels / data->bank > BANKS_MAX)
		return "more than 64 banks";
	filled = (shape_channels(x) < data->channels ? shape_channels(x) : data->channels) / data->bank;
	if (!filled)
		return "x does not fill one bank";
	nd->out->shape = *x;
	nd->out->shape.dim[x->rank - 1] = data->channels;
	data->written = low_bits(filled);
	ranges_add(&data->forward, 0, 0, filled * data->bank, 0);
	ranges_add(&data->backward, 0, 0, filled * data->bank, 1);
	return NULL;
}

static void banks_forward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *x = nd->in[0], *y = nd->out;

	channels_apply(be, y, y->value, data->channels, x->value, shape_channels(&x->shape), &data->forward);
}

static void banks_backward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *x = nd->in[0], *y = nd->out;
	int c = shape_channels(&x->shape);

	if (!x->grad)
		return;
	if (ranges_channels(&data->backward) < c)
		grad_open(be, x);
	data->backward.list[0].beta = grad_beta(x);
	channels_apply(be, y, x->grad, c, y->grad, data->channels, &data->backward);
}

static const char *banks_unreadable(const struct node *nd)
{
	const struct bank_data *data = nd->data;

	return data->written == low_bits(shape_channels(&nd->out->shape) / data->bank) ? NULL : "a bank is still empty";
}

static void bank_trace(const struct node *nd, struct trace *trace)
{
	const struct bank_data *data = nd->data;

	trace->bank = data->bank;
	trace->banks = data->mask;
	trace->written = data->written;
}

static const struct op banks_op = {
	.name = "banks", .infer = banks_infer, .forward = banks_forward, .backward = banks_backward, .cost = bank_cost,
	.kind = TRACE_BANKS, .trace = bank_trace, .unreadable = banks_unreadable,
};

struct tensor *op_banks(struct tape *t, struct tensor *x, int bank, int channels)
{
	return node_add(t, &banks_op, bank_data_new(t, bank, channels, 0, 1), &x, 1);
}

static const struct op bank_write_op;

/* The data of the op that left the banks in this state; NULL: not banks at all. */
static const struct bank_data *state_of(const struct tensor *banks)
{
	const struct node *producer = banks->producer;

	return producer && (producer->op == &banks_op || producer->op == &bank_write_op) ? producer->data : NULL;
}

static const char *state_check(const struct node *nd)
{
	const struct bank_data *data = nd->data, *state = state_of(nd->in[0]);

	if (!state)
		return "the first input is not a state of banks";
	if (state->bank != data->bank)
		return "the bank's size is not that of the banks";
	if (!data->mask)
		return "no bank";
	if (data->mask & ~low_bits(shape_channels(&nd->in[0]->shape) / data->bank))
		return "there is no such bank";
	return NULL;
}

/* --- bank_read --- */

static const char *bank_read_infer(struct node *nd)
{
	struct bank_data *data = nd->data;
	const char *reason = state_check(nd);
	int at = 0;

	if (reason)
		return reason;
	if (data->mask & ~state_of(nd->in[0])->written)
		return "it reads an empty bank";
	for (int b = 0; b < BANKS_MAX; b++) {
		if (!(data->mask >> b & 1))
			continue;
		ranges_add(&data->forward, at, b * data->bank, data->bank, 0);
		ranges_add(&data->backward, b * data->bank, at, data->bank, 1);
		at += data->bank;
	}
	nd->out->shape = nd->in[0]->shape;
	nd->out->shape.dim[nd->out->shape.rank - 1] = at;
	return NULL;
}

static void bank_read_forward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *banks = nd->in[0], *y = nd->out;

	channels_apply(be, y, y->value, shape_channels(&y->shape), banks->value, shape_channels(&banks->shape), &data->forward);
}

static void bank_read_backward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *banks = nd->in[0], *y = nd->out;

	if (!banks->grad)
		return;
	grad_open(be, banks);
	channels_apply(be, y, banks->grad, shape_channels(&banks->shape), y->grad, shape_channels(&y->shape), &data->backward);
}

static const struct op bank_read_op = {
	.name = "bank_read", .infer = bank_read_infer, .forward = bank_read_forward, .backward = bank_read_backward,
	.cost = bank_cost, .kind = TRACE_READ, .trace = bank_trace, .reads_parts = true,
};

struct tensor *op_bank_read(struct tape *t, struct tensor *banks, int bank, uint64_t reads)
{
	return node_add(t, &bank_read_op, bank_data_new(t, bank, 0, reads, count_bits(reads)), &banks, 1);
}

/* --- bank_write --- */

/* Channel i of what is written comes from channel i mod u of y. Backward, the first round over y may overwrite its gradient. */
static void bank_write_ranges(struct bank_data *data, uint64_t was_written, int u)
{
	int at = 0;

	for (int b = 0; b < BANKS_MAX; b++) {
		if (!(data->mask >> b & 1))
			continue;
		for (int k = 0, run; k < data->bank; k += run, at += run) {
			run = u - at % u < data->bank - k ? u - at % u : data->bank - k;
			ranges_add(&data->forward, b * data->bank + k, at % u, run, was_written >> b & 1 ? 1 : 0);
			ranges_add(&data->backward, at % u, b * data->bank + k, run, at < u ? 0 : 1);
			if (at < u)
				data->first = data->backward.count;
		}
	}
}

static const char *bank_write_infer(struct node *nd)
{
	struct bank_data *data = nd->data;
	const struct shape *banks = &nd->in[0]->shape, *y = &nd->in[1]->shape;
	const char *reason = state_check(nd);
	struct shape like_banks = *y;

	if (reason)
		return reason;
	like_banks.dim[y->rank - 1] = shape_channels(banks);
	if (!shape_equal(&like_banks, banks))
		return "what is written has other pixels than the banks";
	if (count_bits(data->mask) * data->bank < shape_channels(y))
		return "the banks written are too few for all channels";
	nd->out->shape = *banks;
	data->written = state_of(nd->in[0])->written | data->mask;
	bank_write_ranges(data, state_of(nd->in[0])->written, shape_channels(y));
	return NULL;
}

static void bank_write_forward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *y = nd->in[1], *banks = nd->out;

	channels_apply(be, banks, banks->value, shape_channels(&banks->shape), y->value, shape_channels(&y->shape), &data->forward);
}

static void bank_write_backward(struct backend *be, struct node *nd)
{
	struct bank_data *data = nd->data;
	struct tensor *y = nd->in[1], *banks = nd->out;
	float beta;

	if (!y->grad)
		return;
	beta = grad_beta(y);
	for (int i = 0; i < data->first; i++)
		data->backward.list[i].beta = beta;
	channels_apply(be, banks, y->grad, shape_channels(&y->shape), banks->grad, shape_channels(&banks->shape), &data->backward);
}

static const struct op bank_write_op = {
	.name = "bank_write", .infer = bank_write_infer, .forward = bank_write_forward, .backward = bank_write_backward,
	.cost = bank_cost, .kind = TRACE_WRITE, .trace = bank_trace, .unreadable = banks_unreadable, .reads_parts = true,
	.in_place = true,
};

struct tensor *op_bank_write(struct tape *t, struct tensor *banks, struct tensor *y, int bank, uint64_t writes)
{
	int u = shape_channels(&y->shape), ranges = count_bits(writes) * (bank > 0 ? bank / u + 2 : 1);

	return node_add(t, &bank_write_op, bank_data_new(t, bank, 0, writes, ranges), (struct tensor *[]){ banks, y }, 2);
}

/* --- concat --- */

static const char *concat_infer(struct node *nd)
{
	int channels = 0;

	nd->out->shape = nd->in[0]->shape;
	for (int i = 0; i < nd->in_count; i++) {
		struct shape like = nd->in[i]->shape;

		like.dim[like.rank - 1] = shape_channels(&nd->in[0]->shape);
		if (!shape_equal(&like, &nd->in[0]->shape))
			return "shapes differ in more than their channels";
		channels += shape_channels(&nd->in[i]->shape);
	}
	nd->out->shape.dim[nd->out->shape.rank - 1] = channels;
	return NULL;
}

static void concat_forward(struct backend *be, struct node *nd)
{
	struct tensor *y = nd->out;

	for (int i = 0, at = 0; i < nd->in_count; i++) {
		int c = shape_channels(&nd->in[i]->shape);
		struct channel_range range = { at, 0, c, 0 };

		channels_apply(be, y, y->value, shape_channels(&y->shape), nd->in[i]->value, c, &(struct ranges){ &range, 1 });
		at += c;
	}
}

static void concat_backward(struct backend *be, struct node *nd)
{
	struct tensor *y = nd->out;

	for (int i = 0, at = 0; i < nd->in_count; i++) {
		struct tensor *x = nd->in[i];
		int c = shape_channels(&x->shape);
		struct channel_range range = { 0, at, c, grad_beta(x) };

		if (x->grad)
			channels_apply(be, y, x->grad, c, y->grad, shape_channels(&y->shape), &(struct ranges){ &range, 1 });
		at += c;
	}
}

static const struct op concat_op = {
	.name = "concat", .infer = concat_infer, .forward = concat_forward, .backward = concat_backward,
};

struct tensor *op_concat(struct tape *t, struct tensor *const *x, int count)
{
	return node_add(t, &concat_op, NULL, x, count);
}
