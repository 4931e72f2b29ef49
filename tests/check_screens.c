/*
 * check_screens.c -- what every view shows of one run at three sizes, against screens that somebody has looked at (tests/screens/golden). The run's
 * figures are files there, so that they are the same on every machine; what a machine has of its own is set by the test.
 *
 * SMASHTOP_SCREENS=write makes the screens anew, to be looked at; SMASHTOP_SCREENS=run the figures, too (both in the source folder).
 */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/screen_rig.h"

enum { STEPS = 200, ARCHITECTURES = 24, TEXT = 300000 };

static const char *const figures[] = { "metrics.jsonl", "ranking.jsonl", "results/corrupt.json", "results/guide.json", "results/correlate.json" };
enum { FIGURES = sizeof figures / sizeof figures[0] };

static const struct { const char *name, *keys; } views[] = {
	{ "train", "1" }, { "banks", "3g\r2" }, { "rank", "3" }, { "corrupt", "4" }, { "guide", "5" }, { "correlate", "6" }, { "jobs", "7" },
	{ "help", "3?" },
};
enum { VIEWS = sizeof views / sizeof views[0] };
static const int sizes[][2] = { { 24, 80 }, { 40, 120 }, { 60, 200 }, { 16, 60 } };
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static bool asked(const char *what)
{
	const char *value = getenv("SMASHTOP_SCREENS");

	return value && (strcmp(value, what) == 0 || strcmp(value, "run") == 0);
}

static const char *golden(const char *name)
{
	static char path[600];

	snprintf(path, sizeof path, "%s/tests/screens/golden/%s", getenv("SMASHTOP_SOURCE"), name);
	return path;
}

static char *read_text(const char *path)
{
	char *text = calloc(1, TEXT);
	FILE *f = fopen(path, "r");

	ck_assert_msg(text && f, "%s", path);
	text[fread(text, 1, TEXT - 1, f)] = 0;
	fclose(f);
	return text;
}

static void copy(const char *from, const char *to)
{
	char *text = read_text(from);
	FILE *f = fopen(to, "w");

	ck_assert_msg(f && fputs(text, f) >= 0 && fclose(f) == 0, "%s", to);
	free(text);
}

/* ---- the run ---- */

static bool ranked(void)
{
	return rig.ui.ranking_count >= ARCHITECTURES;
}

static uint64_t reports;

static bool reported_again(void)
{
	return rig.ui.report_serial > reports && rig_reported();
}

static void experiment(struct experiment e)
{
	reports = rig.ui.report_serial;
	rig_ask(&(struct command){ .kind = COMMAND_EXPERIMENT, .experiment = e });
	rig_wait(reported_again);
	rig.ui.overlay = NULL;
}

static const char *kind_wanted;
static char kind_path[600];

static int find_result(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base, *end = strrchr(name, '.');

	(void)st, (void)type;
	if (!strncmp(name, kind_wanted, strlen(kind_wanted)) && end && !strcmp(end, ".json"))
		snprintf(kind_path, sizeof kind_path, "%s", path);
	return 0;
}

/* Figures of a run that really was: once, where somebody asks for it. */
static void make_figures(const char *run)
{
	char path[600];

	rig_ask(&(struct command){ .kind = COMMAND_RANK, .count = ARCHITECTURES });
	rig_wait(ranked);
	experiment((struct experiment){ .kind = EXPERIMENT_CORRUPT, .count = 12, .trials = 2 });
	experiment((struct experiment){ .kind = EXPERIMENT_GUIDE, .count = 8, .evaluations = 4 });
	experiment((struct experiment){ .kind = EXPERIMENT_CORRELATE, .count = 24, .every = 2, .epochs = 1, .seeds = 2, .batch = 60 });
	rig_close();
	for (int i = 0; i < FIGURES; i++) {
		snprintf(path, sizeof path, "%s/%s", run, figures[i]);
		if (!strncmp(figures[i], "results/", 8)) {
			kind_wanted = strndup(figures[i] + 8, strcspn(figures[i] + 8, "."));
			snprintf(path, sizeof path, "%s/results", run);
			nftw(path, find_result, 16, FTW_PHYS);
			copy(kind_path, golden(figures[i]));
		} else {
			copy(path, golden(figures[i]));
		}
	}
}

/* Everything three days old, whenever the test runs. */
static void make_old(const char *path)
{
	struct timeval times[2] = { { .tv_sec = time(NULL) - 3 * 86400 }, { .tv_sec = time(NULL) - 3 * 86400 } };

	utimes(path, times);
}

static void before(void)
{
	struct worker_options options;
	char path[600];

	ck_assert_ptr_nonnull(getenv("SMASHTOP_SOURCE"));
	setenv("TZ", "UTC", 1);
	rig_start();
	options = tiny_options(rig.folder, "run", STEPS);
	rig_open(&options);
	rig_wait(rig_finished);
	if (asked("run") && strcmp(getenv("SMASHTOP_SCREENS"), "run") == 0)
		make_figures(options.run_path);
	else
		rig_close();
	snprintf(path, sizeof path, "%s/results", options.run_path);
	mkdir(path, 0777);
	for (int i = 0; i < FIGURES; i++) {
		snprintf(path, sizeof path, "%s/%.*s%s", options.run_path, (int)strcspn(figures[i], "."), figures[i],
			strncmp(figures[i], "results/", 8) ? strrchr(figures[i], '.') : "-0123456789.json");
		copy(golden(figures[i]), path);
		make_old(path);
	}
	ui_close(&rig.ui);
	memset(&rig.ui, 0, sizeof rig.ui);
	memset(&rig.loop, 0, sizeof rig.loop);
	ck_assert(ui_open(&rig.ui));
	options.create = false;
	rig_open(&options);
	rig_wait(rig_finished);
	rig_wait(ranked);
}

static void after(void)
{
	rig_close();
	rig_stop();
}

/* ---- the screens ---- */

/* What differs from machine to machine, and from time to time. */
static void be_like_any_other(void)
{
	struct snapshot *s = rig.ui.snap;

	rig.ui.memory_seen = s->resident_bytes = 74 << 20;
	s->slab_bytes = 12 << 20;
	s->elapsed_seconds = 410;
	s->checkpoint_age_seconds = 60;
	snprintf(s->run_path, sizeof s->run_path, "runs/golden");
	snprintf(s->device, sizeof s->device, "cpu, 1 thread, AVX2, oneDNN 3.0.0");
	snprintf(rig.ui.message, sizeof rig.ui.message, "opened runs/golden at step %d", STEPS);
	for (int i = 0; i < LOG_LINES; i++) {
		s->log[i].clock = 1e9;
		snprintf(s->log[i].text, sizeof s->log[i].text, "a line of the log");
	}
	for (int i = 0; i < s->job_count; i++)
		s->jobs[i].began = s->jobs[i].ended = 1e9;
	rig.ui.frames = 7;
	rig.ui.frames_skipped = 0;
	rig.ui.key_seconds = 0.001;
}

/* The first row that differs, both of it; NULL: none. */
static const char *difference(const char *seen, const char *wanted)
{
	static char text[2048];

	for (int row = 0; *seen || *wanted; row++) {
		size_t n = strcspn(seen, "\n"), m = strcspn(wanted, "\n");

		if (n != m || memcmp(seen, wanted, n)) {
			snprintf(text, sizeof text, "row %d\n%.*s\nwhere this was looked at and found good:\n%.*s", row, (int)n, seen, (int)m, wanted);
			return text;
		}
		seen += n + (seen[n] == '\n');
		wanted += m + (wanted[m] == '\n');
	}
	return NULL;
}

START_TEST(views_show_what_somebody_has_looked_at)
{
	const char *name = views[_i].name, *differs;

	for (int size = 0; size < SIZES; size++) {
		char path[600], file[64], *seen, *wanted;

		rig_resize(sizes[size][0], sizes[size][1]);
		be_like_any_other();
		rig_type(views[_i].keys);
		be_like_any_other();
		rig_paint();
		snprintf(path, sizeof path, "%s/screen.txt", rig.folder);
		ck_assert(screen_dump(&rig.ui, path));
		snprintf(file, sizeof file, "%s-%dx%d.txt", name, sizes[size][1], sizes[size][0]);
		if (asked("write"))
			copy(path, golden(file));
		seen = read_text(path);
		wanted = read_text(golden(file));
		differs = difference(seen, wanted);
		ck_assert_msg(differs == NULL, "%s: %s", file, differs);
		free(seen);
		free(wanted);
		rig_type("\033");
		rig_type("\033");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screens");
	TCase *shown = tcase_create("views");
	SRunner *runner;
	int failed;

	tcase_set_timeout(shown, 120);
	tcase_add_checked_fixture(shown, before, after);
	tcase_add_loop_test(shown, views_show_what_somebody_has_looked_at, 0, VIEWS);
	suite_add_tcase(suite, shown);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
