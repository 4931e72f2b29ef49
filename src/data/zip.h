/* zip.h -- what is needed of ZIP archives: the members of one that is in memory, stored or deflated, also beyond 4 GiB (APPNOTE.TXT 6.3). Our own
 * rather than libzip, since a stored member is used where it lies, mapped, and libzip does not tell where that is. */
#ifndef ZIP_H
#define ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

struct zip {
	const char *path;                /* for errors; the caller's, as the bytes are */
	const uint8_t *bytes;
	size_t size;
	uint64_t directory, entries;     /* where the central directory begins, how many members it has */
};

/* 0, or -1 with err_last(): no archive, or one that is cut short. */
int zip_open(struct zip *, const char *path, const uint8_t *bytes, size_t size);

struct zip_member {
	const struct zip *zip;
	char name[64];
	const uint8_t *data;             /* as stored: `packed` bytes, all within the archive */
	uint64_t packed, bytes;          /* bytes: when inflated; within what deflate can make of the packed ones */
	bool deflated;
	uint32_t crc;
	z_stream stream;                 /* while it is read */
	uint64_t done;
	uint32_t crc_so_far;
};

/* Finds the member and gets ready to read it from its beginning. 0, or -1 with err_last(): the members there are; encrypted or packed in another
 * way; a damaged entry. zip_close is right in both cases. */
int zip_find(const struct zip *, const char *name, struct zip_member *);

/* The next so many of its bytes, which it must have; NULL: passes over them. 0 or -1. */
int zip_read(struct zip_member *, void *to, size_t bytes);

/* Having read all: its checksum. Of a stored one that was used where it lies, all that was not read is summed up now. 0 or -1. */
int zip_check(struct zip_member *);
void zip_close(struct zip_member *);

#endif
