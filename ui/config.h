/*
 * config.h -- $XDG_CONFIG_HOME/smashtop/config (~/.config/smashtop/config), an INI file: [screen] has settings (settings.h), [keys] gives
 * actions (keys.h) other keys. A person writes it; the setup view changes single lines of it.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "ui/ini_lines.h"
#include "ui/settings.h"

/* False where neither $XDG_CONFIG_HOME nor $HOME is set. */
bool config_path(char *path, size_t size);

/* Settings and keys of the file; one that is not there has none. What is wrong becomes a fault and the rest applies. */
void config_load(struct settings *, const char *path, struct faults *);

/*
 * Writes the settings in which `now` differs from `before` into the file, made where there is none: their lines change, those that are not there
 * are added to [screen], and nothing else does. 0, or -1 with err_last(); the file is then as it was.
 */
int config_save(const char *path, const struct settings *before, const struct settings *now);

#endif
