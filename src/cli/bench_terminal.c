/* bench_terminal.c -- see bench_terminal.h. */
#include "src/cli/bench_terminal.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"

/* The thread that trains beside a screen gives way by so much (src/lab/worker.c); on a machine that others use, too, that tells. */
enum { WORKER_NICE = 5 };

static const char mark[] = "\033[?2026l";

/* ---- start and end ---- */

/* In the child: argv of either program on the terminal, or on nothing. */
static void become(const struct bench_terminal *t, const struct run_config *config, const char *folder, bool screen)
{
	char threads[16], seed[24], steps[24];
	char *argv[20] = { "smashtop" };
	int n = 1;
	char *const options[] = { "--run", (char *)t->run, "--data", (char *)config->data, "--preset", (char *)config->preset.name,
		"--threads", threads, "--seed", seed, "--steps", steps };

	snprintf(threads, sizeof threads, "%d", config->threads);
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)config->seed);
	snprintf(steps, sizeof steps, "%lld", (long long)config->steps);
	if (!screen)
		argv[n++] = "train";
	for (size_t i = 0; i < (access(t->run, F_OK) == 0 ? 2 : sizeof options / sizeof *options); i++)
		argv[n++] = options[i];
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("XDG_CONFIG_HOME", folder, 1);
	setenv("XDG_STATE_HOME", folder, 1);
	unsetenv("NO_COLOR");
	unsetenv("SMASHTOP_THEME");
	unsetenv("ESCDELAY");
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void on_terminal(struct bench_terminal *t)
{
	setsid();
	ioctl(t->slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(t->slave, i);
	if (t->slave > 2)
		close(t->slave);
}

static void on_nothing(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; i < 3 && null >= 0; i++)
		dup2(null, i);
}

static int start(struct bench_terminal *t, const struct bench *b, const char *folder, bool screen)
{
	t->started = clock_seconds();
	t->pid = fork();
	if (t->pid < 0)
		return err_set("no process to measure the screen in");
	if (t->pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (screen) {
		on_terminal(t);
	} else {
		on_nothing();
		setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + WORKER_NICE);
	}
	become(t, &b->t->config, folder, screen);
	return -1;
}

int bench_terminal_open(struct bench_terminal *t, const struct bench *b, const char *folder, const char *name, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	*t = (struct bench_terminal){ .pid = -1, .fd = -1, .slave = -1 };
	snprintf(t->run, sizeof t->run, "%.250s/%.40s", folder, name);
	if (openpty(&t->fd, &t->slave, NULL, NULL, &size) < 0)
		return err_set("no pseudo-terminal to measure the screen on");
	fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	tcgetattr(t->slave, &t->before);
	return start(t, b, folder, true);
}

int bench_headless_open(struct bench_terminal *t, const struct bench *b, const char *folder, const char *name)
{
	*t = (struct bench_terminal){ .pid = -1, .fd = -1, .slave = -1 };
	snprintf(t->run, sizeof t->run, "%.250s/%.40s", folder, name);
	return start(t, b, folder, false);
}

bool bench_terminal_wait(struct bench_terminal *t, double seconds)
{
	double end = clock_seconds() + seconds;

	while (t->pid > 0 && clock_seconds() < end) {
		if (waitpid(t->pid, &t->status, WNOHANG) == t->pid)
			t->pid = -1;
		if (t->fd >= 0)
			bench_terminal_read(t, 0.02);
		else
			poll(NULL, 0, 20);
	}
	return t->pid <= 0;
}

int bench_terminal_stop(struct bench_terminal *t)
{
	bench_terminal_keys(t, "qs");
	if (!bench_terminal_wait(t, 30) || !WIFEXITED(t->status) || WEXITSTATUS(t->status) != 0)
		return err_set("the workbench on %s did not come to its end", t->run);
	return 0;
}

void bench_terminal_close(struct bench_terminal *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, &t->status, 0);
	}
	if (t->fd >= 0)
		close(t->fd);
	if (t->slave >= 0)
		close(t->slave);
	*t = (struct bench_terminal){ .pid = -1, .fd = -1, .slave = -1 };
}

/* ---- what it writes ---- */

static void keep_tail(struct bench_terminal *t, const char *bytes, int n)
{
	int room = (int)sizeof t->tail, keep;

	if (n > room) {
		bytes += n - room;
		n = room;
	}
	keep = t->tail_length < room - n ? t->tail_length : room - n;
	memmove(t->tail, t->tail + t->tail_length - keep, (size_t)keep);
	memcpy(t->tail + keep, bytes, (size_t)n);
	t->tail_length = keep + n;
}

/* One byte into the link at `now`: when it is seen. What comes before it goes before it, however long that takes. */
static double deliver(struct bench_terminal *t, double now)
{
	if (t->link.rate <= 0)
		return now;
	if (t->busy < now)
		t->busy = now;
	t->busy += 1 / t->link.rate;
	if (t->busy - now > t->backlog)
		t->backlog = t->busy - now;
	return t->busy + t->link.delay;
}

/* True where a frame has ended in them. */
static bool take(struct bench_terminal *t, const char *bytes, int n)
{
	double now = clock_seconds();
	bool frame = false;

	t->bytes += n;
	keep_tail(t, bytes, n);
	for (int i = 0; i < n; i++) {
		double seen = deliver(t, now);

		t->matched = bytes[i] == mark[t->matched] ? t->matched + 1 : bytes[i] == mark[0];
		if (t->matched == (int)sizeof mark - 1) {
			if (!frame)
				t->visible = seen;               /* of several at once the first */
			frame = true;
			t->matched = 0;
			t->frames++;
		}
	}
	return frame;
}

bool bench_terminal_frame(struct bench_terminal *t, double until)
{
	double left;

	while (!t->ended && (left = until - clock_seconds()) > 0) {
		struct pollfd p = { .fd = t->fd, .events = POLLIN };
		char bytes[16384];
		ssize_t n;

		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0) {
			t->ended = t->pid <= 0;          /* the slave is open here, too: no hang-up says so */
			continue;
		}
		if ((n = read(t->fd, bytes, sizeof bytes)) <= 0)
			t->ended = true;
		else if (take(t, bytes, (int)n))
			return true;
	}
	return false;
}

void bench_terminal_read(struct bench_terminal *t, double seconds)
{
	double until = clock_seconds() + seconds;

	while (!t->ended && clock_seconds() < until)
		bench_terminal_frame(t, until);
}

void bench_terminal_keys(struct bench_terminal *t, const char *keys)
{
	if (write(t->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		t->ended = true;
}

double bench_terminal_answer(struct bench_terminal *t, const char *keys)
{
	double typed = clock_seconds();

	if (t->link.delay > 0)
		bench_terminal_read(t, t->link.delay);
	bench_terminal_keys(t, keys);
	return bench_terminal_frame(t, clock_seconds() + 2) ? t->visible - typed : NAN;
}

void bench_terminal_resize(struct bench_terminal *t, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	ioctl(t->fd, TIOCSWINSZ, &size);
}

static bool has(const struct bench_terminal *t, const char *bytes)
{
	return memmem(t->tail, (size_t)t->tail_length, bytes, strlen(bytes)) != NULL;
}

bool bench_terminal_restored(const struct bench_terminal *t)
{
	struct termios now;

	return tcgetattr(t->slave, &now) == 0 && now.c_iflag == t->before.c_iflag && now.c_oflag == t->before.c_oflag &&
		now.c_cflag == t->before.c_cflag && now.c_lflag == t->before.c_lflag && memcmp(now.c_cc, t->before.c_cc, sizeof now.c_cc) == 0 &&
		has(t, "\033[?1049l") && has(t, "\033[?25h") && has(t, "1000l") && has(t, "\033[?2004l");
}

/* ---- what /proc says ---- */

double bench_terminal_processor(const struct bench_terminal *t)
{
	char path[64];
	long user = 0, kernel = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/task/%ld/stat", (long)t->pid, (long)t->pid);
	if (!(f = fopen(path, "r")))
		return NAN;
	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &kernel) != 2)
		user = kernel = 0;
	fclose(f);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double bench_terminal_resident(const struct bench_terminal *t)
{
	char path[64];
	long pages = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/statm", (long)t->pid);
	if (!(f = fopen(path, "r")))
		return NAN;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- results ---- */

void bench_screen_add(struct bench *b, const char *group, const char *what, const char *unit, double value)
{
	char name[64];

	snprintf(name, sizeof name, "screen.%s.%s", group, what);
	bench_add(b, name, unit, value);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_screen_add_times(struct bench *b, const char *group, const char *what, double *seconds, int count)
{
	static const struct { const char *name; int percent; } parts[] = { { "p50", 50 }, { "p99", 99 }, { "max", 100 } };

	qsort(seconds, (size_t)count, sizeof *seconds, by_size);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		int at = count * parts[i].percent / 100;
		char name[48];

		snprintf(name, sizeof name, "%s_%s", what, parts[i].name);
		bench_screen_add(b, group, name, "ms", count ? seconds[at < count ? at : count - 1] * 1e3 : NAN);
	}
}
