/* screen_rig.h -- the screen inside a test's own process, on a pseudo-terminal that is read as fast as it is written. */
#ifndef SCREEN_RIG_H
#define SCREEN_RIG_H

#include "tests/tiny_run.h"
#include "ui/loop.h"

struct screen_rig {
	char folder[256];                /* of tiny_make */
	int master, slave;
	struct ui ui;
	struct loop loop;
};
extern struct screen_rig rig;

void rig_start(void);                    /* the folder, the terminal (24 rows, 80 columns, Braille, colours), panes without a worker */
void rig_open(const struct worker_options *);   /* a worker on it */
void rig_close(void);                    /* … stopped; another may be opened */
void rig_stop(void);                     /* without a worker: all is given back */

void rig_resize(int rows, int columns);
void rig_paint(void);
void rig_type(const char *keys);
void rig_ask(const struct command *);
void rig_wait(bool (*is)(void));         /* until the screen knows of it, which it must within ten seconds */

bool rig_finished(void);
bool rig_reported(void);                 /* a report has come, and no job runs */

#endif
