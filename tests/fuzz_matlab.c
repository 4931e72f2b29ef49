/* fuzz_matlab.c -- any bytes as a MATLAB file, its arrays one by one, and as one of SVHN. */
#include "src/data/matlab.h"
#include "src/data/svhn.h"
#include "tests/fuzz.h"

static void read_arrays(const char *path)
{
	struct memory memory = { 0 };
	struct matlab *m = matlab_open(path, &memory);
	struct matlab_array a;
	int found = m ? 0 : fuzz_refused();

	while (m && (found = matlab_next(m, &a)) > 0) {
		FUZZ_CHECK(a.rank >= 2 && a.rank <= MATLAB_RANK_MAX && strlen(a.name) < MATLAB_NAME_MAX);
		if (a.count > 1 << 20)
			continue;

		int64_t *number = malloc(a.count * sizeof *number + 1);

		FUZZ_CHECK(number);
		if (matlab_read_numbers(m, &a, number) < 0)
			fuzz_refused();
		free(number);
	}
	if (found < 0)
		fuzz_refused();
	matlab_close(m);
	memory_release(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct memory memory = { 0 };
	struct examples e = { 0 };
	uint64_t sum = 0;

	read_arrays(path);
	if (svhn_read_file(path, &memory, &e) < 0) {
		fuzz_refused();
	} else {
		for (int i = 0; i < e.count; i++) {
			FUZZ_CHECK(e.labels[i] < 10);
			for (int p = 0; p < 3072; p++)
				sum += e.pixels[i][p];
		}
		fuzz_taken++;
	}
	examples_release(&e);
	memory_release(&memory);
	return sum == UINT64_MAX;
}
