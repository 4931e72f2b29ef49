/* check_data_modelnet.c -- OFF meshes good and bad, their voxels, where these are kept, and voxels in archives of NumPy. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utime.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/base/rng.h"
#include "src/data/mesh.h"
#include "src/data/modelnet.h"
#include "tests/data_fixture.h"
#include "tests/data_writers.h"

enum { SIDE = VOXEL_SIDE, VALUES = SIDE * SIDE * SIDE };

static int voxel(const uint8_t *bits, int z, int y, int x)
{
	int i = (z * SIDE + y) * SIDE + x;

	return bits[i / 8] >> (7 - i % 8) & 1;
}

static int count_voxels(const uint8_t *bits)
{
	int n = 0;

	for (int i = 0; i < VOXEL_BYTES; i++)
		n += __builtin_popcount(bits[i]);
	return n;
}

/* ---- OFF files ---- */

static const struct { const char *text; int vertices, triangles; } good_texts[] = {
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", 3, 1 },
	{ "OFF\r\n3 1 0\r\n0 0 0\r\n1 0 0\r\n0 1 0\r\n3 0 1 2\r\n", 3, 1 },
	{ "OFF3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2", 3, 1 },
	{ "OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n\n\n", 3, 1 },
	{ "# made by hand\nOFF # a triangle\n\n3 1 0 # counts\n0 0 0\n# between\n1 0 0\n0 1 0\n3 0 1 2\n# end", 3, 1 },
	{ "OFF\n3 1 0\n-1.5e-3 +2.25 .5\n1E2 0. -0\n0 1 12345678901234567890123.5\n3  0 1 2\n", 3, 1 },
	{ "OFF\n5 4 0\n0 0 0 1 0 0 1 1 0 0 1 0 0 0 1\n4 0 1 2 3\n3 0 1 4 255 0 0\n5 0 1 2 3 4 0.5 0.5 0.5 1\n2 0 1\n", 5, 6 },
	{ "OFF\n0 0 0\n", 0, 0 },
};

START_TEST(off_files_of_every_manner_are_read)
{
	struct mesh m;

	write_file("a.off", good_texts[_i].text, strlen(good_texts[_i].text));
	ck_assert_msg(off_read(path_of("a.off"), &m) == 0, "%s", err_last());
	ck_assert_int_eq(m.vertices, good_texts[_i].vertices);
	ck_assert_int_eq(m.triangles, good_texts[_i].triangles);
	for (int t = 0; t < m.triangles; t++)
		for (int i = 0; i < 3; i++)
			ck_assert_int_lt(m.triangle[t][i], m.vertices);
	if (_i == 5) {
		ck_assert_float_eq(m.vertex[0][0], -1.5e-3f);
		ck_assert_float_eq(m.vertex[0][1], 2.25f);
		ck_assert_float_eq(m.vertex[0][2], 0.5f);
		ck_assert_float_eq(m.vertex[1][0], 100);
		ck_assert_float_eq(m.vertex[2][2], 1.2345678901234567e22f);
	}
	mesh_release(&m);
}
END_TEST

/* What strtof makes of the same text, to the last bit but one. */
START_TEST(coordinates_are_those_that_are_written)
{
	struct rng rng;
	struct mesh m;
	char text[128], number[32];

	rng_seed(&rng, 3, 4);
	for (int i = 0; i < 500; i++) {
		snprintf(number, sizeof number, i % 3 == 0 ? "%.9f" : i % 3 == 1 ? "%.8e" : "%.4g", rng_normal(&rng) * pow(10, rng_below(&rng, 12) - 6));
		snprintf(text, sizeof text, "OFF\n1 0 0\n%s 0 0\n", number);
		write_file("a.off", text, strlen(text));
		ck_assert_int_eq(off_read(path_of("a.off"), &m), 0);
		ck_assert_float_eq_tol(m.vertex[0][0], strtof(number, NULL), fabsf(m.vertex[0][0]) * 1.2e-7f);
		mesh_release(&m);
	}
}
END_TEST

static const struct { const char *text, *says; } bad_texts[] = {
	{ "", "empty" }, { "PLY\n3 1 0\n", "line 1: not an OFF file: the word OFF would be right" }, { "COFF\n1 0 0\n0 0 0\n", "line 1: not an OFF file" },
	{ "OF", "line 1: not an OFF file" }, { "OFF\n", "the file ends too early" }, { "OFF\n1 1", "the file ends too early" },
	{ "OFF\n1 1 x\n", "line 2: a whole number would be right" }, { "OFF\n-3 1 0\n", "line 2: a whole number" }, { "OFF\n3.5 1 0\n", "line 2: a whole number" },
	{ "OFF\n1000 1 0\n0 0 0\n", "promises 1000 where its 19 bytes can hold 4" },
	{ "OFF\n99999999999999999999 1 0\n", "promises" }, { "OFF\n1 2000000000 0\n0 0 0\n", "promises 2000000000 where" },
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 one 0\n3 0 1 2\n", "line 5: a number would be right" },
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "line 6: a vertex that there is would be right" },
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 -2\n", "line 6: a whole number" },
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n", "the file ends too early" }, { "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1", "the file ends too early" },
	{ "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 0 1 2\n", "line 7: nothing more would be right" },
	{ "OFF\n1 0 0\nnan 0 0\n", "line 3: a number" }, { "OFF\n1 0 0\ninf 0 0\n", "line 3: a number" }, { "OFF\n1 0 0\n1e 0 0\n", "line 3: a number" },
	{ "OFF\n1 0 0\n1.2.3 0 0\n", "line 3: a number" }, { "OFF\n1 0 0\n- 0 0\n", "line 3: a number" }, { "OFF\n1 0 0\n1e999 0 0\n", "line 3: a smaller number" },
	{ "OFF\n1 0 0\n1e31 0 0\n", "line 3: a coordinate of another size" }, { "OFF\n1 0 0\n0x10 0 0\n", "line 3: a number" },
};

START_TEST(a_damaged_mesh_is_named_with_its_line)
{
	struct mesh m;

	write_file("a.off", bad_texts[_i].text, strlen(bad_texts[_i].text));
	ck_assert_int_eq(off_read(path_of("a.off"), &m), -1);
	ck_assert_ptr_null(m.vertex);
	ck_assert_ptr_null(m.triangle);
	ck_assert_msg(strstr(err_last(), bad_texts[_i].says) != NULL, "%s", err_last());
	ck_assert_ptr_nonnull(strstr(err_last(), "a.off"));
}
END_TEST

/* ---- voxels ---- */

static void add_vertex(struct mesh *m, double x, double y, double z)
{
	m->vertex = realloc(m->vertex, (size_t)(m->vertices + 1) * sizeof *m->vertex);
	m->vertex[m->vertices][0] = (float)x;
	m->vertex[m->vertices][1] = (float)y;
	m->vertex[m->vertices++][2] = (float)z;
}

static void add_triangle(struct mesh *m, int a, int b, int c)
{
	m->triangle = realloc(m->triangle, (size_t)(m->triangles + 1) * sizeof *m->triangle);
	memcpy(m->triangle[m->triangles++], (int[]){ a, b, c }, sizeof *m->triangle);
}

/* Faces of a box; `open` leaves its top out. Which way a face looks is left to chance, as in ModelNet. */
static void add_box(struct mesh *m, const double low[3], const double high[3], bool open)
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

static void add_sphere(struct mesh *m, double radius, int steps)
{
	int first = m->vertices;

	for (int i = 0; i <= steps; i++)
		for (int k = 0; k < 2 * steps; k++) {
			double a = M_PI * i / steps, b = M_PI * k / steps;

			add_vertex(m, radius * sin(a) * cos(b), radius * sin(a) * sin(b), radius * cos(a));
		}
	for (int i = 0; i < steps; i++)
		for (int k = 0; k < 2 * steps; k++) {
			int next = (k + 1) % (2 * steps), up = first + i * 2 * steps, down = up + 2 * steps;

			add_triangle(m, up + k, up + next, down + k);
			add_triangle(m, down + next, down + k, up + next);
		}
}

/* A ball of 30 voxels across, whose middle is that of the grid. */
START_TEST(a_ball_is_solid_and_round)
{
	struct mesh m = { 0 };
	uint8_t *bits = malloc(5 * VOXEL_BYTES);

	add_sphere(&m, 7, 40);
	ck_assert_int_eq(voxelise(&m, 5, bits), 0);
	for (int turn = 0; turn < 5; turn++) {
		for (int i = 0; i < VALUES; i++) {
			int z = i / 1024, y = i / 32 % 32, x = i % 32;
			double from_middle = sqrt(pow(z - 15.5, 2) + pow(y - 15.5, 2) + pow(x - 15.5, 2));

			if (from_middle < 14.5)
				ck_assert_int_eq(voxel(bits + turn * VOXEL_BYTES, z, y, x), 1);
			if (from_middle > 15.9)
				ck_assert_int_eq(voxel(bits + turn * VOXEL_BYTES, z, y, x), 0);
		}
	}
	mesh_release(&m);
	free(bits);
}
END_TEST

START_TEST(a_closed_box_is_solid_an_open_one_a_shell)
{
	struct mesh closed = { 0 }, open = { 0 }, nested = { 0 };
	const double low[3] = { 0, 0, 0 }, high[3] = { 3, 4, 5 }, inner_low[3] = { 1, 1, 1 }, inner_high[3] = { 2, 3, 4 };
	uint8_t solid[VOXEL_BYTES], shell[VOXEL_BYTES], again[VOXEL_BYTES];

	add_box(&closed, low, high, false);
	add_box(&open, low, high, true);
	add_box(&nested, low, high, false);
	add_box(&nested, inner_low, inner_high, false);
	ck_assert_int_eq(voxelise(&closed, 1, solid), 0);
	ck_assert_int_eq(voxelise(&open, 1, shell), 0);
	ck_assert_int_eq(voxelise(&nested, 1, again), 0);
	/* Half the diagonal of 3 and 4 is 2.5: height and width of the cylinder are both 5, 29.98 voxels. */
	ck_assert_int_eq(count_voxels(solid), 18 * 24 * 30);
	ck_assert_int_eq(voxel(solid, 1, 4, 7), 1);
	ck_assert_int_eq(voxel(solid, 0, 4, 7), 0);
	ck_assert_int_eq(voxel(solid, 1, 3, 7), 0);
	ck_assert_int_eq(voxel(solid, 15, 15, 15), 1);
	ck_assert_mem_eq(solid, again, VOXEL_BYTES);         /* a room within the solid is solid */
	ck_assert_int_eq(voxel(shell, 15, 15, 15), 0);
	ck_assert_int_eq(count_voxels(shell), 18 * 24 * 30 - 16 * 22 * 29);
	mesh_release(&closed);
	mesh_release(&open);
	mesh_release(&nested);
}
END_TEST

START_TEST(a_quarter_turn_turns_the_voxels)
{
	struct mesh m = { 0 };
	uint8_t bits[4 * VOXEL_BYTES];

	add_box(&m, (const double[3]){ 0, 0, 0 }, (const double[3]){ 9, 2, 3.3 }, false);
	add_box(&m, (const double[3]){ 6, 0, 2 }, (const double[3]){ 8, 0.9, 5 }, false);
	ck_assert_int_eq(voxelise(&m, 4, bits), 0);
	ck_assert_int_gt(count_voxels(bits), 500);
	for (int turn = 0; turn < 3; turn++)
		for (int i = 0; i < VALUES; i++) {
			int z = i / 1024, y = i / 32 % 32, x = i % 32;

			ck_assert_int_eq(voxel(bits + (turn + 1) * VOXEL_BYTES, z, x, 31 - y), voxel(bits + turn * VOXEL_BYTES, z, y, x));
		}
	mesh_release(&m);
}
END_TEST

/* The definition of Schwarz and Seidel, for every voxel of the grid; `near` tells where rounding may decide otherwise. */
static bool on_surface(double v[3][3], const double c[3], bool *near)
{
	double n[3], tolerance, least = INFINITY;
	bool in = true;

	for (int a = 0; a < 3; a++) {
		int u = (a + 1) % 3, w = (a + 2) % 3;

		n[a] = (v[1][u] - v[0][u]) * (v[2][w] - v[0][w]) - (v[1][w] - v[0][w]) * (v[2][u] - v[0][u]);
	}
	tolerance = fmax(fmax(fabs(n[0]), fabs(n[1])), fabs(n[2])) / 2;

	double d = tolerance - fabs(n[0] * (c[0] - v[0][0]) + n[1] * (c[1] - v[0][1]) + n[2] * (c[2] - v[0][2]));

	least = fmin(least, fabs(d) / tolerance);
	in &= d >= 0;
	for (int a = 0; a < 3; a++) {
		int u = (a + 1) % 3, w = (a + 2) % 3;

		for (int i = 0; i < 3; i++) {
			const double *p = v[i], *q = v[(i + 1) % 3];
			double nu = -(q[w] - p[w]) * (n[a] < 0 ? -1 : 1), nw = (q[u] - p[u]) * (n[a] < 0 ? -1 : 1), half = fmax(fabs(nu), fabs(nw)) / 2;

			d = nu * (c[u] - p[u]) + nw * (c[w] - p[w]) + half;
			least = fmin(least, fabs(d) / half);
			in &= d >= 0;
		}
	}
	*near = least < 1e-3;
	return in;
}

static bool in_box(double v[3][3], const int at[3])
{
	for (int a = 0; a < 3; a++) {
		double low = fmin(fmin(v[0][a], v[1][a]), v[2][a]), high = fmax(fmax(v[0][a], v[1][a]), v[2][a]);

		if (at[a] < (int)floor(low) || at[a] > (int)floor(high))
			return false;
	}
	return true;
}

START_TEST(a_triangle_has_the_voxels_of_the_definition)
{
	struct rng rng;
	int compared = 0;

	rng_seed(&rng, 9, 9);
	for (int k = 0; k < 60; k++) {
		struct mesh m = { 0 };
		uint8_t bits[VOXEL_BYTES];
		double v[3][3], low[3], high[3], radius = 0, scale;

		for (int i = 0; i < 3; i++)
			add_vertex(&m, rng_normal(&rng), rng_normal(&rng), rng_normal(&rng));
		add_triangle(&m, 0, 1, 2);
		ck_assert_int_eq(voxelise(&m, 1, bits), 0);
		for (int a = 0; a < 3; a++) {
			low[a] = fmin(fmin(m.vertex[0][a], m.vertex[1][a]), m.vertex[2][a]);
			high[a] = fmax(fmax(m.vertex[0][a], m.vertex[1][a]), m.vertex[2][a]);
		}
		for (int i = 0; i < 3; i++)
			radius = fmax(radius, hypot(m.vertex[i][0] - (low[0] + high[0]) / 2, m.vertex[i][1] - (low[1] + high[1]) / 2));
		scale = (32 - 2.02) / fmax(2 * radius, high[2] - low[2]);
		for (int i = 0; i < 3; i++)
			for (int a = 0; a < 3; a++)
				v[i][a] = 16 + scale * (m.vertex[i][a] - (low[a] + high[a]) / 2);
		for (int i = 0; i < VALUES; i++) {
			int at[3] = { i % 32, i / 32 % 32, i / 1024 };
			double centre[3] = { at[0] + 0.5, at[1] + 0.5, at[2] + 0.5 };
			bool near, in = on_surface(v, centre, &near);

			if (near || !in_box(v, at))
				continue;
			ck_assert_int_eq(voxel(bits, at[2], at[1], at[0]), in);
			compared += in;
		}
		mesh_release(&m);
	}
	ck_assert_int_gt(compared, 5000);
}
END_TEST

START_TEST(a_mesh_without_extent_is_refused)
{
	struct mesh m = { 0 };
	uint8_t bits[VOXEL_BYTES];

	ck_assert_int_eq(voxelise(&m, 1, bits), -1);
	for (int i = 0; i < 3; i++)
		add_vertex(&m, 5, 5, 5);
	add_triangle(&m, 0, 1, 2);
	ck_assert_int_eq(voxelise(&m, 1, bits), -1);
	ck_assert_str_eq(err_last(), "a mesh without extent");
	mesh_release(&m);
}
END_TEST

/* ---- folders of meshes ---- */

/* A box of its own: every file has another. */
static void write_box(const char *name, double width, bool carriage_returns)
{
	struct mesh m = { 0 };
	char text[2000];
	const char *end = carriage_returns ? "\r\n" : "\n";
	int n;

	add_box(&m, (const double[3]){ 0, 0, 0 }, (const double[3]){ width, 2, 3 }, false);
	n = sprintf(text, "OFF%s%d %d 0%s", carriage_returns ? "" : "\n", m.vertices, m.triangles, end);
	for (int i = 0; i < m.vertices; i++)
		n += sprintf(text + n, "%g %g %g%s", m.vertex[i][0], m.vertex[i][1], m.vertex[i][2], end);
	for (int t = 0; t < m.triangles; t++)
		n += sprintf(text + n, "3 %d %d %d%s", m.triangle[t][0], m.triangle[t][1], m.triangle[t][2], end);
	write_file(name, text, (size_t)n);
	mesh_release(&m);
}

static void write_meshes(void)
{
	char name[100];

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "ModelNet10/bed/train/bed_%04d.off", i);
		write_box(name, 1 + i, i % 2);
		snprintf(name, sizeof name, "ModelNet10/chair/train/chair_%04d.off", i);
		write_box(name, 1.5 + i, i % 2);
	}
	write_box("ModelNet10/bed/test/bed_0100.off", 7, false);
	write_box("ModelNet10/chair/test/chair_0100.off", 7.5, false);
	write_file("ModelNet10/README.txt", "x", 1);
	write_file("ModelNet10/.DS_Store", "x", 1);
	write_file("ModelNet10/bed/train/.DS_Store", "x", 1);
	write_file("__MACOSX/x", "x", 1);
}

START_TEST(meshes_are_a_data_set_of_voxels)
{
	struct dataset *d;
	uint8_t bits[VOXEL_BYTES];
	struct mesh m = { 0 };

	write_meshes();
	d = open_good("modelnet10");
	ck_assert_str_eq(d->path, path_of("ModelNet10"));
	ck_assert_int_eq(d->axes, 3);
	ck_assert_int_eq(d->input.side[0], 32);
	ck_assert_int_eq(d->input.side[2], 32);
	ck_assert_int_eq(d->input.channels, 1);
	ck_assert_int_eq(d->input.classes, 2);
	ck_assert_str_eq(d->class_name[0], "bed");
	ck_assert_str_eq(d->class_name[1], "chair");
	ck_assert_int_eq(d->train.count, 11);
	ck_assert_int_eq(d->validation.count, 1);
	ck_assert_int_eq(d->test.count, 2);
	ck_assert_int_eq(d->copies, 12);
	ck_assert_int_eq(d->turns, 0);
	ck_assert_int_eq(d->mirror[0], 0);
	ck_assert_int_eq(d->mirror[1], 5);
	ck_assert_int_eq(d->mirror[2], 5);
	ck_assert_int_eq(d->crop_padding, 2);
	add_box(&m, (const double[3]){ 0, 0, 0 }, (const double[3]){ 7, 2, 3 }, false);
	ck_assert_int_eq(voxelise(&m, 1, bits), 0);
	ck_assert_mem_eq(d->test.pixels[0], bits, VOXEL_BYTES);
	ck_assert_int_eq(d->test.labels[0], 0);
	ck_assert_int_eq(d->test.labels[1], 1);
	mesh_release(&m);
	dataset_close(d);
}
END_TEST

static const char *cache_file(void)
{
	static char path[1024];

	ck_assert(voxel_cache_path(path, "modelnet10", path_of("ModelNet10")));
	return path;
}

static size_t read_cache(uint8_t *to, size_t room)
{
	FILE *f = fopen(cache_file(), "rb");
	size_t n;

	ck_assert_msg(f != NULL, "%s", cache_file());
	n = fread(to, 1, room, f);
	fclose(f);
	return n;
}

static void write_cache(const uint8_t *data, size_t bytes)
{
	FILE *f = fopen(cache_file(), "wb");

	ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
}

enum { CACHE_ROOM = 1 << 20, CACHE_HEADER = 32 };

/* A cache that says of itself that it is sound is believed; that is how one sees that it is used at all. */
START_TEST(voxels_that_were_kept_are_used)
{
	static uint8_t data[CACHE_ROOM];
	struct dataset *d;
	size_t n;
	uint32_t crc;

	write_meshes();
	dataset_close(open_good("modelnet10"));
	n = read_cache(data, sizeof data);
	ck_assert_uint_eq(n, CACHE_HEADER + (12 * 12 + 2) * VOXEL_BYTES);
	memset(data + CACHE_HEADER, 0x5a, n - CACHE_HEADER);
	crc = (uint32_t)crc32(0, data + CACHE_HEADER, (uInt)(n - CACHE_HEADER));
	memcpy(data + 24, &crc, 4);
	write_cache(data, n);
	d = open_good("modelnet10");
	ck_assert_int_eq(d->test.pixels[1][0], 0x5a);
	ck_assert_int_eq(d->train.pixels[10][12 * VOXEL_BYTES - 1], 0x5a);
	dataset_close(d);
}
END_TEST

static const struct { long at; size_t length; } cache_damages[] = {
	{ 0, 0 }, { 7, 0 }, { 9, 0 }, { 17, 0 }, { 25, 0 }, { CACHE_HEADER, 0 }, { CACHE_HEADER + 300000, 0 }, { -1, 10 }, { -1, 31 }, { -1, 32 },
	{ -1, CACHE_HEADER + (12 * 12 + 2) * VOXEL_BYTES - 1 }, { -1, CACHE_HEADER + (12 * 12 + 2) * VOXEL_BYTES + 1 },
};

START_TEST(damaged_voxels_are_made_again)
{
	static uint8_t good[CACHE_ROOM], data[CACHE_ROOM];
	size_t n;

	write_meshes();
	dataset_close(open_good("modelnet10"));
	n = read_cache(good, sizeof good);
	memcpy(data, good, n);
	if (cache_damages[_i].at >= 0)
		data[cache_damages[_i].at] ^= 0x10;
	write_cache(data, cache_damages[_i].length ? cache_damages[_i].length : n);
	dataset_close(open_good("modelnet10"));
	ck_assert_uint_eq(read_cache(data, sizeof data), n);
	ck_assert_mem_eq(data, good, n);
}
END_TEST

static void touch_mesh(void)
{
	ck_assert_int_eq(utime(path_of("ModelNet10/bed/train/bed_0003.off"), &(struct utimbuf){ 1, 1 }), 0);
}

static void change_mesh(void)
{
	write_box("ModelNet10/bed/train/bed_0003.off", 77, false);
}

static void add_mesh(void)
{
	write_box("ModelNet10/bed/train/bed_0008.off", 77, false);
}

static void rename_mesh(void)
{
	char to[1024];

	snprintf(to, sizeof to, "%s", path_of("ModelNet10/chair/train/bed_0003.off"));
	ck_assert_int_eq(rename(path_of("ModelNet10/bed/train/bed_0003.off"), to), 0);
}

static void (*const changes[])(void) = { touch_mesh, change_mesh, add_mesh, rename_mesh };

START_TEST(voxels_of_meshes_that_have_changed_are_made_again)
{
	static uint8_t before[CACHE_ROOM], after[CACHE_ROOM];

	write_meshes();
	dataset_close(open_good("modelnet10"));
	read_cache(before, sizeof before);
	changes[_i]();
	dataset_close(open_good("modelnet10"));
	read_cache(after, sizeof after);
	ck_assert(memcmp(before, after, CACHE_HEADER) != 0);
}
END_TEST

START_TEST(without_a_place_for_a_cache_voxels_are_made_each_time)
{
	write_meshes();
	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	dataset_close(open_good("modelnet10"));
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	dataset_close(open_good("modelnet10"));
}
END_TEST

static void damage_mesh(void)
{
	write_file("ModelNet10/chair/train/chair_0002.off", "OFF\n3 1 0\n0 0 0\n", 16);
}

static void flatten_mesh(void)
{
	write_file("ModelNet10/chair/train/chair_0002.off", "OFF\n1 0 0\n0 0 0\n", 16);
}

static void add_class(void)
{
	write_box("ModelNet10/spaceship/train/spaceship_0001.off", 1, false);
}

static void remove_test(void)
{
	remove(path_of("ModelNet10/bed/test/bed_0100.off"));
	remove(path_of("ModelNet10/chair/test/chair_0100.off"));
}

static void remove_class(void)
{
	char command[400];

	snprintf(command, sizeof command, "rm -r '%s'", path_of("ModelNet10/chair"));
	ck_assert_int_eq(system(command), 0);
}

static const struct { void (*change)(void); const char *says[2]; } wrong[] = {
	{ damage_mesh, { "chair_0002.off: line 4", "the file ends too early" } }, { flatten_mesh, { "chair_0002.off: a mesh without extent", "" } },
	{ add_class, { "spaceship: no class of ModelNet10", "" } }, { remove_test, { "no test images", "" } },
	{ remove_class, { "1 class, where 2 or more would be right", "folders train and test" } },
};

START_TEST(a_folder_of_meshes_that_is_wrong_is_named)
{
	write_meshes();
	wrong[_i].change();
	refuses("modelnet10", wrong[_i].says, 2);
}
END_TEST

START_TEST(missing_meshes_are_said)
{
	write_file("notes.txt", "x", 1);
	REFUSES("modelnet40", "lacks */train, */test; to get the data: ModelNet40.zip");
}
END_TEST

/* ---- archives ---- */

/* Object i has the voxel at z = i, y = 2 i, x = 3 i of version k, k further in x. */
static void write_archive(const char *name, const char *shape, int count, int copies, int value, int label_add)
{
	size_t bytes = (size_t)count * (size_t)copies * VALUES;
	uint8_t *data = calloc(bytes, 1), labels[64];
	struct zip_file files[2] = { { .name = "data.npy", .deflated = true }, { .name = "labels.npy" } };
	struct buffer b = { 0 };
	char label_shape[32];

	for (int i = 0; i < count; i++) {
		for (int k = 0; k < copies; k++)
			data[((size_t)(i * copies + k)) * VALUES + (size_t)((3 * i % 32 + k) * 1024 + 2 * i % 32 * 32 + i)] = (uint8_t)value;
		labels[i] = (uint8_t)(i % 10 + label_add);
	}
	snprintf(label_shape, sizeof label_shape, "(%d,)", count);
	npy_put(&files[0].content, "|u1", shape, data, bytes);
	npy_put(&files[1].content, "|u1", label_shape, labels, (size_t)count);
	zip_put(&b, files, 2, false, "");
	write_file(name, b.data, b.size);
	buffer_release(&b);
	buffer_release(&files[0].content);
	buffer_release(&files[1].content);
	free(data);
}

START_TEST(voxels_of_an_archive_stand_upright)
{
	struct dataset *d;
	uint8_t *bytes = malloc(VALUES);

	write_archive("modelnet10_train.npz", "(12, 1, 32, 32, 32)", 12, 1, 1, 0);
	write_archive("modelnet10_test.npz", "(5, 32, 32, 32)", 5, 1, 1, 0);
	d = open_good("modelnet10");
	ck_assert_int_eq(d->input.classes, 10);
	ck_assert_str_eq(d->class_name[9], "toilet");
	ck_assert_int_eq(d->copies, 1);
	ck_assert_int_eq(d->turns, 12);
	ck_assert_int_eq(d->test.count, 5);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(d->test.labels[i], i);
		dataset_example(d, &d->test, i, bytes);
		for (int p = 0; p < VALUES; p++)
			ck_assert_int_eq(bytes[p], p == (i * 32 + 2 * i) * 32 + 3 * i ? 255 : 0);
	}
	dataset_close(d);
	free(bytes);
}
END_TEST

START_TEST(versions_of_an_archive_are_drawn_from)
{
	struct dataset *d;
	float *x = malloc(VALUES * sizeof *x);
	int32_t label;
	int seen[4] = { 0 };
	struct rng rng;

	write_archive("modelnet10_rot24_train.npz", "(12, 4, 32, 32, 32)", 12, 4, 1, 0);
	write_archive("modelnet10_rot24_test.npz", "(3, 4, 32, 32, 32)", 3, 4, 1, 0);
	d = open_good("modelnet10");
	ck_assert_int_eq(d->copies, 4);
	ck_assert_int_eq(d->turns, 0);
	d->mirror[1] = d->mirror[2] = 0;
	d->crop_padding = 0;
	rng_seed(&rng, 1, 2);
	for (int k = 0; k < 400; k++) {
		int found = 0;

		dataset_batch(d, &d->train, (int[]){ 3 }, 1, &rng, x, &label);
		for (int p = 0; p < VALUES; p++) {
			int number = p / 1024, place = 3 * number % 32;

			if (x[p] < 0.5f)
				continue;
			ck_assert_int_eq(p / 32 % 32, 2 * number % 32);
			ck_assert_int_lt(p % 32 - place, 4);
			seen[p % 32 - place]++;
			found++;
		}
		ck_assert_int_eq(found, 1);
	}
	for (int k = 0; k < 4; k++)
		ck_assert_int_lt(abs(seen[k] - 100), 45);            /* sigma 8.7 */
	dataset_batch(d, &d->test, (int[]){ 2 }, 1, NULL, x, &label);
	ck_assert_float_gt(x[(2 * 32 + 4) * 32 + 6], 0.5f);
	dataset_close(d);
	free(x);
}
END_TEST

static const struct { const char *shape; int count, copies, value, label_add; const char *says; } bad_archives[] = {
	{ "(12, 32, 32, 32)", 12, 1, 2, 0, "data.npy: value 2 in volume 0, where 0 and 1 would be right" },
	{ "(12, 32, 32, 32)", 12, 1, 1, 1, "labels.npy: label 10 of object 9, where 0 to 9 would be right" },
	{ "(12, 64, 32, 16)", 12, 1, 1, 0, "an array of (12, 64, 32, 16), where (N, 32, 32, 32) would be right" },
	{ "(12, 1, 64, 32, 16)", 12, 1, 1, 0, "where (N, 1, 32, 32, 32) would be right" },
	{ "(12, 32768)", 12, 1, 1, 0, "an array of (12, 32768), where" },
	{ "(6, 2, 32, 32, 32)", 12, 1, 1, 0, "12 labels, where 6 would be right: one for each object" },
};

START_TEST(an_archive_of_voxels_that_is_wrong_is_named)
{
	write_archive("modelnet10_train.npz", bad_archives[_i].shape, bad_archives[_i].count, bad_archives[_i].copies, bad_archives[_i].value,
		bad_archives[_i].label_add);
	write_archive("modelnet10_test.npz", "(5, 32, 32, 32)", 5, 1, 1, 0);
	REFUSES("modelnet10", "modelnet10_train.npz", bad_archives[_i].says);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modelnet");
	TCase *off = tcase_create("off"), *voxels = tcase_create("voxels"), *meshes = tcase_create("meshes"), *archives = tcase_create("archives");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(off, make_folder, remove_folder);
	tcase_add_checked_fixture(meshes, make_folder, remove_folder);
	tcase_add_checked_fixture(archives, make_folder, remove_folder);
	tcase_add_loop_test(off, off_files_of_every_manner_are_read, 0, sizeof good_texts / sizeof *good_texts);
	tcase_add_test(off, coordinates_are_those_that_are_written);
	tcase_add_loop_test(off, a_damaged_mesh_is_named_with_its_line, 0, sizeof bad_texts / sizeof *bad_texts);
	tcase_add_test(voxels, a_ball_is_solid_and_round);
	tcase_add_test(voxels, a_closed_box_is_solid_an_open_one_a_shell);
	tcase_add_test(voxels, a_quarter_turn_turns_the_voxels);
	tcase_add_test(voxels, a_triangle_has_the_voxels_of_the_definition);
	tcase_add_test(voxels, a_mesh_without_extent_is_refused);
	tcase_add_test(meshes, meshes_are_a_data_set_of_voxels);
	tcase_add_test(meshes, voxels_that_were_kept_are_used);
	tcase_add_loop_test(meshes, damaged_voxels_are_made_again, 0, sizeof cache_damages / sizeof *cache_damages);
	tcase_add_loop_test(meshes, voxels_of_meshes_that_have_changed_are_made_again, 0, sizeof changes / sizeof *changes);
	tcase_add_test(meshes, without_a_place_for_a_cache_voxels_are_made_each_time);
	tcase_add_loop_test(meshes, a_folder_of_meshes_that_is_wrong_is_named, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(meshes, missing_meshes_are_said);
	tcase_add_test(archives, voxels_of_an_archive_stand_upright);
	tcase_add_test(archives, versions_of_an_archive_are_drawn_from);
	tcase_add_loop_test(archives, an_archive_of_voxels_that_is_wrong_is_named, 0, sizeof bad_archives / sizeof *bad_archives);
	suite_add_tcase(suite, off);
	suite_add_tcase(suite, voxels);
	suite_add_tcase(suite, meshes);
	suite_add_tcase(suite, archives);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
