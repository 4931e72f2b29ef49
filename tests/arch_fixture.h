/* arch_fixture.h -- a search space and an architecture written by hand, for tests that must not depend on the shipped presets. */
#ifndef ARCH_FIXTURE_H
#define ARCH_FIXTURE_H

#include "src/arch/arch.h"

/* N 8, D 2, N_max 32: reads are multiples of 16 channels. */
extern const struct space fixture_space;

/* Valid in fixture_space, for images: two ops a block, banks of 16, 8 and 16 channels; block 3 has spent its whole budget. */
extern const struct arch fixture_arch;

#endif
