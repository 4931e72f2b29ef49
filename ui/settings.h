/* settings.h -- what a person can set about the screen: one table for the configuration file, :set, the setup view and the man page. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

enum { SETTING_SIZE = 512 };

struct settings {
	char theme[SETTING_SIZE];        /* name or file; "": as the environment has it */
	int glyphs;                      /* an enum glyph_set; AUTO: the theme's, or what the terminal can show */
	int mouse;                       /* 0 off */
	int keybar;                      /* an enum keybar */
	int rate;                        /* frames a second of what comes from training */
	int follow;                      /* seconds from one sampled architecture to the next */
	int message;                     /* seconds that one stands */
};
enum keybar { KEYBAR_FKEYS, KEYBAR_LETTERS };

struct setting_row {
	const char *name;
	const char *const *choices;      /* NULL-terminated: the number of one is the value; NULL: a number, or where max is 0 text */
	int min, max, initial;
	size_t offset;                   /* in struct settings: int, or char[SETTING_SIZE] */
	const char *help;                /* one line, says the unit */
};
extern const struct setting_row setting_rows[];
extern const int setting_row_count;

struct settings settings_initial(void);

/* The row of that name; NULL with err_last() naming the nearest. */
const struct setting_row *setting_find(const char *name);

/* 0, or -1 with err_last(): no value of that setting (what there is). A theme is not looked for here. */
int setting_set(struct settings *, const struct setting_row *, const char *value);

/* As text, in `text` or constant. */
const char *setting_text(const struct settings *, const struct setting_row *, char text[SETTING_SIZE]);

/* "fkeys or letters", "1 to 10", "NAME or FILE". */
void setting_values(const struct setting_row *, char *text, size_t size);

#endif
