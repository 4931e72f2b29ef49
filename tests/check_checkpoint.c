/* check_checkpoint.c -- checkpoints whole and damaged, a full disk, runs that are not finished. */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/store/checkpoint.h"
#include "src/store/run.h"
#include "src/store/safetensors.h"
#include "tests/skip.h"
#include "tests/store_fixture.h"

/* Checkpoints: parameters on a device that is the host. */

static void host_upload(struct backend *be, void *device, const void *host, size_t bytes)
{
	(void)be;
	memcpy(device, host, bytes);
}

static void host_download(struct backend *be, void *host, const void *device, size_t bytes)
{
	(void)be;
	memcpy(host, device, bytes);
}

static void host_sync(struct backend *be)
{
	(void)be;
}

static const struct kernels host_kernels = { .name = "host", .upload = host_upload, .download = host_download, .sync = host_sync };
static struct backend host = { .k = &host_kernels };

enum { PARAMS = 3, SLAB = 16 + 16 + 32 };

static struct param param_list[PARAMS] = {
	{ .name = "stem.weight", .shape = { 4, { 2, 1, 3, 2 } }, .offset = 0 },
	{ .name = "stem.bias", .shape = { 1, { 2 } }, .offset = 16 },
	{ .name = "hypernet.final.weight", .shape = { 2, { 5, 5 } }, .offset = 32 },
};

struct model {
	struct params params;
	float value[SLAB], m[SLAB], v[SLAB];
};

/* Numbers of `version` everywhere but in the padding. */
static void model_init(struct model *md, int version)
{
	*md = (struct model){ .params = { .list = param_list, .count = PARAMS, .size = SLAB, .be = &host } };
	md->params.value = md->value;
	md->params.m = md->m;
	md->params.v = md->v;
	for (int p = 0; p < PARAMS; p++) {
		const struct shape *s = &param_list[p].shape;
		size_t n = 1;

		for (int i = 0; i < s->rank; i++)
			n *= (size_t)s->dim[i];
		for (size_t i = param_list[p].offset; i < param_list[p].offset + n; i++) {
			md->value[i] = (float)version + 1 / (3.0f + (float)i);
			md->m[i] = (float)version + 1 / (5.0f + (float)i);
			md->v[i] = (float)version + 1 / (7.0f + (float)i);
		}
	}
}

static bool model_equal(const struct model *a, const struct model *b)
{
	return !memcmp(a->value, b->value, sizeof a->value) && !memcmp(a->m, b->m, sizeof a->m) && !memcmp(a->v, b->v, sizeof a->v);
}

static struct checkpoint_state some_state(int version)
{
	struct checkpoint_state s = { .step = 100 * version, .seconds = version / 3.0, .batches_position = 17 + version,
		.batches_epoch = INT64_C(1) << 40 };
	struct rng *all[] = { &s.sampler, &s.augmentation, &s.noise, &s.batches_rng, &s.batches_epoch_rng };

	for (int i = 0; i < 5; i++)
		rng_seed(all[i], (uint64_t)version, (uint64_t)i);
	return s;
}

static void ck_state(const struct checkpoint_state *a, int version)
{
	struct checkpoint_state b = some_state(version);

	ck_assert_int_eq(a->step, b.step);
	ck_assert(a->seconds == b.seconds);
	ck_assert_int_eq(a->batches_position, b.batches_position);
	ck_assert_int_eq(a->batches_epoch, b.batches_epoch);
	ck_assert_mem_eq(&a->sampler, &b.sampler, sizeof a->sampler);
	ck_assert_mem_eq(&a->augmentation, &b.augmentation, sizeof a->sampler);
	ck_assert_mem_eq(&a->noise, &b.noise, sizeof a->sampler);
	ck_assert_mem_eq(&a->batches_rng, &b.batches_rng, sizeof a->sampler);
	ck_assert_mem_eq(&a->batches_epoch_rng, &b.batches_epoch_rng, sizeof a->sampler);
}

static int save(struct run *r, int version)
{
	struct model md;
	struct checkpoint_state s = some_state(version);

	model_init(&md, version);
	return checkpoint_save(r, &md.params, &s);
}

/* Loads; the version that came back, 0 for none, -1 for an error (nothing was touched then). */
static int load(struct run *r, char notice[512])
{
	struct model md, reference;
	struct checkpoint_state s = some_state(77);

	model_init(&md, 77);
	int rc = checkpoint_load(r, &md.params, &s, notice, 512);
	int version = rc == 0 ? (int)(s.step / 100) : 77;

	model_init(&reference, version);
	ck_assert(model_equal(&md, &reference));
	ck_state(&s, version);
	return rc == 0 ? version : rc == 1 ? 0 : -1;
}

static const char current[] = "checkpoint.safetensors", previous[] = "checkpoint-previous.safetensors";

START_TEST(checkpoint_comes_back_bit_for_bit)
{
	struct run *r = some_run();
	char notice[512];

	ck_assert_int_eq(load(r, notice), 0);
	ck_assert_int_eq(checkpoint_step(run_path), 0);
	ck_assert_msg(save(r, 1) == 0, "%s", err_last());
	ck_assert_int_eq(load(r, notice), 1);
	ck_assert_str_eq(notice, "");
	ck_assert_int_eq(save(r, 2), 0);
	ck_assert_int_eq(save(r, 3), 0);
	ck_assert_int_eq(load(r, notice), 3);
	ck_assert_int_eq(checkpoint_step(run_path), 300);
	unlink(in(run_path, current));
	ck_assert_int_eq(checkpoint_step(run_path), 200);
	ck_assert_int_eq(load(r, notice), 2);
	ck_assert_ptr_nonnull(strstr(notice, "checkpoint.safetensors: No such file"));
	ck_assert_ptr_nonnull(strstr(notice, "went back to checkpoint-previous.safetensors, step 200"));
	run_close(r);
}
END_TEST

START_TEST(checkpoint_is_what_frameworks_read)
{
	struct run *r = some_run();
	struct st_file file;

	ck_assert_int_eq(save(r, 1), 0);
	run_close(r);
	ck_assert_int_eq(st_read(in(run_path, current), &file), 0);
	ck_assert_int_eq(file.count, 3 * PARAMS + 7);

	const struct st_tensor *t = st_find(&file, "stem.weight");

	ck_assert_int_eq(t->type, ST_F32);
	ck_assert_int_eq(t->rank, 4);
	ck_assert_int_eq(t->dim[2], 3);
	ck_assert_float_eq(((float *)t->data)[1], 1 + 1 / 4.0f);
	ck_assert_float_eq(((float *)st_find(&file, "stem.bias.v")->data)[0], 1 + 1 / 23.0f);
	st_release(&file);
}
END_TEST

/* Every length, and every byte changed: the previous one is used and the damage named; only blanks of the header may change unnoticed. */
static void ck_damaged(const char *data, size_t bytes, size_t good_bytes, const char *good)
{
	static int calls;
	bool write = calls++ % 2 == 0;               /* then the damaged one is renamed */
	struct run *r = run_open(run_path, write);
	char notice[512];

	write_file(in(run_path, current), data, bytes);

	int version = load(r, notice);

	if (version == 2) {
		ck_assert_str_eq(notice, "");
		ck_assert_uint_eq(bytes, good_bytes);
	} else {
		ck_assert_msg(version == 1, "%d: %s", version, err_last());
		ck_assert_ptr_nonnull(strstr(notice, "checkpoint.safetensors: "));
		ck_assert_ptr_nonnull(strstr(notice, "went back to checkpoint-previous.safetensors, step 100"));
		ck_assert_int_eq(access(in(run_path, current), F_OK), write ? -1 : 0);
		if (write)
			ck_assert_int_eq(access(in(run_path, "checkpoint-damaged.safetensors"), F_OK), 0);
	}
	run_close(r);
	write_file(in(run_path, current), good, good_bytes);
}

static char *two_checkpoints(size_t *bytes)
{
	struct run *r = some_run();

	ck_assert_int_eq(save(r, 1), 0);
	ck_assert_int_eq(save(r, 2), 0);
	run_close(r);
	return read_file(in(run_path, current), bytes);
}

START_TEST(checkpoint_cut_anywhere_falls_back)
{
	size_t bytes;
	char *good = two_checkpoints(&bytes);

	for (size_t n = 0; n < bytes; n += n < 40 || n > bytes - 40 ? 1 : 13)
		ck_damaged(good, n, bytes, good);
	free(good);
}
END_TEST

START_TEST(checkpoint_changed_anywhere_falls_back)
{
	size_t bytes;
	char *good = two_checkpoints(&bytes), *changed = malloc(bytes);

	for (size_t at = 0; at < bytes; at += 3) {
		memcpy(changed, good, bytes);
		changed[at] ^= (char)(1 << at % 7);
		ck_damaged(changed, bytes, bytes, good);
	}
	free(changed);
	free(good);
}
END_TEST

START_TEST(damaged_checkpoint_does_not_push_out_the_good_one)
{
	size_t bytes;
	char notice[512], *good = two_checkpoints(&bytes);
	struct run *r = run_open(run_path, true);

	write_file(in(run_path, current), good, bytes - 1);
	ck_assert_int_eq(load(r, notice), 1);
	ck_assert_int_eq(save(r, 3), 0);
	ck_assert_int_eq(load(r, notice), 3);
	unlink(in(run_path, current));
	ck_assert_int_eq(load(r, notice), 1);
	run_close(r);

	char *log = read_file(in(run_path, "log"), &bytes);

	ck_assert_ptr_nonnull(strstr(log, "cut short"));
	free(log);
	free(good);
}
END_TEST

START_TEST(two_damaged_checkpoints_are_an_error_that_names_both)
{
	size_t bytes;
	char notice[512], *good = two_checkpoints(&bytes);
	struct run *r = run_open(run_path, true);

	write_file(in(run_path, current), good, bytes - 1);
	write_file(in(run_path, previous), good, 9);
	ck_assert_int_eq(load(r, notice), -1);
	ck_says("checkpoint.safetensors: cut short");
	ck_says("checkpoint-previous.safetensors: cut short");
	ck_assert_int_eq(checkpoint_step(run_path), 0);
	run_close(r);
	free(good);
}
END_TEST

START_TEST(reader_without_the_lock_changes_nothing)
{
	size_t bytes;
	char notice[512], *good = two_checkpoints(&bytes);
	struct run *r = run_open(run_path, false);

	write_file(in(run_path, current), good, 9);
	write_file(in(run_path, "checkpoint-new.safetensors.tmp"), good, 9);
	ck_assert_int_eq(load(r, notice), 1);
	ck_assert_ptr_nonnull(strstr(notice, "went back"));
	ck_assert_int_eq(access(in(run_path, current), F_OK), 0);
	ck_assert_int_eq(access(in(run_path, "checkpoint-new.safetensors.tmp"), F_OK), 0);
	run_close(r);
	free(good);
}
END_TEST

START_TEST(stray_half_written_file_is_ignored_and_removed)
{
	size_t bytes;
	char notice[512], *good = two_checkpoints(&bytes);
	struct run *r = run_open(run_path, true);

	write_file(in(run_path, "checkpoint-new.safetensors.tmp"), good, 100);
	write_file(in(run_path, "checkpoint-new.safetensors"), good, 100);
	ck_assert_int_eq(load(r, notice), 2);
	ck_assert_str_eq(notice, "");
	ck_assert_int_eq(access(in(run_path, "checkpoint-new.safetensors.tmp"), F_OK), -1);
	ck_assert_int_eq(access(in(run_path, "checkpoint-new.safetensors"), F_OK), -1);
	run_close(r);
	free(good);
}
END_TEST

START_TEST(checkpoint_of_other_parameters_says_which_and_how)
{
	struct run *r = some_run();
	struct param other[PARAMS], *list = param_list;
	struct model md;
	struct checkpoint_state s;
	char notice[512];

	ck_assert_int_eq(save(r, 1), 0);
	memcpy(other, list, sizeof other);
	model_init(&md, 5);
	md.params.list = other;
	other[0].shape.dim[1] = 2;
	other[0].shape.dim[2] = 2;
	ck_assert_int_eq(checkpoint_load(r, &md.params, &s, notice, sizeof notice), -1);
	ck_says("tensor stem.weight is 2x1x3x2, where 2x2x2x2 would be right");
	memcpy(other, list, sizeof other);
	strcpy(other[1].name, "stem.shift");
	ck_assert_int_eq(checkpoint_load(r, &md.params, &s, notice, sizeof notice), -1);
	ck_says("has no tensor stem.shift; there is no checkpoint-previous.safetensors to go back to");
	md.params.list = list;
	md.params.count = 2;
	ck_assert_int_eq(checkpoint_load(r, &md.params, &s, notice, sizeof notice), -1);
	ck_says("has 16 tensors, where 13 would be right");
	run_close(r);
}
END_TEST

START_TEST(failed_save_leaves_both_checkpoints)
{
	size_t bytes;
	char notice[512], *good = two_checkpoints(&bytes);
	struct run *r = run_open(run_path, true);
	struct rlimit limit = { .rlim_cur = bytes / 2, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(save(r, 3), -1);
	ck_says("checkpoint-new.safetensors.tmp: File too large");
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(load(r, notice), 2);
	ck_assert_str_eq(notice, "");
	unlink(in(run_path, current));
	ck_assert_int_eq(load(r, notice), 1);
	run_close(r);
	free(good);
}
END_TEST

/* A real full disk: 64 KiB of tmpfs in a mount namespace of our own. */

static bool enter_small_disk(const char *path)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("tmpfs", path, "tmpfs", 0, "size=65536") == 0;
}

static bool small_disk_possible(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(!enter_small_disk("/tmp"));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void fill_disk(const char *path)
{
	static const char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);

	while (write(fd, block, sizeof block) > 0)
		;
	close(fd);
}

START_TEST(full_disk_is_said_and_loses_nothing)
{
	char notice[512];
	struct run_config c = some_config();

	ck_assert(enter_small_disk(folder));

	struct run *r = some_run();

	ck_assert_int_eq(save(r, 1), 0);
	ck_assert_int_eq(save(r, 2), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(append_step(r, i), 0);
	fill_disk(in(folder, "ballast"));
	ck_assert_int_eq(save(r, 3), -1);
	ck_says("No space left on device");
	ck_assert_int_eq(run_save_config(r), -1);
	ck_says("No space left on device");

	int written = 10;

	while (written < 100000 && append_step(r, 50) == 0)
		written++;
	ck_says("metrics.jsonl: No space left on device");
	ck_assert_ptr_null(run_create(in(folder, "other"), &c));
	ck_says("No space left on device");
	ck_assert_int_eq(access(in(folder, "other"), F_OK), -1);
	unlink(in(folder, "ballast"));
	ck_assert_int_eq(append_step(r, 51), 0);
	ck_assert_int_eq(load(r, notice), 2);
	run_close(r);
	r = run_open(run_path, true);
	ck_assert_msg(r != NULL, "%s", err_last());
	ck_assert_int_eq(r->config.steps, 1000);
	run_close(r);
	ck_assert_int_eq(umount(folder), 0);
}
END_TEST

/* Unfinished runs */

static void make_run(const char *name, int64_t steps, int version, time_t when)
{
	static const char *const files[] = { "run.json", "metrics.jsonl", "checkpoint.safetensors" };
	struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };
	struct run_config c = some_config();
	struct run *r;

	c.steps = steps;
	r = run_create(in(folder, name), &c);
	ck_assert_msg(r != NULL, "%s", err_last());
	if (version)
		ck_assert_int_eq(save(r, version), 0);
	run_close(r);
	for (int i = 0; i < 3; i++)
		utimensat(AT_FDCWD, in(in(folder, name), files[i]), times, 0);
}

START_TEST(newest_unfinished_run_is_found)
{
	char path[512];

	ck_assert(!run_find_unfinished(in(folder, "nowhere"), path));
	ck_assert(!run_find_unfinished(folder, path));
	make_run("finished", 300, 3, 4000);
	ck_assert(!run_find_unfinished(folder, path));
	make_run("b-old", 1000, 1, 1000);
	make_run("a-new", 1000, 1, 3000);
	make_run("c-fresh", 1000, 0, 2000);                      /* no checkpoint yet */
	mkdir(in(folder, "broken"), 0777);
	write_file(in(folder, "broken/run.json"), "{", 1);
	write_file(in(folder, "file"), "x", 1);
	ck_assert(run_find_unfinished(folder, path));
	ck_assert_str_eq(path, in(folder, "a-new"));
	make_run("d-newer", 1000, 0, 5000);
	ck_assert(run_find_unfinished(folder, path));
	ck_assert_str_eq(path, in(folder, "d-newer"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("checkpoint");
	TCase *checkpoints = tcase_create("checkpoint");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(checkpoints, make_folder, remove_folder);
	tcase_add_test(checkpoints, checkpoint_comes_back_bit_for_bit);
	tcase_add_test(checkpoints, checkpoint_is_what_frameworks_read);
	tcase_add_test(checkpoints, checkpoint_cut_anywhere_falls_back);
	tcase_add_test(checkpoints, checkpoint_changed_anywhere_falls_back);
	tcase_add_test(checkpoints, damaged_checkpoint_does_not_push_out_the_good_one);
	tcase_add_test(checkpoints, two_damaged_checkpoints_are_an_error_that_names_both);
	tcase_add_test(checkpoints, reader_without_the_lock_changes_nothing);
	tcase_add_test(checkpoints, stray_half_written_file_is_ignored_and_removed);
	tcase_add_test(checkpoints, checkpoint_of_other_parameters_says_which_and_how);
	tcase_add_test(checkpoints, failed_save_leaves_both_checkpoints);
	TCASE_ADD_OR_SKIP(checkpoints, full_disk_is_said_and_loses_nothing, small_disk_possible(), "mounting a small tmpfs needs root");
	tcase_add_test(checkpoints, newest_unfinished_run_is_found);
	suite_add_tcase(suite, checkpoints);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
