/*
 * check_export_pytorch.c -- networks to take away: their layers against a plain reading of what they say, their files, and where PyTorch is there, what
 * it makes of them.
 */
#include <check.h>
#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/export/export.h"
#include "src/export/pytorch.h"
#include "src/lab/retrain_files.h"
#include "src/lab/retrained.h"
#include "src/lab/score.h"
#include "src/store/safetensors.h"
#include "tests/export_rig.h"
#include "tests/layers_reference.h"
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

/* ---- layers ---- */

static void check_shapes(const struct exported *e)
{
	int64_t parameters = 0;

	for (int i = 0; i < e->count; i++) {
		const struct layer *l = &e->layer[i];

		ck_assert_int_lt(l->in[0], i);
		ck_assert_int_lt(l->in[1], i);
		ck_assert_int_eq(l->in[0] < 0, l->kind == LAYER_INPUT);
		ck_assert_int_eq(l->in[1] >= 0, l->kind == LAYER_ADD || l->kind == LAYER_WRITE);
		ck_assert_int_eq(*l->name != 0, l->weight >= 0);
	}
	ck_assert_int_eq(e->layer[e->count - 1].kind, LAYER_LINEAR);
	ck_assert_int_eq(e->layer[e->count - 1].channels, e->input.classes);
	for (int i = 0; i < e->tensors; i++) {
		ck_assert_int_eq(exported_tensor(e, e->tensor[i].name), i);              /* no two of a name */
		if (!strstr(e->tensor[i].name, ".running_"))
			parameters += (int64_t)exported_tensor_count(&e->tensor[i]);
	}
	ck_assert_int_eq(parameters, e->parameters);
}

static void check_layers(struct exported *e)
{
	double difference = layers_reference_difference(e);

	check_shapes(e);
	ck_assert_msg(difference <= EXPORT_TOLERANCE, "%s, weights %s: %g", e->name, e->weights, difference);
	exported_release(e);
}

/* All kinds of ops are there; the plain reading of large ones takes minutes. */
START_TEST(layers_say_what_runs)
{
	struct exported e;
	struct arch arch;

	open_space(_i);
	for (int i = 0; i < (export_everything() ? 4 : QUICK); i++) {
		sample(&arch, i);
		export_rig_generated(&rig, &arch, &e);
		ck_assert_str_eq(e.weights, "generated");
		check_layers(&e);
		export_rig_retrained(&rig, &arch, NULL, i % 2 == 1, &e);
		ck_assert_str_eq(e.weights, "last");
		check_layers(&e);
	}
	export_rig_close(&rig);
}
END_TEST

START_TEST(layers_of_a_wide_resnet_say_what_runs)
{
	struct exported e;

	export_rig_open(&rig, "tiny", _i, 3);
	export_rig_retrained(&rig, NULL, "wrn-10-1", false, &e);
	ck_assert_str_eq(e.name, "wrn-10-1");
	ck_assert(!e.is_arch);
	check_layers(&e);
	export_rig_close(&rig);
}
END_TEST

START_TEST(with_generated_weights_it_is_the_network_that_is_scored)
{
	struct exported e;
	struct arch arch;
	struct scorer *scorer;
	float logits[EXPORT_EXAMPLES * 10];

	sample(&arch, 3);
	export_rig_generated(&rig, &arch, &e);
	ck_assert_int_eq(e.examples, EXPORT_EXAMPLES);
	scorer = scorer_new(rig.trainer);
	scorer_begin(scorer, &arch, EXPORT_EXAMPLES);
	while (scorer_advance(scorer) == 1)
		;
	scorer_logits(scorer, logits);
	for (int i = 0; i < EXPORT_EXAMPLES * 10; i++)
		ck_assert_msg(fabsf(logits[i] - e.example_output[i]) < 1e-5f * fabsf(logits[i]) + 1e-6f, "logit %d: %g, scored %g", i,
			e.example_output[i], logits[i]);
	scorer_free(scorer);
	exported_release(&e);
}
END_TEST

static float *parameters_on_host(void)
{
	const struct params *ps = rig.trainer->params;
	float *value = malloc(ps->size * sizeof(*value));

	ps->be->k->download(ps->be, value, ps->value, ps->size * sizeof(*value));
	return value;
}

START_TEST(training_goes_on_as_if_nothing_had_been_exported)
{
	struct exported e;
	struct arch arch;
	struct step_report report;
	float *one, *other;

	rig.trainer->step = 0;
	ck_assert_int_eq(trainer_step(rig.trainer, &report), 0);
	one = parameters_on_host();
	export_rig_close(&rig);

	set_up();
	sample(&arch, 1);
	export_rig_generated(&rig, &arch, &e);
	exported_release(&e);
	rig.trainer->step = 0;
	ck_assert_int_eq(trainer_step(rig.trainer, &report), 0);
	other = parameters_on_host();
	ck_assert_mem_eq(one, other, rig.trainer->params->size * sizeof(float));
	free(one);
	free(other);
}
END_TEST

/* ---- which training ---- */

/* A finished training with these results, whose weights say nothing. */
static void finish_training(const char *network, int epochs, int seed, double validation_loss, double selected_loss)
{
	struct retrain_settings s = { .epochs = epochs, .batch = 8, .learning_rate = 0.1, .seed = (uint64_t)seed };
	struct retrain_report report = {
		.epochs = epochs, .epochs_done = epochs, .validation_loss = validation_loss, .selected_epoch = 1, .selected_validation_loss = selected_loss,
	};
	char folder[PATH_MAX];

	strcpy(s.network, network);
	strcpy(s.data, rig.trainer->config.data);
	ck_assert_int_eq(retrain_folder(folder, rig.run->path, &s), 0);
	ck_assert_int_eq(retrain_write_report(folder, &s, &report), 0);
}

START_TEST(the_longest_training_is_taken_then_that_of_the_lowest_validation_loss)
{
	const char *data = rig.trainer->config.data, *path = rig.run->path;
	struct retrained r;

	finish_training("wrn-10-1", 2, 1, 0.1, 0.1);
	finish_training("wrn-10-1", 5, 2, 0.4, 0.2);
	finish_training("wrn-10-1", 5, 3, 0.3, 0.3);
	ck_assert_msg(retrained_find(&r, path, "wrn-10-1", data, false) == 0, "%s", err_last());
	ck_assert_int_eq(r.seed, 3);
	ck_assert_int_eq(r.epochs, 5);
	ck_assert_int_eq(retrained_find(&r, path, "wrn-10-1", data, true), 0);
	ck_assert_int_eq(r.seed, 2);
	ck_assert_int_eq(retrained_find(&r, path, "wrn-10-1", "other", false), -1);
	ck_assert(strstr(err_last(), "wrn-10-1 has no finished training on other in ") == err_last());
}
END_TEST

/* ---- what cannot be ---- */

START_TEST(what_cannot_be_exported_is_one_line)
{
	struct exported e;
	struct arch arch;
	char wanted[64], id[ARCH_ID_LENGTH + 1];

	sample(&arch, 1);
	arch_id(&arch, id);
	ck_assert_int_eq(exported_retrained(&e, rig.trainer, &arch, NULL, false), -1);
	snprintf(wanted, sizeof(wanted), "%s has no finished training on ", id);
	ck_assert_msg(strstr(err_last(), wanted) == err_last(), "%s", err_last());
	exported_release(&e);

	finish_training("wrn-10-1", 1, 1, 0, 0);
	ck_assert_int_eq(exported_retrained(&e, rig.trainer, NULL, "wrn-10-1", false), -1);
	ck_assert_msg(strstr(err_last(), "weights-last.safetensors: No such file") != NULL, "%s", err_last());
	exported_release(&e);

	arch.block[0].op[0].units = 7;
	ck_assert_int_eq(exported_generated(&e, rig.trainer, &arch), -1);
	ck_assert_msg(strstr(err_last(), "block 1 op 1 units") != NULL, "%s", err_last());
	exported_release(&e);

	rig.trainer->step = 0;
	sample(&arch, 1);
	ck_assert_int_eq(exported_generated(&e, rig.trainer, &arch), -1);
	ck_assert_msg(strstr(err_last(), "is untrained") != NULL, "%s", err_last());
	exported_release(&e);
	rig.trainer->step = 1;
}
END_TEST

START_TEST(weights_of_another_network_are_refused)
{
	struct exported e;
	struct arch arch;
	struct retrained r;
	char command[2 * PATH_MAX + 64], id[ARCH_ID_LENGTH + 1];

	export_rig_retrained(&rig, NULL, "wrn-10-1", false, &e);
	exported_release(&e);
	ck_assert_int_eq(retrained_find(&r, rig.run->path, "wrn-10-1", rig.trainer->config.data, false), 0);
	sample(&arch, 1);
	arch_id(&arch, id);
	export_rig_retrained(&rig, &arch, NULL, false, &e);
	exported_release(&e);
	snprintf(command, sizeof(command), "cp '%s'/weights-last.safetensors '%s'/retrained/%s/*/", r.folder, rig.run->path, id);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(exported_retrained(&e, rig.trainer, &arch, NULL, false), -1);
	ck_assert_msg(strstr(err_last(), "weights-last.safetensors: tensor stem.weight is missing or of another shape") != NULL, "%s", err_last());
	exported_release(&e);
}
END_TEST

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

/* ---- all of it ---- */

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, export_everything() ? 3600 : 120);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int main(void)
{
	bool torch = export_python_has("torch");
	Suite *suite = suite_create("export_pytorch");
	TCase *tcase = add_case(suite, "spaces");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, layers_say_what_runs, 0, 2);
	tcase_add_loop_test(tcase, layers_of_a_wide_resnet_say_what_runs, 2, export_everything() ? 4 : 3);
	TCASE_ADD_OR_SKIP(tcase, pytorch_computes_what_smashtop_does, torch, "no torch");
	tcase = add_case(suite, "files");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, with_generated_weights_it_is_the_network_that_is_scored);
	tcase_add_test(tcase, training_goes_on_as_if_nothing_had_been_exported);
	tcase_add_test(tcase, the_longest_training_is_taken_then_that_of_the_lowest_validation_loss);
	tcase_add_test(tcase, what_cannot_be_exported_is_one_line);
	tcase_add_test(tcase, weights_of_another_network_are_refused);
	tcase_add_test(tcase, a_network_is_two_files_or_none);
	tcase_add_test(tcase, several_are_files_in_a_folder_that_have_their_ids);
	tcase_add_test(tcase, of_several_that_fail_nothing_is_left);
	tcase_add_test(tcase, a_module_says_where_it_comes_from);
	tcase_add_test(tcase, weights_are_named_as_the_layers_name_them_and_have_examples);
	TCASE_ADD_OR_SKIP(tcase, a_module_that_is_run_checks_itself_in_one_line, torch, "no torch");
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
