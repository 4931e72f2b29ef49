/* bench_screen_far.c -- the workbench where it is hard: over a slow link, while its size changes, with ten thousand rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/cli/bench_terminal.h"
#include "src/lab/rank.h"

enum { LINK_KEYS = 100, RESIZES = 40, STORM = 500, ROWS = 10000, TABLE_KEYS = 50 };
static const double link_rate = 4096, link_delay = 0.05, settle_seconds = 5, storm_seconds = 5;

/* Like a terminal behind sshd: all is taken at once, and then seen as fast as the link lets it through. */
int bench_screen_link(struct bench *b, const char *folder)
{
	struct bench_terminal t;
	double seconds[LINK_KEYS];
	int answered = 0, rc;

	if (bench_terminal_open(&t, b, folder, "link", 80, 24) < 0)
		return -1;
	bench_terminal_read(&t, settle_seconds);
	bench_terminal_keys(&t, "\t");                   /* in the bank pane, which goes on following */
	t.link.rate = link_rate;
	t.link.delay = link_delay;
	for (int i = 0; i < LINK_KEYS && !t.ended; i++) {
		bench_terminal_read(&t, 0.1 + 0.3 * rng_uniform(&b->rng));
		seconds[answered] = bench_terminal_answer(&t, i % 2 ? "k" : "j");
		answered += !isnan(seconds[answered]);
	}
	bench_screen_add_times(b, "link", "key", seconds, answered);
	bench_screen_add(b, "link", "backlog_max", "s", t.backlog);
	rc = bench_terminal_stop(&t);
	bench_terminal_close(&t);
	return rc;
}

static void random_size(struct bench *b, struct bench_terminal *t)
{
	bench_terminal_resize(t, 20 + rng_below(&b->rng, 200), 5 + rng_below(&b->rng, 60));
}

int bench_screen_storm(struct bench *b, const char *folder)
{
	struct bench_terminal t;
	double seconds[RESIZES], began, resident, storm;
	int answered = 0, rc;

	if (bench_terminal_open(&t, b, folder, "storm", 80, 24) < 0)
		return -1;
	bench_terminal_read(&t, settle_seconds);
	for (int i = 0; i < RESIZES && !t.ended; i++) {
		bench_terminal_read(&t, 0.1 + 0.1 * rng_uniform(&b->rng));
		began = clock_seconds();
		random_size(b, &t);
		if (bench_terminal_frame(&t, began + 2))
			seconds[answered++] = t.visible - began;
	}
	bench_screen_add_times(b, "resize", "painted", seconds, answered);

	for (int round = 0; round < 2; round++) {        /* the first brings all to its largest */
		resident = bench_terminal_resident(&t);
		t.frames = 0;
		began = clock_seconds();
		for (int i = 0; i < STORM && !t.ended; i++) {
			random_size(b, &t);
			bench_terminal_read(&t, began + storm_seconds * (i + 1) / STORM - clock_seconds());
		}
		storm = clock_seconds() - began;
	}
	bench_screen_add(b, "storm", "layouts", "1/s", (double)t.frames / storm);
	bench_screen_add(b, "storm", "memory_growth", "MiB", (bench_terminal_resident(&t) - resident) / (1 << 20));
	bench_terminal_resize(&t, 80, 24);
	bench_terminal_read(&t, 0.3);
	rc = bench_terminal_stop(&t);
	bench_terminal_close(&t);
	return rc;
}

/* As many random architectures with made-up scores, as lines of the run's ranking. */
static int write_rows(struct bench *b, const char *run)
{
	const struct trainer *trainer = b->t;
	char path[400];
	FILE *f;
	bool bad = false;

	snprintf(path, sizeof path, "%s/ranking.jsonl", run);
	if (!(f = fopen(path, "w")))
		return err_set("%s: cannot be written", path);
	for (int i = 0; i < ROWS; i++) {
		struct ranking_entry e = { .row = { .step = 1, .images = 1000, .score_stderr = 0.01, .error_stderr = 0.005 } };
		struct arch_cost cost;
		json_t *line;

		arch_sample(&e.arch, &trainer->layout.space, trainer->data->axes, 0, &b->rng);
		arch_id(&e.arch, e.row.id);
		cost = arch_cost(&trainer->layout.space, &e.arch, &trainer->network.input);
		e.row.score = 0.3 + rng_uniform(&b->rng);
		e.row.error = e.row.score / 2;
		e.row.parameters = cost.free + cost.generated;
		e.row.macs = cost.macs;
		e.row.depth = cost.depth;
		line = ranking_entry_to_json(&e, true);
		bad |= !line || json_dumpf(line, f, JSON_COMPACT) < 0 || fputc('\n', f) == EOF;
		json_decref(line);
	}
	return fclose(f) == EOF || bad ? err_set("%s: cannot be written", path) : 0;
}

/* Each of the keys so many times, or as often as there are frames for them. */
static void measure_table_keys(struct bench *b, struct bench_terminal *t, const char *what, const char *const *keys, int count)
{
	double seconds[TABLE_KEYS];
	int answered = 0;

	for (int i = 0; i < TABLE_KEYS && !t->ended; i++) {
		bench_terminal_read(t, 0.1);
		seconds[answered] = bench_terminal_answer(t, keys[i % count]);
		answered += !isnan(seconds[answered]);
	}
	bench_screen_add_times(b, "table", what, seconds, answered);
}

int bench_screen_table(struct bench *b, const char *folder)
{
	static const char *const scroll[] = { "j", "\033[6~", "\033[6~", "k", "\033[5~" }, *const sort[] = { ".", "I", ",", "I" };
	static const char *const filter[] = { "s", "c", "o", "r", "e", "<", "0", ".", "8", "7", "\177", "\177", "\177", "\177", "\177", "\177",
		"\177", "\177", "\177", "\177" };
	struct bench_terminal t;
	int rc = -1;

	if (bench_terminal_open(&t, b, folder, "table", 120, 40) < 0)
		return -1;
	bench_terminal_read(&t, settle_seconds);
	if (bench_terminal_stop(&t) < 0 || write_rows(b, t.run) < 0)
		goto out;
	bench_terminal_close(&t);
	if (bench_terminal_open(&t, b, folder, "table", 120, 40) < 0)
		goto out;
	bench_terminal_read(&t, settle_seconds);
	bench_terminal_keys(&t, "p3");
	bench_terminal_read(&t, 2);
	measure_table_keys(b, &t, "scroll", scroll, (int)(sizeof scroll / sizeof *scroll));
	measure_table_keys(b, &t, "sort", sort, (int)(sizeof sort / sizeof *sort));
	bench_terminal_keys(&t, "\\");
	bench_terminal_read(&t, 0.5);
	measure_table_keys(b, &t, "filter", filter, (int)(sizeof filter / sizeof *filter));
	bench_terminal_keys(&t, "\025\r");
	bench_terminal_read(&t, 0.5);
	rc = bench_terminal_stop(&t);
out:
	bench_terminal_close(&t);
	return rc;
}
