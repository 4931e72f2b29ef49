/* file.c -- whole files at once: read, replaced, renamed. */
#include "src/store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"

void file_path(char path[PATH_MAX], const char *folder, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

int file_write(int fd, const void *data, size_t bytes)
{
	const char *p = data;

	while (bytes) {
		ssize_t n = write(fd, p, bytes < 1 << 30 ? bytes : 1 << 30);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* Some file systems cannot fsync a folder (EINVAL): then there is nothing to wait for. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == path)
		slash++;
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");

	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_set("%s: %s", folder, strerror(errno));
	if (fsync(fd) < 0 && errno != EINVAL)
		rc = err_set("%s: %s", folder, strerror(errno));
	close(fd);
	return rc;
}

int file_rename(const char *from, const char *to)
{
	if (rename(from, to) < 0)
		return err_set("%s: cannot become %s: %s", from, to, strerror(errno));
	return sync_folder(to);
}

int file_replace(const char *path, const struct piece *piece, int count)
{
	char new[PATH_MAX];
	int rc = 0, n = snprintf(new, sizeof new, "%s.tmp", path);

	if (n < 0 || (size_t)n >= sizeof new)
		return err_set("%s: %s", path, strerror(ENAMETOOLONG));

	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_set("%s: %s", new, strerror(errno));
	for (int i = 0; i < count && rc == 0; i++)
		if (file_write(fd, piece[i].data, piece[i].bytes) < 0)
			rc = err_set("%s: %s", new, strerror(errno));
	if (rc == 0 && fsync(fd) < 0)
		rc = err_set("%s: %s", new, strerror(errno));
	if (close(fd) < 0 && rc == 0)
		rc = err_set("%s: %s", new, strerror(errno));
	if (rc == 0)
		rc = file_rename(new, path);
	if (rc < 0)
		unlink(new);
	return rc;
}

void *file_read(const char *path, size_t most, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data = NULL;
	size_t size, done = 0;

	if (fd < 0) {
		err_set("%s: %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) < 0) {
		err_set("%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set("%s: not a file", path);
		goto out;
	}
	if ((uintmax_t)st.st_size > most) {
		err_set("%s: %jd bytes, at most %zu would be right", path, (intmax_t)st.st_size, most);
		goto out;
	}
	size = (size_t)st.st_size;
	data = malloc(size + 1);
	if (!data) {
		err_set("%s: out of memory (%zu bytes)", path, size);
		goto out;
	}
	while (done < size) {
		ssize_t n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_set("%s: %s", path, strerror(errno));
			free(data);
			data = NULL;
			goto out;
		}
		if (n == 0)
			break;                       /* somebody shortened it meanwhile */
		done += (size_t)n;
	}
	data[done] = '\0';
	*bytes = done;
out:
	close(fd);
	return data;
}
