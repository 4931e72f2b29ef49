/*
 * draft.h -- an architecture that is being edited: where it began and every change since, as a tree, so that undo and a change after it lose
 * nothing. RUN/drafts/ID.jsonl holds it, ID being that of the architecture it began with: the first line that one, then a line for each change,
 * so that a crash loses none.
 */
#ifndef DRAFT_H
#define DRAFT_H

#include <stdio.h>

#include "src/arch/amend.h"

/* How a state compares with the beginning, as last measured; images 0: never. */
struct draft_score {
	int64_t step;
	int images;
	double loss, loss_stderr, error, error_stderr;           /* of the state */
	double difference, difference_stderr, p;                 /* of its loss to that of the beginning */
};

struct draft_state {
	int parent;                      /* -1: the beginning */
	int redo;                        /* the state that redo goes to; -1: none */
	struct amend amend;              /* from the parent; kind AMENDS where the file's line makes no sense: nothing has changed then */
	char text[96];                   /* what it did */
	double clock;                    /* since 1970 */
	struct draft_score score;
	bool score_written;
};

struct draft {
	struct space space;
	char path[600];
	char id[ARCH_ID_LENGTH + 1];     /* of the beginning */
	char from[64];                   /* what the beginning was */
	char name[48];                   /* under which it was last kept; "" */
	struct arch first, arch;         /* the beginning; the state that it is at */
	struct lineage lineage;            /* what its ops and banks were in the beginning */
	struct draft_state *state;
	int count, room, at;
	FILE *file;                      /* NULL until something is to be written */
	int written, written_at;         /* states on the disk; the state that a reader would find it at */
	bool name_written;
};

/* The draft of that architecture in the run: the one on the disk, or a new one of one state, of which nothing is written yet. `first` need not be
 * valid. 0, or -1 with err_last(): out of memory. A file that is no draft is put aside (err_last() says so, "" otherwise). */
int draft_open(struct draft *, const char *run_path, const struct space *, const struct arch *first, const char *from);
void draft_close(struct draft *);

/* The change becomes a state, and the draft is at it. 0, or -1 with err_last() where it cannot be made. */
int draft_change(struct draft *, const struct amend *);

/* To the state before, to the one that was undone, to any. False where there is none. */
bool draft_undo(struct draft *);
bool draft_redo(struct draft *);
bool draft_go(struct draft *, int state);

void draft_set_score(struct draft *, int state, const struct draft_score *);
void draft_set_name(struct draft *, const char *name);

int draft_undos(const struct draft *);                   /* how many changes lead to where it is */
int draft_redos(const struct draft *);

/* Writes what is not on the disk yet. 0, or -1 with err_last(): the draft goes on in memory, and the next call tries again. */
int draft_save(struct draft *);

/* The drafts of a run, the one that was changed last first. How many, in an allocated list; -1 out of memory. */
struct draft_summary {
	char id[ARCH_ID_LENGTH + 1], from[64], name[48];
	int changes;
	double clock;                    /* of the last one */
};
int drafts_list(struct draft_summary **, const char *run_path);

/* The architecture that a draft began with. 0 or -1 with err_last(). */
int draft_first(struct arch *, const char *run_path, const char *id);

#endif
