/* mesh_maker.c -- meshes made by tests. */
#include "tests/mesh_maker.h"

#include <stdlib.h>
#include <string.h>

void add_vertex(struct mesh *m, double x, double y, double z)
{
	m->vertex = realloc(m->vertex, (size_t)(m->vertices + 1) * sizeof *m->vertex);
	m->vertex[m->vertices][0] = (float)x;
	m->vertex[m->vertices][1] = (float)y;
	m->vertex[m->vertices++][2] = (float)z;
}

void add_triangle(struct mesh *m, int a, int b, int c)
{
	m->triangle = realloc(m->triangle, (size_t)(m->triangles + 1) * sizeof *m->triangle);
	memcpy(m->triangle[m->triangles++], (int[]){ a, b, c }, sizeof *m->triangle);
}

void add_box(struct mesh *m, const double low[3], const double high[3], bool open)
{
	static const int faces[6][4] = { { 0, 1, 3, 2 }, { 0, 1, 5, 4 }, { 2, 3, 7, 6 }, { 0, 4, 6, 2 }, { 1, 3, 7, 5 }, { 4, 5, 7, 6 } };
	int first = m->vertices;

	for (int i = 0; i < 8; i++)
		add_vertex(m, i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]);
	for (int f = 0; f < (open ? 5 : 6); f++) {
		add_triangle(m, first + faces[f][0], first + faces[f][1], first + faces[f][2]);
		add_triangle(m, first + faces[f][3], first + faces[f][2], first + faces[f][0]);
	}
}
