/* fuzz_arch.c -- any bytes as an architecture's JSON, valid in the space of the preset `small` or only well-formed. */
#include "src/arch/arch.h"
#include "src/arch/encoding.h"
#include "tests/fuzz.h"

static void ck_round_trip(const struct arch *arch)
{
	struct arch again;
	char id[2][ARCH_ID_LENGTH + 1];
	json_t *json = arch_to_json(arch);

	FUZZ_CHECK(arch_from_json(&again, json, NULL) == 0 && arch_equal(arch, &again));
	json_decref(json);
	arch_id(arch, id[0]);
	arch_id(&again, id[1]);
	FUZZ_CHECK(strcmp(id[0], id[1]) == 0);
}

/* What the validator let through must be safe for everybody who relies on it. */
static void ck_valid(const struct space *space, const struct arch *arch)
{
	struct arch_input input = { .side = { 28, 28, 28 }, .channels = 1, .classes = 10 };
	struct arch_cost cost = arch_cost(space, arch, &input);
	struct layout layout;
	struct arch decoded;

	FUZZ_CHECK(cost.macs > 0 && cost.depth > 0 && cost.generated > 0);
	FUZZ_CHECK(layout_init(&layout, space, arch->axes) == 0);

	int slices = encoding_slices(&layout, arch);
	float *c = malloc((size_t)layout.rows * (size_t)slices * (size_t)layout.channels * sizeof *c);

	FUZZ_CHECK(c);
	encode(&layout, arch, c);
	FUZZ_CHECK(decode(&layout, c, slices, &decoded) == 0 && arch_equal(arch, &decoded));
	free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct preset preset;
	struct arch arch;

	FUZZ_CHECK(preset_get(&preset, "small") == 0);
	if (arch_load(&arch, path, NULL) < 0)
		return fuzz_refused();
	ck_round_trip(&arch);
	if (arch_load(&arch, path, &preset.space) < 0)
		return fuzz_refused();
	ck_valid(&preset.space, &arch);
	fuzz_taken++;
	return 0;
}
