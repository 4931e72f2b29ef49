/* matlab.h -- numeric arrays of MATLAB files, version 5 to 7 ("MAT-File Format"), little-endian, compressed or not: what SVHN needs of them. */
#ifndef MATLAB_H
#define MATLAB_H

#include "src/data/format.h"

enum { MATLAB_RANK_MAX = 4, MATLAB_NAME_MAX = 64 };

struct matlab_array {
	char name[MATLAB_NAME_MAX];
	int rank, dim[MATLAB_RANK_MAX];  /* the first one runs fastest */
	size_t count;                    /* of all values */
	int type;                        /* as they are stored; matlab_type_bytes */
};

struct matlab;

/* Opens a file that stays mapped. NULL with err_last(). */
struct matlab *matlab_open(const char *path, struct memory *);
void matlab_close(struct matlab *);

/* The next array of the file, whose values come next: 1, 0 at the end, -1 with err_last(). Values that were not read are passed over; what is no
 * array of numbers is left out. */
int matlab_next(struct matlab *, struct matlab_array *);

/* All values of that array, which are unsigned bytes. 0, or -1 with err_last(). */
int matlab_read_bytes(struct matlab *, const struct matlab_array *, uint8_t *to);
/* The same of any type: whole numbers that an int64_t holds. */
int matlab_read_numbers(struct matlab *, const struct matlab_array *, int64_t *to);

#endif
