/* leave.c -- the ways out: stopped and saved, detached, or without a terminal from one moment to the next. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "ui/loop.h"
#include "ui/pane.h"
#include "ui/term.h"

void leave_headless(struct ui *ui, struct loop *loop)
{
	term_stop(true);
	if (ui->snap->state != WORKER_VIEWING)
		fprintf(stderr, "the terminal is gone; training goes on without a screen\n");
	while (worker_running(ui->worker)) {
		struct pollfd p[2] = {
			{ .fd = worker_descriptor(ui->worker), .events = POLLIN }, { .fd = term_signals(), .events = POLLIN },
		};
		enum worker_state state;
		int signal;

		worker_drain(ui->worker);
		worker_snapshot(ui->worker, ui->snap);
		state = ui->snap->state;
		while ((signal = term_signal()))
			if (signal != SIGHUP)
				loop->interrupt = signal;
		if (!loop->stopping && (loop->interrupt || state == WORKER_PAUSED || state == WORKER_VIEWING || (state == WORKER_FINISHED && !ui->snap->job.name[0]))) {
			loop->stopping = true;
			ui_send(ui, COMMAND_STOP, 0);
		}
		poll(p, 2, loop->stopping ? 20 : 1000);
		if (!loop->stopping)
			poll(NULL, 0, 100);              /* ten looks a second are enough */
	}
}

/* The same program again, on the saved run, in a session of its own. 0, or -1 with err_last(). */
static int start_headless(const char *run_path)
{
	char log[600];
	pid_t child;
	int status;

	snprintf(log, sizeof log, "%s/log", run_path);
	fflush(NULL);
	child = fork();
	if (child < 0)
		return err_set("training could not go on: %s; it is saved in %s", strerror(errno), run_path);
	if (child == 0) {
		int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_APPEND | O_CREAT, 0666);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);  /* it must hear what asks it to end */
		setsid();
		if (in >= 0)
			dup2(in, STDIN_FILENO);
		if (out >= 0) {
			dup2(out, STDOUT_FILENO);
			dup2(out, STDERR_FILENO);
		}
		execl("/proc/self/exe", "smashtop", "train", "--run", run_path, "--resume", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 10; i++) {                   /* what dies at once is not running */
		poll(NULL, 0, 50);
		if (waitpid(child, &status, WNOHANG) == child && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
			return err_set("training did not go on, see %s; it is saved: smashtop --run %s", log, run_path);
	}
	printf("Training goes on without a screen in process %ld; its log is %s.\n", (long)child, text_harmless(log));
	printf("To look at it: smashtop --run %s\n", text_harmless(run_path));
	printf("To come back: kill %ld; smashtop --run %s\n", (long)child, text_harmless(run_path));
	return 0;
}

static void say_where(const struct snapshot *s)
{
	if (s->holder)
		printf("Another process goes on with the run. To look at it again: smashtop --run %s\n", text_harmless(s->run_path));
	else if (s->run_path[0])
		printf("Saved at step %lld of %lld. To go on: smashtop --run %s\n", (long long)s->step, (long long)s->steps,
		       text_harmless(s->run_path));
}

int leave(struct ui *ui, struct loop *loop)
{
	enum worker_state last;
	char run_path[sizeof ui->snap->run_path];

	if (!loop->stopping)
		ui_send(ui, COMMAND_STOP, 0);
	worker_snapshot(ui->worker, ui->snap);
	if (!loop->gone)
		term_stop(false);
	last = worker_join(ui->worker);
	ui->worker = NULL;
	snprintf(run_path, sizeof run_path, "%s", ui->snap->run_path);
	if (last == WORKER_FAILED) {
		fprintf(stderr, "smashtop: %s\n", text_harmless(ui->snap->failure));
		return 1;
	}
	if (loop->gone)
		return loop->interrupt ? 130 : 0;
	if (ui->quitting == QUIT_DETACH) {
		if (start_headless(run_path) == 0)
			return 0;
		fprintf(stderr, "smashtop: %s\n", text_harmless(err_last()));
		return 1;
	}
	say_where(ui->snap);
	return loop->interrupt ? 130 : 0;
}
