/*
 * idx.c -- IDX files (LeCun, "The MNIST database"): 0, 0, a type, the number of dimensions, each dimension as a big-endian 32-bit
 * number, then the values, the last dimension running fastest. zlib reads a plain file as it is and a compressed one decompressed.
 */
#include "src/data/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "src/base/err.h"

enum { IDX_UBYTE = 8, SIDE_MAX = 1024, GZIP_EXPANSION_MAX = 1032, BUFFER_BYTES = 1 << 17, AT_ONCE = 1 << 24 };

static const struct { int type; const char *name; } idx_types[] = {
	{ 0x08, "unsigned byte" }, { 0x09, "signed byte" }, { 0x0b, "short" }, { 0x0c, "int" }, { 0x0d, "float" }, { 0x0e, "double" },
};

static const char *type_name(int type)
{
	for (size_t i = 0; i < sizeof idx_types / sizeof *idx_types; i++)
		if (idx_types[i].type == type)
			return idx_types[i].name;
	return NULL;
}

/* zlib puts the path before what it says. */
static int damaged(const char *path, const char *message)
{
	size_t n = strlen(path);
	bool named = strncmp(message, path, n) == 0 && strncmp(message + n, ": ", 2) == 0;

	return err_set("%s: damaged gzip data (%s); get the file again", path, named ? message + n + 2 : message);
}

/* Reads `bytes` bytes: 0, or -1 with the reason. `what` would have stood there. */
static int read_exactly(gzFile f, const char *path, void *to, size_t bytes, const char *what)
{
	size_t done = 0;

	while (done < bytes) {
		if (watch_say((int64_t)done, (int64_t)bytes, "reading %s", path) < 0)
			return -1;

		size_t left = bytes - done;
		int n = gzread(f, (uint8_t *)to + done, left < AT_ONCE ? (unsigned)left : AT_ONCE);
		int code;
		const char *message = gzerror(f, &code);

		if (n < 0 && code == Z_ERRNO)
			return err_set("%s: %s", path, strerror(errno));
		if (n < 0)
			return damaged(path, message);
		if (n == 0)
			return err_set("%s: cut short after %zu of the %zu bytes of its %s; get the file again", path, done, bytes, what);
		done += (size_t)n;
	}
	return 0;
}

static int read_header(gzFile f, const char *path, int rank, struct idx *x)
{
	uint8_t head[4 + 4 * 4];

	if (read_exactly(f, path, head, 4, "header") < 0)
		return -1;
	if (head[0] || head[1] || !type_name(head[2]))
		return err_set("%s: not an IDX file: it starts with %02x %02x %02x %02x, where 00 00 08 %02x would be right",
			path, head[0], head[1], head[2], head[3], rank);
	if (head[2] != IDX_UBYTE)
		return err_set("%s: holds values of type %s, where unsigned byte (08) would be right", path, type_name(head[2]));
	if (head[3] != rank)
		return err_set("%s: has %d dimension%s, where %s", path, head[3], head[3] == 1 ? "" : "s",
			rank == 1 ? "1 would be right (labels)" : "3 would be right (images, rows, columns)");
	if (read_exactly(f, path, head + 4, 4 * (size_t)rank, "header") < 0)
		return -1;
	x->rank = rank;
	for (int i = 0; i < rank; i++) {
		const uint8_t *b = head + 4 + 4 * i;
		uint32_t n = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
		uint32_t most = i ? SIDE_MAX : INT32_MAX;

		if (n < 1 || n > most)
			return err_set("%s: dimension %d is %" PRIu32 ", where 1 to %" PRIu32 " would be right", path, i + 1, n, most);
		x->dim[i] = (int)n;
	}
	return 0;
}

static size_t idx_bytes(const struct idx *x)
{
	size_t n = 1;

	for (int i = 0; i < x->rank; i++)
		n *= (size_t)x->dim[i];          /* 2^31 * 2^10 * 2^10 fits */
	return n;
}

/* A header may promise anything: before memory is asked for, the size of the file must be able to keep the promise. */
static int check_promise(gzFile f, const char *path, size_t bytes)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set("%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set("%s: not a file", path);

	size_t most = (size_t)st.st_size * (gzdirect(f) ? 1 : GZIP_EXPANSION_MAX);

	if (bytes > most)
		return err_set("%s: its header promises %zu bytes of values, its %jd bytes cannot hold them; get the file again",
			path, bytes, (intmax_t)st.st_size);
	return 0;
}

/* Nothing may follow, and a compressed file's checksum (read with its end) must be right. */
static int check_end(gzFile f, const char *path)
{
	char extra;
	int n = gzread(f, &extra, 1), code;
	const char *message = gzerror(f, &code);

	if (n > 0)
		return err_set("%s: longer than its header says; get the file again", path);
	if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
		return damaged(path, message);
	return 0;
}

int idx_read(const char *path, int rank, struct idx *x)
{
	int rc = -1;

	*x = (struct idx){ 0 };
	errno = 0;
	gzFile f = gzopen(path, "rb");

	if (!f)
		return err_set("%s: %s", path, errno ? strerror(errno) : "out of memory");
	gzbuffer(f, BUFFER_BYTES);
	if (read_header(f, path, rank, x) < 0)
		goto out;

	size_t bytes = idx_bytes(x);

	if (check_promise(f, path, bytes) < 0)
		goto out;
	x->data = malloc(bytes);
	if (!x->data) {
		err_set("%s: out of memory (%zu bytes)", path, bytes);
		goto out;
	}
	if (read_exactly(f, path, x->data, bytes, "values") < 0 || check_end(f, path) < 0)
		goto out;
	rc = 0;
out:
	gzclose(f);
	if (rc < 0)
		idx_release(x);
	return rc;
}

void idx_release(struct idx *x)
{
	free(x->data);
	*x = (struct idx){ 0 };
}

static int check_labels(const char *path, const struct idx *labels, int classes)
{
	for (int i = 0; i < labels->dim[0]; i++)
		if (labels->data[i] >= classes)
			return err_set("%s: label %d of example %d, where 0 to %d would be right", path, labels->data[i], i, classes - 1);
	return 0;
}

/* The images' bytes become a piece of the memory. */
static int keep(struct memory *memory, struct idx *images, const struct idx *labels, struct examples *to)
{
	size_t bytes = (size_t)images->dim[1] * (size_t)images->dim[2];
	uint8_t *data = images->data;

	images->data = NULL;
	return memory_take(memory, data, bytes * (size_t)images->dim[0]) < 0 ? -1 :
		examples_add_all(to, data, bytes, labels->data, labels->dim[0]);
}

int idx_read_examples(struct memory *memory, const char *images_path, const char *labels_path, int classes, int side[2], struct examples *to)
{
	struct idx images = { 0 }, labels = { 0 };
	int rc = -1;

	/* The small file first: what is wrong there is said without reading the large one. */
	if (idx_read(labels_path, 1, &labels) < 0 || check_labels(labels_path, &labels, classes) < 0 ||
	    idx_read(images_path, 3, &images) < 0)
		goto out;
	if (images.dim[0] != labels.dim[0]) {
		err_set("%s: %d labels, where %d would be right: one for each image of %s", labels_path, labels.dim[0], images.dim[0],
			images_path);
		goto out;
	}
	for (int i = 0; i < 2; i++) {
		if (side[i] && images.dim[i + 1] != side[i]) {
			err_set("%s: images of %dx%d, where %dx%d would be right", images_path, images.dim[1], images.dim[2], side[0],
				side[1]);
			goto out;
		}
	}
	memcpy(side, images.dim + 1, 2 * sizeof *side);
	rc = keep(memory, &images, &labels, to);
out:
	idx_release(&images);
	idx_release(&labels);
	return rc;
}
