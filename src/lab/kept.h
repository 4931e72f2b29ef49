/* kept.h -- architectures that somebody kept: RUN/architectures/ID.json, with a name and the architecture they were made from where they have one. */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>

#include "src/arch/arch.h"

enum { KEPT_NAME = 48 };                 /* bytes of a name, its end included */

/* Whether the architecture may have that name: letters, digits, . _ + - with a letter among them, neither a pattern's nor like an id, and not the
 * name of another one, unless `take`. 0, or -1 with err_last(). */
int kept_check(const char *run_path, const char *name, const char *id, bool take);

/* Writes one. name and parent (an id): NULL or "" for none; a name that its file has then stays. `take`: the name is taken from another
 * one that has it, which stays without. 0, or -1 with err_last(): kept_check's reasons, or not writable. */
int kept_save(const char *run_path, const struct arch *, const char *name, const char *parent, bool take);

/* The id of that name; false where there is none. */
bool kept_find(const char *run_path, const char *name, char id[ARCH_ID_LENGTH + 1]);

/* Calls `each` for every one that has a name. */
void kept_names(const char *run_path, void (*each)(void *, const char *name, const char *id), void *context);

/* RUN/architectures/ID.json */
void kept_path(char *path, size_t size, const char *run_path, const char *id);

/* True where the file name is that of one: its id. */
bool kept_is_file(const char *file_name, char id[ARCH_ID_LENGTH + 1]);

#endif
