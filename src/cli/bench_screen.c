/*
 * bench_screen.c -- the workbench on a pseudo-terminal while it trains: how soon it answers, how much it writes, what it costs. A frame's
 * end is known by the mark that ends a synchronised update (CSI ? 2026 l).
 */
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/cli/bench.h"

enum { KEYS = 200 };
static const double settle_seconds = 5, training_seconds = 15, idle_seconds = 3;

struct terminal {
	pid_t pid;
	int fd;
	double started;
	long bytes;                      /* since last set to 0 */
	int matched;                     /* of the mark, so far */
	bool ended;                      /* it closed its terminal */
};

static const char mark[] = "\033[?2026l";

static int open_terminal(struct terminal *t, const struct run_config *config, const char *folder, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	char run[300], threads[16];
	char *const argv[] = { "smashtop", "--run", run, "--data", (char *)config->data, "--preset", (char *)config->preset.name, "--threads",
		threads, NULL };

	snprintf(run, sizeof run, "%s/%dx%d", folder, columns, rows);
	snprintf(threads, sizeof threads, "%d", config->threads);
	*t = (struct terminal){ .fd = -1, .started = clock_seconds() };
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		return err_set("no pseudo-terminal to measure the screen on");
	if (t->pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	return 0;
}

/* Reads until a frame has ended or time is over; true at a frame's end. */
static bool next_frame(struct terminal *t, double until)
{
	double left;

	while (!t->ended && (left = until - clock_seconds()) > 0) {
		struct pollfd p = { .fd = t->fd, .events = POLLIN };
		char bytes[16384];
		ssize_t n;
		bool frame = false;

		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		if ((n = read(t->fd, bytes, sizeof bytes)) <= 0) {
			t->ended = true;
			return false;
		}
		t->bytes += n;
		for (ssize_t i = 0; i < n; i++) {
			t->matched = bytes[i] == mark[t->matched] ? t->matched + 1 : bytes[i] == mark[0];
			if (t->matched == (int)sizeof mark - 1) {
				frame = true;
				t->matched = 0;
			}
		}
		if (frame)
			return true;
	}
	return false;
}

static void read_for(struct terminal *t, double seconds)
{
	double until = clock_seconds() + seconds;

	while (!t->ended && clock_seconds() < until)
		next_frame(t, until);
}

/* Processor time of the thread that draws, in seconds: the process's first. */
static double thread_seconds(pid_t pid)
{
	char path[64];
	long user = 0, kernel = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/task/%ld/stat", (long)pid, (long)pid);
	if (!(f = fopen(path, "r")))
		return NAN;
	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &kernel) != 2)
		user = kernel = 0;
	fclose(f);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool send(struct terminal *t, const char *keys)
{
	return write(t->fd, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

static void add(struct bench *b, const char *size, const char *what, const char *unit, double value)
{
	char name[64];

	snprintf(name, sizeof name, "screen.%s.%s", size, what);
	bench_add(b, name, unit, value);
}

/* Moves the cursor of the bank pane up and down, at random moments between the frames of the data. */
static void measure_keys(struct bench *b, struct terminal *t, const char *size)
{
	double seconds[KEYS];
	int answered = 0;

	send(t, "\t ");
	read_for(t, 0.5);
	for (int i = 0; i < KEYS && !t->ended; i++) {
		double sent;

		read_for(t, 0.005 + 0.03 * rng_uniform(&b->rng));
		sent = clock_seconds();
		send(t, i % 2 ? "k" : "j");
		if (next_frame(t, sent + 2))
			seconds[answered++] = clock_seconds() - sent;
	}
	qsort(seconds, (size_t)answered, sizeof *seconds, by_size);
	add(b, size, "key_p50", "ms", answered ? seconds[answered / 2] * 1e3 : NAN);
	add(b, size, "key_p99", "ms", answered ? seconds[answered * 99 / 100] * 1e3 : NAN);
	add(b, size, "key_max", "ms", answered ? seconds[answered - 1] * 1e3 : NAN);
	add(b, size, "keys_unanswered", "", KEYS - answered);
}

static void measure_idle(struct bench *b, struct terminal *t, const char *size)
{
	send(t, "p");
	read_for(t, 1);
	t->bytes = 0;
	read_for(t, idle_seconds);
	add(b, size, "idle", "B/s", (double)t->bytes / idle_seconds);
	for (int i = 0; i < KEYS / 10; i++) {            /* nothing else is drawn now */
		send(t, i % 2 ? "k" : "j");
		read_for(t, 0.03);
	}
	add(b, size, "cursor_move", "B", (double)t->bytes / (KEYS / 10.0));
	send(t, "p");
}

static int measure(struct bench *b, const char *folder, int columns, int rows)
{
	struct terminal t;
	char size[16];
	double used, began;
	int status;

	snprintf(size, sizeof size, "%dx%d", columns, rows);
	if (open_terminal(&t, &b->t->config, folder, columns, rows) < 0)
		return -1;
	if (next_frame(&t, t.started + 10)) {
		add(b, size, "first_frame", "ms", (clock_seconds() - t.started) * 1e3);
		add(b, size, "first_frame_bytes", "B", (double)t.bytes);
	}
	read_for(&t, settle_seconds);
	t.bytes = 0;
	began = clock_seconds();
	used = thread_seconds(t.pid);
	read_for(&t, training_seconds);
	used = thread_seconds(t.pid) - used;
	add(b, size, "training", "B/s", (double)t.bytes / (clock_seconds() - began));
	add(b, size, "processor", "% of a core", 100 * used / (clock_seconds() - began));
	measure_keys(b, &t, size);
	measure_idle(b, &t, size);
	send(&t, "qs");
	read_for(&t, 10);
	if (!t.ended)
		kill(t.pid, SIGKILL);
	close(t.fd);
	waitpid(t.pid, &status, 0);
	if (!t.ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set("the workbench at %s did not come to its end", size);
	return 0;
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
	static const int sizes[][2] = { { 80, 24 }, { 120, 40 }, { 200, 60 } };
	const char *parent = getenv("TMPDIR");
	char folder[256];
	int rc = 0;

	snprintf(folder, sizeof folder, "%.200s/smashtop-bench-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(folder))
		return err_set("%s: no folder for the runs of the measurement", folder);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && rc == 0; i++)
		rc = measure(b, folder, sizes[i][0], sizes[i][1]);
	if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "smashtop: %s is left behind\n", folder);
	return rc;
}
