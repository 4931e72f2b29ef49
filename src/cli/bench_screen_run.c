/* bench_screen_run.c -- what the screen costs training, and how it leaves terminal and run behind. */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/cli/bench_terminal.h"

enum { SLICES = 80 };
static const double slice_seconds = 0.75, opening_seconds = 60;

/* Steps that a run has made: lines of its metrics. */
static long steps_made(const struct bench_terminal *t)
{
	char path[400], bytes[65536];
	long lines = 0;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/metrics.jsonl", t->run);
	if (!(f = fopen(path, "r")))
		return 0;
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + n - at))); at++)
			lines++;
	fclose(f);
	return lines;
}

static void run_for(struct bench_terminal *t, double seconds)
{
	if (t->fd >= 0)
		bench_terminal_read(t, seconds);
	else
		poll(NULL, 0, (int)(seconds * 1000));
}

/* Lets it go as far as training, and holds it there. 0 or -1. */
static int hold_in_training(struct bench_terminal *t)
{
	double end = clock_seconds() + opening_seconds;

	while (steps_made(t) < 3 && clock_seconds() < end)
		run_for(t, 0.1);
	kill(t->pid, SIGSTOP);
	return clock_seconds() < end ? 0 : err_set("%s: no training within %g seconds", t->run, opening_seconds);
}

/*
 * A run with and one without a screen, of one seed, so of the same steps, by turns on the same machine, A B B A, as long each; what they
 * made tells them apart.
 */
int bench_screen_speed(struct bench *b, const char *folder)
{
	struct bench_terminal t[2];
	long before[2];
	int rc;

	if (bench_headless_open(&t[0], b, folder, "headless") < 0)
		return -1;
	rc = hold_in_training(&t[0]);
	if (bench_terminal_open(&t[1], b, folder, "screen", 120, 40) < 0)
		rc = -1;
	else if (rc == 0)
		rc = hold_in_training(&t[1]);
	for (int i = 0; i < 2; i++)
		before[i] = steps_made(&t[i]);
	for (int i = 0; i < SLICES && rc == 0; i++) {
		struct bench_terminal *turn = &t[(i + 1) / 2 % 2];

		kill(turn->pid, SIGCONT);
		run_for(turn, slice_seconds);
		kill(turn->pid, SIGSTOP);
	}
	if (rc == 0) {
		double made[2] = { (double)(steps_made(&t[0]) - before[0]), (double)(steps_made(&t[1]) - before[1]) };

		bench_screen_add(b, "speed", "headless", "steps/s", made[0] / (slice_seconds * SLICES / 2));
		bench_screen_add(b, "speed", "with_screen", "steps/s", made[1] / (slice_seconds * SLICES / 2));
		bench_screen_add(b, "speed", "ratio", "share", made[1] / made[0]);
	}
	for (int i = 0; i < 2; i++)
		bench_terminal_close(&t[i]);
	return rc;
}

/* Whether the workbench goes on with the run, and stops as it is asked to. */
static bool opens(struct bench *b, const char *folder, const char *name)
{
	struct bench_terminal t;
	bool well = false;

	if (bench_terminal_open(&t, b, folder, name, 80, 24) == 0) {
		bench_terminal_read(&t, 2);
		well = bench_terminal_stop(&t) == 0;
	}
	bench_terminal_close(&t);
	return well;
}

int bench_screen_leaving(struct bench *b, const char *folder)
{
	static const struct { int signal; const char *name; } leave[] = {
		{ SIGSEGV, "SEGV" }, { SIGINT, "INT" }, { SIGTERM, "TERM" }, { SIGHUP, "HUP" },
	};

	for (size_t i = 0; i < sizeof leave / sizeof leave[0]; i++) {
		struct bench_terminal t;
		char what[32];

		if (bench_terminal_open(&t, b, folder, leave[i].name, 80, 24) < 0)
			return -1;
		bench_terminal_read(&t, 3 + rng_uniform(&b->rng));
		kill(t.pid, leave[i].signal);
		if (leave[i].signal == SIGHUP)
			bench_terminal_read(&t, 1);              /* training goes on */
		else if (!bench_terminal_wait(&t, 30))
			t.tail_length = 0;
		snprintf(what, sizeof what, "restored_%s", leave[i].name);
		bench_screen_add(b, "leaving", what, "", bench_terminal_restored(&t));
		if (t.pid > 0) {
			kill(t.pid, SIGTERM);
			bench_terminal_wait(&t, 30);
		}
		snprintf(what, sizeof what, "run_opens_%s", leave[i].name);
		bench_screen_add(b, "leaving", what, "", opens(b, folder, leave[i].name));
		bench_terminal_close(&t);
	}
	return 0;
}
