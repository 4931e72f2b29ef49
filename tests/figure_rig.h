/* figure_rig.h -- a run's files as experiments and training leave them, below the folder of store_fixture.h, of as many points as a test wants. */
#ifndef FIGURE_RIG_H
#define FIGURE_RIG_H

#include "src/export/export.h"

/* What a person may call a run: markup, other scripts, a byte that is no UTF-8. */
extern const char rig_odd_name[];

/* A folder, and in it a run; FOLDER/it is the file that exports are written to. */
extern char rig_path[800];
void rig_make(void);

/* Makes FOLDER/NAME, and run_path its path. */
void rig_run(const char *name);

/* metrics.jsonl: so many steps, a validation after every `validation_every` (0: none); the loss of step `broken` is not finite (0: of none). */
void rig_metrics(int steps, int validation_every, int broken);

/* Results, and for the pairs a ranking in which their origins differ. */
void rig_correlate(int pairs);
void rig_corrupt(int fields);

void rig_many_points(void);              /* all of these */

/* Of the run at run_path. */
struct export_source rig_source(enum export_subject);

/* Of architectures, on images of 28x28. */
struct export_source rig_archs(const struct space *, const struct arch *, int count);

/* Writes rig_path, over what is there. The second returns what is then in it, allocated. */
void rig_writes(const char *format, const struct export_source *);
char *rig_written(const char *format, const struct export_source *);

#endif
