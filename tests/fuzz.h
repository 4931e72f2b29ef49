/*
 * fuzz.h -- what the fuzz_*.c share. Each reads any bytes as one kind of file: it must refuse them with one line, or take them, and
 * what it took must hold together. `make fuzz` gives them to libFuzzer; check_fuzz.c gives them a fixed sample of mutations.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/err.h"

#define FUZZ_CHECK(claim) do { \
	if (!(claim)) { \
		fprintf(stderr, "%s:%d: not so: %s; last error: %s\n", __FILE__, __LINE__, #claim, err_last()); \
		abort(); \
	} \
} while (0)

/* A file in memory with that content; its path. One at a time. */
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	FUZZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}

/* Files that were taken so far. */
static int fuzz_taken;

/* An error is one line, and there is one. */
static inline int fuzz_refused(void)
{
	FUZZ_CHECK(*err_last() && !strchr(err_last(), '\n'));
	err_clear();
	return 0;
}

#endif
