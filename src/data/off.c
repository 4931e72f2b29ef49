/* off.c -- OFF files: the word OFF, numbers of vertices, faces and edges; the vertices; the faces, each a number of corners and their vertices. */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"
#include "src/data/mesh.h"

enum { VERTEX_BYTES_MIN = 6, FACE_BYTES_MIN = 7, DIGITS_MAX = 18, EXPONENT_MAX = 60 };
static const double coordinate_max = 1e30;

struct text {
	const char *path, *begin, *at, *end;
};

static int refuse(const struct text *t, const char *right)
{
	int line = 1;

	for (const char *s = t->begin; s < t->at; s++)
		line += *s == '\n';
	return err_set("%s: line %d: %s", t->path, line, t->at == t->end ? "the file ends too early; get it again" : right);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_line(struct text *t)
{
	const char *end = memchr(t->at, '\n', (size_t)(t->end - t->at));

	t->at = end ? end : t->end;
}

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && (is_blank(*t->at) || *t->at == '#')) {
		if (*t->at == '#')
			skip_line(t);
		else
			t->at++;
	}
}

/* A number ends with a blank, a comment or the file. */
static bool ends(const struct text *t)
{
	return t->at == t->end || is_blank(*t->at) || *t->at == '#';
}

/* strtod knows more than is needed here, and takes most of the time that reading a mesh takes. */
static int get_number(struct text *t, double *number)
{
	double mantissa = 0, scale = 1;
	int digits = 0, exponent = 0, sign = 1;
	bool negative, point = false;

	skip_blanks(t);
	negative = t->at < t->end && *t->at == '-';
	t->at += t->at < t->end && (*t->at == '-' || *t->at == '+');
	for (; t->at < t->end && (is_digit(*t->at) || (*t->at == '.' && !point)); t->at++) {
		if (*t->at == '.') {
			point = true;
			continue;
		}
		if (digits++ < DIGITS_MAX) {
			mantissa = 10 * mantissa + (*t->at - '0');
			exponent -= point;
		} else {
			exponent += !point;
		}
	}
	if (digits && t->at < t->end && (*t->at == 'e' || *t->at == 'E')) {
		int written = 0, places = 0;

		t->at++;
		if (t->at < t->end && (*t->at == '-' || *t->at == '+'))
			sign = *t->at++ == '-' ? -1 : 1;
		for (; t->at < t->end && is_digit(*t->at); t->at++, places++)
			written = written < 10000 ? 10 * written + (*t->at - '0') : written;
		exponent += sign * written;
		digits = places ? digits : 0;
	}
	if (!digits || !ends(t))
		return refuse(t, "a number would be right");
	if (exponent > EXPONENT_MAX && mantissa > 0)
		return refuse(t, "a smaller number would be right");
	for (int e = abs(exponent); e > 0 && scale < 1e300; e--)
		scale *= 10;
	mantissa = exponent < 0 ? mantissa / scale : mantissa * scale;
	*number = negative ? -mantissa : mantissa;
	return 0;
}

static int get_count(struct text *t, const char *what, int most, int *count)
{
	long long n = 0;

	skip_blanks(t);
	if (t->at == t->end || !is_digit(*t->at))
		return refuse(t, "a whole number would be right");
	for (; t->at < t->end && is_digit(*t->at); t->at++)
		n = n > INT_MAX ? n : 10 * n + (*t->at - '0');
	if (!ends(t))
		return refuse(t, "a whole number would be right");
	if (n > most)
		return err_set("%s: promises %lld %s where its %td bytes can hold %d; get the file again", t->path, n, what, t->end - t->begin, most);
	*count = (int)n;
	return 0;
}

/* How many things of so many bytes at least the file can hold. */
static int room_for(const struct text *t, int bytes)
{
	ptrdiff_t room = (t->end - t->begin) / bytes + 1;

	return room < INT_MAX ? (int)room : INT_MAX;
}

static int get_header(struct text *t, int *vertices, int *faces)
{
	int edges;

	skip_blanks(t);
	if (t->end - t->at < 3 || memcmp(t->at, "OFF", 3) != 0)
		return refuse(t, "not an OFF file: the word OFF would be right");
	t->at += 3;
	return get_count(t, "vertices", room_for(t, VERTEX_BYTES_MIN), vertices) < 0 ||
		get_count(t, "faces", room_for(t, FACE_BYTES_MIN), faces) < 0 || get_count(t, "edges", INT_MAX, &edges) < 0 ? -1 : 0;
}

static int get_vertices(struct text *t, struct mesh *m)
{
	double x = 0;

	for (int i = 0; i < m->vertices; i++) {
		for (int k = 0; k < 3; k++) {
			if (get_number(t, &x) < 0)
				return -1;
			if (x > coordinate_max || x < -coordinate_max)
				return refuse(t, "a coordinate of another size would be right");
			m->vertex[i][k] = (float)x;
		}
	}
	return 0;
}

static int add_triangle(struct mesh *m, int a, int b, int c)
{
	if (m->triangles == m->room) {
		int room = m->room < INT_MAX / 2 ? 2 * m->room + 64 : INT_MAX;
		int (*grown)[3] = m->triangles == INT_MAX ? NULL : realloc(m->triangle, (size_t)room * sizeof *grown);

		if (!grown)
			return err_set("out of memory for %d triangles", m->triangles);
		m->triangle = grown;
		m->room = room;
	}
	m->triangle[m->triangles][0] = a;
	m->triangle[m->triangles][1] = b;
	m->triangle[m->triangles++][2] = c;
	return 0;
}

/* A polygon is a fan of triangles round its first corner. */
static int get_face(struct text *t, struct mesh *m)
{
	int corners, first = 0, last = 0;

	if (get_count(t, "corners of a face", room_for(t, 2), &corners) < 0)
		return -1;
	for (int i = 0; i < corners; i++) {
		int v;

		if (get_count(t, "vertices", INT_MAX, &v) < 0)
			return -1;
		if (v >= m->vertices)
			return refuse(t, "a vertex that there is would be right (they count from 0)");
		if (i >= 2 && add_triangle(m, first, last, v) < 0)
			return -1;
		first = i ? first : v;
		last = v;
	}
	skip_line(t);                                /* colours */
	return 0;
}

static int parse(struct text *t, struct mesh *m)
{
	int faces;

	if (get_header(t, &m->vertices, &faces) < 0)
		return -1;
	m->vertex = malloc(((size_t)m->vertices + 1) * sizeof *m->vertex);
	if (!m->vertex)
		return err_set("%s: out of memory for %d vertices", t->path, m->vertices);
	if (get_vertices(t, m) < 0)
		return -1;
	for (int i = 0; i < faces; i++)
		if (get_face(t, m) < 0)
			return -1;
	skip_blanks(t);
	return t->at == t->end ? 0 : refuse(t, "nothing more would be right: it has as many faces as its header says");
}

int off_read(const char *path, struct mesh *m)
{
	struct memory memory = { 0 };
	size_t bytes;
	const char *text = (const char *)memory_map(&memory, path, &bytes);
	int rc = -1;

	*m = (struct mesh){ 0 };
	if (text)
		rc = parse(&(struct text){ path, text, text, text + bytes }, m);
	if (rc < 0)
		mesh_release(m);
	memory_release(&memory);
	return rc;
}

void mesh_release(struct mesh *m)
{
	free(m->vertex);
	free(m->triangle);
	*m = (struct mesh){ 0 };
}
