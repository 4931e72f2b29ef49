/* edit.h -- single valid edits of an architecture: the moves of guided perturbation (METHOD §9) and of a person at the screen. */
#ifndef EDIT_H
#define EDIT_H

#include "src/arch/arch.h"

/* Fields an edit changes, in the words of corruption and guidance alike. */
enum edit_kind {
	EDIT_TOGGLE_READ,                /* bank */
	EDIT_SWAP_READ,                  /* bank goes, value (a bank) comes */
	EDIT_TOGGLE_WRITE,               /* bank */
	EDIT_UNITS,                      /* value: new units; the lowest banks that the op does not write yet are added where they do not fit */
	EDIT_KERNEL, EDIT_DILATION,      /* conv, axis (-1 in a space of one convolution: all axes), value */
	EDIT_GROUPS,                     /* conv, value */
	EDIT_ACTIVE,                     /* value: new mask; convolutions that become active get 3x3, dilation 1, groups 1 */
	EDIT_ADD_OP,                     /* a copy of op `op` (its reads, writes to written banks) after it */
	EDIT_DELETE_OP,                  /* later ops must stay valid without it */
	EDIT_KINDS
};
extern const char *const edit_kind_names[EDIT_KINDS];      /* "read", "swap", "write", "units", "kernel" … */

struct arch_edit {
	enum edit_kind kind;
	int block, op;
	int conv, axis;                  /* -1 where they do not apply */
	int bank;                        /* -1 where it does not apply */
	int value;
};

/* All single edits of `arch` whose result is valid, in a fixed order; `list` has room for `room`. Returns how many there are (may be more
 * than room: the first `room` are then in the list). Results are distinct architectures and differ from `arch`. */
int arch_edits(const struct space *, const struct arch *, struct arch_edit *list, int room);

/* out = arch with the edit; arch is valid. 0, or -1 with err_last() where block or op are not there or the result is not valid: out is then as
 * it was. out may be arch. */
int arch_edit_apply(const struct space *, const struct arch *arch, const struct arch_edit *, struct arch *out);

/* "block 2 op 3 reads: bank 5 added", "block 1 op 2 conv 1 kernel h: 3 to 5". Counts from 1 for blocks, ops and convolutions; banks are
 * named as everywhere else, from 0. */
void arch_edit_text(const struct arch *, const struct arch_edit *, char *text, size_t size);

/* Whether the block ends with more or fewer banks: the edit fills one that was empty, or leaves one empty that was written. It then has no
 * first-order prediction: what reads the whole block normalises each channel, so however little comes into a new one counts in full. */
bool arch_edit_changes_banks(const struct space *, const struct arch *, const struct arch_edit *);

#endif
