/* data_fixture.h -- a folder for a test's own small data sets. */
#ifndef DATA_FIXTURE_H
#define DATA_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "src/data/dataset.h"

/* Where this test's files are; also HOME, XDG_DATA_HOME and XDG_CACHE_HOME. The two are a checked fixture. */
extern char folder[256];
void make_folder(void);
void remove_folder(void);

/* NAME is below the folder; folders on the way are made. */
void write_file(const char *name, const void *data, size_t bytes);
void write_gzip(const char *name, const void *data, size_t bytes);
size_t file_bytes(const char *name, uint8_t *to, size_t room);
const char *path_of(const char *name);           /* valid until the next call */

/* Opens FORMAT:FOLDER, or fails the test with what was wrong. */
struct dataset *open_good(const char *format);

/* FORMAT:FOLDER must be refused, in one line that has all of the words. */
void refuses(const char *format, const char *const *words, size_t count);
#define REFUSES(format, ...) refuses(format, (const char *const[]){ __VA_ARGS__ }, sizeof (const char *[]){ __VA_ARGS__ } / sizeof(char *))

#endif
