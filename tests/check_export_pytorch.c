/* check_export_pytorch.c -- networks as modules of PyTorch: their files, and where PyTorch is there, what it makes of them. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/export/export.h"
#include "src/export/pytorch.h"
#include "src/store/safetensors.h"
#include "tests/export_rig.h"
#include "tests/skip.h"
#include "tests/tiny_run.h"

enum { QUICK = 1 };

static struct export_rig rig;

static void open_space(int i)
{
	export_rig_open(&rig, export_spaces[i].preset, export_spaces[i].axes, export_spaces[i].stem_stride);
}

static void sample(struct arch *arch, int seed)
{
	struct rng rng;

	rng_seed(&rng, (uint64_t)seed, 1);
	arch_sample(arch, &rig.trainer->layout.space, rig.trainer->data->axes, 0, &rng);
}

static void set_up(void)
{
	export_rig_open(&rig, "tiny", 2, 3);
}

static void tear_down(void)
{
	export_rig_close(&rig);
}

/* ---- files ---- */

static struct arch exported_arch[3];

static bool arch_at(void *context, int i, struct arch *arch)
{
	(void)context;
	*arch = exported_arch[i];
	return true;
}

/* So many architectures of the rig, with generated weights. */
static struct export_source source(int count)
{
	for (int i = 0; i < count; i++)
		sample(&exported_arch[i], i);
	return (struct export_source){
		.count = count, .space = &rig.trainer->layout.space, .input = &rig.trainer->data->input, .arch = arch_at,
		.run_path = rig.run->path, .trainer = rig.trainer,
	};
}

static const char *below(const char *name)
{
	static char path[4][512];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", rig.folder, name);
	return path[next];
}

static bool exists(const char *name)
{
	return access(below(name), F_OK) == 0;
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = -2;                                              /* . and .. */

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void touch(const char *name)
{
	FILE *f = fopen(below(name), "w");

	ck_assert(f && fputs("mine", f) >= 0 && fclose(f) == 0);
}

START_TEST(a_network_is_two_files_or_none)
{
	const struct export_format *format = export_find("pytorch");
	struct export_source s = source(1);
	char text[96];
	int before = entries(rig.folder);

	ck_assert_msg(export_file(format, &s, below("a net.py"), false, text, sizeof(text)) == 0, "%s", err_last());
	ck_assert(exists("a net.py") && exists("a net.safetensors"));
	ck_assert_msg(strstr(text, "1 network, ") == text, "%s", text);
	ck_assert_int_eq(export_file(format, &s, below("a net.py"), false, NULL, 0), -1);
	ck_assert(strstr(err_last(), "a net.py: exists; ") != NULL);
	touch("b.safetensors");
	ck_assert_int_eq(export_file(format, &s, below("b.py"), false, NULL, 0), -1);
	ck_assert(strstr(err_last(), "b.safetensors: exists; ") != NULL);
	ck_assert(!exists("b.py"));
	ck_assert_int_eq(entries(rig.folder), before + 3);
	ck_assert_msg(export_file(format, &s, below("b.py"), true, NULL, 0) == 0, "%s", err_last());
	ck_assert_int_eq(entries(rig.folder), before + 4);
	ck_assert_int_eq(export_file(format, &s, "-", false, NULL, 0), -1);
	ck_assert_str_eq(err_last(), "pytorch is two files, .py and .safetensors: an --output would be right");
}
END_TEST

START_TEST(several_are_files_in_a_folder_that_have_their_ids)
{
	const struct export_format *format = export_find("pytorch");
	struct export_source s = source(3);
	char id[ARCH_ID_LENGTH + 1], name[64];

	ck_assert_msg(export_file(format, &s, below("nets"), false, NULL, 0) == 0, "%s", err_last());
	ck_assert_int_eq(entries(below("nets")), 6);
	for (int i = 0; i < 3; i++) {
		arch_id(&exported_arch[i], id);
		snprintf(name, sizeof(name), "nets/%s.py", id);
		ck_assert(exists(name));
	}
	s.count = 1;
	ck_assert_int_eq(mkdir(below("other"), 0777), 0);
	ck_assert_msg(export_file(format, &s, below("other"), false, NULL, 0) == 0, "%s", err_last());
	ck_assert_int_eq(entries(below("other")), 2);
	touch("file");
	s.count = 3;
	ck_assert_int_eq(export_file(format, &s, below("file"), false, NULL, 0), -1);
	ck_assert(strstr(err_last(), "/file: exists and is no folder") != NULL);
}
END_TEST

START_TEST(of_several_that_fail_nothing_is_left)
{
	const struct export_format *format = export_find("pytorch");
	struct export_source s = source(3);
	char name[64], id[ARCH_ID_LENGTH + 1];

	exported_arch[2].block[0].op[0].units = 7;
	ck_assert_int_eq(export_file(format, &s, below("nets"), false, NULL, 0), -1);
	ck_assert_msg(strstr(err_last(), "block 1 op 1 units") != NULL, "%s", err_last());
	ck_assert(!exists("nets"));

	s = source(3);
	arch_id(&exported_arch[2], id);
	ck_assert_int_eq(mkdir(below("nets"), 0777), 0);
	snprintf(name, sizeof(name), "nets/%s.safetensors", id);
	touch(name);
	ck_assert_int_eq(export_file(format, &s, below("nets"), false, NULL, 0), -1);
	ck_assert_int_eq(entries(below("nets")), 1);
}
END_TEST

/* The text of a module. */
static char *module_text(const struct exported *e)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ck_assert_msg(pytorch_write_module(f, e) == 0, "%s", err_last());
	fclose(f);
	return text;
}

static void check_has(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL, "%s is not in\n%.3000s", wanted, text);
}

START_TEST(a_module_says_where_it_comes_from)
{
	struct exported e;
	struct arch arch;
	char *text, line[128], last[] = "a \"b\"\tc";

	sample(&arch, 1);
	export_rig_generated(&rig, &arch, &e);
	snprintf(e.run, sizeof(e.run), "r\"\"\"\\x\ny");
	free(e.class_name[9]);
	e.class_name[9] = strdup(last);
	text = module_text(&e);
	snprintf(line, sizeof(line), "\nArchitecture %s of smashtop.\n", e.name);
	check_has(text, line);
	check_has(text, "\nweights   generated by the HyperNet after 1 of 1 steps of training; ");
	check_has(text, "\nrun       r\\\"\\\"\\\"\\\\x?y\n");
	check_has(text, "\ninput     [n, 1, 16, 16]: images of 16x16, (value / 255 - MEAN) / DEVIATION for each channel\n");
	check_has(text, "\nMEAN = [");
	check_has(text, "\"a \\\"b\\\"\\tc\",\n]\n");
	free(text);
	exported_release(&e);
}
END_TEST

START_TEST(weights_are_named_as_the_layers_name_them_and_have_examples)
{
	struct exported e;
	struct arch arch;
	struct st_file file;
	const struct st_tensor *t;
	FILE *f = fopen(below("w.safetensors"), "w");

	sample(&arch, 1);
	export_rig_retrained(&rig, &arch, NULL, false, &e);
	ck_assert_int_eq(pytorch_write_weights(f, &e), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_msg(st_read(below("w.safetensors"), &file) == 0, "%s", err_last());
	ck_assert_int_eq(file.count, e.tensors + 2);
	for (int i = 0; i < e.tensors; i++) {
		t = st_find(&file, e.tensor[i].name);
		ck_assert(t && t->bytes == e.tensor[i].bytes);
		ck_assert_mem_eq(t->data, e.tensor[i].data, t->bytes);
	}
	t = st_find(&file, "example.output");
	ck_assert(t && t->rank == 2 && t->dim[0] == EXPORT_EXAMPLES && t->dim[1] == 10);
	ck_assert_mem_eq(t->data, e.example_output, t->bytes);
	t = st_find(&file, "example.input");
	ck_assert(t && t->rank == 4 && t->dim[0] == EXPORT_EXAMPLES && t->dim[1] == 1 && t->dim[3] == 16);
	ck_assert_str_eq(json_string_value(json_object_get(file.metadata, "weights")), "last");
	st_release(&file);
	exported_release(&e);
}
END_TEST

/* ---- run by PyTorch ---- */

static void write_pair(struct exported *e, const char *folder, int number)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.py", folder, number);
	f = fopen(path, "w");
	ck_assert_msg(pytorch_write_module(f, e) == 0 && fclose(f) == 0, "%s", err_last());
	snprintf(path, sizeof(path), "%s/%d.safetensors", folder, number);
	f = fopen(path, "w");
	ck_assert_msg(pytorch_write_weights(f, e) == 0 && fclose(f) == 0, "%s", err_last());
	exported_release(e);
}

/* Of one space, into the folder. */
static void write_space(int space, const char *folder, int *count)
{
	struct exported e;
	struct arch arch;

	open_space(space);
	for (int i = 0; i < (export_everything() ? EXPORT_EACH : QUICK); i++) {
		sample(&arch, i);
		export_rig_generated(&rig, &arch, &e);
		write_pair(&e, folder, (*count)++);
		export_rig_retrained(&rig, &arch, NULL, i % 4 == 3, &e);
		write_pair(&e, folder, (*count)++);
	}
	export_rig_close(&rig);
}

static void write_patterns(const char *folder, int *count)
{
	struct exported e;
	struct arch arch;

	open_space(0);
	for (int i = 0; i < pattern_count; i++) {
		ck_assert_msg(pattern_make(&arch, patterns[i].name, &rig.trainer->layout.space, 2) == 0, "%s", err_last());
		export_rig_generated(&rig, &arch, &e);
		write_pair(&e, folder, (*count)++);
	}
	export_rig_retrained(&rig, NULL, "wrn-16-1", false, &e);
	write_pair(&e, folder, (*count)++);
	export_rig_close(&rig);
}

START_TEST(pytorch_computes_what_smashtop_does)
{
	char folder[256];
	int count = 0;

	tiny_make_of(folder, 10);
	for (int i = 0; i < (export_everything() ? EXPORT_SPACES : EXPORT_SPACES_QUICK); i++)
		write_space(i, folder, &count);
	write_patterns(folder, &count);
	export_check_runs("pytorch_runs.py", folder, count);
	tiny_remove(folder);
}
END_TEST

static int run_module(const char *weights, char *said, size_t size)
{
	char command[1200];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "cd '%s' && '%s' 0.py %s 2>&1", rig.folder, export_python(), weights);
	f = popen(command, "r");
	n = fread(said, 1, size - 1, f);
	said[n] = 0;
	return WEXITSTATUS(pclose(f));
}

START_TEST(a_module_that_is_run_checks_itself_in_one_line)
{
	struct exported e;
	struct arch arch;
	char said[4096];

	sample(&arch, 1);
	export_rig_generated(&rig, &arch, &e);
	e.example_output[0] += 1;
	write_pair(&e, rig.folder, 1);
	export_rig_generated(&rig, &arch, &e);
	write_pair(&e, rig.folder, 0);
	ck_assert_int_eq(run_module("0.safetensors", said, sizeof(said)), 0);
	ck_assert_msg(strstr(said, "0.safetensors: largest relative difference ") == said && strchr(said, '\n') == strrchr(said, '\n'), "%s", said);
	ck_assert_int_eq(run_module("1.safetensors", said, sizeof(said)), 1);
	check_has(said, "1.safetensors: 1e-5 at most would be right\n");
	ck_assert_int_eq(run_module("0.py", said, sizeof(said)), 1);
	ck_assert_msg(strstr(said, "0.py: ") == said && strchr(said, '\n') == strrchr(said, '\n'), "%s", said);
}
END_TEST

int main(void)
{
	bool torch = export_python_has("torch");
	Suite *suite = suite_create("export_pytorch");
	TCase *tcase = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_network_is_two_files_or_none);
	tcase_add_test(tcase, several_are_files_in_a_folder_that_have_their_ids);
	tcase_add_test(tcase, of_several_that_fail_nothing_is_left);
	tcase_add_test(tcase, a_module_says_where_it_comes_from);
	tcase_add_test(tcase, weights_are_named_as_the_layers_name_them_and_have_examples);
	TCASE_ADD_OR_SKIP(tcase, a_module_that_is_run_checks_itself_in_one_line, torch, "no torch");
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("run by PyTorch");
	tcase_set_timeout(tcase, export_everything() ? 3600 : 120);
	TCASE_ADD_OR_SKIP(tcase, pytorch_computes_what_smashtop_does, torch, "no torch");
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
