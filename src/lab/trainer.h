/* trainer.h -- one SMASH training: sample an architecture and a minibatch, generate, forward, loss, backward, update (METHOD §6). */
#ifndef TRAINER_H
#define TRAINER_H

#include "src/data/dataset.h"
#include "src/nn/hypernet.h"
#include "src/nn/network.h"
#include "src/store/checkpoint.h"
#include "src/store/run.h"

struct trainer {
	struct run *run;
	struct dataset *data;
	struct backend *be;
	struct params *params;
	struct layout layout;
	struct hypernet hypernet;
	struct network network;
	struct tape *tape;               /* of training; scoring has its own */
	struct batches batches;
	struct rng sampler, augmentation, noise;
	int64_t step;                    /* steps done */
	double seconds;
	double matrix_peak;              /* GFLOP/s, 0 until measured */
	char notice[256];                /* what a person should know about opening ("fell back to …"), or "" */
	struct arch arch;                /* of the last step */
	struct trainer_buffers *buffers; /* private: batch, encoding, losses */
};

struct step_report {
	int64_t step;                    /* number of this step, from 1 */
	double loss, error;              /* of the minibatch */
	double learning_rate;            /* of the HyperNet */
	double seconds;                  /* wall time of the step */
	double flops;                    /* forward and backward, counted */
	int images;
};

/* Opens everything a run needs and loads its newest checkpoint. The run stays the caller's. NULL with err_last(). */
struct trainer *trainer_open(struct run *);
void trainer_close(struct trainer *);

/* One step. 0; 1: training has reached its last step, nothing done; -1 with err_last(): a loss that is not finite names step and
 * architecture, parameters are then those of before the step; or the device failed. */
int trainer_step(struct trainer *, struct step_report *);

/* Mean loss and error over a fixed set of architectures and held-out images, with the generated weights of now. Standard errors over images. */
struct validation_report {
	double loss, loss_stderr, error, error_stderr;
	int architectures, images;
};
int trainer_validate(struct trainer *, struct validation_report *);

int trainer_save(struct trainer *);

#endif
