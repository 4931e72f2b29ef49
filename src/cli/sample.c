/* sample.c -- random architectures of a search space. As JSON in either case: that is what the other commands read. */
#include "src/arch/arch.h"
#include "src/cli/cli.h"

int cli_sample(const struct options *o)
{
	struct preset preset;
	struct rng rng;

	if (cli_preset(&preset, o) < 0)
		return cli_failed(EXIT_USAGE);

	json_t *list = json_array(), *ids = json_array();

	rng_seed(&rng, (uint64_t)o->seed, SAMPLE_STREAM);
	for (int64_t i = 0; i < (o->count ? o->count : 100); i++) {
		struct arch arch;
		char id[ARCH_ID_LENGTH + 1];

		arch_sample(&arch, &preset.space, 2, 0, &rng);
		arch_id(&arch, id);
		json_array_append_new(list, arch_to_json(&arch));
		json_array_append_new(ids, json_string(id));
	}
	return cli_print_json(json_pack("{s:s, s:o, s:I, s:o, s:o}", "preset", o->preset, "definition", preset_to_json(&preset),
		"seed", (json_int_t)o->seed, "ids", ids, "architectures", list));
}
