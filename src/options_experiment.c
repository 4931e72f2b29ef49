/* options_experiment.c -- names become numbers and masks; what was not given stays 0, the experiment's default. */
#include "src/options_experiment.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"

static const struct {
	bool is;
	enum experiment_kind kind;
} experiments[SUBCOMMANDS] = {
	[SUBCOMMAND_RANK] = { true, EXPERIMENT_RANK }, [SUBCOMMAND_CORRUPT] = { true, EXPERIMENT_CORRUPT },
	[SUBCOMMAND_GUIDE] = { true, EXPERIMENT_GUIDE }, [SUBCOMMAND_RETRAIN] = { true, EXPERIMENT_RETRAIN },
	[SUBCOMMAND_CORRELATE] = { true, EXPERIMENT_CORRELATE },
};

/* The number of a name, or -1 with err_last() naming those there are. */
static int name_number(const char *option, const char *name, size_t length, const char *const *names, int count)
{
	char word[64], known[256] = "";
	struct nearest near;

	snprintf(word, sizeof word, "%.*s", (int)length, name);
	near = nearest_to(word);
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], word) == 0)
			return i;
		nearest_offer(&near, names[i]);
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", names[i]);
	}
	return err_set("--%s %s: there is none of this name%s%s", option, word, near.name ? nearest_hint(&near) : "; there are ",
		near.name ? "" : known);
}

/* "dilation,reads" or "all" as a mask. 0 or -1. */
static int names_mask(unsigned *mask, const char *option, const char *text, const char *const *names, int count)
{
	*mask = 0;
	if (strcmp(text, "all") == 0) {
		*mask = (1u << count) - 1;
		return 0;
	}
	for (const char *at = text; ; at++) {
		size_t length = strcspn(at, ",");
		int number;

		if (length == 0)
			return err_set("--%s %s: a comma stands between two names", option, text);
		if (length == 3 && strncmp(at, "all", 3) == 0)
			return err_set("--%s %s: all stands alone: it is every one of them", option, text);
		number = name_number(option, at, length, names, count);
		if (number < 0)
			return -1;
		*mask |= 1u << number;
		at += length;
		if (!*at)
			return 0;
	}
}

/* "all" is what the space varies, which the mask 0 says. */
static int fill_corrupt(struct experiment *e, const struct options *o)
{
	if (names_mask(&e->hows, "how", o->how, corrupt_how_names, CORRUPT_HOWS) < 0)
		return -1;
	return strcmp(o->field, "all") == 0 ? 0 : names_mask(&e->fields, "field", o->field, corrupt_field_names, CORRUPT_FIELDS);
}

static int fill_archs(struct experiment *e, const struct options *o)
{
	if (options_given(o, "count"))
		return err_set("--count: --arch names the architectures; leave one of them out");
	return (size_t)snprintf(e->archs, sizeof e->archs, "%s", o->arch) >= sizeof e->archs ? err_set("--arch: too many names") : 0;
}

static int fill_arch(struct experiment *e, const struct options *o)
{
	if (e->kind == EXPERIMENT_CORRUPT)
		return options_given(o, "arch") ? fill_archs(e, o) : 0;
	if (e->kind == EXPERIMENT_RANK && options_given(o, "arch") && !o->perturb && !o->chain)
		return err_set("--arch: --perturb or --chain says what to do from there");

	bool network = e->kind == EXPERIMENT_RETRAIN && strncmp(o->arch, "wrn-", 4) == 0;

	e->has_arch = options_given(o, "arch") && !network;
	if (network && (size_t)snprintf(e->network, sizeof e->network, "%s", o->arch) >= sizeof e->network)
		return err_set("--arch %.32s...: wants wrn-DEPTH-WIDTH, such as wrn-16-4", o->arch);
	return 0;
}

bool options_ask_experiment(const struct options *o)
{
	return experiments[o->subcommand].is;
}

int options_experiment(struct experiment *e, const struct options *o)
{
	int predictor = name_number("predictor", o->predictor, strlen(o->predictor), predictor_names, PREDICTORS);

	if (predictor < 0)
		return -1;
	*e = (struct experiment){
		.kind = experiments[o->subcommand].kind, .seed = (uint64_t)o->seed, .count = (int)o->count,
		.images = options_given(o, "images") && o->images == 0 ? INT32_MAX : (int)o->images,
		.top = (int)o->top, .perturb = (int)o->perturb, .chain = (int)o->chain, .with_patterns = o->patterns,
		.trials = (int)o->trials, .evaluations = (int)o->evaluations, .predictor = (enum predictor)predictor,
		.epochs = (int)o->epochs, .batch = (int)o->batch, .learning_rate = o->rate, .from_generated = o->from_generated,
		.weight_norm = o->weight_norm, .one_conv = o->one_conv, .folds = o->folds, .every = (int)o->every, .seeds = (int)o->seeds, .matched = o->matched, .spread = o->spread,
	};
	if (options_given(o, "data"))
		snprintf(e->data, sizeof e->data, "%s", o->data);
	if (e->kind == EXPERIMENT_CORRUPT && fill_corrupt(e, o) < 0)
		return -1;
	return fill_arch(e, o);
}
