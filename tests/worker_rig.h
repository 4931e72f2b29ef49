/* worker_rig.h -- a worker on a tiny run as the screen sees it: commands in, snapshots out. For the tests of one process. */
#ifndef WORKER_RIG_H
#define WORKER_RIG_H

#include <check.h>
#include <poll.h>

#include "src/base/clock.h"
#include "tests/tiny_run.h"

extern char rig_folder[256];             /* the runs are in it */
extern struct snapshot now;              /* the newest that was waited for; some 60 KiB */

/* A test's fixture. */
void rig_make(void);
void rig_remove(void);

/* A worker on the run of that name, of so many steps. `now` is empty again. */
struct worker *rig_start(const char *name, int steps, bool create);
void rig_stop(struct worker *);

void rig_send(struct worker *, enum command_kind, int count);
void rig_experiment(struct worker *, struct experiment, const char *arch_name);
void rig_sleep(int milliseconds);

/* Of every field one lie about each architecture: some twelve scores an architecture. */
struct experiment rig_corrupt(int count);

/* Reads snapshots, as the screen does, until one fulfils the condition. The deadline is for a busy machine and for sanitizers. */
#define WAIT_FOR(w, condition) do { \
	double deadline = clock_seconds() + 90; \
	for (worker_snapshot(w, &now); !(condition); worker_snapshot(w, &now)) { \
		ck_assert_msg(clock_seconds() < deadline, "no snapshot with " #condition "; state %d, step %d, \"%s\"", \
			(int)now.state, (int)now.step, now.message); \
		poll(&(struct pollfd){ .fd = worker_descriptor(w), .events = POLLIN }, 1, 100); \
		worker_drain(w); \
	} \
} while (0)

#endif
