/* memory.c -- where the bytes of a data set are, and lists of its examples. */
#include "src/data/format.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"

static int add(struct memory *m, struct memory_piece piece)
{
	struct memory_piece *grown = realloc(m->piece, (size_t)(m->count + 1) * sizeof *grown);

	if (!grown)
		return err_set("out of memory");
	m->piece = grown;
	m->piece[m->count++] = piece;
	return 0;
}

const uint8_t *memory_map(struct memory *m, const char *path, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at = NULL;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_set("%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set("%s: not a file", path);
	} else if (st.st_size == 0) {
		err_set("%s: empty; get the file again", path);
	} else if ((at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED) {
		err_set("%s: %s", path, strerror(errno));
		at = NULL;
	} else {
		*bytes = (size_t)st.st_size;
	}
	if (fd >= 0)
		close(fd);
	if (at && add(m, (struct memory_piece){ .at = at, .bytes = *bytes, .mapped = true }) < 0) {
		munmap(at, *bytes);
		return NULL;
	}
	return at;
}

int memory_take(struct memory *m, void *at, size_t bytes)
{
	if (add(m, (struct memory_piece){ .at = at, .bytes = bytes }) == 0)
		return 0;
	free(at);
	return -1;
}

void *memory_alloc(struct memory *m, const char *path, size_t bytes)
{
	void *at = malloc(bytes ? bytes : 1);

	if (!at) {
		err_set("%s: out of memory (%zu bytes)", path, bytes);
		return NULL;
	}
	return memory_take(m, at, bytes) < 0 ? NULL : at;
}

int memory_join(struct memory *m, struct memory *other)
{
	struct memory_piece *grown = realloc(m->piece, (size_t)(m->count + other->count + 1) * sizeof *grown);

	if (!grown)
		return err_set("out of memory");
	m->piece = grown;
	for (int i = 0; i < other->count; i++)
		m->piece[m->count++] = other->piece[i];
	other->count = 0;
	memory_release(other);
	return 0;
}

void memory_release(struct memory *m)
{
	for (int i = 0; i < m->count; i++) {
		if (m->piece[i].mapped)
			munmap(m->piece[i].at, m->piece[i].bytes);
		else
			free(m->piece[i].at);
	}
	free(m->piece);
	*m = (struct memory){ 0 };
}

/* Examples. */

int examples_reserve(struct examples *e, size_t more)
{
	size_t room = (size_t)e->count + more;
	const uint8_t **pixels;
	uint16_t *labels;

	if (room > INT_MAX)
		return err_set("%zu examples, where at most %d would be right", room, INT_MAX);
	if (room <= (size_t)e->room)
		return 0;
	pixels = realloc(e->pixels, room * sizeof *pixels);
	if (pixels)
		e->pixels = pixels;
	labels = realloc(e->labels, room * sizeof *labels);
	if (labels)
		e->labels = labels;
	if (!pixels || !labels)
		return err_set("out of memory for a list of %zu examples", room);
	e->room = (int)room;
	return 0;
}

void examples_add(struct examples *e, const uint8_t *pixels, int label)
{
	assert(e->count < e->room && label >= 0 && label < CLASSES_MAX);
	e->pixels[e->count] = pixels;
	e->labels[e->count++] = (uint16_t)label;
}

int examples_add_all(struct examples *e, const uint8_t *pixels, size_t bytes, const uint8_t *labels, int count)
{
	if (examples_reserve(e, (size_t)count) < 0)
		return -1;
	for (int i = 0; i < count; i++)
		examples_add(e, pixels + (size_t)i * bytes, labels[i]);
	return 0;
}

void examples_release(struct examples *e)
{
	free(e->pixels);
	free(e->labels);
	*e = (struct examples){ 0 };
}
