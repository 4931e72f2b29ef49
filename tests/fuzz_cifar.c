/* fuzz_cifar.c -- any bytes as a file of CIFAR-10 and of CIFAR-100. */
#include "src/data/cifar.h"
#include "tests/fuzz.h"

static void read_as(const struct cifar_kind *kind, const char *path, size_t size)
{
	struct memory memory = { 0 };
	struct examples e = { 0 };
	size_t record = (size_t)kind->label_bytes + 3072;
	uint64_t sum = 0;

	if (cifar_read(kind, path, &memory, &e) < 0) {
		fuzz_refused();
	} else {
		FUZZ_CHECK(e.count > 0 && (size_t)e.count * record == size);
		for (int i = 0; i < e.count; i++) {
			FUZZ_CHECK(e.labels[i] < kind->labels[kind->label_bytes - 1]);
			for (int p = 0; p < 3072; p++)
				sum += e.pixels[i][p];
		}
		FUZZ_CHECK(sum <= 255 * (uint64_t)size);
		fuzz_taken++;
	}
	examples_release(&e);
	memory_release(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);

	read_as(&cifar10, path, size);
	read_as(&cifar100, path, size);
	return 0;
}
