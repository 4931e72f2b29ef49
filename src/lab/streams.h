/* streams.h -- where random numbers come from: what one seed draws for one use tells nothing of what it draws for another. */
#ifndef STREAMS_H
#define STREAMS_H

/* Random numbers are drawn from streams of the run's seed, one for each use. Ranking starts a new one at each architecture. */
enum rng_stream {
	STREAM_INIT = 1, STREAM_SAMPLER, STREAM_AUGMENTATION, STREAM_NOISE,
	STREAM_VALIDATION, STREAM_CALIBRATION, STREAM_FIXED_NOISE, STREAM_RANK = 1 << 16, STREAM_CORRUPT = 1 << 24,
	STREAM_RETRAIN = 1 << 26, STREAM_GUIDE = 1 << 27, STREAM_CORRELATE = 1 << 28, STREAM_PERTURB = 1 << 29
};

#endif
