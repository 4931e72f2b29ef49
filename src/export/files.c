/* files.c -- files that are written under other names first. */
#include "src/export/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"

struct file {
	char path[PATH_MAX], new[PATH_MAX];      /* new: its name until all are whole; "": it has its own */
	FILE *f;                         /* NULL: whole */
};

struct files {
	bool replace;
	struct file *file;
	int count, room;
	char folder[PATH_MAX];           /* that was made; "": none */
	long bytes;
};

struct files *files_new(bool replace)
{
	struct files *s = calloc(1, sizeof(*s));

	if (s)
		s->replace = replace;
	else
		err_set("out of memory");
	return s;
}

int files_folder(struct files *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : err_set("%s: exists and is no folder; each of several has a file of its own in one", path);
	if (mkdir(path, 0777) < 0)
		return err_set("%s: %s", path, strerror(errno));
	snprintf(s->folder, sizeof(s->folder), "%s", path);
	return 0;
}

static int taken(const char *path)
{
	return err_set("%s: exists; another name, or to replace it --force, would be right", path);
}

/* Before anything is written: what is wrong with the name. */
static int check_path(const char *path, bool replace)
{
	struct stat st;

	if (!*path)
		return err_set("a file's name is empty");
	if (path[strlen(path) - 1] == '/')
		return err_set("%s: a folder; a name in it would be right", path);
	if (stat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return err_set("%s: a folder; a name in it would be right", path);
	if (!S_ISREG(st.st_mode))
		return err_set("%s: no file; it is left alone", path);
	return replace ? 0 : taken(path);
}

/* A new file beside `path`, whose name nobody has. */
static FILE *open_beside(const char *path, char new[PATH_MAX])
{
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++) {
		if (snprintf(new, PATH_MAX, "%s.%ld-%d.tmp", path, (long)getpid(), i) >= PATH_MAX) {
			err_set("%s: %s", path, strerror(ENAMETOOLONG));
			return NULL;
		}
		fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}

	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		err_set("%s: %s", path, strerror(errno));
	return f;
}

FILE *files_open(struct files *s, const char *path)
{
	struct file *file;

	if (check_path(path, s->replace) < 0)
		return NULL;
	if (s->count == s->room) {
		int room = s->room ? 2 * s->room : 2;

		file = realloc(s->file, (size_t)room * sizeof(*file));
		if (!file) {
			err_set("out of memory");
			return NULL;
		}
		s->file = file;
		s->room = room;
	}
	file = &s->file[s->count];
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->f = open_beside(path, file->new);
	s->count += file->f != NULL;
	return file->f;
}

static int finish(struct file *file, long *bytes)
{
	int rc = 0;

	if (fflush(file->f) == EOF || ferror(file->f) || fsync(fileno(file->f)) < 0)
		rc = err_set("%s: %s", file->path, strerror(errno));
	*bytes += ftell(file->f);
	if (fclose(file->f) == EOF && rc == 0)
		rc = err_set("%s: %s", file->path, strerror(errno));
	file->f = NULL;
	return rc;
}

int files_whole(struct files *s)
{
	int rc = 0;

	for (int i = 0; i < s->count; i++)
		if (s->file[i].f && finish(&s->file[i], &s->bytes) < 0)
			rc = -1;
	return rc;
}

/* As rename, but never over something. Some file systems can't say that in one go. */
static int rename_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return taken(to);
	if (errno != EINVAL && errno != ENOSYS)
		return err_set("%s: %s", to, strerror(errno));
	if (access(to, F_OK) == 0)
		return taken(to);
	return rename(from, to) == 0 ? 0 : err_set("%s: %s", to, strerror(errno));
}

static int name(struct file *file, bool replace)
{
	if (!replace && rename_to_new(file->new, file->path) < 0)
		return -1;
	if (replace && rename(file->new, file->path) < 0)
		return err_set("%s: %s", file->path, strerror(errno));
	*file->new = 0;
	return 0;
}

int files_name(struct files *s)
{
	for (int i = 0; i < s->count; i++) {
		if (name(&s->file[i], s->replace) == 0)
			continue;
		while (!s->replace && i-- > 0)
			unlink(s->file[i].path);
		return -1;
	}
	*s->folder = 0;
	return 0;
}

const char *files_unwritten(const struct files *s)
{
	for (int i = 0; i < s->count; i++)
		if (s->file[i].f && ferror(s->file[i].f))
			return s->file[i].path;
	return NULL;
}

long files_bytes(const struct files *s)
{
	return s->bytes;
}

void files_free(struct files *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->count; i++) {
		if (s->file[i].f)
			fclose(s->file[i].f);
		if (*s->file[i].new)
			unlink(s->file[i].new);
	}
	if (*s->folder)
		rmdir(s->folder);
	free(s->file);
	free(s);
}
