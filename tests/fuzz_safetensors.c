/* fuzz_safetensors.c -- any bytes as a safetensors file. */
#include "src/store/safetensors.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct st_file all, one;
	size_t bytes = 0;

	if (st_read(path, &all) < 0) {
		FUZZ_CHECK(!all.tensor && !all.buffer && !all.metadata);
		return fuzz_refused();
	}
	for (int i = 0; i < all.count; i++) {
		const struct st_tensor *t = &all.tensor[i];

		FUZZ_CHECK(t->bytes == st_bytes(t) && st_find(&all, t->name) == t);
		bytes += t->bytes;
		if (i >= 8)
			continue;
		FUZZ_CHECK(st_read_one(path, t->name, &one) == 0 && one.tensor[0].bytes == t->bytes);
		FUZZ_CHECK(memcmp(one.tensor[0].data, t->data, t->bytes) == 0);
		st_release(&one);
	}
	FUZZ_CHECK(bytes <= size);
	fuzz_taken++;
	st_release(&all);
	return 0;
}
