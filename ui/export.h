/* export.h (of the screen) -- what would be exported, from the ranking or from the bank pane, and doing it. */
#ifndef UI_EXPORT_H
#define UI_EXPORT_H

#include "src/export/export.h"
#include "ui/ranking.h"

/* Chosen rows of the ranking, in order, or one architecture that is held; and the figure that is looked at. */
struct export_choice {
	enum export_subject figure;      /* EXPORT_BANKS: none */
	int result;                      /* which one it is of, as in struct export_request */
	bool no_arch;                    /* the figure alone */
	int *index, count;               /* rows, allocated; none: the architecture */
	bool all;                        /* none is marked: of a format that takes rows it is all that the filter lets pass */
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1];     /* of the only one */
};

void export_forget(struct export_choice *);

/* What is chosen where the focus is, in place of what was. False: nothing is, which is then said. */
bool export_choose(struct ui *, struct export_choice *);

/* How many rows or architectures of that format it would be. */
int export_count(struct ui *, const struct export_choice *, const struct export_format *);

/* Whether each of them has a finished training with weights of its own. */
bool export_all_trained(struct ui *, const struct export_choice *);

/* The worker writes it, and then says so. */
void export_do(struct ui *, const struct export_choice *, const struct export_format *, const struct export_request *, const char *path, bool replace);

#endif
