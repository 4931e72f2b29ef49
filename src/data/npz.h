/* npz.h -- arrays of NumPy in an archive: NAME.npy in a .npz file (numpy.lib.format, versions 1 to 3). */
#ifndef NPZ_H
#define NPZ_H

#include "src/data/format.h"
#include "src/data/zip.h"

enum { NPY_RANK_MAX = 6 };

struct npy {
	char type;                       /* 'u' and 'i' whole numbers, 'b' true or false, 'f' floats … */
	int type_bytes;
	int rank;
	int64_t dim[NPY_RANK_MAX];       /* the last one runs fastest */
	uint64_t bytes;                  /* of all values */
	struct zip_member member;        /* read up to the first value */
};

/* Maps the archive and reads its directory. 0 or -1 with err_last(). */
int npz_open(struct zip *, struct memory *, const char *path);

/* Finds the array of that name. 0, or -1 with err_last(): none, Fortran order, big-endian numbers, a member shorter or longer than its shape
 * says. npy_close is right in both cases. */
int npy_open(struct npy *, const struct zip *, const char *name);
void npy_close(struct npy *);

/* Its values as they lie in the archive; NULL where they are deflated. */
const uint8_t *npy_values(const struct npy *);

/* 0, or -1 with err_last() naming the shape and that which would be right ("N, 3, 32, 32"). `dim` has `rank` numbers, -1 for any. */
int npy_check_shape(const struct npy *, int rank, const int64_t *dim);

/* A whole list of whole numbers of any size, or true and false; a malloc'ed copy. NULL with err_last(). */
int64_t *npy_read_numbers(const struct zip *, const char *name, int64_t *count);

#endif
