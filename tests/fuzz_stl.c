/* fuzz_stl.c -- any bytes as STL-10's folds, and as the labels of two pictures. */
#include "src/data/stl.h"
#include "tests/fuzz.h"

enum { IMAGES = 50, PICTURE = 27648 };

static void read_folds(const char *path)
{
	for (int fold = 0; fold < 3; fold++) {
		int index[IMAGES], seen[IMAGES] = { 0 }, n = stl10_read_fold(path, fold, IMAGES, index);

		if (n < 0) {
			fuzz_refused();
			continue;
		}
		FUZZ_CHECK(n >= 1 && n <= IMAGES);
		for (int i = 0; i < n; i++)
			FUZZ_CHECK(index[i] >= 0 && index[i] < IMAGES && !seen[index[i]]++);
		fuzz_taken += fold == 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t pictures[2 * PICTURE];
	char path[64], pictures_path[64];
	struct memory memory = { 0 };
	struct examples e = { 0 };
	int fd = memfd_create("pictures", 0);

	FUZZ_CHECK(fd >= 0 && write(fd, pictures, sizeof pictures) == (ssize_t)sizeof pictures);
	snprintf(pictures_path, sizeof pictures_path, "/proc/self/fd/%d", fd);
	snprintf(path, sizeof path, "%s", fuzz_file(data, size));
	read_folds(path);
	if (stl10_read_part(pictures_path, path, &memory, &e) < 0) {
		fuzz_refused();
	} else {
		FUZZ_CHECK(e.count == 2 && e.labels[0] < 10 && e.labels[1] < 10);
		fuzz_taken++;
	}
	examples_release(&e);
	memory_release(&memory);
	close(fd);
	return 0;
}
