/* lookup.h -- architectures by what a person calls them: a file, a pattern's name, a name that somebody gave it, an id of the run or how it begins; in
 * this order. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>

#include "src/arch/arch.h"

struct ranking;                          /* rank.h */

struct lookup {
	const struct space *space;       /* patterns are made in it */
	int axes;
	const char *run_path;            /* NULL: ids are nobody's */
	const struct ranking *ranking;   /* of the run; NULL: its file is read where it is needed … */
	bool kept_alone;                 /* … unless ids of the ranking are the caller's business */
};

/* The next of a list of names with commas between: `at` begins as the list. False behind the last. */
bool names_next(const char **at, char *name, size_t size);

/* Ids of which the beginning is known: offer those that there are, one of them twice or not. */
enum { LOOKUP_DIGITS = 4 };          /* least of an id */
struct id_search {
	const char *begin;
	char id[ARCH_ID_LENGTH + 1];     /* the first that begins so, and its number as it was offered */
	int number;
	int count;                       /* different ones that do */
};
struct id_search id_search(const char *begin);
void id_search_offer(struct id_search *, const char *id, int number);
bool is_id_begin(const char *name);      /* it has enough digits, and not too many */

/* One architecture. Not validated. 0, or -1 with err_last(): nothing of that name (the nearest), several ids begin so, an unreadable file or one
 * that holds several. */
int lookup_arch(struct arch *, const char *name, const struct lookup *);

/* The same where a file may hold several, "-" being standard input: how many, in an allocated list. -1 with err_last(). */
int lookup_archs(struct arch **list, const char *name, const struct lookup *);

#endif
