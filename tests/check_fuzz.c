/*
 * check_fuzz.c -- a fixed sample of mutated files for every reader; `make fuzz` looks further. With a folder as argument it
 * writes the unmutated files there, for libFuzzer to start from: FOLDER/READER/N.
 */
#include <check.h>
#include <limits.h>
#include <sys/stat.h>
#include <zlib.h>

#include "src/base/rng.h"
#include "tests/data_writers.h"

#define LLVMFuzzerTestOneInput fuzz_idx
#include "tests/fuzz_idx.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_safetensors
#include "tests/fuzz_safetensors.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_run
#include "tests/fuzz_run.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_arch
#include "tests/fuzz_arch.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_cifar
#include "tests/fuzz_cifar.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_picture
#include "tests/fuzz_picture.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_voxels
#include "tests/fuzz_voxels.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_off
#include "tests/fuzz_off.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_stl
#include "tests/fuzz_stl.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_matlab
#include "tests/fuzz_matlab.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_npz
#include "tests/fuzz_npz.c"
#undef LLVMFuzzerTestOneInput

enum { MUTATIONS = 1500, ROOM = 1 << 16, SEEDS = 3 };

struct bytes {
	uint8_t data[ROOM];
	size_t size;
};

/* Good files to start from. Each reader has SEEDS of them, `which` tells them apart. */

static void seed_idx(struct bytes *b, int which)
{
	static const uint8_t images[16] = { 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 4 };
	static const uint8_t labels[8] = { 0, 0, 8, 1, 0, 0, 0, 9 };
	struct bytes plain = { .size = which == 1 ? sizeof labels + 9 : sizeof images + 60 };
	uLongf room = ROOM;
	z_stream z = { 0 };

	for (size_t i = 0; i < plain.size; i++)
		plain.data[i] = (uint8_t)(i % 10);
	memcpy(plain.data, which == 1 ? labels : images, which == 1 ? sizeof labels : sizeof images);
	if (which < 2) {
		*b = plain;
		return;
	}
	FUZZ_CHECK(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = plain.data;
	z.avail_in = (uInt)plain.size;
	z.next_out = b->data;
	z.avail_out = (uInt)room;
	FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	b->size = z.total_out;
	deflateEnd(&z);
}

static void seed_cifar(struct bytes *b, int which)
{
	const struct cifar_kind *kind = which ? &cifar100 : &cifar10;
	size_t record = (size_t)kind->label_bytes + 3072;

	b->size = (which + 1) * record;
	for (size_t i = 0; i < b->size; i++)
		b->data[i] = (uint8_t)(i % record < 2 ? i / record + 3 : i);
}

static void take_file(struct bytes *b, const char *path)
{
	FILE *f = fopen(path, "rb");

	FUZZ_CHECK(f);
	b->size = fread(b->data, 1, ROOM, f);
	fclose(f);
	unlink(path);
}

static const char *temporary(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/check_fuzz.%ld", (long)getpid());
	return path;
}

static void seed_safetensors(struct bytes *b, int which)
{
	static float f[12];
	static const int64_t l[4] = { 1, -1, 0, 7 };
	struct st_tensor t[] = {
		{ .name = "a.weight", .type = ST_F32, .rank = 3, .dim = { 2, 3, 2 }, .data = f },
		{ .name = "rng", .type = ST_I64, .rank = 1, .dim = { 4 }, .data = (void *)l },
		{ .name = "u", .type = ST_U8, .rank = 1, .dim = { 3 }, .data = f },
	};
	json_t *metadata = which ? json_pack("{s:s}", "crc32", "01234567") : NULL;

	FUZZ_CHECK(st_write(temporary(), t, which + 1, metadata) == 0);
	json_decref(metadata);
	take_file(b, temporary());
}

static void seed_run(struct bytes *b, int which)
{
	struct run_config c = { .data = "fashion-mnist", .seed = 1, .steps = 1000, .threads = 2, .device = "cpu" };
	char path[128];

	FUZZ_CHECK(preset_get(&c.preset, preset_names[which]) == 0);

	struct run *r = run_create(temporary(), &c);

	FUZZ_CHECK(r);
	run_close(r);
	snprintf(path, sizeof path, "%s/run.json", temporary());
	take_file(b, path);
	snprintf(path, sizeof path, "rm -r %s", temporary());
	FUZZ_CHECK(system(path) == 0);
}

static void seed_arch(struct bytes *b, int which)
{
	struct preset p;
	struct arch arch;
	struct rng rng;

	FUZZ_CHECK(preset_get(&p, "small") == 0);
	rng_seed(&rng, 1, (uint64_t)which);
	arch_sample(&arch, &p.space, which == 2 ? 3 : 2, 0, &rng);
	FUZZ_CHECK(arch_save(&arch, temporary()) == 0);
	take_file(b, temporary());
}

static void put_big_endian(struct bytes *b, uint32_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		b->data[b->size++] = (uint8_t)(n >> shift);
}

static void put_chunk(struct bytes *b, const char *type, const uint8_t *data, size_t size)
{
	size_t start = b->size + 4;

	put_big_endian(b, (uint32_t)size);
	memcpy(b->data + start, type, 4);
	if (size)
		memcpy(b->data + start + 4, data, size);
	b->size = start + 4 + size;
	put_big_endian(b, (uint32_t)crc32(0, b->data + start, (uInt)(4 + size)));
}

/* Grey of 8 bits, colour of 16, a palette of 16 entries; no filters, stored as zlib does it. */
static void seed_picture(struct bytes *b, int which)
{
	static const uint8_t forms[SEEDS][2] = { { 8, 0 }, { 16, 2 }, { 4, 3 } };
	static const uint8_t samples[SEEDS] = { 1, 6, 1 };
	enum { WIDTH = 6, HEIGHT = 5 };
	uint8_t header[13] = { 0, 0, 0, WIDTH, 0, 0, 0, HEIGHT, forms[which][0], forms[which][1] }, rows[HEIGHT * (1 + WIDTH * 6)] = { 0 };
	uint8_t packed[512], palette[48];
	size_t row = 1 + (which == 2 ? WIDTH / 2 : WIDTH * samples[which]);
	uLongf room = sizeof packed;

	for (size_t i = 0; i < HEIGHT * row; i++)
		rows[i] = (uint8_t)(i % row ? i * 7 : 0);
	for (size_t i = 0; i < sizeof palette; i++)
		palette[i] = (uint8_t)(i * 5);
	FUZZ_CHECK(compress(packed, &room, rows, HEIGHT * row) == Z_OK);
	memcpy(b->data, "\x89PNG\r\n\x1a\n", 8);
	b->size = 8;
	put_chunk(b, "IHDR", header, sizeof header);
	if (which == 2)
		put_chunk(b, "PLTE", palette, sizeof palette);
	put_chunk(b, "IDAT", packed, room);
	put_chunk(b, "IEND", NULL, 0);
}

static void take_buffer(struct bytes *b, struct buffer *from)
{
	FUZZ_CHECK(from->size <= ROOM);
	memcpy(b->data, from->data, from->size);
	b->size = from->size;
	buffer_release(from);
}

/* Two pictures: stored, deflated, with sizes of 64 bits. */
static void seed_npz(struct bytes *b, int which)
{
	static const uint8_t pictures[2 * 3072] = { 1, 2, 3 };
	struct zip_file files[2] = { { .name = "data.npy" }, { .name = "labels.npy" } };
	struct buffer archive = { 0 };

	npy_put(&files[0].content, "|u1", which ? "(2, 3, 32, 32)" : "(2, 3072)", pictures, sizeof pictures);
	npy_put(&files[1].content, "<i2", "(2,)", "\1\0\7\0", 4);
	for (int i = 0; i < 2; i++) {
		files[i].deflated = which != 0;
		files[i].wide = which == 2;
	}
	zip_put(&archive, files, 2, which == 2, "");
	for (int i = 0; i < 2; i++)
		buffer_release(&files[i].content);
	take_buffer(b, &archive);
}

static void seed_matlab(struct bytes *b, int which)
{
	static const uint8_t pictures[2 * 3072] = { 1, 2, 3 };
	static const double labels[2] = { 1, 10 };
	struct buffer file = { 0 };

	matlab_put_header(&file);
	matlab_put_array(&file, "X", 9, 2, (int[]){ 32, 32, 3, 2 }, 4, pictures, sizeof pictures, which > 0);
	if (which < 2)
		matlab_put_array(&file, "y", 9, 2, (int[]){ 2, 1 }, 2, "\1\12", 2, which > 0);
	else
		matlab_put_array(&file, "y", 6, 9, (int[]){ 2, 1 }, 2, labels, sizeof labels, true);
	take_buffer(b, &file);
}

static void seed_stl(struct bytes *b, int which)
{
	static const char *const texts[SEEDS] = { "0 1 2 3\n4 5 6\n7 8\n", "\3\12", "49 48 7\r\n" };

	b->size = strlen(texts[which]);
	memcpy(b->data, texts[which], b->size);
}

static void seed_off(struct bytes *b, int which)
{
	static const char *const texts[SEEDS] = {
		"OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n",
		"OFF5 2 0\r\n0 0 -1.5e-3\r\n1 0 0\r\n1 1 0\r\n0 1 0\r\n.5 .5 2\r\n4 0 1 2 3 255 0 0\r\n3 0 1 4\r\n",
		"# a comment\nOFF 3 1 0\n0 0 0 1 0 0 1e2 1 1\n3 0 1 2\n",
	};

	b->size = strlen(texts[which]);
	memcpy(b->data, texts[which], b->size);
}

/* An object of one voxel in an archive; what was kept of another opening. */
static void seed_voxels(struct bytes *b, int which)
{
	static uint8_t voxels[2 * 32768] = { [777] = 1 };
	struct zip_file files[2] = { { .name = "data.npy", .deflated = true }, { .name = "labels.npy" } };
	struct buffer archive = { 0 };

	if (which == 2) {
		voxel_cache_write(temporary(), FINGERPRINT, voxels, KEPT);
		take_file(b, temporary());
		return;
	}
	npy_put(&files[0].content, "|u1", which ? "(1, 2, 32, 32, 32)" : "(1, 32, 32, 32)", voxels, which ? sizeof voxels : sizeof voxels / 2);
	npy_put(&files[1].content, "|u1", "(1,)", "\3", 1);
	zip_put(&archive, files, 2, false, "");
	for (int i = 0; i < 2; i++)
		buffer_release(&files[i].content);
	take_buffer(b, &archive);
}

static const struct reader_case {
	const char *name;
	int (*read)(const uint8_t *, size_t);
	void (*seed)(struct bytes *, int which);
} readers[] = {
	{ "idx", fuzz_idx, seed_idx },
	{ "safetensors", fuzz_safetensors, seed_safetensors },
	{ "run", fuzz_run, seed_run },
	{ "arch", fuzz_arch, seed_arch },
	{ "cifar", fuzz_cifar, seed_cifar },
	{ "picture", fuzz_picture, seed_picture },
	{ "npz", fuzz_npz, seed_npz },
	{ "matlab", fuzz_matlab, seed_matlab },
	{ "stl", fuzz_stl, seed_stl },
	{ "off", fuzz_off, seed_off },
	{ "voxels", fuzz_voxels, seed_voxels },
};
enum { READERS = sizeof readers / sizeof *readers };

/* Mutations. */

static size_t place(const struct bytes *b, struct rng *rng)
{
	return b->size ? (size_t)rng_below(rng, (int)b->size) : 0;
}

static void replace(struct bytes *b, size_t at, size_t old, const void *new, size_t n)
{
	if (at + old > b->size || b->size - old + n > ROOM)
		return;

	size_t rest = b->size - at - old;
	uint8_t copy[64];

	n = n < sizeof copy ? n : sizeof copy;
	memcpy(copy, new, n);                        /* it may come from the same bytes */
	memmove(b->data + at + n, b->data + at + old, rest);
	memcpy(b->data + at, copy, n);
	b->size = at + n + rest;
}

static void change_bit(struct bytes *b, struct rng *rng)
{
	if (b->size)
		b->data[place(b, rng)] ^= (uint8_t)(1 << rng_below(rng, 8));
}

static void change_byte(struct bytes *b, struct rng *rng)
{
	static const uint8_t bytes[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '{', '[', ',', '-', '9', '.', 'e', '\n', '\\' };

	if (b->size)
		b->data[place(b, rng)] = bytes[rng_below(rng, sizeof bytes)];
}

static void cut_end(struct bytes *b, struct rng *rng)
{
	b->size = place(b, rng);
}

static void cut_out(struct bytes *b, struct rng *rng)
{
	replace(b, place(b, rng), (size_t)rng_below(rng, 30), "", 0);
}

static void repeat(struct bytes *b, struct rng *rng)
{
	size_t from = place(b, rng), n = (size_t)rng_below(rng, 64);

	if (from + n <= b->size)
		replace(b, place(b, rng), 0, b->data + from, n);
}

/* A number of the text becomes another one. */
static void change_number(struct bytes *b, struct rng *rng)
{
	static const char *const numbers[] = { "0", "-1", "1", "2", "3", "7", "8", "255", "256", "32767", "65536", "2147483647", "4294967296",
		"9223372036854775807", "-9223372036854775808", "18446744073709551615", "1e999", "0.5", "1e-320", "null", "true", "\"\"",
		"[]", "{}", "63", "64", "65" };
	size_t at = place(b, rng), n = 0;
	const char *new = numbers[rng_below(rng, sizeof numbers / sizeof *numbers)];

	while (at < b->size && (b->data[at] < '0' || b->data[at] > '9'))
		at++;
	while (at + n < b->size && b->data[at + n] >= '0' && b->data[at + n] <= '9')
		n++;
	replace(b, at, n, new, strlen(new));
}

static void (*const mutations[])(struct bytes *, struct rng *) = { change_bit, change_byte, cut_end, cut_out, repeat, change_number,
	change_number, change_number };

START_TEST(good_files_are_taken)
{
	const struct reader_case *c = &readers[_i];
	static struct bytes b;

	for (int which = 0; which < SEEDS; which++) {
		c->seed(&b, which);
		c->read(b.data, b.size);
		ck_assert_int_eq(fuzz_taken, which + 1);
	}
}
END_TEST

START_TEST(mutated_files_are_refused_with_one_line_or_hold_together)
{
	const struct reader_case *c = &readers[_i];
	static struct bytes seed, b;
	struct rng rng;

	rng_seed(&rng, 11, (uint64_t)_i);
	for (int which = 0; which < SEEDS; which++) {
		c->seed(&seed, which);
		for (int k = 0; k < MUTATIONS / SEEDS; k++) {
			b.size = seed.size;
			memcpy(b.data, seed.data, seed.size);
			for (int n = 1 + rng_below(&rng, 3); n > 0; n--)
				mutations[rng_below(&rng, sizeof mutations / sizeof *mutations)](&b, &rng);
			c->read(b.data, b.size);
		}
	}
}
END_TEST

static int write_seeds(const char *folder)
{
	static struct bytes b;
	char path[PATH_MAX];

	for (int i = 0; i < READERS; i++) {
		for (int which = 0; which < SEEDS; which++) {
			readers[i].seed(&b, which);
			snprintf(path, sizeof path, "%s/%s", folder, readers[i].name);
			mkdir(path, 0777);
			snprintf(path, sizeof path, "%s/%s/%d", folder, readers[i].name, which);

			FILE *f = fopen(path, "wb");

			if (!f || fwrite(b.data, 1, b.size, f) != b.size || fclose(f)) {
				perror(path);
				return 1;
			}
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return write_seeds(argv[1]);

	Suite *suite = suite_create("fuzz");
	TCase *tcase = tcase_create("readers");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tcase, good_files_are_taken, 0, READERS);
	tcase_add_loop_test(tcase, mutated_files_are_refused_with_one_line_or_hold_together, 0, READERS);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
