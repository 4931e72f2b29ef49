/* adapt.h -- an architecture as other data and other questions want it (METHOD §11): with another number of axes, with plain ops. */
#ifndef ADAPT_H
#define ADAPT_H

#include "src/arch/arch.h"

/*
 * Makes an architecture for images one for volumes, or the other way round: kernel and dilation along the depth are those along the height, and
 * leave with it. Reads, writes, units and groups stay, and what was valid in a space is valid there still. Of so many axes already: no change.
 */
void arch_set_axes(struct arch *, int axes);

/* A convolution of 3x3 (3x3x3), dilation 1, one group. */
struct arch_conv arch_plain_conv(int axes);

/* Each op one plain convolution, conv 1: what is left is the wiring. Valid wherever the architecture was. */
void arch_make_plain(struct arch *);

#endif
