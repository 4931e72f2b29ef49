/* feed.h -- what goes to the device for a pass, images, labels and an encoding, and what comes back, losses. Memory is had once. */
#ifndef FEED_H
#define FEED_H

#include "src/arch/encoding.h"
#include "src/data/dataset.h"
#include "src/nn/ops.h"

struct feed {
	struct backend *be;
	const struct dataset *data;
	const struct layout *layout;
	int room;                        /* images */
	int images;                      /* of the last feed_images */
	struct shape image_shape, code_shape;

	/* Host and device. `code` is the encoding with its noise; `result` the losses of the images, then 0 or 1 for wrong ones. */
	float *host_x, *x;
	int32_t *host_label, *label;
	float *host_code, *code;
	float *host_result, *result;
	float *plain_code;               /* without noise; NULL where the space has none */
	size_t code_room;                /* floats */
};

/* 0, or -1 with err_last(); release is right in both cases. Data and layout stay the caller's. */
int feed_init(struct feed *, struct backend *, const struct dataset *, const struct layout *, int room);
void feed_release(struct feed *);

/* Uploads n <= room images; `augmentation` as in dataset_batch. */
void feed_images(struct feed *, const struct split *, const int *index, int n, struct rng *augmentation);

/* Uploads the encoding, where the space has noise with a channel of it drawn from `noise`. */
void feed_encoding(struct feed *, const struct arch *, struct rng *noise);

/* The same with values of the caller's, [1, H, encoding_slices(arch), C] without noise. */
void feed_encoding_values(struct feed *, const struct arch *, const float *code, struct rng *noise);

struct tensor *feed_image_leaf(struct feed *, struct tape *);
struct tensor *feed_encoding_leaf(struct feed *, struct tape *);

/* Losses of the images; `wrong` goes beside them. */
struct tensor *feed_loss(struct feed *, struct tape *, struct tensor *logits);

/* After tape_forward: copies the losses where feed_fetch finds them, before a backward pass may overwrite them. */
void feed_keep_loss(struct feed *, const struct tensor *loss);
/* Waits for the device, then host_result holds images losses and feed_wrong as many wrongs. */
void feed_fetch(struct feed *);
static inline const float *feed_wrong(const struct feed *f) { return f->host_result + f->images; }

#endif
