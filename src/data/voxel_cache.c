/* voxel_cache.c -- voxels of meshes, kept between openings: a header of 32 bytes and the voxels. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/base/folders.h"
#include "src/base/hash.h"
#include "src/data/folder.h"
#include "src/data/modelnet.h"

enum { AT_ONCE = 1 << 24 };

/* Of this machine: a cache goes nowhere else. The magic word changes with the way voxels are made. */
struct header {
	char magic[8];
	uint64_t fingerprint, bytes;
	uint32_t crc, zero;
};
static const char magic[8] = "SMASHVX1";

bool voxel_cache_path(char path[1024], const char *name, const char *folder)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char full[PATH_MAX];
	const char *whole = realpath(folder, full) ? full : folder;
	int n;

	if (cache && *cache == '/')
		n = snprintf(path, 1024, "%s/smashtop/%s-%016llx.voxels", cache, name, (unsigned long long)hash_text(whole));
	else if (home && *home)
		n = snprintf(path, 1024, "%s/.cache/smashtop/%s-%016llx.voxels", home, name, (unsigned long long)hash_text(whole));
	else
		return false;
	return n < 1024;
}

/* A sum of all voxels, or false: the opening is to end. */
static bool sum_up(const char *path, const uint8_t *voxels, size_t bytes, uint32_t *crc)
{
	*crc = 0;
	for (size_t done = 0; done < bytes; done += AT_ONCE) {
		if (watch_say((int64_t)done, (int64_t)bytes, "checking %s", path) < 0)
			return false;
		*crc = (uint32_t)crc32_z(*crc, voxels + done, bytes - done < AT_ONCE ? bytes - done : AT_ONCE);
	}
	return true;
}

const uint8_t *voxel_cache_open(const char *path, uint64_t fingerprint, size_t bytes, struct memory *memory)
{
	struct memory own = { 0 };
	struct header h;
	size_t size;
	uint32_t crc;
	const uint8_t *at = memory_map(&own, path, &size);

	if (at && size == sizeof h + bytes) {
		memcpy(&h, at, sizeof h);
		if (memcmp(h.magic, magic, sizeof magic) == 0 && h.fingerprint == fingerprint && h.bytes == bytes &&
		    sum_up(path, at + sizeof h, bytes, &crc) && crc == h.crc && memory_join(memory, &own) == 0)
			return at + sizeof h;
	}
	memory_release(&own);
	err_clear();
	return NULL;
}

static bool write_file(const char *path, const struct header *h, const uint8_t *voxels)
{
	FILE *f = fopen(path, "wbe");
	bool good = f && fwrite(h, sizeof *h, 1, f) == 1 && fwrite(voxels, 1, h->bytes, f) == h->bytes;

	if (f)
		good = fclose(f) == 0 && good;
	return good;
}

void voxel_cache_write(const char *path, uint64_t fingerprint, const uint8_t *voxels, size_t bytes)
{
	struct header h = { .fingerprint = fingerprint, .bytes = bytes };
	char new[1100];

	memcpy(h.magic, magic, sizeof magic);
	if (!sum_up(path, voxels, bytes, &h.crc))
		return;
	folders_make_for(path, 0777);
	snprintf(new, sizeof new, "%s.%ld", path, (long)getpid());
	if (!write_file(new, &h, voxels) || rename(new, path) < 0)
		unlink(new);
}
