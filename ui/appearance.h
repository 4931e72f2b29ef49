/* appearance.h -- theme, glyphs, mouse: from the command line, the environment, the configuration file and what is set while the screen is up. */
#ifndef APPEARANCE_H
#define APPEARANCE_H

#include "ui/pane.h"

/*
 * Before there is a terminal: reads the configuration, loads the theme. --theme goes before $SMASHTOP_THEME, that before NO_COLOR (mono), that
 * before the configuration. What is wrong with files is kept for appearance_tell(); 0, or -1 with err_last(): the theme of the command line is not
 * there.
 */
int appearance_read(struct ui *, const struct ui_options *);

void appearance_show(struct ui *);       /* all of it; the terminal has been started */
void appearance_tell(struct ui *);       /* what was wrong with files, the first on the message line */

/* Sets a row and shows it. 0, or -1 with err_last(), everything as before. */
int appearance_set(struct ui *, const struct setting_row *, const char *value);

/* Themes that a person may be writing are looked at once a second: loads the one shown when it was saved. */
void appearance_watch(struct ui *);
double appearance_due(const struct ui *);        /* when that is to be called next; INFINITY: nothing to watch */

#endif
