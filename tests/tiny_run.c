/* tiny_run.c -- a small learnable data set in IDX files and runs of the preset tiny on it. */
#include "tests/tiny_run.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

static void put_number(FILE *f, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		putc(n >> shift & 255, f);
}

static FILE *create(const char *folder, const char *name, int rank, int count)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);

	FILE *f = fopen(path, "wb");

	if (!f)
		abort();
	put_number(f, 0x800 + rank);
	put_number(f, count);
	return f;
}

/* Class k is a bright bar at column k + 3 in noise. */
static void make_split(const char *folder, const char *images, const char *labels, int count, struct rng *rng)
{
	FILE *x = create(folder, images, 3, count), *y = create(folder, labels, 1, count);

	put_number(x, TINY_SIDE);
	put_number(x, TINY_SIDE);
	for (int i = 0; i < count; i++) {
		int label = i % 10;

		putc(label, y);
		for (int p = 0; p < TINY_SIDE * TINY_SIDE; p++)
			putc(rng_below(rng, 100) + (p % TINY_SIDE == label + 3 ? 150 : 0), x);
	}
	if (fclose(x) || fclose(y))
		abort();
}

void tiny_make(char folder[256])
{
	tiny_make_of(folder, TINY_TRAIN);
}

void tiny_make_of(char folder[256], int train)
{
	const char *parent = getenv("TMPDIR");
	struct rng rng;

	snprintf(folder, 256, "%s/smashtop-check-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(folder))
		abort();
	rng_seed(&rng, 1, 1);
	make_split(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", train, &rng);
	make_split(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", TINY_TEST, &rng);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void tiny_remove(const char *folder)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct worker_options tiny_options(const char *folder, const char *name, int steps)
{
	struct worker_options o = { .create = true, .preset = "tiny", .device = "cpu", .seed = 7, .steps = steps, .threads = 1 };

	snprintf(o.run_path, sizeof(o.run_path), "%s/%s", folder, name);
	snprintf(o.data, sizeof(o.data), "mnist:%s", folder);
	return o;
}
