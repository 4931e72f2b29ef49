/*
 * arch.h -- a memory-bank architecture (METHOD §2) as plain data: copied by assignment, compared by arch_equal. It knows
 * neither image size nor classes, so that one found on one data set runs on any other.
 *
 * Words: a *bank* is bank_size channels. A bank is *written* once somebody gave it a value. Written banks of a block are always
 * 0 … k-1: the block's input fills the first ⌊input / bank_size⌋, new ones follow one another.
 */
#ifndef ARCH_H
#define ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "src/arch/space.h"
#include "src/base/rng.h"

enum { ARCH_AXES = 3, ARCH_ID_LENGTH = 12 };

struct arch_conv {
	uint8_t kernel[ARCH_AXES];       /* (h, w) or (d, h, w): the first `axes` entries count, others are 0 */
	uint8_t dilation[ARCH_AXES];
	uint8_t groups;
};

/* conv[0], conv[2] are the first stage (conv 1, conv 3), conv[1] follows conv[0], conv[3] follows conv[2]. Inactive ones are all zero. */
struct arch_op {
	uint64_t reads, writes;          /* masks of banks */
	int16_t units;                   /* u: output channels */
	uint8_t active;                  /* mask of convolutions: one of arch_active_sets */
	struct arch_conv conv[CONVS];
};

struct arch_block {
	int16_t bank_size;               /* channels */
	int16_t op_count;
	struct arch_op op[OPS_MAX];
};

struct arch {
	uint8_t axes;                    /* 2 images, 3 volumes */
	struct arch_block block[BLOCKS];
};

/* Allowed sets of active convolutions as masks, with the sampler's weights: {1} .05, {1,3} .10, {1,2} .15, {1,2,3} .25, {1,2,3,4} .45. */
enum { ACTIVE_SETS = 5 };
extern const uint8_t arch_active_sets[ACTIVE_SETS];
extern const double arch_active_weights[ACTIVE_SETS];

/* Geometry that everybody derives the same way. */
int block_input_banks(const struct space *, const struct arch *, int block);       /* banks the input fills */
int block_banks(const struct space *, const struct arch *, int block, int before_op);   /* written before op `before_op` (op_count: in the end) */
int op_n_in(const struct arch *, int block, int op);                               /* channels read */
int space_n_mid(const struct space *, int n_in, int units);                        /* the bottleneck rule */
int op_n_mid(const struct space *, const struct arch *, int block, int op);        /* rows of the generated weight */
int op_conv_in(const struct space *, const struct arch *, int block, int op, int conv);    /* input channels of conv 0 … 3 */
int op_slices(const struct space *, const struct arch *, int block, int op);       /* ceil(n_in / (D N)) */
int op_first_slice(const struct space *, const struct arch *, int block, int op);  /* in the whole architecture's encoding */
int arch_slices(const struct space *, const struct arch *);                        /* L */
int arch_op_count(const struct arch *);

/* What is wrong, in fields and in a sentence ("block 2 op 3 reads: bank 7 is not written yet; written are 0 … 5"). */
struct arch_fault {
	int block, op;                   /* from 0; -1: not tied to one */
	uint64_t banks;                  /* that the rule is about, of reads and writes */
	int conv, axis;                  /* likewise; -1: not tied to one */
	char field[24];                  /* "reads", "units", "conv 2 groups" … */
	char rule[160];
};

/* "block 2 op 3 units", "block 2 bank size": where it is broken. */
void fault_place(const struct arch_fault *, char *text, size_t size);

/* Every rule of METHOD §3, and that a block has an op (its bank size is nothing without one). Any bytes may be in the struct. 0, or -1 with the first fault (may be NULL) and err_last() set. */
int arch_validate(const struct space *, const struct arch *, struct arch_fault *);

/* All faults that can be told apart, in order: of reads, units, writes and convs the first each, and of the convolutions where units and convs are right.
 * Returns how many there are, the first `room` in the list; err_last() says the first. */
int arch_faults(const struct space *, const struct arch *, struct arch_fault *list, int room);

int arch_equal(const struct arch *, const struct arch *);

/* First ARCH_ID_LENGTH hex digits of a 64-bit hash of the content (not of the space's name). The same everywhere. */
void arch_id(const struct arch *, char id[ARCH_ID_LENGTH + 1]);

/* Random architectures. `kernel_max` limits kernels below the space's own largest while training is young; 0: the space's. Never fails:
 * the result is valid in the space. */
void arch_sample(struct arch *, const struct space *, int axes, int kernel_max, struct rng *);

/* JSON, version 1 (smashtop-architecture(5)). The reader is strict; `space` may be NULL (not validated then). 0 or -1. */
json_t *arch_to_json(const struct arch *);
int arch_from_json(struct arch *, const json_t *, const struct space *);
int arch_load(struct arch *, const char *path, const struct space *);

/* Reads a file of architectures, "-" being standard input: one document, what `smashtop show --json` writes around one, or a list as `smashtop
 * sample` writes it. Not validated. How many, at least one, in an allocated list; -1 with err_last(). arch_load wants one alone. */
int arch_load_list(const char *path, struct arch **list);
int arch_save(const struct arch *, const char *path);              /* to a temporary name, then renamed */

/* Costs for one example of the given input: image sides, input channels, classes. */
struct arch_input {
	int side[ARCH_AXES];
	int channels, classes;
	int stem_stride;                 /* at least: images so large that blocks would be slow at their full size; 0: as the space says */
};

/* The stride of the stem: the space's, or where it is larger the input's. */
static inline int input_stem_stride(const struct space *space, const struct arch_input *input)
{
	return space->stem_stride > input->stem_stride ? space->stem_stride : input->stem_stride;
}

struct arch_cost {
	int64_t free, generated;         /* parameters: freely learned, made by the HyperNet. As in the resulting network (METHOD §10,
	                                  * without its batch norm inside ops): every op counts the slices it uses as its own */
	int64_t macs;                    /* multiply-accumulates of one forward pass of the network, without the HyperNet */
	int depth;                       /* convolutions and the fully connected layer on the longest path */
};

/* Side of a block's resolution: the stem's stride and the poolings round up. */
int block_side(const struct space *, const struct arch_input *, int block, int axis);

struct arch_cost arch_cost(const struct space *, const struct arch *, const struct arch_input *);
struct arch_cost arch_op_cost(const struct space *, const struct arch *, const struct arch_input *, int block, int op);   /* depth: of the op alone */

#endif
