/* pty.c -- the program on a terminal of its own. */
#include "tests/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"

static struct winsize window(int rows, int columns)
{
	return (struct winsize){ .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
}

void pty_start(struct pty *p, const char *folder, int rows, int columns, const char *term, char *const *environment, char *const *argv)
{
	struct winsize size = window(rows, columns);

	*p = (struct pty){ .fd = -1, .slave = -1 };
	snprintf(p->dump, sizeof p->dump, "%.200s/screen.txt", folder);
	if (openpty(&p->fd, &p->slave, NULL, NULL, &size) < 0)
		abort();
	fcntl(p->fd, F_SETFD, FD_CLOEXEC);
	tcgetattr(p->slave, &p->before);
	p->pid = fork();
	if (p->pid == 0) {
		setsid();
		prctl(PR_SET_PDEATHSIG, SIGKILL);        /* it outlives a hang-up on purpose: not a test that is killed, though */
		ioctl(p->slave, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			dup2(p->slave, i);
		if (p->slave > 2)
			close(p->slave);
		setenv("TERM", term, 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		setenv("XDG_STATE_HOME", folder, 1);     /* nothing of the person who runs the tests, and nothing left there */
		setenv("XDG_CONFIG_HOME", folder, 1);
		unsetenv("NO_COLOR");
		unsetenv("SMASHTOP_THEME");
		for (; environment && *environment; environment++)
			putenv(*environment);
		execv(argv[0], argv);
		_exit(127);
	}
}

void pty_resize(struct pty *p, int rows, int columns)
{
	struct winsize size = window(rows, columns);

	ioctl(p->fd, TIOCSWINSZ, &size);
}

static bool take(struct pty *p)
{
	ssize_t n;

	if (p->length + 65536 > p->room) {
		p->room = p->room * 2 + 131072;
		p->out = realloc(p->out, p->room);
		if (!p->out)
			abort();
	}
	n = read(p->fd, p->out + p->length, 65535);
	if (n <= 0)
		return false;
	p->length += (size_t)n;
	p->out[p->length] = 0;
	return true;
}

void pty_read(struct pty *p, double seconds)
{
	double end = clock_seconds() + seconds, left;

	while (p->fd >= 0 && (left = end - clock_seconds()) > 0) {
		struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };

		if (poll(&poll_fd, 1, (int)(left * 1000) + 1) > 0 && !take(p))
			return;
	}
}

void pty_keys(struct pty *p, const char *keys)
{
	size_t n = strlen(keys);

	if (write(p->fd, keys, n) != (ssize_t)n)
		fprintf(stderr, "keys: %s\n", strerror(errno));
}

static bool read_dump(struct pty *p)
{
	FILE *f = fopen(p->dump, "r");
	size_t n;

	if (!f)
		return false;
	p->screen = realloc(p->screen, 200000);
	if (!p->screen)
		abort();
	n = fread(p->screen, 1, 199999, f);
	p->screen[n] = 0;
	fclose(f);
	return n > 0;
}

const char *pty_screen(struct pty *p)
{
	char command[300];
	double end = clock_seconds() + 10;

	unlink(p->dump);
	snprintf(command, sizeof command, ":screen %s\r", p->dump);
	pty_keys(p, command);
	while (clock_seconds() < end) {
		pty_read(p, 0.01);
		if (access(p->dump, F_OK) == 0) {
			pty_read(p, 0.02);               /* it is written in one go */
			return read_dump(p) ? p->screen : NULL;
		}
		if (pty_wait(p, 0))
			return NULL;
	}
	return NULL;
}

bool pty_shows(struct pty *p, const char *text, double seconds)
{
	double end = clock_seconds() + seconds;

	do {
		const char *screen = pty_screen(p);

		if (screen && strstr(screen, text))
			return true;
		if (p->ended)
			return false;
		pty_read(p, 0.1);
	} while (clock_seconds() < end);
	fprintf(stderr, "# \"%s\" did not show in:\n%s", text, p->screen ? p->screen : "(nothing)\n");
	return false;
}

bool pty_wait(struct pty *p, double seconds)
{
	double end = clock_seconds() + seconds;

	while (!p->ended) {
		if (waitpid(p->pid, &p->status, WNOHANG) == p->pid) {
			p->ended = true;
			pty_read(p, 0.05);
			break;
		}
		if (clock_seconds() >= end)
			break;
		if (p->fd >= 0)
			pty_read(p, 0.02);
		else
			poll(NULL, 0, 20);
	}
	return p->ended;
}

bool pty_restored(const struct pty *p)
{
	struct termios now;

	tcgetattr(p->slave, &now);
	return now.c_iflag == p->before.c_iflag && now.c_oflag == p->before.c_oflag && now.c_cflag == p->before.c_cflag &&
	       now.c_lflag == p->before.c_lflag && !memcmp(now.c_cc, p->before.c_cc, sizeof now.c_cc);
}

bool pty_wrote(const struct pty *p, const char *bytes)
{
	return p->out && memmem(p->out, p->length, bytes, strlen(bytes));
}

void pty_hang_up(struct pty *p)
{
	close(p->slave);
	close(p->fd);
	p->fd = p->slave = -1;
}

void pty_release(struct pty *p)
{
	if (!p->ended && p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, &p->status, 0);
	}
	if (p->fd >= 0)
		close(p->fd);
	if (p->slave >= 0)
		close(p->slave);
	free(p->out);
	free(p->screen);
}
