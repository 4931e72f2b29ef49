/* fuzz_voxels.c -- any bytes as an archive of voxels, and as voxels that were kept. */
#include "src/data/modelnet.h"
#include "tests/fuzz.h"

enum { FINGERPRINT = 77, KEPT = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct memory memory = { 0 };
	struct examples e = { 0 };
	const uint8_t *kept = voxel_cache_open(path, FINGERPRINT, KEPT, &memory);
	int copies = 0, sum = 0;

	FUZZ_CHECK(!*err_last());
	if (kept) {
		for (int i = 0; i < KEPT; i++)
			sum += kept[i];
		fuzz_taken++;
	}
	if (modelnet_read_npz(path, 10, &copies, &memory, &e) < 0) {
		fuzz_refused();
	} else {
		FUZZ_CHECK(copies >= 1);
		for (int i = 0; i < e.count; i++) {
			FUZZ_CHECK(e.labels[i] < 10);
			for (int p = 0; p < 4096 * copies; p++)
				sum += e.pixels[i][p];
		}
		fuzz_taken++;
	}
	examples_release(&e);
	memory_release(&memory);
	return sum == -1;
}
