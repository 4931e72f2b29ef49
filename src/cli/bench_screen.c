/* bench_screen.c -- the workbench while it trains, at three sizes: how soon it answers, how much it writes, what it costs. */
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/cli/bench_terminal.h"

enum { KEYS = 200 };
static const double settle_seconds = 5, training_seconds = 60, message_seconds = 6, idle_seconds = 10;

/* Moves the cursor of the bank pane up and down, at random moments between the frames of the data. */
static void measure_keys(struct bench *b, struct bench_terminal *t, const char *size)
{
	double seconds[KEYS];
	int answered = 0;

	bench_terminal_keys(t, "\t ");
	bench_terminal_read(t, 0.5);
	for (int i = 0; i < KEYS && !t->ended; i++) {
		bench_terminal_read(t, 0.005 + 0.03 * rng_uniform(&b->rng));
		seconds[answered] = bench_terminal_answer(t, i % 2 ? "k" : "j");
		answered += !isnan(seconds[answered]);
	}
	bench_screen_add_times(b, size, "key", seconds, answered);
	bench_screen_add(b, size, "keys_unanswered", "", KEYS - answered);
}

static void measure_idle(struct bench *b, struct bench_terminal *t, const char *size)
{
	double used;

	bench_terminal_keys(t, "p");
	bench_terminal_read(t, message_seconds);         /* its answer goes away after a while */
	t->bytes = 0;
	used = bench_terminal_processor(t);
	bench_terminal_read(t, idle_seconds);
	bench_screen_add(b, size, "idle", "B/s", (double)t->bytes / idle_seconds);
	bench_screen_add(b, size, "idle_processor", "% of a core", 100 * (bench_terminal_processor(t) - used) / idle_seconds);
	t->bytes = 0;
	for (int i = 0; i < KEYS / 10; i++) {            /* nothing else is drawn now */
		bench_terminal_keys(t, i % 2 ? "k" : "j");
		bench_terminal_read(t, 0.03);
	}
	bench_screen_add(b, size, "cursor_move", "B", (double)t->bytes / (KEYS / 10.0));
	bench_terminal_keys(t, "p");
}

static int measure(struct bench *b, const char *folder, int columns, int rows)
{
	struct bench_terminal t;
	char size[16];
	double used, began;
	int rc;

	snprintf(size, sizeof size, "%dx%d", columns, rows);
	if (bench_terminal_open(&t, b, folder, size, columns, rows) < 0)
		return -1;
	if (bench_terminal_frame(&t, t.started + 10)) {
		bench_screen_add(b, size, "first_frame", "ms", (clock_seconds() - t.started) * 1e3);
		bench_screen_add(b, size, "first_frame_bytes", "B", (double)t.bytes);
	}
	bench_terminal_read(&t, settle_seconds);
	t.bytes = 0;
	began = clock_seconds();
	used = bench_terminal_processor(&t);
	bench_terminal_read(&t, training_seconds);
	used = bench_terminal_processor(&t) - used;
	bench_screen_add(b, size, "training", "B/s", (double)t.bytes / (clock_seconds() - began));
	bench_screen_add(b, size, "processor", "% of a core", 100 * used / (clock_seconds() - began));
	measure_keys(b, &t, size);
	measure_idle(b, &t, size);
	rc = bench_terminal_stop(&t);
	bench_terminal_close(&t);
	return rc;
}

static int measure_sizes(struct bench *b, const char *folder)
{
	static const int sizes[][2] = { { 80, 24 }, { 120, 40 }, { 200, 60 } };
	int rc = 0;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && rc == 0; i++)
		rc = measure(b, folder, sizes[i][0], sizes[i][1]);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int bench_screen(struct bench *b)
{
	static int (*const parts[])(struct bench *, const char *folder) = {
		measure_sizes, bench_screen_link, bench_screen_storm, bench_screen_table, bench_screen_speed, bench_screen_leaving,
	};
	const char *parent = getenv("TMPDIR");
	char folder[256];
	int rc = 0;

	snprintf(folder, sizeof folder, "%.200s/smashtop-bench-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(folder))
		return err_set("%s: no folder for the runs of the measurement", folder);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && rc == 0; i++)
		rc = parts[i](b, folder);
	if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "smashtop: %s is left behind\n", folder);
	return rc;
}
