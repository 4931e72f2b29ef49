/* worker_rig.c -- see worker_rig.h. */
#include "tests/worker_rig.h"

#include <stdio.h>
#include <string.h>

char rig_folder[256];
struct snapshot now;

void rig_make(void)
{
	tiny_make(rig_folder);
	memset(&now, 0, sizeof(now));
}

void rig_remove(void)
{
	tiny_remove(rig_folder);
}

struct worker *rig_start(const char *name, int steps, bool create)
{
	struct worker_options o = tiny_options(rig_folder, name, steps);

	o.create = create;
	memset(&now, 0, sizeof(now));

	struct worker *w = worker_start(&o);

	ck_assert_ptr_nonnull(w);
	return w;
}

void rig_stop(struct worker *w)
{
	rig_send(w, COMMAND_STOP, 0);
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
}

void rig_send(struct worker *w, enum command_kind kind, int count)
{
	struct command c = { .kind = kind, .count = count };

	ck_assert(worker_send(w, &c));
}

void rig_experiment(struct worker *w, struct experiment e, const char *arch_name)
{
	static struct command c;

	c = (struct command){ .kind = COMMAND_EXPERIMENT, .experiment = e };
	snprintf(c.arch_name, sizeof(c.arch_name), "%s", arch_name);
	snprintf(c.words, sizeof(c.words), "%s --count %d", experiment_names[e.kind], e.count);
	ck_assert(worker_send(w, &c));
}

void rig_sleep(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

struct experiment rig_corrupt(int count)
{
	return (struct experiment){ .kind = EXPERIMENT_CORRUPT, .seed = 1, .count = count, .trials = 1 };
}
