/* fuzz_off.c -- any bytes as an OFF file, and what it describes as voxels. */
#include <math.h>

#include "src/data/mesh.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	uint8_t bits[2 * VOXEL_BYTES];
	struct mesh m;

	if (off_read(path, &m) < 0) {
		FUZZ_CHECK(!m.vertex && !m.triangle);
		return fuzz_refused();
	}
	for (int i = 0; i < m.vertices; i++)
		for (int a = 0; a < 3; a++)
			FUZZ_CHECK(isfinite(m.vertex[i][a]));
	for (int t = 0; t < m.triangles; t++)
		for (int i = 0; i < 3; i++)
			FUZZ_CHECK(m.triangle[t][i] >= 0 && m.triangle[t][i] < m.vertices);
	if (voxelise(&m, 2, bits) < 0)
		fuzz_refused();
	else
		for (int i = 0; i < 128; i++)
			FUZZ_CHECK(!bits[i]);            /* the lowest layer is always outside */
	mesh_release(&m);
	fuzz_taken++;
	return 0;
}
