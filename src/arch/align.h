/* align.h -- which ops of one architecture are which of another, where nobody has kept a lineage. */
#ifndef ALIGN_H
#define ALIGN_H

#include "src/arch/amend.h"

/* For each op of `arch` the number of the one in `other` that is most like it, -1 where there is none, block by block in the same order; the banks that
 * two such ops were the first to write are one another's, as are those of the input. Both architectures are valid in the space. */
void arch_align(struct lineage *, const struct space *, const struct arch *arch, const struct arch *other);

#endif
