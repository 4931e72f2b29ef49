/* fuzz_picture.c -- any bytes as a PNG file, as it is and made small. */
#include "src/data/picture.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct picture header, p;
	uint8_t small[3 * 5 * 4];
	uint64_t sum = 0;

	if (picture_look(path, &header) < 0) {
		FUZZ_CHECK(picture_read(path, 3, &p) < 0 && !p.pixels);
		return fuzz_refused();
	}
	for (int channels = 1; channels <= 3; channels += 2) {
		if (picture_read(path, channels, &p) < 0) {
			FUZZ_CHECK(!p.pixels);
			fuzz_refused();
			continue;
		}
		FUZZ_CHECK(p.width == header.width && p.height == header.height && p.channels == channels);
		for (size_t i = 0; i < (size_t)p.width * (size_t)p.height * (size_t)channels; i++)
			sum += p.pixels[i];
		FUZZ_CHECK(picture_fit(&p, 5, 4, small) == 0);
		fuzz_taken += channels == header.channels;
		picture_release(&p);
	}
	return sum == UINT64_MAX;
}
