/* check_mesh.c -- OFF meshes good and bad, and their voxels. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/rng.h"
#include "tests/data_fixture.h"
#include "tests/mesh_maker.h"

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
	{ "OFF\n1000 1 0\n0 0 0\n", "promises 1000 vertices where its 19 bytes can hold 4" },
	{ "OFF\n99999999999999999999 1 0\n", "promises" }, { "OFF\n1 2000000000 0\n0 0 0\n", "promises 2000000000 faces where" },
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

int main(void)
{
	Suite *suite = suite_create("mesh");
	TCase *off = tcase_create("off"), *voxels = tcase_create("voxels");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(off, make_folder, remove_folder);
	tcase_add_loop_test(off, off_files_of_every_manner_are_read, 0, sizeof good_texts / sizeof *good_texts);
	tcase_add_test(off, coordinates_are_those_that_are_written);
	tcase_add_loop_test(off, a_damaged_mesh_is_named_with_its_line, 0, sizeof bad_texts / sizeof *bad_texts);
	tcase_add_test(voxels, a_ball_is_solid_and_round);
	tcase_add_test(voxels, a_closed_box_is_solid_an_open_one_a_shell);
	tcase_add_test(voxels, a_quarter_turn_turns_the_voxels);
	tcase_add_test(voxels, a_triangle_has_the_voxels_of_the_definition);
	tcase_add_test(voxels, a_mesh_without_extent_is_refused);
	suite_add_tcase(suite, off);
	suite_add_tcase(suite, voxels);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
