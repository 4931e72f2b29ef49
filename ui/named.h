/* named.h -- architectures by what a person calls them, on the screen: what lookup.h finds, and the rows of the ranking that the worker has. */
#ifndef NAMED_H
#define NAMED_H

#include "ui/pane.h"

struct named {
	struct arch arch;
	int row;                         /* of the ranking; -1: it is in none */
	char from[64];                   /* what it is, in words */
};

/* False with err_last(): nothing of that name, or several ids begin so. Not validated. */
bool named_arch(struct ui *, const char *name, struct named *);

#endif
