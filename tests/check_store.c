/* check_store.c -- safetensors files good and bad, run directories, logs, locks. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/store/run.h"
#include "src/store/safetensors.h"
#include "tests/store_fixture.h"

/* safetensors */

START_TEST(tensors_come_back_as_written)
{
	float f[6] = { 1, -2, 3.5f, 0, INFINITY, -0.0f };
	int64_t l[2] = { INT64_MIN, 77 };
	uint8_t b[5] = { 1, 2, 3, 4, 255 };
	int32_t i[1] = { -5 };
	double d[1] = { M_PI };
	struct st_tensor out[] = {
		{ .name = "bytes", .type = ST_U8, .rank = 1, .dim = { 5 }, .data = b },
		{ .name = "empty", .type = ST_F32, .rank = 2, .dim = { 3, 0 }, .data = NULL },
		{ .name = "floats", .type = ST_F32, .rank = 2, .dim = { 2, 3 }, .data = f },
		{ .name = "number \"quoted\" é", .type = ST_F64, .rank = 0, .data = d },
		{ .name = "longs", .type = ST_I64, .rank = 1, .dim = { 2 }, .data = l },
		{ .name = "ints", .type = ST_I32, .rank = 1, .dim = { 1 }, .data = i },
	};
	enum { COUNT = sizeof out / sizeof *out };
	json_t *metadata = json_pack("{s:s}", "who", "me");
	struct st_file file, one;
	const char *path = in(folder, "a.safetensors");

	ck_assert_msg(st_write(path, out, COUNT, metadata) == 0, "%s", err_last());
	json_decref(metadata);
	ck_assert_msg(st_read(path, &file) == 0, "%s", err_last());
	ck_assert_int_eq(file.count, COUNT);
	ck_assert_str_eq(json_string_value(json_object_get(file.metadata, "who")), "me");
	for (int k = 0; k < COUNT; k++) {
		const struct st_tensor *t = st_find(&file, out[k].name);

		ck_assert_ptr_nonnull(t);
		ck_assert_int_eq(t->type, out[k].type);
		ck_assert_int_eq(t->rank, out[k].rank);
		ck_assert_mem_eq(t->dim, out[k].dim, sizeof t->dim);
		ck_assert_uint_eq(t->bytes, st_bytes(&out[k]));
		if (t->bytes)
			ck_assert_mem_eq(t->data, out[k].data, t->bytes);
		ck_assert_msg(st_read_one(path, out[k].name, &one) == 0, "%s", err_last());
		ck_assert_int_eq(one.count, 1);
		ck_assert_str_eq(one.tensor[0].name, out[k].name);
		if (t->bytes)
			ck_assert_mem_eq(one.tensor[0].data, out[k].data, t->bytes);
		st_release(&one);
	}
	ck_assert_ptr_null(st_find(&file, "nothing"));
	ck_assert_int_eq(st_read_one(path, "nothing", &one), -1);
	ck_says("has no tensor nothing");
	st_release(&file);
}
END_TEST

START_TEST(file_without_tensors_is_a_file)
{
	struct st_file file;
	const char *path = in(folder, "empty.safetensors");

	ck_assert_int_eq(st_write(path, NULL, 0, NULL), 0);
	ck_assert_msg(st_read(path, &file) == 0, "%s", err_last());
	ck_assert_int_eq(file.count, 0);
	ck_assert_ptr_null(file.metadata);
	st_release(&file);
}
END_TEST

/* Header, bytes of values, and what must be said; NULL: it is good. */
static const struct st_case {
	const char *header;
	size_t values;
	const char *says;
} st_cases[] = {
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, NULL },
	{ "{\"a\":{\"data_offsets\":[0,8],\"shape\":[2],\"dtype\":\"F32\"},\"__metadata__\":{}}     ", 8, NULL },
	{ "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 7, NULL },
	{ "{}", 0, NULL },
	{ "{}", 1, "1 bytes of the values belong to no tensor before the end" },
	{ "", 0, "no safetensors file: a header of 0 bytes" },
	{ "[]", 0, "begins with byte 5b, where { would be right" },
	{ " {}", 0, "begins with byte 20" },
	{ "{\"a\":", 0, "damaged header" },
	{ "{} x", 0, "damaged header" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "cut short: tensor a ends at byte 8 of the values, the file has 7" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "1 bytes of the values belong to no tensor before the end" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "4 bytes of the values belong to no tensor before a" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 8, "span 4 bytes, its type and shape 8" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
	  "4 bytes of the values belong to two tensors before b" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
	  "damaged header" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "[4, 0] are out of order" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "out of order" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "data_offsets: two numbers would be right" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4.0]}}", 4, "data_offsets: two numbers would be right" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "shape: number 1 is not a size" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,4]}}", 4, "shape: an array" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "shape: an array of at most 8" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0, "its shape is too large" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "its shape is too large" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,0]}}", 0, "damaged header" },
	{ "{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "type BF16, where F32, F64, I64, I32 or U8 would be right" },
	{ "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "type missing" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "an object of dtype, shape and data_offsets would be right" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "an object of dtype, shape and data_offsets" },
	{ "{\"a\":3}", 0, "an object of dtype, shape and data_offsets would be right" },
	{ "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[3,7]}}", 7,
	  "a multiple of 4 would be right" },
	{ "{\"__metadata__\":3}", 0, "__metadata__: an object would be right" },
	{ "{\"__metadata__\":{\"a\":3}}", 0, "__metadata__: a value is not a string" },
	{ "{\"\\u001b[2J\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "control character 1b" },
	{ "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":"
	  "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "its name has more than 95 bytes" },
};

static void write_st(const char *path, uint64_t length, const char *header, size_t values)
{
	uint8_t data[1024] = { 0 };
	size_t n = strlen(header);

	for (int i = 0; i < 8; i++)
		data[i] = (uint8_t)(length >> 8 * i);
	memcpy(data + 8, header, n);
	write_file(path, data, 8 + n + values);
}

START_TEST(strict_reader_names_what_is_wrong)
{
	const struct st_case *c = &st_cases[_i];
	const char *path = in(folder, "x.safetensors");
	struct st_file file;

	write_st(path, strlen(c->header), c->header, c->values);

	int rc = st_read(path, &file);

	if (!c->says) {
		ck_assert_msg(rc == 0, "%s", err_last());
		st_release(&file);
		return;
	}
	ck_assert_int_eq(rc, -1);
	ck_says(c->says);
	ck_says(path);
	ck_assert_ptr_null(file.tensor);
	st_release(&file);
}
END_TEST

static const uint64_t lengths[] = { 0, 1, 3, 100000001, UINT64_MAX, UINT64_C(1) << 63, UINT32_MAX };

START_TEST(header_length_that_cannot_be_is_refused_without_asking_for_memory)
{
	const char *path = in(folder, "x.safetensors");
	struct st_file file;

	write_st(path, lengths[_i], "{}", 0);
	ck_assert_int_eq(st_read(path, &file), -1);
	ck_says("cut short or no safetensors file");
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct st_file file;

	ck_assert_int_eq(st_read(in(folder, "none"), &file), -1);
	ck_says("No such file");
	ck_assert_int_eq(st_read(folder, &file), -1);
	ck_says("not a file");
	write_file(in(folder, "short"), "1234567", 7);
	ck_assert_int_eq(st_read(in(folder, "short"), &file), -1);
	ck_says("cut short");
}
END_TEST

START_TEST(failed_write_leaves_the_old_file_and_no_other)
{
	float f[4096] = { 0 };
	struct st_tensor t = { .name = "a", .type = ST_F32, .rank = 1, .dim = { 1 }, .data = f };
	struct rlimit limit = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
	struct st_file file;
	const char *path = in(folder, "a.safetensors");

	ck_assert_int_eq(st_write(path, &t, 1, NULL), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	t.dim[0] = 4096;
	ck_assert_int_eq(st_write(path, &t, 1, NULL), -1);
	ck_says("File too large");
	ck_assert_int_eq(access(in(folder, "a.safetensors.tmp"), F_OK), -1);
	ck_assert_int_eq(st_read(path, &file), 0);
	ck_assert_int_eq(file.tensor[0].dim[0], 1);
	st_release(&file);
}
END_TEST

/* Runs */

START_TEST(run_comes_back_as_created)
{
	struct run_config c = some_config();
	struct run *r;

	c.preset.training.rate_hypernet = 0.1 + 0.2;         /* needs all its digits */
	ck_assert_int_eq(preset_set(&c.preset, "training.batch=17"), 0);
	ck_assert(!run_exists(run_path));
	r = run_create(in(run_path, "deep/er///"), &c);
	ck_assert_msg(r != NULL, "%s", err_last());
	ck_assert_str_eq(r->path, in(run_path, "deep/er"));
	run_close(r);
	ck_assert(run_exists(in(run_path, "deep/er")));
	r = run_open(in(run_path, "deep/er"), false);
	ck_assert_msg(r != NULL, "%s", err_last());
	ck_assert_str_eq(r->config.data, c.data);
	ck_assert_str_eq(r->config.device, c.device);
	ck_assert_uint_eq(r->config.seed, c.seed);
	ck_assert_int_eq(r->config.steps, c.steps);
	ck_assert_int_eq(r->config.threads, c.threads);

	json_t *a = preset_to_json(&c.preset), *b = preset_to_json(&r->config.preset);

	ck_assert(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	ck_assert_ptr_null(r->metrics);
	ck_assert_int_eq(r->lock, -1);
	run_close(r);
}
END_TEST

START_TEST(saved_config_replaces_the_old_one)
{
	struct run *r = some_run();

	r->config.steps = 5000;
	ck_assert_int_eq(run_save_config(r), 0);
	run_close(r);
	r = run_open(run_path, false);
	ck_assert_int_eq(r->config.steps, 5000);
	run_close(r);
}
END_TEST

START_TEST(run_is_not_created_over_another_or_over_files)
{
	struct run_config c = some_config();

	run_close(some_run());
	ck_assert_ptr_null(run_create(run_path, &c));
	ck_says("there is a run already");
	mkdir(in(folder, "thesis"), 0777);
	write_file(in(folder, "thesis/chapter1"), "x", 1);
	ck_assert_ptr_null(run_create(in(folder, "thesis"), &c));
	ck_says("no run, but it holds chapter1");
	mkdir(in(folder, "lost"), 0777);                         /* its run.json was deleted: the metrics must not be */
	write_file(in(folder, "lost/metrics.jsonl"), "{}\n", 3);
	ck_assert_ptr_null(run_create(in(folder, "lost"), &c));
	ck_says("it holds metrics.jsonl");
	ck_assert_int_eq(access(in(folder, "lost/metrics.jsonl"), F_OK), 0);
	mkdir(in(folder, "cut"), 0777);                          /* creation was cut off */
	write_file(in(folder, "cut/lock"), "", 0);
	write_file(in(folder, "cut/metrics.jsonl"), "", 0);
	write_file(in(folder, "cut/run.json.tmp"), "{", 1);

	struct run *r = run_create(in(folder, "cut"), &c);

	ck_assert_msg(r != NULL, "%s", err_last());
	run_close(r);
}
END_TEST

START_TEST(run_that_cannot_be_made_is_one_error_and_leaves_nothing)
{
	struct run_config c = some_config();
	char long_path[700];

	write_file(in(folder, "file"), "x", 1);
	ck_assert_ptr_null(run_create(in(folder, "file/run"), &c));
	ck_says("Not a directory");
	ck_assert_ptr_null(run_create(in(folder, "file"), &c));
	ck_says("Not a directory");
	ck_assert_ptr_null(run_create("", &c));
	memset(long_path, 'x', sizeof long_path);
	long_path[sizeof long_path - 1] = '\0';
	ck_assert_ptr_null(run_create(long_path, &c));
	ck_says("a path of 1 to");
	c.steps = 0;
	ck_assert_ptr_null(run_create(run_path, &c));
	ck_says("steps is 0");
	ck_assert(access(run_path, F_OK) < 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	else
		chmod(folder, 0555);
	c.steps = 1;
	ck_assert_ptr_null(run_create(in(folder, "a/b/c"), &c));
	ck_says("Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod(folder, 0755);
	ck_assert(access(in(folder, "a"), F_OK) < 0);
}
END_TEST

START_TEST(run_that_cannot_be_written_is_said_when_opened)
{
	run_close(some_run());
	chmod(in(run_path, "lock"), 0444);
	chmod(run_path, 0555);
	if (geteuid() == 0)
		ck_assert_int_eq(chmod(folder, 0755) | seteuid(65534), 0);
	ck_assert_ptr_null(run_open(run_path, true));
	ck_says("Permission denied");

	struct run *r = run_open(run_path, false);               /* reading is another matter */

	ck_assert_msg(r != NULL, "%s", err_last());
	run_close(r);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod(run_path, 0755);
}
END_TEST

/* A text of run.json replaced by another. */
static const struct { const char *find, *replace, *says; } config_cases[] = {
	{ "\"version\": 1", "\"version\": 2", "a run of version 2; this smashtop" },
	{ "\"version\": 1", "\"version\": 0, \"future\": []", "a run of version 0; this smashtop" },
	{ "\"version\": 1", "\"version\": \"1\"", "version: a whole number would be right" },
	{ "\"version\": 1,", "", "version is missing" },
	{ "\"steps\": 1000", "\"stepz\": 1000", "steps is missing" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"colour\": 1", "colour: there is no such field" },
	{ "\"steps\": 1000", "\"steps\": 0", "steps is 0, where 1 to" },
	{ "\"steps\": 1000", "\"steps\": 1000.5", "steps: a whole number would be right" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"steps\": 1000", "duplicate" },
	{ "\"threads\": 2", "\"threads\": 0", "threads is 0, where 1 to 4096 would be right" },
	{ "\"seed\": ", "\"seed\": -", "seed is -9007199254740993" },
	{ "\"seed\": ", "\"seed\": 99999", "line 5: too big integer" },
	{ "\"cpu\"", "\"a device whose name is longer than the room\"", "device: a text of 1 to 31 bytes" },
	{ "\"cpu\"", "null", "device: a text would be right" },
	{ "\"fashion-mnist\"", "\"\"", "data: a text of 1 to 543 bytes" },
	{ "\"preset\": {", "\"preset\": {\"nonsense\": 1,", "preset" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"normalisation\": 3", "normalisation: an object would be right" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"normalisation\": {\"mean\": []}", "mean: a list of 1 to 4 numbers would be right" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"normalisation\": {\"mean\": [0.5], \"deviation\": [0]}",
	  "deviation: numbers from 1e-06 to 1 would be right" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"normalisation\": {\"mean\": [1e300], \"deviation\": [0.5]}", "mean: numbers from 0 to 1" },
	{ "\"steps\": 1000", "\"steps\": 1000, \"normalisation\": {\"mean\": [0.5, 0.5], \"deviation\": [0.5]}",
	  "mean and deviation of as many channels would be right" },
	{ "{", "[", "run.json: line" },
	{ "{", "", "run.json: line" },
};

START_TEST(damaged_run_json_is_named_with_the_field)
{
	size_t bytes;

	run_close(some_run());

	char *text = read_file(in(run_path, "run.json"), &bytes), *at = strstr(text, config_cases[_i].find);
	char *changed = malloc(bytes + 200);

	ck_assert_ptr_nonnull(at);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, config_cases[_i].replace, at + strlen(config_cases[_i].find));
	write_file(in(run_path, "run.json"), changed, strlen(changed));
	free(text);
	free(changed);
	ck_assert_ptr_null(run_open(run_path, true));
	ck_says(config_cases[_i].says);
	ck_says(in(run_path, "run.json"));
}
END_TEST

START_TEST(constants_of_normalisation_are_kept_to_the_bit)
{
	struct run_config c = some_config();
	struct run *r;

	c.normalisation = (struct normalisation){ .channels = 3, .mean = { 0.1f, 1.0f / 3, 0 }, .deviation = { 1, 0.7f, 1e-5f } };
	run_close(run_create(run_path, &c));
	r = run_open(run_path, true);
	ck_assert_msg(r != NULL, "%s", err_last());
	ck_assert_mem_eq(&r->config.normalisation, &c.normalisation, sizeof c.normalisation);
	run_close(r);
}
END_TEST

START_TEST(what_is_no_run_is_said)
{
	ck_assert_ptr_null(run_open(run_path, true));
	ck_says("no run there");
	mkdir(run_path, 0777);
	ck_assert_ptr_null(run_open(run_path, false));
	ck_says("no run there: it has no run.json");
	write_file(in(run_path, "run.json"), "", 0);
	ck_assert_ptr_null(run_open(run_path, false));
	ck_says("run.json: line 1");

	char *big = calloc(1, 2 << 20);

	write_file(in(run_path, "run.json"), big, 2 << 20);
	free(big);
	ck_assert_ptr_null(run_open(run_path, false));
	ck_says("2097152 bytes, at most 1048576 would be right");
}
END_TEST

/* The lock */

START_TEST(one_process_writes_the_other_is_told_which)
{
	int ready[2], done[2];
	char byte, expected[64];

	run_close(some_run());
	ck_assert_int_eq(pipe(ready) | pipe(done), 0);

	pid_t pid = fork();

	if (pid == 0) {
		struct run *r = run_open(run_path, true);

		(void)!write(ready[1], r ? "y" : "n", 1);
		(void)!read(done[0], &byte, 1);
		_exit(0);                                    /* as if it had crashed: nothing is closed */
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'y');
	ck_assert_ptr_null(run_open(run_path, true));
	ck_assert_int_eq(run_holder(run_path), pid);
	snprintf(expected, sizeof expected, "in use by process %ld;", (long)pid);
	ck_says(expected);
	snprintf(expected, sizeof expected, "detached, kill %ld saves and ends it", (long)pid);
	ck_says(expected);

	struct run *reader = run_open(run_path, false);

	ck_assert_ptr_nonnull(reader);
	run_close(reader);
	ck_assert_int_eq(write(done[1], "x", 1), 1);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(run_holder(run_path), 0);       /* its number still stands there */

	struct run *r = run_open(run_path, true);

	ck_assert_msg(r != NULL, "%s", err_last());
	ck_assert_ptr_null(run_open(run_path, true));            /* the same process twice is two writers, too */
	run_close(r);
	r = run_open(run_path, true);
	ck_assert_ptr_nonnull(r);
	run_close(r);
}
END_TEST

/* Logs */

struct seen {
	int count;
	json_int_t step[100];
};

static void see(void *context, const json_t *line)
{
	struct seen *s = context;

	s->step[s->count++] = json_integer_value(json_object_get(line, "step"));
}

static struct seen seen_in(const char *name)
{
	struct seen s = { 0 };

	ck_assert_msg(run_read_lines(run_path, name, see, &s) == 0, "%s", err_last());
	return s;
}

START_TEST(appended_lines_are_read_and_whole_at_once)
{
	struct run *r = some_run();

	ck_assert_int_eq(seen_in("metrics.jsonl").count, 0);
	ck_assert_int_eq(seen_in("nothing.jsonl").count, 0);
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(append_step(r, i), 0);
		ck_assert_int_eq(seen_in("metrics.jsonl").count, i);
	}
	ck_assert_int_eq(run_append(r, r->ranking, json_pack("{s:i}", "step", 9)), 0);
	ck_assert_int_eq(seen_in("ranking.jsonl").step[0], 9);
	run_close(r);
	r = run_open(run_path, true);                            /* appends, does not start again */
	ck_assert_int_eq(append_step(r, 4), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").step[3], 4);
	run_close(r);
	ck_assert_int_eq(run_read_lines(folder, "run", see, NULL), -1);      /* a directory */
	ck_says("Is a directory");
}
END_TEST

START_TEST(torn_and_foreign_lines_are_passed_over_and_cut_off_when_opened)
{
	static const char text[] = "{\"step\":1}\nnonsense\n\n{\"step\":2}\n{\"step\":3, \"lo";
	size_t bytes;
	struct run *r;

	run_close(some_run());
	write_file(in(run_path, "metrics.jsonl"), text, sizeof text - 1);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 2);
	r = run_open(run_path, true);
	ck_assert_int_eq(append_step(r, 3), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 3);
	run_close(r);

	char *all = read_file(in(run_path, "metrics.jsonl"), &bytes);

	ck_assert_ptr_null(strstr(all, "\"lo{"));
	free(all);

	/* Nothing but a torn line, longer than a block. */
	char *line = malloc(10000);

	memset(line, 'x', 10000);
	write_file(in(run_path, "metrics.jsonl"), line, 10000);
	free(line);
	run_close(run_open(run_path, true));
	free(read_file(in(run_path, "metrics.jsonl"), &bytes));
	ck_assert_uint_eq(bytes, 0);
}
END_TEST

static void see_numbered(void *context, const json_t *line, int number)
{
	struct seen *s = context;

	ck_assert_int_eq(number, s->count + 1);
	see(context, line);
}

START_TEST(a_file_that_grows_is_followed_line_by_line)
{
	static const char torn[] = "{\"step\":1}\n{\"st", rest[] = "{\"step\":1}\n{\"step\":2}\n";
	const char *path = in(run_path, "metrics.jsonl");
	struct line_place at = { 0 };
	struct seen s = { 0 };

	run_close(some_run());
	ck_assert_int_eq(run_follow_lines(run_path, "nothing.jsonl", &at, see_numbered, &s), 0);
	write_file(path, torn, sizeof torn - 1);
	for (int i = 0; i < 2; i++) {                            /* the second time there is nothing new */
		ck_assert_int_eq(run_follow_lines(run_path, "metrics.jsonl", &at, see_numbered, &s), 0);
		ck_assert_int_eq(s.count, 1);
	}
	write_file(path, rest, sizeof rest - 1);
	ck_assert_int_eq(run_follow_lines(run_path, "metrics.jsonl", &at, see_numbered, &s), 0);
	ck_assert_int_eq(s.count, 2);
	ck_assert_int_eq(s.step[1], 2);
	write_file(path, torn, sizeof torn - 1);                 /* shorter than what was read */
	ck_assert_int_eq(run_follow_lines(run_path, "metrics.jsonl", &at, see_numbered, &s), 1);
	ck_assert_int_eq(s.count, 2);
	s.count = 0;
	ck_assert_int_eq(run_follow_lines(run_path, "metrics.jsonl", &at, see_numbered, &s), 0);
	ck_assert_int_eq(s.count, 1);
}
END_TEST

START_TEST(number_that_is_not_finite_is_refused_not_written)
{
	struct run *r = some_run();

	ck_assert_int_eq(run_append(r, r->metrics, json_pack("{s:f}", "loss", NAN)), -1);
	ck_says("not finite");
	ck_assert_int_eq(append_step(r, 1), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 1);
	run_close(r);
}
END_TEST

/* The limit cuts a write in the middle, as a full disk does. */
START_TEST(write_that_is_cut_off_leaves_whole_lines)
{
	struct run *r = some_run();
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = RLIM_INFINITY };
	int written = 0;
	size_t bytes;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	while (append_step(r, written + 1) == 0)
		written++;
	ck_says("metrics.jsonl: File too large");
	run_log(r, "%0200d", 1);                                 /* must not fail either */
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(written, 4);                            /* of 22 bytes */

	char *text = read_file(in(run_path, "metrics.jsonl"), &bytes);

	ck_assert_uint_eq(bytes, 88);
	free(text);
	ck_assert_int_eq(append_step(r, 5), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 5);
	run_close(r);
}
END_TEST

START_TEST(metrics_beyond_the_checkpoint_are_dropped)
{
	struct run *r = some_run();
	struct seen s;

	for (int i = 1; i <= 10; i++)
		append_step(r, i);
	run_append(r, r->metrics, json_pack("{s:s}", "event", "no step"));
	ck_assert_int_eq(run_truncate_metrics(r, 10), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 11);
	ck_assert_int_eq(run_truncate_metrics(r, 6), 0);
	s = seen_in("metrics.jsonl");
	ck_assert_int_eq(s.count, 7);
	ck_assert_int_eq(s.step[5], 6);
	ck_assert_int_eq(append_step(r, 7), 0);                  /* into the new file */
	s = seen_in("metrics.jsonl");
	ck_assert_int_eq(s.count, 8);
	ck_assert_int_eq(s.step[7], 7);
	ck_assert_int_eq(run_truncate_metrics(r, 0), 0);
	ck_assert_int_eq(seen_in("metrics.jsonl").count, 1);
	run_close(r);
}
END_TEST

START_TEST(log_has_one_line_an_event_that_no_terminal_obeys)
{
	struct run *r = some_run();
	size_t bytes;

	run_log(r, "two\nlines \x1b[2J %d", 5);
	run_log(r, "next");
	run_close(r);

	char *text = read_file(in(run_path, "log"), &bytes);
	int year;

	ck_assert_int_eq(sscanf(text, "%d-", &year), 1);
	ck_assert_int_ge(year, 2024);
	ck_assert_ptr_nonnull(strstr(text, " two lines  [2J 5\n"));
	ck_assert_ptr_nonnull(strstr(text, " next\n"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tensors = tcase_create("safetensors"), *runs = tcase_create("run");
	TCase *all[] = { tensors, runs };
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tensors, tensors_come_back_as_written);
	tcase_add_test(tensors, file_without_tensors_is_a_file);
	tcase_add_loop_test(tensors, strict_reader_names_what_is_wrong, 0, sizeof st_cases / sizeof *st_cases);
	tcase_add_loop_test(tensors, header_length_that_cannot_be_is_refused_without_asking_for_memory, 0,
		sizeof lengths / sizeof *lengths);
	tcase_add_test(tensors, what_is_no_file_is_refused);
	tcase_add_test(tensors, failed_write_leaves_the_old_file_and_no_other);
	tcase_add_test(runs, run_comes_back_as_created);
	tcase_add_test(runs, saved_config_replaces_the_old_one);
	tcase_add_test(runs, run_is_not_created_over_another_or_over_files);
	tcase_add_test(runs, run_that_cannot_be_made_is_one_error_and_leaves_nothing);
	tcase_add_test(runs, run_that_cannot_be_written_is_said_when_opened);
	tcase_add_loop_test(runs, damaged_run_json_is_named_with_the_field, 0, sizeof config_cases / sizeof *config_cases);
	tcase_add_test(runs, constants_of_normalisation_are_kept_to_the_bit);
	tcase_add_test(runs, what_is_no_run_is_said);
	tcase_add_test(runs, one_process_writes_the_other_is_told_which);
	tcase_add_test(runs, appended_lines_are_read_and_whole_at_once);
	tcase_add_test(runs, a_file_that_grows_is_followed_line_by_line);
	tcase_add_test(runs, torn_and_foreign_lines_are_passed_over_and_cut_off_when_opened);
	tcase_add_test(runs, number_that_is_not_finite_is_refused_not_written);
	tcase_add_test(runs, write_that_is_cut_off_leaves_whole_lines);
	tcase_add_test(runs, metrics_beyond_the_checkpoint_are_dropped);
	tcase_add_test(runs, log_has_one_line_an_event_that_no_terminal_obeys);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		tcase_add_checked_fixture(all[i], make_folder, remove_folder);
		suite_add_tcase(suite, all[i]);
	}
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
