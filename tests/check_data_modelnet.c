/* check_data_modelnet.c -- folders of meshes, where their voxels are kept, and voxels in archives of NumPy. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utime.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/data/modelnet.h"
#include "tests/data_fixture.h"
#include "tests/data_writers.h"
#include "tests/mesh_maker.h"

enum { SIDE = VOXEL_SIDE, VALUES = SIDE * SIDE * SIDE };

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
	TCase *meshes = tcase_create("meshes"), *archives = tcase_create("archives");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(meshes, make_folder, remove_folder);
	tcase_add_checked_fixture(archives, make_folder, remove_folder);
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
	suite_add_tcase(suite, meshes);
	suite_add_tcase(suite, archives);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
