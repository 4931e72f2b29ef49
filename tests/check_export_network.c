/* check_export_network.c -- networks to take away: which there are, and their layers against a plain reading of what they say. */
#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/adapt.h"
#include "src/base/err.h"
#include "src/lab/retrain_files.h"
#include "src/lab/retrained.h"
#include "src/lab/score.h"
#include "tests/export_rig.h"
#include "tests/layers_reference.h"
#include "tests/tiny_run.h"

static struct export_rig rig;

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

	export_rig_open(&rig, "tiny", _i, 3);
	for (int i = 0; i < (export_everything() ? 4 : 1); i++) {
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

/* ---- trained elsewhere ---- */

static void retrain(const struct experiment *e)
{
	struct retraining *r = retraining_new(rig.trainer, e);
	int more = 1;

	ck_assert_msg(r != NULL, "%s", err_last());
	while (more > 0)
		more = retraining_advance(r);
	ck_assert_msg(more == 0, "%s", err_last());
	retraining_free(r);
}

START_TEST(what_retrain_has_trained_on_other_data_is_exported_for_these)
{
	struct experiment x = { .kind = EXPERIMENT_RETRAIN, .has_arch = true, .epochs = 1, .batch = 8, .learning_rate = 0.05, .one_conv = true };
	struct exported e;
	struct arch plain;
	char other[256], id[ARCH_ID_LENGTH + 1];

	tiny_make_of(other, 80);
	snprintf(x.data, sizeof(x.data), "mnist:%s", other);
	sample(&x.arch, 1);
	retrain(&x);
	plain = x.arch;
	arch_make_plain(&plain);
	arch_id(&plain, id);
	ck_assert_msg(exported_transferred(&e, rig.trainer, &plain, NULL, x.data, true) == 0, "%s", err_last());
	ck_assert_str_eq(e.name, id);
	ck_assert_str_eq(e.data, x.data);
	ck_assert_str_eq(e.weights, "selected");
	ck_assert_msg(strstr(e.weights_text, "its own, trained for 1 epoch (batch 8, rate 0.05, seed 7), those of epoch 1, which had the lowest validation "
		"loss: an error of ") == e.weights_text, "%s", e.weights_text);
	check_layers(&e);
	ck_assert_int_eq(exported_retrained(&e, rig.trainer, &plain, NULL, false), -1);
	exported_release(&e);
	tiny_remove(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export_network");
	TCase *tcase = tcase_create("layers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, export_everything() ? 1800 : 120);
	tcase_add_loop_test(tcase, layers_say_what_runs, 2, 4);
	tcase_add_loop_test(tcase, layers_of_a_wide_resnet_say_what_runs, 2, export_everything() ? 4 : 3);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("networks");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, with_generated_weights_it_is_the_network_that_is_scored);
	tcase_add_test(tcase, training_goes_on_as_if_nothing_had_been_exported);
	tcase_add_test(tcase, the_longest_training_is_taken_then_that_of_the_lowest_validation_loss);
	tcase_add_test(tcase, what_cannot_be_exported_is_one_line);
	tcase_add_test(tcase, weights_of_another_network_are_refused);
	tcase_add_test(tcase, what_retrain_has_trained_on_other_data_is_exported_for_these);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
