/* modelnet.h -- ModelNet10 and ModelNet40 as voxels. */
#ifndef MODELNET_H
#define MODELNET_H

#include "src/data/format.h"

enum { MODELNET_TURNS = 12 };

/* Adds the voxels of an archive of NumPy: `data` of zeros and ones, [N, 32, 32, 32], [N, 1, 32, 32, 32] or with *copies turned versions in place of
 * the 1, and `labels` from 0. They become bits, in the same order. 0, or -1 with err_last(). */
int modelnet_read_npz(const char *path, int classes, int *copies, struct memory *, struct examples *);

/*
 * Voxels of meshes that were kept by an earlier opening, `bytes` of them, from a file of ours: mapped. NULL where it is not there, damaged, of other
 * meshes (`fingerprint` is another), or of another version: without an error, for they are then made anew.
 */
const uint8_t *voxel_cache_open(const char *path, uint64_t fingerprint, size_t bytes, struct memory *);
/* Keeps them; a cache that cannot be written is no error. */
void voxel_cache_write(const char *path, uint64_t fingerprint, const uint8_t *voxels, size_t bytes);
/* Where they are kept: below XDG_CACHE_HOME, or ~/.cache. False where there is neither. */
bool voxel_cache_path(char path[1024], const char *name, const char *folder);

/* Rows of dataset_formats[]. */
extern const char *const modelnet10_files[], *const modelnet40_files[];
int modelnet10_read(struct material *, const char *folder);
int modelnet40_read(struct material *, const char *folder);

#endif
