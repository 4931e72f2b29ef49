/* inference.c -- passes without gradients: the weights of an architecture are generated once, then run on any number of batches. */
#include "src/lab/inference.h"

#include <assert.h>

#include "src/base/err.h"

int inference_init(struct inference *inf, const struct hypernet *hypernet, const struct network *network, struct tape *tape,
	struct params *params, struct feed *feed)
{
	size_t elements = feed->code_room / hypernet->in_channels;

	*inf = (struct inference){ .hypernet = hypernet, .network = network, .tape = tape, .params = params, .feed = feed };
	inf->tiles = feed->be->k->alloc(feed->be, elements * hypernet->out_channels * sizeof(float));
	return inf->tiles ? 0 : -1;
}

void inference_release(struct inference *inf)
{
	if (inf->feed)
		inf->feed->be->k->free(inf->feed->be, inf->tiles);
	*inf = (struct inference){ 0 };
}

/* The HyperNet on the encoding that has been fed. */
static int generate(struct inference *inf)
{
	struct backend *be = inf->feed->be;

	tape_reset(inf->tape);

	struct tensor *tiles = hypernet_record(inf->hypernet, inf->tape, inf->params, feed_encoding_leaf(inf->feed, inf->tape), false);

	if (tape_forward(inf->tape, false) < 0)
		return -1;
	inf->tiles_shape = tiles->shape;
	be->k->copy(be, inf->tiles, tiles->value, shape_count(&tiles->shape) * sizeof(float));
	return 0;
}

int inference_generate(struct inference *inf, const struct arch *arch, struct rng *noise)
{
	inf->arch = *arch;
	feed_encoding(inf->feed, arch, noise);
	return generate(inf);
}

int inference_generate_from(struct inference *inf, const struct arch *arch, const float *code, struct rng *noise)
{
	inf->arch = *arch;
	feed_encoding_values(inf->feed, arch, code, noise);
	return generate(inf);
}

static bool is_recorded(const struct inference *inf, int n, const struct network_pass *pass)
{
	const struct network_pass *p = &inf->pass;

	return inf->images == n && inf->recording == tape_recording(inf->tape) && p->batch_statistics == pass->batch_statistics &&
		p->statistics == pass->statistics && !p->state && !pass->state && !p->pointwise && !pass->pointwise;
}

static void record(struct inference *inf, int n, const struct network_pass *pass)
{
	struct tensor *tiles, *logits;

	tape_reset(inf->tape);
	tiles = tape_leaf(inf->tape, inf->tiles_shape, inf->tiles, NULL);
	logits = network_record(inf->network, inf->tape, inf->params, &inf->arch, tiles, feed_image_leaf(inf->feed, inf->tape), *pass);
	inf->loss = feed_loss(inf->feed, inf->tape, logits);
	tape_keep(inf->tape, logits);
	inf->logits = logits;
	inf->pass = *pass;
	inf->images = n;
	inf->recording = tape_recording(inf->tape);
}

int inference_run(struct inference *inf, const struct split *split, const int *index, int n, struct network_pass pass)
{
	struct feed *feed = inf->feed;

	assert(!pass.train);
	feed_images(feed, split, index, n, NULL);
	if (!is_recorded(inf, n, &pass))
		record(inf, n, &pass);
	if (tape_forward(inf->tape, false) < 0)
		return -1;
	feed_keep_loss(feed, inf->loss);
	feed_fetch(feed);
	return backend_ok(feed->be) ? 0 : err_set("%s", feed->be->failure);
}
