/* fuzz_npz.c -- any bytes as an archive of ImageNet32x32, and its arrays one by one. */
#include "src/data/imagenet.h"
#include "src/data/npz.h"
#include "tests/fuzz.h"

static void read_each_array(const char *path)
{
	static const char *const names[] = { "data", "labels", "mean" };
	struct memory memory = { 0 };
	struct zip z;

	if (npz_open(&z, &memory, path) < 0) {
		fuzz_refused();
	} else {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			struct npy a;
			uint64_t count = 1;

			if (npy_open(&a, &z, names[i]) < 0) {
				fuzz_refused();
			} else {
				for (int k = 0; k < a.rank; k++)
					count *= (uint64_t)a.dim[k];
				FUZZ_CHECK(count * (uint64_t)a.type_bytes == a.bytes && a.rank <= NPY_RANK_MAX);
				if (zip_check(&a.member) < 0)
					fuzz_refused();
			}
			npy_close(&a);
		}
	}
	memory_release(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct memory memory = { 0 };
	struct examples e = { 0 };
	uint64_t sum = 0;

	read_each_array(path);
	if (imagenet32_read_file(path, 1000, true, &memory, &e) < 0) {
		fuzz_refused();
	} else {
		for (int i = 0; i < e.count; i++) {
			FUZZ_CHECK(e.labels[i] < 1000);
			for (int p = 0; p < 3072; p++)
				sum += e.pixels[i][p];
		}
		fuzz_taken++;
	}
	examples_release(&e);
	memory_release(&memory);
	return sum == UINT64_MAX;
}
