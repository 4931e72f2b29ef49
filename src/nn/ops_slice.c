/* ops_slice.c -- parts of weights: slices of shared ones, and what one op takes of the HyperNet's output. */
#include "src/nn/node.h"

/* --- slice --- */

struct slice_data {
	struct shape size;
	unsigned central;
	struct box box;
};

static struct box slice_box(const struct shape *x, const struct shape *size, unsigned central)
{
	struct box box = { .dims = x->rank };
	ptrdiff_t stride = 1;

	for (int i = x->rank - 1; i >= 0; i--) {
		box.count[i] = size->dim[i];
		box.stride[i] = stride;
		if (central >> i & 1)
			box.offset += (size_t)((x->dim[i] - size->dim[i]) / 2) * (size_t)stride;
		stride *= x->dim[i];
	}
	return box;
}

/* Joins dimensions that are walked without a jump. */
static void box_merge(struct box *box)
{
	int kept = 0;

	for (int i = 1; i < box->dims; i++) {
		if (box->count[i] == 1)
			continue;
		if (box->count[kept] == 1 || box->stride[kept] == box->stride[i] * box->count[i]) {
			box->count[kept] *= box->count[i];
		} else {
			kept++;
			box->count[kept] = box->count[i];
		}
		box->stride[kept] = box->stride[i];
	}
	box->dims = kept + 1;
}

static const char *slice_check(const struct shape *x, const struct shape *size)
{
	if (x->rank != size->rank)
		return "the slice has another rank";
	for (int i = 0; i < x->rank; i++)
		if (size->dim[i] < 1 || size->dim[i] > x->dim[i])
			return "the slice is larger";
	return NULL;
}

static const char *slice_infer(struct node *nd)
{
	struct slice_data *data = nd->data;
	const char *reason = slice_check(&nd->in[0]->shape, &data->size);

	if (reason)
		return reason;
	nd->out->shape = data->size;
	data->box = slice_box(&nd->in[0]->shape, &data->size, data->central);
	box_merge(&data->box);
	return NULL;
}

static void slice_forward(struct backend *be, struct node *nd)
{
	struct slice_data *data = nd->data;

	be->k->gather(be, nd->out->value, nd->in[0]->value, &data->box, 0);
}

static void slice_backward(struct backend *be, struct node *nd)
{
	struct slice_data *data = nd->data;
	struct tensor *x = nd->in[0];

	if (!x->grad)
		return;
	grad_open(be, x);
	be->k->scatter(be, x->grad, nd->out->grad, &data->box, 1);
}

static const struct op slice_op = {
	.name = "slice", .infer = slice_infer, .forward = slice_forward, .backward = slice_backward,
};

/* A run of a leaf's memory is a leaf itself: nothing is copied and its gradient lands in the right place. */
static struct tensor *slice_of_leaf(struct tape *t, struct tensor *x, struct shape size, unsigned central)
{
	struct box box = slice_box(&x->shape, &size, central);

	box_merge(&box);
	if (box.dims > 1 || (box.stride[0] != 1 && box.count[0] != 1))
		return NULL;
	return tape_leaf(t, size, x->value + box.offset, x->grad ? x->grad + box.offset : NULL);
}

struct tensor *op_slice(struct tape *t, struct tensor *x, struct shape size, unsigned central)
{
	struct tensor *leaf = NULL;
	struct slice_data *data;

	if (tape_failed(t) || shape_equal(&x->shape, &size))
		return x;
	if (!x->producer && !slice_check(&x->shape, &size))
		leaf = slice_of_leaf(t, x, size, central);
	if (leaf)
		return leaf;
	data = tape_alloc(t, sizeof(*data));
	if (data)
		*data = (struct slice_data){ .size = size, .central = central };
	return node_add(t, &slice_op, data, &x, 1);
}

/* --- tiles --- */

/*
 * With whole tiles only, one box: (tile row, row within the tile, slice, column within the tile). Otherwise the whole tiles that
 * cover the weight go to memory of their own first, [rows][columns], of which the weight is the corner.
 */
struct tiles_data {
	int n, dn, first, out, in;
	int rows, columns;               /* of the whole tiles */
	struct box tiles, corner;
};

static bool tiles_whole(const struct tiles_data *data)
{
	return data->rows == data->out && data->columns == data->in;
}

static const char *tiles_infer(struct node *nd)
{
	struct tiles_data *d = nd->data;
	const struct shape *x = &nd->in[0]->shape;
	int high, slices;

	if (x->rank != 4 || x->dim[0] != 1 || d->n < 1 || d->dn < 1 || x->dim[3] != d->n * d->dn)
		return "tiles are not [1, H, L, n dn]";
	if (d->out < 1 || d->in < 1 || d->first < 0)
		return "the weight is empty";
	high = (d->out - 1) / d->n + 1;
	slices = (d->in - 1) / d->dn + 1;
	if (high > x->dim[1] || slices > x->dim[2] - d->first)
		return "the weight does not lie within the tiles";
	d->rows = high * d->n;
	d->columns = slices * d->dn;
	d->tiles = (struct box){
		.dims = 4,
		.count = { high, d->n, slices, d->dn },
		.stride = { (ptrdiff_t)x->dim[2] * x->dim[3], d->dn, x->dim[3], 1 },
		.offset = (size_t)d->first * (size_t)x->dim[3],
	};
	d->corner = (struct box){ .dims = 2, .count = { d->out, d->in }, .stride = { d->columns, 1 } };
	nd->out->shape = SHAPE(d->out, d->in);
	if (!tiles_whole(d))
		nd->saved_count = nd->scratch_count = (size_t)d->rows * (size_t)d->columns;
	return NULL;
}

static void tiles_forward(struct backend *be, struct node *nd)
{
	struct tiles_data *d = nd->data;

	be->k->gather(be, tiles_whole(d) ? nd->out->value : nd->saved, nd->in[0]->value, &d->tiles, 0);
	if (!tiles_whole(d))
		be->k->gather(be, nd->out->value, nd->saved, &d->corner, 0);
}

static void tiles_backward(struct backend *be, struct node *nd)
{
	struct tiles_data *d = nd->data;
	struct tensor *tiles = nd->in[0], *w = nd->out;

	if (!tiles->grad)
		return;
	grad_open(be, tiles);
	if (!tiles_whole(d)) {
		be->k->fill(be, nd->scratch, 0, nd->scratch_count);
		be->k->scatter(be, nd->scratch, w->grad, &d->corner, 0);
	}
	be->k->scatter(be, tiles->grad, tiles_whole(d) ? w->grad : nd->scratch, &d->tiles, 1);
}

static const struct op tiles_op = {
	.name = "tiles", .infer = tiles_infer, .forward = tiles_forward, .backward = tiles_backward,
};

struct tensor *op_tiles(struct tape *t, struct tensor *tiles, int n, int dn, int first, int out, int in)
{
	struct tiles_data *data = tape_alloc(t, sizeof(*data));

	if (data)
		*data = (struct tiles_data){ .n = n, .dn = dn, .first = first, .out = out, .in = in };
	return node_add(t, &tiles_op, data, &tiles, 1);
}
