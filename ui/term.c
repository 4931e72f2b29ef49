/* term.c -- curses' start and end, signals, and a way back for crashes that uses write(2) and tcsetattr(3) alone. */
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "ui/draw.h"

static struct {
	SCREEN *screen;
	FILE *out, *in;
	int fd;                          /* the terminal */
	WINDOW *keys;                    /* a pad: reading from it refreshes nothing */
	struct termios saved;
	int signals[2];
	int log;                         /* where standard error goes; -1: it was no terminal and stays */
	int old_out, old_err;
	bool xterm_like, plain_glyphs, named_run;
	struct sigaction old_action[32];
} term = { .fd = -1, .signals = { -1, -1 }, .log = -1, .old_out = -1, .old_err = -1 };

/* For the handler of fatal signals: ready before it is needed. */
static struct {
	char restore[512];
	size_t restore_length;
	char last_words[768];
	size_t last_words_length;
} fatal;

static const int asking[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
static const int crashing[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
enum { ASKING = sizeof asking / sizeof asking[0], CRASHING = sizeof crashing / sizeof crashing[0] };

/* ---- signals ---- */

static void on_asking(int signal)
{
	int error = errno;
	unsigned char byte = (unsigned char)signal;

	if (write(term.signals[1], &byte, 1) < 0)        /* full: enough is asked already */
		errno = error;
}

static void send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(fd, bytes, n);

		if (sent <= 0)
			return;
		bytes += sent;
		n -= (size_t)sent;
	}
}

static void on_crash(int signal)
{
	send_all(term.fd, fatal.restore, fatal.restore_length);
	tcsetattr(term.fd, TCSANOW, &term.saved);
	send_all(term.fd, fatal.last_words, fatal.last_words_length);
	raise(signal);                           /* the handler is gone by SA_RESETHAND: the default, with its core */
}

static void catch_signals(void)
{
	static char stack[65536];
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { 0 };

	sigaltstack(&alternative, NULL);
	sigfillset(&action.sa_mask);
	action.sa_handler = on_asking;
	action.sa_flags = SA_RESTART;
	for (int i = 0; i < ASKING; i++)
		sigaction(asking[i], &action, &term.old_action[asking[i]]);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, &term.old_action[SIGPIPE]);
	action.sa_handler = on_crash;
	action.sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
	for (int i = 0; i < CRASHING; i++)
		sigaction(crashing[i], &action, &term.old_action[crashing[i]]);
}

static void release_crashing(void)
{
	for (int i = 0; i < CRASHING; i++)
		sigaction(crashing[i], &term.old_action[crashing[i]], NULL);
}

int term_signals(void)
{
	return term.signals[0];
}

int term_signal(void)
{
	unsigned char byte;

	return read(term.signals[0], &byte, 1) == 1 ? byte : 0;
}

/* ---- standard error ---- */

static void keep_streams(void)
{
	fflush(NULL);
	term.log = memfd_create("smashtop-stderr", MFD_CLOEXEC);
	if (term.log < 0)
		return;
	term.old_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	dup2(term.log, STDOUT_FILENO);
	if (isatty(STDERR_FILENO)) {
		term.old_err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
		dup2(term.log, STDERR_FILENO);
	}
}

static void copy_kept(int from, int to)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, bytes, sizeof bytes, at)) > 0) {
		send_all(to, bytes, (size_t)n);
		at += n;
	}
}

static void restore_streams(bool gone)
{
	fflush(NULL);
	if (term.log < 0)
		return;
	if (!gone) {
		if (term.old_out >= 0)
			dup2(term.old_out, STDOUT_FILENO);
		if (term.old_err >= 0) {
			dup2(term.old_err, STDERR_FILENO);
			if (!term.named_run)
				copy_kept(term.log, STDERR_FILENO);
		}
	}
	if (term.old_out >= 0)
		close(term.old_out);
	if (term.old_err >= 0)
		close(term.old_err);
	close(term.log);
	term.old_out = term.old_err = term.log = -1;
}

void term_run(const char *run_path)
{
	char path[600];
	int fd;

	if (term.named_run || term.log < 0)
		return;
	fatal.last_words_length = (size_t)snprintf(fatal.last_words, sizeof fatal.last_words,
		"smashtop: crashed; the run is saved up to its last checkpoint: smashtop --run %.512s\n", text_harmless(run_path));
	snprintf(path, sizeof path, "%s/log", run_path);
	if ((fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) < 0)
		return;
	term.named_run = true;
	copy_kept(term.log, fd);
	dup2(fd, STDOUT_FILENO);
	if (term.old_err >= 0)
		dup2(fd, STDERR_FILENO);
	close(term.log);
	term.log = fd;
}

/* ---- start and end ---- */

static void restore_add(const char *bytes)
{
	for (; bytes && *bytes && fatal.restore_length < sizeof fatal.restore; bytes++) {
		if (bytes[0] == '$' && bytes[1] == '<')          /* a delay for terminals with wheels */
			while (*bytes && *bytes != '>')
				bytes++;
		else
			fatal.restore[fatal.restore_length++] = *bytes;
		if (!*bytes)
			return;
	}
}

static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s == (const char *)-1 ? NULL : s;
}

/* Takes what it needs from the terminal's description that choose_name() loaded, and forgets that: newterm loads its own. */
static void prepare_restore(bool known)
{
	fatal.restore_length = 0;
	if (!known) {
		if (cur_term)
			del_curterm(cur_term);
		return;
	}
	if (term.xterm_like)
		restore_add("\033[?2026l\033[?1006l\033[?1002l\033[?1000l\033[?2004l");
	restore_add(capability("sgr0"));
	restore_add(capability("rmacs"));
	restore_add(capability("cnorm"));
	restore_add(capability("rmkx"));
	restore_add(capability("rmcup"));
	restore_add("\r\n");
	del_curterm(cur_term);
	fatal.last_words_length = (size_t)snprintf(fatal.last_words, sizeof fatal.last_words, "smashtop: crashed while opening the run\n");
}

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool usable(const char *name)
{
	int why;

	if (setupterm(name, STDOUT_FILENO, &why) != OK)
		return false;
	return tigetstr("cup") && tigetstr("cup") != (char *)-1;
}

/* The name curses is to use: TERM's, or xterm-256color for one nobody here has heard of. NULL: none will do. */
static const char *choose_name(const char **notice)
{
	static char told[128];
	const char *name = getenv("TERM");
	int why = -1;

	if (!name || !*name || !strcmp(name, "dumb"))
		return NULL;
	if (usable(name))
		return name;
	if (setupterm(name, STDOUT_FILENO, &why) == OK || !usable("xterm-256color"))
		return NULL;                             /* known, but without a cursor */
	snprintf(told, sizeof told, "terminal \"%.32s\" is unknown here; taken for xterm-256color", name);
	*notice = told;
	setenv("TERM", "xterm-256color", 1);
	return "xterm-256color";
}

static bool looks_like_xterm(const char *name)
{
	static const char *const prefixes[] = { "xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "kitty", "st-", "wezterm", "ghostty",
		"gnome", "konsole", "vte", "putty", "mintty" };

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (begins(name, prefixes[i]))
			return true;
	return false;
}

/* Those by Alt would take the letter after an Esc over a slow link: they are keys only while a line is written. */
static const struct { const char *bytes; int key; bool alt; } word_keys[] = {
	{ "\033[1;5D", TERM_WORD_LEFT, false }, { "\033[1;5C", TERM_WORD_RIGHT, false }, { "\033[1;3D", TERM_WORD_LEFT, false },
	{ "\033[1;3C", TERM_WORD_RIGHT, false }, { "\033b", TERM_WORD_LEFT, true }, { "\033f", TERM_WORD_RIGHT, true },
	{ "\033\177", TERM_WORD_ERASE, true }, { "\033d", TERM_WORD_DELETE, true },
};

void term_alt_keys(bool on)
{
	for (size_t i = 0; term.screen && i < sizeof word_keys / sizeof word_keys[0]; i++)
		if (word_keys[i].alt)
			define_key(word_keys[i].bytes, on ? word_keys[i].key : 0);
}

void term_mouse(bool on)
{
	mousemask(on ? BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
	mouseinterval(0);
}

static void start_curses(void)
{
	raw();
	noecho();
	nonl();
	curs_set(0);
	if (!getenv("ESCDELAY"))
		set_escdelay(25);                        /* a second is curses' own; over slow links an arrow may split: Esc only goes back */
	if (has_colors()) {
		start_color();
		use_default_colors();
	}
	term.keys = newpad(1, 1);
	keypad(term.keys, TRUE);
	nodelay(term.keys, TRUE);
	for (size_t i = 0; i < sizeof word_keys / sizeof word_keys[0]; i++)
		if (term.xterm_like && !word_keys[i].alt)
			define_key(word_keys[i].bytes, word_keys[i].key);
	if (term.xterm_like) {
		define_key("\033[200~", TERM_PASTE_BEGIN);
		define_key("\033[201~", TERM_PASTE_END);
		send_all(term.fd, "\033[?2004h", 8);
	}
}

int term_start(const char **notice)
{
	const char *name;
	sigset_t resize;

	*notice = NULL;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return err_set("standard input or output is no terminal");
	setlocale(LC_CTYPE, "");
	name = choose_name(notice);
	term.xterm_like = name && looks_like_xterm(name);
	term.plain_glyphs = name && (begins(name, "linux") || begins(name, "vt"));
	prepare_restore(name != NULL);
	if (!name)
		return err_set("the terminal (TERM=%s) cannot move its cursor", getenv("TERM") ? getenv("TERM") : "");
	if (pipe2(term.signals, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set("no pipe for signals: %s", strerror(errno));
	term.fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	tcgetattr(term.fd, &term.saved);
	keep_streams();
	catch_signals();
	sigemptyset(&resize);
	sigaddset(&resize, SIGWINCH);
	pthread_sigmask(SIG_BLOCK, &resize, NULL);       /* comes only while waiting: never lost between reading and waiting */
	term.out = fdopen(fcntl(term.fd, F_DUPFD_CLOEXEC, 10), "w");
	term.in = fdopen(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10), "r");
	term.screen = newterm(name, term.out, term.in);
	if (!term.screen) {
		term_stop(true);
		return err_set("the terminal %s could not be started", name);
	}
	start_curses();
	return 0;
}

/* Somebody's kill -HUP, not a terminal that went away: it is there, takes bytes, and would be left raw. */
static bool still_ours(void)
{
	return tcgetpgrp(term.fd) == getpgrp() && term_writable();
}

void term_stop(bool gone)
{
	if (term.screen && gone && still_ours()) {
		send_all(term.fd, fatal.restore, fatal.restore_length);
		tcsetattr(term.fd, TCSANOW, &term.saved);
	}
	if (term.screen && !gone) {
		if (term.xterm_like)
			send_all(term.fd, "\033[?2004l", 8);
		mousemask(0, NULL);
		endwin();
		tcflush(term.fd, TCIFLUSH);
		tcsetattr(term.fd, TCSANOW, &term.saved);
	}
	if (term.screen && !gone) {
		delwin(term.keys);
		delscreen(term.screen);
		fclose(term.out);
		fclose(term.in);
	}
	term.screen = NULL;
	release_crashing();
	restore_streams(gone);
	if (term.fd >= 0)
		close(term.fd);
	term.fd = -1;
}

/* ---- while it runs ---- */

int term_fd(void)
{
	return term.fd;
}

/* With resizes let in, so that one comes before the keys that follow it; the rest of the time they wait for term_wait. */
static int read_key(void)
{
	sigset_t none, blocked;
	int key;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, &blocked);
	key = wgetch(term.keys);
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
	return key;
}

/* What a terminal says with an escape sequence that curses does not know: its letters must not act as keys. A part may come late. */
enum sequence { SEQUENCE_NONE, SEQUENCE_CONTROL, SEQUENCE_SHIFT, SEQUENCE_STRING, SEQUENCE_MOUSE };
static const double sequence_seconds = 0.2;
static struct {
	enum sequence kind;
	int left;                        /* bytes of a mouse report of the old kind */
	double until;
} sequence;

static enum sequence sequence_after(int key)
{
	switch (key) {
	case '[':
		return SEQUENCE_CONTROL;
	case 'O':
		return SEQUENCE_SHIFT;
	case ']': case 'P': case '_': case '^':
		return SEQUENCE_STRING;
	default:
		return SEQUENCE_NONE;
	}
}

/* One more byte of it. */
static void sequence_take(int key)
{
	bool ends = true;

	if (sequence.kind == SEQUENCE_CONTROL && key == 'M') {
		sequence.kind = SEQUENCE_MOUSE;
		sequence.left = 3;
		return;
	}
	if (sequence.kind == SEQUENCE_CONTROL)
		ends = key >= 0x40 && key != '[';
	else if (sequence.kind == SEQUENCE_STRING)
		ends = key == 7 || key == '\\';
	else if (sequence.kind == SEQUENCE_MOUSE)
		ends = --sequence.left == 0;
	if (ends)
		sequence.kind = SEQUENCE_NONE;
}

int term_key(void)
{
	int key;

	while ((key = read_key()) != ERR) {
		double now = clock_seconds();

		if (sequence.kind != SEQUENCE_NONE && now < sequence.until && key < KEY_MIN) {
			sequence_take(key);
			sequence.until = now + sequence_seconds;
			continue;
		}
		sequence.kind = SEQUENCE_NONE;
		if (key != 27)
			return key;

		int next = read_key();

		if (next == ERR)
			return key;                      /* the key Esc */
		sequence.kind = sequence_after(next);
		sequence.until = now + sequence_seconds;
		if (sequence.kind == SEQUENCE_NONE) {
			ungetch(next);
			return key;
		}
	}
	return TERM_NO_KEY;
}

bool term_writable(void)
{
	struct pollfd p = { .fd = term.fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

int term_wait(struct pollfd *p, int count, double seconds)
{
	struct timespec time;
	sigset_t none;

	sigemptyset(&none);
	if (isfinite(seconds)) {
		if (seconds < 0)
			seconds = 0;
		time.tv_sec = (time_t)seconds;
		time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
	}
	return ppoll(p, (nfds_t)count, isfinite(seconds) ? &time : NULL, &none);
}

void term_update(bool everything)
{
	if (everything)
		clearok(curscr, TRUE);
	wnoutrefresh(stdscr);
	if (term.xterm_like)                     /* a frame all at once; who does not know it ignores it */
		send_all(term.fd, "\033[?2026h", 8);
	doupdate();
	if (term.xterm_like)
		send_all(term.fd, "\033[?2026l", 8);
}

void term_suspend(void)
{
	if (term.xterm_like)
		send_all(term.fd, "\033[?2004l", 8);
	raise(SIGTSTP);                          /* curses' handler gives the screen back and takes it again */
	if (term.xterm_like)
		send_all(term.fd, "\033[?2004h", 8);
}

bool term_plain_glyphs(void)
{
	return term.plain_glyphs;
}
