/*
 * amend.h -- changes of an architecture by hand: any value at any place, also one that leaves the architecture invalid, since the way from
 * one valid architecture to another leads through others. (Single edits whose results are valid are edit.h's.)
 *
 * Ops that are added, deleted or moved keep what the others do: a bank is whatever it is to the ops that use it, and is only numbered
 * anew, so that new banks follow one another. A bank that nobody writes any more goes, and with it the reads of it.
 *
 * Another size of a block's banks takes its ops along: they read and write the banks that hold the same channels now, and units become the
 * nearest multiple of the size that the writes cover.
 */
#ifndef AMEND_H
#define AMEND_H

#include <stdbool.h>

#include "src/arch/arch.h"

/* One cell of an op's row in the bank view: a bank, or a field; or what the block has above its ops: the size of its banks. */
enum place_kind { PLACE_BANK, PLACE_BANK_SIZE, PLACE_UNITS, PLACE_CONVS, PLACE_KERNEL, PLACE_DILATION, PLACE_GROUPS, PLACES };
struct place {
	int block, op;                   /* op of PLACE_BANK_SIZE: -1 */
	enum place_kind kind;
	int bank;                        /* PLACE_BANK */
	int conv, axis;                  /* axis of kernel and dilation: -1 for all, in a space of one convolution an op */
};

/* The fields of an op in the order of its row: units, convs where the space has several, then kernel, dilation and groups of each active one. How
 * many. */
enum { FIELDS_MAX = 2 + CONVS * (2 * ARCH_AXES + 1) };
int op_fields(const struct space *, const struct arch *, int block, int op, struct place list[FIELDS_MAX]);

/* The place of a block's bank size. False where the space leaves no choice. */
bool block_field(const struct space *, int block, struct place *);

/* "bank 4", "units", "conv 2 kernel h"; then "block 2 op 3 units", "block 2 bank size" */
void place_text(const struct arch *, const struct place *, char *text, size_t size);
void place_full_text(const struct arch *, const struct place *, char *text, size_t size);

/* A cell's value is one of enum arch_cell but CELL_BLANK (text.h), of convolutions their mask, elsewhere the number. */
int place_value(const struct arch *, const struct place *);
void value_text(const struct place *, int value, char *text, size_t size);     /* "r", "12", "1 2 3" */

/* What could stand at a place, lowest first, and what would be wrong with it. */
enum { VALUES_MAX = 64 };
struct value {
	int value;
	bool valid;                      /* breaks no rule but those that every value here breaks: these come from elsewhere */
	struct arch_fault fault;         /* of one that isn't */
};
int place_values(const struct space *, const struct arch *, const struct place *, struct value list[VALUES_MAX]);

/* True where the fault is about what stands at this place. */
bool fault_is_at(const struct arch_fault *, const struct place *);

/* An op that was copied, with the banks that it was the first to write. */
struct op_copy {
	struct arch_op op;
	uint64_t fresh;
};

enum amend_kind { AMEND_SET, AMEND_ADD, AMEND_DELETE, AMEND_MOVE, AMENDS };
struct amend {
	enum amend_kind kind;
	struct place place;              /* of SET; of the others block and op count. ADD: the number that the new op will have */
	int value;                       /* SET: the new one; MOVE: 1 behind the next op, -1 before the one above */
	struct op_copy copy;             /* ADD; its fresh banks are new ones again */
};

/* What ops and banks were before changes: their numbers then, -1 for new ones. */
struct lineage {
	int8_t op[BLOCKS][OPS_MAX], bank[BLOCKS][BANKS_MAX];
};
void lineage_begin(struct lineage *);                      /* everything is itself */

/* 0, or -1 with err_last(): there is no such place, no room for another op or bank, or the only op would go. `arch` is then as it was. The lineage
 * (NULL: nobody asks) goes along. */
int arch_amend(const struct space *, struct arch *, const struct amend *, struct lineage *);

/* "block 2 op 3 units: 8 to 16", before it is made. */
void amend_text(const struct space *, const struct arch *, const struct amend *, char *text, size_t size);

struct op_copy copy_op(const struct space *, const struct arch *, int block, int op);

/* The op that is added where nothing else is asked for: it reads what op `beside` reads, as far as that is written before op number `at`, and
 * adds one 3x3 convolution of it to the first bank it reads. */
struct op_copy plain_op(const struct space *, const struct arch *, int block, int beside, int at);

#endif
