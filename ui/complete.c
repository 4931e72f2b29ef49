/* complete.c -- candidates: texts in one block of memory, none of it allocated. */
#include "ui/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_READ = 20000 };             /* of one folder: a larger one is not read to its end */

void candidates_begin(struct candidates *c, const char *typed, size_t from)
{
	c->typed = typed;
	c->from = from;
	c->hidden = 0;
	c->open = false;
	c->count = c->left_out = 0;
	c->used = 0;
}

/* A copy among the candidates' bytes, or NULL. */
static const char *keep(struct candidates *c, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = c->bytes + c->used;

	if (size > sizeof c->bytes - c->used)
		return NULL;
	memcpy(copy, text, size);
	c->used += size;
	return copy;
}

void candidates_offer(struct candidates *c, const char *text, const char *help)
{
	const char *kept, *kept_help = "";

	if (strncmp(text, c->typed, strlen(c->typed)) != 0 || strpbrk(text, "\n\r") || (strchr(text, '"') && strchr(text, '\'')))
		return;
	for (int i = 0; i < c->count; i++)
		if (!strcmp(c->item[i].text, text))
			return;
	if (c->count == CANDIDATES_MAX || !(kept = keep(c, text)) || (help && !(kept_help = keep(c, help)))) {
		c->left_out++;
		return;
	}
	c->item[c->count++] = (struct candidate){ kept, kept_help };
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct candidate *)a)->text, ((const struct candidate *)b)->text);
}

static bool is_folder(DIR *folder, const struct dirent *e)
{
	struct stat s;

	if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK)
		return e->d_type == DT_DIR;
	return fstatat(dirfd(folder), e->d_name, &s, 0) == 0 && S_ISDIR(s.st_mode);
}

void candidates_offer_files(struct candidates *c, size_t skip)
{
	const char *path = c->typed + skip, *slash = strrchr(path, '/');
	size_t before = slash ? (size_t)(slash + 1 - path) : 0, length = strlen(path + before);
	const struct dirent *e;
	char name[1024];
	DIR *folder;
	int read = 0, folders = 0, first = c->count;

	snprintf(name, sizeof name, "%.*s", before ? (int)before : 1, before ? path : ".");
	if (!(folder = opendir(name)))
		return;
	while (read++ < FILES_READ && (e = readdir(folder))) {
		bool is;

		if (strncmp(e->d_name, path + before, length) != 0 || (e->d_name[0] == '.' && length == 0) ||
		    !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		is = is_folder(folder, e);
		folders += is;
		snprintf(name, sizeof name, "%.*s%s%s", (int)(skip + before), c->typed, e->d_name, is ? "/" : "");
		candidates_offer(c, name, NULL);
	}
	closedir(folder);
	c->hidden = skip + before;
	c->open |= c->count == 1 && folders == 1;
	qsort(c->item + first, (size_t)(c->count - first), sizeof c->item[0], by_text);
}

size_t candidates_agree(const struct candidates *c)
{
	size_t n = c->count ? strlen(c->item[0].text) : 0;

	for (int i = 1; i < c->count; i++)
		for (size_t k = 0; k < n; k++)
			if (c->item[i].text[k] != c->item[0].text[k])
				n = k;
	while (n > 0 && ((unsigned char)c->item[0].text[n] & 0xc0) == 0x80)      /* never in the middle of a character */
		n--;
	return n;
}
