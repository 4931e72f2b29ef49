/* box.h -- boxes of strided arrays in the form in which they are moved. */
#ifndef BOX_H
#define BOX_H

#include "kernels/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The same elements in the same order with as few dims as can be, at least one: dims that continue the one before them are one with it. */
struct box box_merged(const struct box *);

/* Elements. */
size_t box_count(const struct box *);

#ifdef __cplusplus
}
#endif

#endif
