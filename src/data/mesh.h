/* mesh.h -- surfaces of triangles: read from files, and made solid in a grid of voxels. */
#ifndef MESH_H
#define MESH_H

#include <stdint.h>

struct mesh {
	int vertices, triangles, room;
	float (*vertex)[3];              /* x, y, z; z is up */
	int (*triangle)[3];              /* numbers of vertices */
};

/*
 * Reads an OFF file (Geomview's Object File Format, text): line ends of any system, counts glued to the word OFF as in some files of ModelNet40,
 * comments, polygons, colours behind them. 0, or -1 with err_last(): file, line, what would be right. Safe in several threads.
 */
int off_read(const char *path, struct mesh *);
void mesh_release(struct mesh *);

enum { VOXEL_SIDE = 32, VOXEL_BYTES = VOXEL_SIDE * VOXEL_SIDE * VOXEL_SIDE / 8 };

/*
 * Voxels that the surface meets or that it encloses: those that are not reached from outside. A bit each, the most significant of a byte first,
 * number (z * 32 + y) * 32 + x. That so many times, VOXEL_BYTES each, the mesh turned by a further part of a circle about the upright line
 * through its middle; it is so large that it stays a voxel away from the grid's faces however it is turned. 0, or -1 with err_last(): a mesh
 * without extent, out of memory.
 */
int voxelise(const struct mesh *, int turns, uint8_t *bits);

#endif
