/*
 * voxelise.c -- a mesh as solid voxels. First the voxels of the surface: the thinnest set that no path through faces of voxels crosses (Schwarz
 * and Seidel, "Fast Parallel Surface and Solid Voxelization on GPUs", 2010): the line through a voxel's centre along one of the axes meets the
 * triangle, by half a voxel of tolerance in each projection. Then the outside is filled, a row of 32 voxels in each machine word; what it does
 * not reach is solid. So interiors become solid without a word about which way a face looks, and what is open stays a shell.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/mesh.h"

enum { SIDE = VOXEL_SIDE };
static const double margin = 1.01;       /* a little more than a voxel, so that outer faces do not lie between two voxels */
static const double extent_min = 1e-20;

/* Bit x of row [z][y]. */
struct grid {
	uint32_t row[SIDE][SIDE];
};

static float smaller(float a, float b)
{
	return a < b ? a : b;
}

static float larger(float a, float b)
{
	return a > b ? a : b;
}

/* ---- where the mesh stands ---- */

struct placing {
	float centre[3], scale;
};

/* As large as the upright cylinder about the middle of the mesh allows. 0, or -1: there is nothing to be seen. */
static int place(struct placing *p, const struct mesh *m)
{
	float low[3] = { INFINITY, INFINITY, INFINITY }, high[3] = { -INFINITY, -INFINITY, -INFINITY };
	double radius = 0, extent;

	for (int t = 0; t < m->triangles; t++) {
		for (int i = 0; i < 3; i++) {
			const float *v = m->vertex[m->triangle[t][i]];

			for (int a = 0; a < 3; a++) {
				low[a] = smaller(low[a], v[a]);
				high[a] = larger(high[a], v[a]);
			}
		}
	}
	for (int a = 0; a < 3; a++)
		p->centre[a] = low[a] / 2 + high[a] / 2;
	for (int t = 0; t < m->triangles; t++)
		for (int i = 0; i < 3; i++) {
			const float *v = m->vertex[m->triangle[t][i]];
			double x = v[0] - p->centre[0], y = v[1] - p->centre[1], square = x * x + y * y;

			radius = square > radius * radius ? sqrt(square) : radius;
		}
	extent = 2 * radius > high[2] - low[2] ? 2 * radius : high[2] - low[2];
	if (!m->triangles || !(extent > extent_min))
		return err_set("a mesh without extent");
	p->scale = (float)((SIDE - 2 * margin) / extent);
	return 0;
}

/* All vertices turned, in voxels from the grid's corner. */
static void place_vertices(float (*to)[3], const struct placing *p, const struct mesh *m, double turn)
{
	float cosine = (float)cos(2 * M_PI * turn), sine = (float)sin(2 * M_PI * turn);

	for (int i = 0; i < m->vertices; i++) {
		float x = p->scale * (m->vertex[i][0] - p->centre[0]), y = p->scale * (m->vertex[i][1] - p->centre[1]);

		to[i][0] = SIDE / 2.0f + cosine * x - sine * y;
		to[i][1] = SIDE / 2.0f + sine * x + cosine * y;
		to[i][2] = SIDE / 2.0f + p->scale * (m->vertex[i][2] - p->centre[2]);
	}
}

/* ---- the surface ---- */

/* One projection of a triangle, along axis `along`: a voxel's centre is inside when it is on the inner side of each edge, or off it by no more
 * than half a voxel along an axis. */
struct projection {
	int u, v;                        /* the other two axes */
	float nu[3], nv[3], d[3];        /* an edge's inner normal and its distance, tolerance included */
};

static void project(struct projection *p, const float *const corner[3], int along, float normal)
{
	float sign = normal < 0 ? -1 : 1;

	p->u = (along + 1) % 3;
	p->v = (along + 2) % 3;
	for (int i = 0; i < 3; i++) {
		const float *a = corner[i], *b = corner[(i + 1) % 3];

		p->nu[i] = -sign * (b[p->v] - a[p->v]);
		p->nv[i] = sign * (b[p->u] - a[p->u]);
		p->d[i] = larger(fabsf(p->nu[i]), fabsf(p->nv[i])) / 2 - p->nu[i] * a[p->u] - p->nv[i] * a[p->v];
	}
}

static int inside(const struct projection *p, const float centre[3])
{
	for (int i = 0; i < 3; i++)
		if (p->nu[i] * centre[p->u] + p->nv[i] * centre[p->v] + p->d[i] < 0)
			return 0;
	return 1;
}

static int voxel_of(float x)
{
	return x < 0 ? 0 : x >= SIDE ? SIDE - 1 : (int)x;
}

static void set(struct grid *g, const int at[3])
{
	g->row[at[2]][at[1]] |= (uint32_t)1 << at[0];
}

/* The axis along which the triangle is seen at its largest. */
static int main_axis(const float normal[3])
{
	int axis = fabsf(normal[0]) > fabsf(normal[1]) ? 0 : 1;

	return fabsf(normal[axis]) > fabsf(normal[2]) ? axis : 2;
}

/* Voxels of the column through a centre: those whose own centre is less than half a voxel from the plane, along the main axis. */
static void set_column(struct grid *g, const struct projection p[3], int axis, const float normal[3], float offset, float centre[3],
	const int low[3], const int high[3])
{
	float plane = (offset - normal[p[axis].u] * centre[p[axis].u] - normal[p[axis].v] * centre[p[axis].v]) / normal[axis];
	int at[3];

	at[p[axis].u] = (int)centre[p[axis].u];
	at[p[axis].v] = (int)centre[p[axis].v];
	at[axis] = voxel_of(plane);
	centre[axis] = (float)at[axis] + 0.5f;
	if (at[axis] >= low[axis] && at[axis] <= high[axis] && inside(&p[(axis + 1) % 3], centre) && inside(&p[(axis + 2) % 3], centre))
		set(g, at);
}

static void add_triangle(struct grid *g, const float *const corner[3])
{
	float edge[2][3], normal[3], offset, centre[3] = { 0 };
	struct projection p[3];
	int low[3], high[3], axis;

	for (int a = 0; a < 3; a++) {
		low[a] = voxel_of(smaller(smaller(corner[0][a], corner[1][a]), corner[2][a]));
		high[a] = voxel_of(larger(larger(corner[0][a], corner[1][a]), corner[2][a]));
		edge[0][a] = corner[1][a] - corner[0][a];
		edge[1][a] = corner[2][a] - corner[0][a];
	}
	if (low[0] == high[0] && low[1] == high[1] && low[2] == high[2]) {
		set(g, low);
		return;
	}
	for (int a = 0; a < 3; a++)
		normal[a] = edge[0][(a + 1) % 3] * edge[1][(a + 2) % 3] - edge[0][(a + 2) % 3] * edge[1][(a + 1) % 3];
	axis = main_axis(normal);
	if (normal[axis] == 0)
		return;                          /* a line: its neighbours have it */
	offset = normal[0] * corner[0][0] + normal[1] * corner[0][1] + normal[2] * corner[0][2];
	for (int a = 0; a < 3; a++)
		project(&p[a], corner, a, normal[a]);
	for (int u = low[p[axis].u]; u <= high[p[axis].u]; u++) {
		for (int v = low[p[axis].v]; v <= high[p[axis].v]; v++) {
			centre[p[axis].u] = (float)u + 0.5f;
			centre[p[axis].v] = (float)v + 0.5f;
			if (inside(&p[axis], centre))
				set_column(g, p, axis, normal, offset, centre, low, high);
		}
	}
}

/* ---- the outside ---- */

/* All of a row's free voxels that can be reached from those that are set, along the row. */
static uint32_t fill_row(uint32_t set, uint32_t free)
{
	uint32_t up = set, down = set, up_free = free, down_free = free;

	for (int step = 1; step < SIDE; step *= 2) {
		up |= up_free & up << step;
		up_free &= up_free << step;
		down |= down_free & down >> step;
		down_free &= down_free >> step;
	}
	return up | down;
}

/* One row, from those beside it. Whether it grew. */
static int grow(struct grid *outside, const struct grid *surface, int z, int y)
{
	uint32_t free = ~surface->row[z][y], old = outside->row[z][y], new = old;

	new |= z > 0 ? outside->row[z - 1][y] : UINT32_MAX;
	new |= z < SIDE - 1 ? outside->row[z + 1][y] : UINT32_MAX;
	new |= y > 0 ? outside->row[z][y - 1] : UINT32_MAX;
	new |= y < SIDE - 1 ? outside->row[z][y + 1] : UINT32_MAX;
	new |= (uint32_t)1 | (uint32_t)1 << (SIDE - 1);
	outside->row[z][y] = fill_row(new & free, free);
	return outside->row[z][y] != old;
}

static void find_outside(struct grid *outside, const struct grid *surface)
{
	int grown = 1;

	memset(outside, 0, sizeof *outside);
	while (grown) {
		grown = 0;
		for (int i = 0; i < SIDE * SIDE; i++)
			grown |= grow(outside, surface, i / SIDE, i % SIDE);
		for (int i = SIDE * SIDE - 1; grown && i >= 0; i--)
			grown |= grow(outside, surface, i / SIDE, i % SIDE);
	}
}

static void write_bits(uint8_t *bits, const struct grid *outside)
{
	memset(bits, 0, VOXEL_BYTES);
	for (int i = 0; i < SIDE * SIDE * SIDE; i++)
		if (~outside->row[i / (SIDE * SIDE)][i / SIDE % SIDE] >> i % SIDE & 1)
			bits[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

int voxelise(const struct mesh *m, int turns, uint8_t *bits)
{
	float (*placed)[3] = malloc(((size_t)m->vertices + 1) * sizeof *placed);
	struct placing p = { .scale = 1 };
	int rc = placed ? place(&p, m) : err_set("out of memory for %d vertices", m->vertices);

	for (int turn = 0; turn < turns && rc == 0; turn++) {
		struct grid surface = { { { 0 } } }, outside;

		place_vertices(placed, &p, m, (double)turn / turns);
		for (int t = 0; t < m->triangles; t++) {
			const int *v = m->triangle[t];

			add_triangle(&surface, (const float *const[3]){ placed[v[0]], placed[v[1]], placed[v[2]] });
		}
		find_outside(&outside, &surface);
		write_bits(bits + (size_t)turn * VOXEL_BYTES, &outside);
	}
	free(placed);
	return rc;
}
