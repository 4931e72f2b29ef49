/* mesh_maker.h -- meshes made by tests. Zeroed: empty; mesh_release frees them. */
#ifndef MESH_MAKER_H
#define MESH_MAKER_H

#include <stdbool.h>

#include "src/data/mesh.h"

void add_vertex(struct mesh *, double x, double y, double z);
void add_triangle(struct mesh *, int a, int b, int c);

/* Faces of a box; `open` leaves its top out. Which way a face looks is left to chance, as in ModelNet. */
void add_box(struct mesh *, const double low[3], const double high[3], bool open);

#endif
