/* npz.c -- arrays of NumPy in an archive. An array's file begins with a header, a Python dictionary of its type, order and shape. */
#include "src/data/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { HEADER_MAX = 4096, PREFIX_BYTES = 8 };

int npz_open(struct zip *z, struct memory *memory, const char *path)
{
	size_t size;
	const uint8_t *bytes = memory_map(memory, path, &size);

	return bytes ? zip_open(z, path, bytes, size) : -1;
}

/* ---- the header ---- */

/* The value behind 'KEY': , or NULL. */
static const char *value_of(const char *header, const char *key)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof quoted, "'%s'", key);
	at = strstr(header, quoted);
	if (!at)
		return NULL;
	at += strlen(quoted);
	at += strspn(at, " ");
	if (*at++ != ':')
		return NULL;
	return at + strspn(at, " ");
}

static int refuse(const struct npy *a, const char *what)
{
	return err_set("%s: %s: %s", a->member.zip->path, a->member.name, what);
}

/* '<i8', '|u1' … */
static int parse_type(struct npy *a, const char *text)
{
	char order, end;
	int n = 0;

	if (!text || sscanf(text, "'%c%c%2d%c%n", &order, &a->type, &a->type_bytes, &end, &n) != 4 || end != '\'' || a->type_bytes < 1)
		return refuse(a, "a type that is not known: numbers would be right");
	if (order == '>' && a->type_bytes > 1)
		return refuse(a, "numbers with the most significant byte first, where little-endian ones would be right");
	return 0;
}

static int parse_shape(struct npy *a, const char *text)
{
	uint64_t bytes = (uint64_t)a->type_bytes;

	if (!text || *text++ != '(')
		return refuse(a, "damaged header (no shape); get the file again");
	while (*(text += strspn(text, " ,")) != ')') {
		char *end;
		long long n = strtoll(text, &end, 10);

		if (end == text || n < 0 || a->rank == NPY_RANK_MAX)
			return refuse(a, "damaged header (its shape); get the file again");
		if (n && bytes > INT64_MAX / (uint64_t)n)
			return refuse(a, "a shape too large for any file; get the file again");
		bytes *= (uint64_t)n;
		a->dim[a->rank++] = n;
		text = end;
	}
	a->bytes = bytes;
	return 0;
}

static int parse_header(struct npy *a, const char *header)
{
	const char *fortran = value_of(header, "fortran_order");

	if (parse_type(a, value_of(header, "descr")) < 0 || parse_shape(a, value_of(header, "shape")) < 0)
		return -1;
	if (!fortran || strncmp(fortran, "False", 5) != 0)
		return refuse(a, "an array in Fortran's order, where C's would be right (numpy.ascontiguousarray)");
	return 0;
}

static int read_header(struct npy *a)
{
	uint8_t prefix[PREFIX_BYTES], length[4] = { 0 };
	char header[HEADER_MAX + 1];
	uint32_t n;

	if (zip_read(&a->member, prefix, sizeof prefix) < 0)
		return -1;
	if (memcmp(prefix, "\x93NUMPY", 6) != 0 || prefix[6] < 1 || prefix[6] > 3)
		return refuse(a, "not an array of NumPy (version 1 to 3)");
	if (zip_read(&a->member, length, prefix[6] == 1 ? 2 : 4) < 0)
		return -1;
	n = length[0] | (uint32_t)length[1] << 8 | (uint32_t)length[2] << 16 | (uint32_t)length[3] << 24;
	if (n > HEADER_MAX)
		return refuse(a, "damaged header (its length); get the file again");
	if (zip_read(&a->member, header, n) < 0)
		return -1;
	header[n] = '\0';
	return parse_header(a, header);
}

int npy_open(struct npy *a, const struct zip *z, const char *name)
{
	char file[64];

	*a = (struct npy){ 0 };
	snprintf(file, sizeof file, "%s.npy", name);
	if (zip_find(z, file, &a->member) < 0 || read_header(a) < 0)
		return -1;
	return a->bytes == a->member.bytes - a->member.done ? 0 : err_set("%s: %s has %llu bytes of values, where %llu would be right by its shape; "
		"get the file again", z->path, file, (unsigned long long)(a->member.bytes - a->member.done), (unsigned long long)a->bytes);
}

void npy_close(struct npy *a)
{
	zip_close(&a->member);
}

const uint8_t *npy_values(const struct npy *a)
{
	return a->member.deflated ? NULL : a->member.data + (a->member.bytes - a->bytes);
}

static void shape_text(char text[128], int rank, const int64_t *dim)
{
	size_t n = 0;

	for (int i = 0; i < rank; i++) {
		char one[32] = "N";

		if (dim[i] >= 0)
			snprintf(one, sizeof one, "%lld", (long long)dim[i]);
		n += (size_t)snprintf(text + n, 128 - n, "%s%s", i ? ", " : "", one);
	}
}

int npy_check_shape(const struct npy *a, int rank, const int64_t *dim)
{
	char is[128] = "", right[128] = "";
	bool same = a->rank == rank;

	for (int i = 0; i < rank && same; i++)
		same = dim[i] < 0 || a->dim[i] == dim[i];
	if (same)
		return 0;
	shape_text(is, a->rank, a->dim);
	shape_text(right, rank, dim);
	return err_set("%s: %s: an array of (%s), where (%s) would be right", a->member.zip->path, a->member.name, is, right);
}

/* ---- lists of whole numbers ---- */

static int64_t decode(const uint8_t *p, int bytes, bool is_signed)
{
	uint64_t n = 0;

	for (int i = 0; i < bytes; i++)
		n |= (uint64_t)p[i] << 8 * i;
	if (is_signed && bytes < 8 && p[bytes - 1] & 0x80)
		n |= UINT64_MAX << 8 * bytes;
	return (int64_t)n;
}

static int read_numbers(struct npy *a, int64_t *number)
{
	uint8_t value[8];

	for (int64_t i = 0; i < a->dim[0]; i++) {
		if (zip_read(&a->member, value, (size_t)a->type_bytes) < 0)
			return -1;
		number[i] = decode(value, a->type_bytes, a->type == 'i');
	}
	return zip_check(&a->member);
}

int64_t *npy_read_numbers(const struct zip *z, const char *name, int64_t *count)
{
	int64_t *number = NULL;
	struct npy a;
	int rc = npy_open(&a, z, name);

	if (rc == 0)
		rc = npy_check_shape(&a, 1, (int64_t[]){ -1 });
	if (rc == 0 && (!strchr("iub", a.type) || a.type_bytes > 8))
		rc = refuse(&a, "whole numbers would be right");
	if (rc == 0) {
		*count = a.dim[0];
		number = malloc((size_t)a.dim[0] * sizeof *number + 1);
		rc = number ? read_numbers(&a, number) : err_set("%s: out of memory", z->path);
	}
	npy_close(&a);
	if (rc == 0)
		return number;
	free(number);
	return NULL;
}
