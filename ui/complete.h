/* complete.h -- what could stand where a person is writing: candidates that a completer offers, and those that are files. */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

enum { CANDIDATES_MAX = 256, CANDIDATE_BYTES = 32768 };

/*
 * A completer is handed the word as far as it is written and offers whole words that begin so. Of many that say the same (a folder's name
 * before those of its files) the list on the screen leaves `hidden` bytes out.
 */
struct candidates {
	const char *typed;               /* the word before the cursor, its quotes taken off */
	size_t from;                     /* where in the line it begins */
	size_t hidden;
	bool quote;                      /* a blank in a candidate must stand in quotes */
	bool open;                       /* no blank after the only candidate: more belongs to the word */
	int count, left_out;             /* kept; those there was no room for */
	struct candidate { const char *text, *help; } item[CANDIDATES_MAX];      /* help: "" for none */
	char bytes[CANDIDATE_BYTES];     /* of the texts */
	size_t used;
};

typedef void completer(void *context, struct candidates *, const char *line);    /* the line up to the cursor */

void candidates_begin(struct candidates *, const char *typed, size_t from);

/* Keeps a copy of the text where it begins as what is typed, and once only. `help` (NULL: none) likewise, so neither need live on. */
void candidates_offer(struct candidates *, const char *text, const char *help);

/* Offers the files that begin as the word from byte `skip` on, by name; folders end in '/'. Names that begin with a dot only where that is typed. */
void candidates_offer_files(struct candidates *, size_t skip);

/* Bytes in which all of them agree. */
size_t candidates_agree(const struct candidates *);

#endif
