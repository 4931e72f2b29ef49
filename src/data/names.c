/* names.c -- what classes are called: from tables, files and folders, fit for a screen and for JSON. */
#include "src/data/format.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"

enum { NAMES_BYTES_MAX = 1 << 20 };

/* Bytes of the character that begins there; 0: none does, or it would move the cursor. */
static size_t character(const unsigned char *s)
{
	static const struct { unsigned char mask, lead; uint32_t least; } forms[] = {
		{ 0x80, 0x00, 0x20 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};

	for (size_t n = 0; n < sizeof forms / sizeof *forms; n++) {
		uint32_t code = *s & (unsigned char)~forms[n].mask;
		size_t i = 1;

		if ((*s & forms[n].mask) != forms[n].lead)
			continue;
		for (; i <= n && (s[i] & 0xc0) == 0x80; i++)
			code = code << 6 | (s[i] & 0x3f);

		bool control = code == 0x7f || (code >= 0x80 && code < 0xa0), surrogate = code >= 0xd800 && code < 0xe000;

		return i <= n || code < forms[n].least || code > 0x10ffff || control || surrogate ? 0 : n + 1;
	}
	return 0;
}

static char *clean_copy(const char *name)
{
	char *copy = strdup(name);

	for (char *s = copy; s && *s;) {
		size_t n = character((unsigned char *)s);

		if (!n)
			*s = '?';
		s += n ? n : 1;
	}
	return copy;
}

int material_names(struct material *m, const char *const *name)
{
	struct dataset *d = m->d;

	assert(!d->class_name && d->input.classes >= 1);
	d->class_name = calloc((size_t)d->input.classes, sizeof *d->class_name);
	for (int i = 0; d->class_name && i < d->input.classes; i++)
		if (!(d->class_name[i] = clean_copy(name[i])))
			return err_set("%s: out of memory", d->name);
	return d->class_name ? 0 : err_set("%s: out of memory", d->name);
}

/* Cuts the text into its lines, blanks around them and empty ones left out. How many there are; `room` of them go into the list. */
static int cut_lines(char *text, const char **line, int room)
{
	static const char blanks[] = " \t\r";
	int count = 0;
	char *rest = NULL;

	for (char *s = strtok_r(text, "\n", &rest); s; s = strtok_r(NULL, "\n", &rest)) {
		s += strspn(s, blanks);

		size_t n = strlen(s);

		while (n && strchr(blanks, s[n - 1]))
			n--;
		s[n] = '\0';
		if (!n)
			continue;
		if (count < room)
			line[count] = s;
		count++;
	}
	return count;
}

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = malloc(NAMES_BYTES_MAX + 1);
	size_t n = 0;

	if (!f) {
		err_set("%s: %s", path, strerror(errno));
	} else if (!text) {
		err_set("%s: out of memory", path);
	} else {
		n = fread(text, 1, NAMES_BYTES_MAX, f);
		if (ferror(f))
			err_set("%s: %s", path, strerror(errno));
		else if (n == NAMES_BYTES_MAX)
			err_set("%s: larger than any list of names", path);
		else
			text[n] = '\0';
	}

	bool good = f && text && !ferror(f) && n < NAMES_BYTES_MAX;

	if (f)
		fclose(f);
	if (!good)
		free(text);
	return good ? text : NULL;
}

int material_read_names(struct material *m, const char *folder, const char *file, const char *const *known)
{
	char path[1024], *text = NULL;
	int classes = m->d->input.classes, lines, rc = -1;
	const char **name;

	if (format_path(path, folder, file) < 0)
		return -1;
	if (known && access(path, F_OK) < 0)
		return material_names(m, known);
	name = calloc((size_t)classes, sizeof *name);
	if (!name)
		return err_set("%s: out of memory", path);
	if ((text = read_text(path))) {
		lines = cut_lines(text, name, classes);
		rc = lines == classes ? material_names(m, name) :
			err_set("%s: %d names, where %d would be right, one a line for each class", path, lines, classes);
	}
	free(text);
	free(name);
	return rc;
}
