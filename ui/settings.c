/* settings.c -- the table stands last; all before it reads rows. */
#include "ui/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "ui/theme.h"

static void *field(struct settings *s, const struct setting_row *row)
{
	return (char *)s + row->offset;
}

static bool is_text(const struct setting_row *row)
{
	return !row->choices && row->max == 0;
}

struct settings settings_initial(void)
{
	struct settings s = { .theme = "" };

	for (int i = 0; i < setting_row_count; i++)
		if (!is_text(&setting_rows[i]))
			*(int *)field(&s, &setting_rows[i]) = setting_rows[i].initial;
	return s;
}

const struct setting_row *setting_find(const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = 0; i < setting_row_count; i++) {
		if (!strcmp(setting_rows[i].name, name))
			return &setting_rows[i];
		nearest_offer(&near, setting_rows[i].name);
	}
	err_set("unknown setting \"%s\"%s", name, near.name ? nearest_hint(&near) : "; there are theme, glyphs, mouse, keybar, rate, follow, message");
	return NULL;
}

void setting_values(const struct setting_row *row, char *text, size_t size)
{
	int n = 0;

	if (is_text(row))
		snprintf(text, size, "NAME or FILE");
	else if (!row->choices)
		snprintf(text, size, "%d to %d", row->min, row->max);
	for (int i = 0; row->choices && row->choices[i]; i++)
		n += snprintf(text + n, size - (size_t)n, "%s%s", i == 0 ? "" : row->choices[i + 1] ? ", " : " or ", row->choices[i]);
}

static int not_a_value(const struct setting_row *row, const char *value)
{
	struct nearest near = nearest_to(value);
	char values[128];

	for (int i = 0; row->choices && row->choices[i]; i++)
		nearest_offer(&near, row->choices[i]);
	setting_values(row, values, sizeof values);
	return err_set("%s is %s, not \"%s\"%s", row->name, values, value, nearest_hint(&near));
}

int setting_set(struct settings *s, const struct setting_row *row, const char *value)
{
	char *end;
	long number;

	if (is_text(row)) {
		if (!value[0] || strlen(value) >= SETTING_SIZE)
			return not_a_value(row, value);
		snprintf(field(s, row), SETTING_SIZE, "%s", value);
		return 0;
	}
	for (int i = 0; row->choices && row->choices[i]; i++)
		if (!strcmp(value, row->choices[i])) {
			*(int *)field(s, row) = i;
			return 0;
		}
	errno = 0;
	number = strtol(value, &end, 10);
	if (row->choices || end == value || *end || errno || number < row->min || number > row->max)
		return not_a_value(row, value);
	*(int *)field(s, row) = (int)number;
	return 0;
}

const char *setting_text(const struct settings *s, const struct setting_row *row, char text[SETTING_SIZE])
{
	const void *at = (const char *)s + row->offset;

	if (is_text(row))
		return at;
	if (row->choices)
		return row->choices[*(const int *)at];
	snprintf(text, SETTING_SIZE, "%d", *(const int *)at);
	return text;
}

static const char *const off_on[] = { "off", "on", NULL };
static const char *const keybars[] = { [KEYBAR_FKEYS] = "fkeys", [KEYBAR_LETTERS] = "letters", NULL };

#define FIELD(name) offsetof(struct settings, name)

const struct setting_row setting_rows[] = {
	{ "theme", NULL, 0, 0, 0, FIELD(theme), "colours: the name of a theme, or a file" },
	{ "glyphs", glyph_set_names, 0, 0, GLYPHS_AUTO, FIELD(glyphs), "what charts and rules are drawn with" },
	{ "mouse", off_on, 0, 0, 1, FIELD(mouse), "whether clicks and the wheel are the screen's; off: the terminal's, which can then mark text" },
	{ "keybar", keybars, 0, 0, KEYBAR_FKEYS, FIELD(keybar), "whether the bottom line names function keys or letters" },
	{ "rate", NULL, 1, 10, 4, FIELD(rate), "frames a second that training may cause; fewer are fewer bytes" },
	{ "follow", NULL, 1, 60, 3, FIELD(follow), "seconds from one sampled architecture to the next, where the bank view follows training" },
	{ "message", NULL, 1, 60, 5, FIELD(message), "seconds that a message stands, four times as many where it is longer than the line; warnings stay" },
};
const int setting_row_count = sizeof setting_rows / sizeof setting_rows[0];
