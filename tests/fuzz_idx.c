/* fuzz_idx.c -- any bytes as an IDX file of images or labels, plain or compressed. */
#include "src/data/format.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct idx x;

	for (int rank = 1; rank <= 3; rank += 2) {
		size_t bytes = 1;
		uint64_t sum = 0;

		if (idx_read(path, rank, &x) < 0) {
			FUZZ_CHECK(!x.data);
			fuzz_refused();
			continue;
		}
		FUZZ_CHECK(x.rank == rank);
		for (int i = 0; i < rank; i++) {
			FUZZ_CHECK(x.dim[i] > 0);
			bytes *= (size_t)x.dim[i];
		}
		for (size_t i = 0; i < bytes; i++)
			sum += x.data[i];
		FUZZ_CHECK(sum <= 255 * (uint64_t)bytes);
		fuzz_taken++;
		idx_release(&x);
	}
	return 0;
}
