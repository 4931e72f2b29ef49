/*
 * plain.c -- the workbench without a screen: a command a line, an answer in sentences. Nothing appears by itself but the end of a job, the end of
 * training and failures; everything else on demand. The terminal stays as it is: it edits the line, and needs to know nothing.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/nearest.h"
#include "ui/commands.h"
#include "ui/loop.h"
#include "ui/plain.h"
#include "ui/words.h"

static const double second_interrupt_seconds = 3, idle_seconds = 2;

static struct {
	struct ui ui;
	struct loop loop;
	int signals;                     /* descriptor */
	char line[LINE_SIZE];            /* that is being read */
	size_t length;
	bool too_long;                   /* what is longer is read and left out */
	bool ended;                      /* there is no more input */
	bool prompted, leaving;          /* "> " stands there; the next line says how to leave */
	double watch, next_watch;        /* seconds; 0: not */
	double idle_until;               /* nothing is left to do: it ends then */
	bool rewrites;                   /* the terminal can write a line again */
	size_t watched_width;
	uint64_t report_serial;          /* of the report that was written last */
	double job_ended;                /* clock of the last one that is known to have */
	enum worker_state state;
	int messages, logged;            /* seen */
} plain;

/* ---- what it says ---- */

static void end_watched_line(void)
{
	if (plain.watched_width)
		fputc('\n', stdout);
	plain.watched_width = 0;
}

static void prompt(void)
{
	if (plain.prompted || plain.watch > 0 || plain.ended || !isatty(STDIN_FILENO))
		return;
	fputs("> ", stdout);
	fflush(stdout);
	plain.prompted = true;
}

/* A line of its own, wherever the cursor is. */
static void begin_line(void)
{
	if (plain.prompted)
		fputc('\n', stdout);
	plain.prompted = false;
	end_watched_line();
}

static bool is_logged(const char *text)
{
	const struct snapshot *s = plain.ui.snap;

	for (int i = 0; i < LOG_LINES && i < s->log_count; i++)
		if (!strncmp(s->log[i].text, text, sizeof s->log[i].text - 1))
			return true;
	return false;
}

/* What was said since the last time: by the laboratory, of whose messages the screen sees only the newest but the log all; then by the prompt. What
 * the log has of commands is left out. */
static void say_messages(void)
{
	const struct snapshot *s = plain.ui.snap;
	const char *text;
	enum role role;

	for (; plain.logged < s->log_count; plain.logged++)
		if (plain.logged >= s->log_count - LOG_LINES && strncmp(s->log[plain.logged % LOG_LINES].text, "smashtop ", 9) != 0)
			puts(text_harmless(s->log[plain.logged % LOG_LINES].text));
	for (; plain.messages < message_count(); plain.messages++)
		if (message_at(plain.messages, &text, &role) && !is_logged(text))
			printf("%s%s\n", role == ROLE_ERROR ? "Error: " : role == ROLE_WARNING ? "Warning: " : "", text_harmless(text));
}

/* A report, or what is asked for in some other way. */
static void say_overlay(void)
{
	struct ui *ui = &plain.ui;

	if (ui->overlay == &overlay_report)
		fputs(report_text(), stdout);
	else if (ui->overlay == &overlay_quit) {
		puts(ui->snap->state == WORKER_VIEWING ? "s: leave; the process that has the run goes on. Anything else: back." : ui_training(ui) ? "d: training goes on without this. s: stop and save. Anything else: back." : "s: leave; the run is saved. Anything else: back.");
		plain.leaving = true;
	} else if (ui->overlay)
		puts("Error: that asks on the screen; give it its options, which help COMMAND lists.");
	ui->overlay = NULL;
}

/* What an experiment found, when it has ended. Scores are in the ranking. */
static void open_newest_report(void)
{
	const struct snapshot *s = plain.ui.snap;

	if (s->report_serial == plain.report_serial)
		return;
	plain.report_serial = s->report_serial;
	if (strcmp(s->report_name, experiment_names[EXPERIMENT_RANK]) != 0)
		report_open(&plain.ui);
}

/* The end of a job or of training, and failures, are worth being interrupted for. */
static void announce(void)
{
	const struct snapshot *s = plain.ui.snap;
	double ended_before = plain.job_ended;
	bool figures, images, ended = s->state != plain.state && (s->state == WORKER_FINISHED || s->state == WORKER_FAILED || plain.state == WORKER_OPENING);

	for (int i = 0; i < s->job_count; i++)
		if (s->jobs[i].state >= JOB_ENDED && s->jobs[i].ended > plain.job_ended)
			plain.job_ended = s->jobs[i].ended;
	plain.state = s->state;
	open_newest_report();
	figures = plain_edit_tick(&plain.ui);
	images = plain_data_tick(&plain.ui);
	if (plain.job_ended == ended_before && !ended && !plain.ui.overlay && !figures && !images)
		return;
	begin_line();
	say_messages();
	if (figures)
		plain_edit_say(&plain.ui);
	if (images)
		plain_data_say(&plain.ui);
	say_overlay();
	prompt();
}

static void watch(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *f;

	if (plain.watch <= 0 || plain.ui.now < plain.next_watch || !(f = open_memstream(&text, &bytes)))
		return;
	plain.next_watch = plain.ui.now + plain.watch;
	words_brief(f, plain.ui.snap);
	if (fclose(f) == 0 && plain.rewrites) {
		printf("\r%s%*s", text, bytes < plain.watched_width ? (int)(plain.watched_width - bytes) : 0, "");
		plain.watched_width = bytes;
	} else
		puts(text);
	fflush(stdout);
	free(text);
}

/* ---- its own commands ---- */

static void do_status(struct ui *ui, const char *rest)
{
	(void)rest;
	words_status(stdout, ui->snap);
}

static void do_loss(struct ui *ui, const char *rest)
{
	(void)rest;
	words_loss(stdout, ui->snap);
}

static void do_jobs(struct ui *ui, const char *rest)
{
	(void)rest;
	words_jobs(stdout, ui->snap);
}

static void do_ranking(struct ui *ui, const char *rest)
{
	size_t bytes = (size_t)ui->ranking_count * sizeof *ui->ranking;
	struct ranking_row *rows = malloc(bytes + 1);
	int count = atoi(rest);

	if (!rows)
		return;
	if (bytes)
		memcpy(rows, ui->ranking, bytes);
	words_ranking(stdout, rows, ui->ranking_count, count > 0 ? count : 10);
	free(rows);
}

/* Of the ranking by how its id begins, or the one in training. */
static void do_banks(struct ui *ui, const char *rest)
{
	static struct arch arch;
	int found = -1;

	if (!*rest) {
		if (ui->snap->arch_step > 0)
			words_arch(stdout, ui->snap, &ui->snap->arch);
		else
			puts("No architecture has been trained since the run was opened; banks ID describes a scored one.");
		return;
	}
	for (int i = 0; i < ui->ranking_count; i++)
		if (!strncmp(ui->ranking[i].id, rest, strlen(rest)))
			found = found == -1 ? i : -2;
	if (found == -2)
		printf("Several architectures begin with %s.\n", text_harmless(rest));
	else if (found < 0 || !worker_ranking_arch(ui->worker, found, &arch))
		printf("No scored architecture begins with %s.\n", text_harmless(rest));
	else {
		words_row(stdout, &ui->ranking[found], 0);
		words_arch(stdout, ui->snap, &arch);
	}
}

static void do_watch(struct ui *ui, const char *rest)
{
	(void)ui;
	plain.watch = *rest ? atof(rest) : 2;
	if (plain.watch < 0.2 || plain.watch > 3600) {
		plain.watch = 0;
		puts("Error: watch wants seconds, from 0.2 to 3600.");
		return;
	}
	plain.next_watch = 0;
	puts("Enter ends watching.");
}

static void do_help(struct ui *, const char *rest);

static const struct plain_row own_rows[] = {
	{ "status", "", do_status, "what is trained, how far it is, the job; so does an empty line in one sentence" },
	{ "loss", "", do_loss, "the loss so far, in parts" },
	{ "banks", "[ID]", do_banks, "an architecture op by op: a scored one, or the one in training" },
	{ "ranking", "[N]", do_ranking, "the N best architectures, 10 where not given" },
	{ "jobs", "", do_jobs, "what runs, waits and has ended" },
	{ "watch", "[SECONDS]", do_watch, "one line that is written again every so many seconds, until Enter" },
	{ "help", "[COMMAND]", do_help, "this list, or the options of a command" },
};
enum { OWN_ROWS = sizeof own_rows / sizeof own_rows[0] };

/* NULL behind the last. */
static const struct plain_row *row_at(int i)
{
	if (i < OWN_ROWS)
		return &own_rows[i];
	if (i == OWN_ROWS)
		return &plain_data_row;
	i -= OWN_ROWS + 1;
	return i < plain_edit_row_count ? &plain_edit_rows[i] : NULL;
}

static void put_help(const char *name, const char *arguments, const char *help)
{
	printf("%s%s%s: %s.\n", name, *arguments ? " " : "", arguments, help);
}

/* Commands of the prompt that need no screen. */
static const char *const of_prompt[] = {
	"rank", "corrupt", "guide", "retrain", "correlate", "export", "edit", "w", "w!", "report", "cancel", "hold", "pause", "resume", "note", "log", "messages", "q", "quit",
};

static bool needs_screen(const struct command_row *row)
{
	for (size_t i = 0; i < sizeof of_prompt / sizeof of_prompt[0]; i++)
		if (!strcmp(of_prompt[i], row->name))
			return false;
	return true;
}

static void do_help(struct ui *ui, const char *rest)
{
	char line[LINE_SIZE];

	for (int i = 0; i < command_row_count && *rest; i++)
		if (!strcmp(command_rows[i].name, rest) && command_rows[i].complete == complete_experiment) {
			snprintf(line, sizeof line, "%.*s --help", (int)sizeof line - 16, rest);
			commands_run(ui, line);
			return;
		}
	for (int i = 0; row_at(i); i++)
		put_help(row_at(i)->name, row_at(i)->arguments, row_at(i)->help);
	for (int i = 0; i < command_row_count; i++)
		if (!needs_screen(&command_rows[i]))
			put_help(command_rows[i].name, command_rows[i].arguments, command_rows[i].help);
}

/* ---- a line ---- */

/* Commands of the prompt that do not need the screen, and nothing else of its: an action's word moves a cursor that is not there. */
static bool is_of_prompt(const char *name, size_t length)
{
	struct nearest near;
	char word[64];

	snprintf(word, sizeof word, "%.*s", (int)length, name);
	near = nearest_to(word);
	for (int i = 0; i < command_row_count; i++) {
		if (!strcmp(command_rows[i].name, word)) {
			if (needs_screen(&command_rows[i]))
				printf("Error: %s is of the screen; help lists what there is here.\n", word);
			return !needs_screen(&command_rows[i]);
		}
		if (!needs_screen(&command_rows[i]))
			nearest_offer(&near, command_rows[i].name);
	}
	for (int i = 0; row_at(i); i++)
		nearest_offer(&near, row_at(i)->name);
	printf("Error: no command \"%s\"%s\n", text_harmless(word), near.name ? nearest_hint(&near) : "; help lists them");
	return false;
}

static void answer_leaving(const char *line)
{
	struct ui *ui = &plain.ui;

	plain.leaving = false;
	if (line[0] == 'd' && !line[1] && (ui->snap->state == WORKER_TRAINING || ui->snap->state == WORKER_PAUSED))
		ui->quitting = QUIT_DETACH;
	else if (line[0] == 's' && !line[1])
		ui->quitting = QUIT_STOP;
	else
		puts("Going on.");
}

static void run_line(const char *line)
{
	size_t length;

	line += strspn(line, " \t:");            /* who is used to it may write the colon */
	length = strcspn(line, " \t");
	plain.watch = 0;
	if (plain.leaving) {
		answer_leaving(line);
		return;
	}
	if (!*line) {
		words_brief(stdout, plain.ui.snap);
		puts(".");
		return;
	}
	for (int i = 0; row_at(i); i++)
		if (strlen(row_at(i)->name) == length && !strncmp(row_at(i)->name, line, length)) {
			row_at(i)->run(&plain.ui, line + length + strspn(line + length, " \t"));
			return;
		}
	if (is_of_prompt(line, length))
		commands_run(&plain.ui, line);
}

static void take_line(void)
{
	struct ui *ui = &plain.ui;

	plain.line[plain.length] = 0;
	plain.length = 0;
	plain.prompted = false;
	end_watched_line();
	take_snapshot(ui, &plain.loop);
	if (plain.too_long)
		printf("Error: a line of more than %d characters is left out.\n", LINE_SIZE - 1);
	else
		run_line(plain.line);
	plain.too_long = false;
	say_messages();
	say_overlay();
	prompt();
}

static void take_input(void)
{
	char bytes[4096];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		plain.ended = true;
		begin_line();
		if (plain.ui.snap->state != WORKER_VIEWING)
			puts("No more input: training goes on to its end. An interrupt saves and stops.");
		fflush(stdout);
		return;
	}
	for (ssize_t i = 0; i < n && !plain.ui.quitting; i++)
		if (bytes[i] == '\n' || bytes[i] == '\r')
			take_line();
		else if (plain.length < sizeof plain.line - 1)
			plain.line[plain.length++] = bytes[i];
		else
			plain.too_long = true;
}

/* ---- the loop ---- */

/* ^c cancels the job that runs; another one soon after it ends as a termination does. */
static void interrupted(void)
{
	static double last = -INFINITY;
	struct ui *ui = &plain.ui;
	const char *job = ui->snap->job.name;

	if (plain.ended || ui->now - last < second_interrupt_seconds) {
		plain.loop.interrupt = SIGINT;
		ui->quitting = QUIT_STOP;
		return;
	}
	last = ui->now;
	begin_line();
	if (job[0] && ui_send(ui, COMMAND_CANCEL, 0))
		printf("%s: cancelled; what it has found is kept. ", job);
	puts("Another interrupt within three seconds saves and stops.");
	prompt();
}

static void take_signal(void)
{
	struct signalfd_siginfo s;

	if (read(plain.signals, &s, sizeof s) != sizeof s)
		return;
	take_snapshot(&plain.ui, &plain.loop);
	if (s.ssi_signo == SIGHUP)
		plain.loop.gone = plain.ended = true;
	else if (s.ssi_signo == SIGINT)
		interrupted();
	else {
		plain.loop.interrupt = (int)s.ssi_signo;
		plain.ui.quitting = QUIT_STOP;
	}
}

static bool catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)         /* before the worker begins: its threads do as this one */
		return false;
	signal(SIGPIPE, SIG_IGN);
	plain.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return plain.signals >= 0;
}

/* Without input it ends when there is nothing left to do, for a while: what was asked for last may not have begun. */
static bool done(void)
{
	const struct snapshot *s = plain.ui.snap;
	bool idle = plain.ended && !s->job.name[0] && !s->job.waiting && !plain_edit_waits() && !plain_data_waits() && (s->state == WORKER_FINISHED || s->state == WORKER_PAUSED || s->state == WORKER_VIEWING);

	if (plain.ui.quitting || s->state == WORKER_FAILED || !worker_running(plain.ui.worker))
		return true;
	if (!idle)
		plain.idle_until = plain.ui.now + idle_seconds;
	return idle && plain.ui.now > plain.idle_until;
}

/* What is typed before the run is open waits: a file of commands needs to know nothing of that. */
static void one_turn(void)
{
	struct ui *ui = &plain.ui;
	bool data = ui->now >= plain.loop.next_data, opening = ui->snap->state == WORKER_OPENING;
	struct pollfd p[3] = {
		{ .fd = plain.ended || opening ? -1 : STDIN_FILENO, .events = POLLIN }, { .fd = plain.signals, .events = POLLIN },
		{ .fd = data ? worker_descriptor(ui->worker) : -1, .events = POLLIN },
	};
	double until = data ? 1 : plain.loop.next_data - ui->now;

	if (plain.watch > 0 && plain.next_watch - ui->now < until)
		until = plain.next_watch - ui->now;
	poll(p, 3, until > 0 ? (int)(until * 1000) + 1 : 0);
	ui->now = clock_seconds();
	if (p[2].revents & POLLIN)
		take_snapshot(ui, &plain.loop);
	announce();
	watch();
	if (p[1].revents & POLLIN)
		take_signal();
	if (p[0].revents)
		take_input();
	fflush(stdout);
}

int ui_plain(const struct worker_options *options)
{
	struct ui *ui = &plain.ui;
	const char *term = getenv("TERM");
	int status = 1;

	if (!ui_open(ui) || !catch_signals()) {
		fprintf(stderr, "smashtop: out of memory or descriptors\n");
		goto out;
	}
	ui->settings.rate = 1;
	ui->plain = true;
	plain.rewrites = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
	plain.state = WORKER_OPENING;
	puts("smashtop. A command a line; help lists them, an empty line says how far it is.");
	fflush(stdout);
	if (!(ui->worker = worker_start(options))) {
		fprintf(stderr, "smashtop: %s\n", text_harmless(err_last()));
		goto out;
	}
	while (!done())
		one_turn();
	begin_line();
	take_snapshot(ui, &plain.loop);
	say_messages();
	fflush(stdout);
	status = leave(ui, &plain.loop);
out:
	ui_close(ui);
	return status;
}
