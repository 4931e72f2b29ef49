/* box.c -- boxes of strided arrays in the form in which they are moved. */
#include "kernels/box.h"

struct box box_merged(const struct box *b)
{
	struct box merged = { .offset = b->offset };

	for (int i = 0; i < b->dims; i++) {
		int last = merged.dims - 1;

		if (b->count[i] == 1)
			continue;
		if (last >= 0 && merged.stride[last] == b->stride[i] * b->count[i]) {
			merged.count[last] *= b->count[i];
			merged.stride[last] = b->stride[i];
			continue;
		}
		merged.count[merged.dims] = b->count[i];
		merged.stride[merged.dims++] = b->stride[i];
	}
	if (merged.dims == 0) {
		merged.dims = 1;
		merged.count[0] = merged.stride[0] = 1;
	}
	return merged;
}

size_t box_count(const struct box *b)
{
	size_t n = 1;

	for (int i = 0; i < b->dims; i++)
		n *= (size_t)b->count[i];
	return n;
}
