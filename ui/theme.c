/* theme.c -- themes: finding and reading the INI files; theme_curses.c shows them. */
#include "ui/theme.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/base/nearest.h"

enum { PALETTE_MAX = 64 };

const char *const role_names[ROLES] = {
#define THEME_NAME(symbol, name, look) name,
	THEME_ROLES(THEME_NAME)
#undef THEME_NAME
};

static const char *const built_in_looks[ROLES] = {
#define THEME_LOOK(symbol, name, look) look,
	THEME_ROLES(THEME_LOOK)
#undef THEME_LOOK
};

/* The terminal's sixteen, with the values most terminals give them: only to find the nearest of them. */
static const struct { const char *name; int rgb; } basic[16] = {
	{ "black", 0x000000 }, { "red", 0xcd0000 }, { "green", 0x00cd00 }, { "yellow", 0xcdcd00 },
	{ "blue", 0x0000ee }, { "magenta", 0xcd00cd }, { "cyan", 0x00cdcd }, { "white", 0xe5e5e5 },
	{ "bright-black", 0x7f7f7f }, { "bright-red", 0xff0000 }, { "bright-green", 0x00ff00 }, { "bright-yellow", 0xffff00 },
	{ "bright-blue", 0x5c5cff }, { "bright-magenta", 0xff00ff }, { "bright-cyan", 0x00ffff }, { "bright-white", 0xffffff },
};

const char *const glyph_set_names[GLYPH_SETS + 1] = {
	[GLYPHS_AUTO] = "auto", [GLYPHS_BRAILLE] = "braille", [GLYPHS_BLOCK] = "block", [GLYPHS_ACS] = "acs", [GLYPHS_ASCII] = "ascii",
};

static const struct colour terminal_default = { -1, -1, -1 };

static bool is_set(const struct colour *c)
{
	return c->rgb >= 0 || c->index16 >= 0;
}

struct reader {
	struct theme *theme;
	struct { char name[32]; struct colour colour; } palette[PALETTE_MAX];
	int palette_count;
	int depth;                       /* of inherit */
	struct faults *faults;
};

static int rgb_distance(int a, int b)
{
	int r = (a >> 16) - (b >> 16), g = (a >> 8 & 255) - (b >> 8 & 255), blue = (a & 255) - (b & 255);

	return 3 * r * r + 4 * g * g + 2 * blue * blue;          /* the eye's weights, roughly */
}

int theme_rgb(int index)
{
	static const int level[6] = { 0, 95, 135, 175, 215, 255 };

	if (index < 16)
		return basic[index].rgb;
	if (index < 232) {
		index -= 16;
		return level[index / 36] << 16 | level[index / 6 % 6] << 8 | level[index % 6];
	}
	return (8 + 10 * (index - 232)) * 0x010101;
}

/* Among the colours first … last of the 256. */
static int nearest_index(int rgb, int first, int last)
{
	int best = first;

	for (int i = first; i <= last; i++)
		if (rgb_distance(rgb, theme_rgb(i)) < rgb_distance(rgb, theme_rgb(best)))
			best = i;
	return best;
}

/* Of the sixteen. A hue stays one: grey that is nearer would say nothing. */
static int nearest_basic(int rgb)
{
	int r = rgb >> 16, g = rgb >> 8 & 255, b = rgb & 255, best = -1;
	int most = r > g ? (r > b ? r : b) : (g > b ? g : b), least = r < g ? (r < b ? r : b) : (g < b ? g : b);

	for (int i = 0; i < 16; i++)
		if ((most - least < 64 || (i & 7) % 7) && (best < 0 || rgb_distance(rgb, basic[i].rgb) < rgb_distance(rgb, basic[best].rgb)))
			best = i;
	return best;
}

static bool basic_index(const char *word, int *index)
{
	for (int i = 0; i < 16; i++)
		if (!strcmp(word, basic[i].name)) {
			*index = i;
			return true;
		}
	return false;
}

/* One word: #rrggbb, 0 … 255, a name of the sixteen, default. False when it is none of them. */
static bool colour_word(const char *word, struct colour *c)
{
	char *end;

	*c = terminal_default;
	if (!strcmp(word, "default"))
		return true;
	if (word[0] == '#' && strspn(word + 1, "0123456789abcdefABCDEF") == 6 && !word[7]) {
		c->rgb = (int)strtol(word + 1, NULL, 16);
		c->index256 = nearest_index(c->rgb, 16, 255);
		c->index16 = nearest_basic(c->rgb);
		return true;
	}
	if (word[0] >= '0' && word[0] <= '9') {
		long v = strtol(word, &end, 10);

		if (*end || v > 255)
			return false;
		c->index256 = (int)v;
		c->index16 = v < 16 ? (int)v : nearest_basic(theme_rgb((int)v));
		c->rgb = v < 16 ? -1 : theme_rgb((int)v);       /* what the terminal makes of the sixteen is unknown */
		return true;
	}
	if (basic_index(word, &c->index16)) {
		c->index256 = c->index16;
		return true;
	}
	return false;
}

static int unknown_colour(const struct reader *r, const char *word)
{
	struct nearest near = nearest_to(word);

	nearest_offer(&near, "default");
	for (int i = 0; i < 16; i++)
		nearest_offer(&near, basic[i].name);
	for (int i = 0; i < r->palette_count; i++)
		nearest_offer(&near, r->palette[i].name);
	return err_set("unknown colour \"%s\"%s (there are the sixteen names, 0 to 255, #rrggbb, default and what [palette] names)", word,
	               nearest_hint(&near));
}

static int colour_named(const struct reader *r, const char *word, struct colour *c)
{
	for (int i = 0; i < r->palette_count; i++)
		if (!strcmp(word, r->palette[i].name)) {
			*c = r->palette[i].colour;
			return 0;
		}
	return colour_word(word, c) ? 0 : unknown_colour(r, word);
}

static int read_palette(struct reader *r, const char *name, const char *value)
{
	char text[128];
	struct colour c = terminal_default;
	char *rest = text;
	char *word;
	int i;

	snprintf(text, sizeof text, "%s", value);
	while ((word = strtok_r(rest, " \t", &rest))) {
		struct colour one;

		if (!colour_word(word, &one))
			return unknown_colour(r, word);
		if (word[0] == '#')
			c = one;
		else if (word[0] >= '0' && word[0] <= '9') {
			c.index256 = one.index256;
			if (c.index16 < 0)
				c.index16 = one.index16;
			if (c.rgb < 0)
				c.rgb = one.rgb;
		} else {
			c.index16 = one.index16;
			if (c.index256 < 0)
				c.index256 = one.index256;
		}
	}
	for (i = 0; i < r->palette_count && strcmp(name, r->palette[i].name); i++)
		;
	if (i == PALETTE_MAX)
		return err_set("more than %d colours in [palette]", PALETTE_MAX);
	snprintf(r->palette[i].name, sizeof r->palette[i].name, "%s", name);
	r->palette[i].colour = c;
	if (i == r->palette_count)
		r->palette_count++;
	return 0;
}

/* FOREGROUND [on BACKGROUND] [bold dim underline reverse] */
static int read_look(const struct reader *r, const char *value, struct look *out)
{
	struct look look = { terminal_default, terminal_default, false, false, false, false };
	const struct { const char *name; bool *flag; } flags[] = {
		{ "bold", &look.bold }, { "dim", &look.dim }, { "underline", &look.underline }, { "reverse", &look.reverse },
	};
	char text[128];
	char *rest = text;
	char *word;
	bool first = true;

	snprintf(text, sizeof text, "%s", value);
	while ((word = strtok_r(rest, " \t", &rest))) {
		bool is_flag = false;

		for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
			if (!strcmp(word, flags[i].name))
				is_flag = *flags[i].flag = true;
		if (is_flag)
			;
		else if (!strcmp(word, "on")) {
			if (!(word = strtok_r(rest, " \t", &rest)))
				return err_set("a colour must follow \"on\"");
			if (colour_named(r, word, &look.background) < 0)
				return -1;
		} else if (first) {
			if (colour_named(r, word, &look.foreground) < 0)
				return -1;
		} else
			return err_set("\"%s\" is no attribute; a role is FOREGROUND [on BACKGROUND] [bold dim underline reverse]", word);
		first = false;
	}
	if (first)
		return err_set("a role needs a colour or an attribute");
	*out = look;
	return 0;
}

static int read_role(struct reader *r, const char *name, const char *value)
{
	struct nearest near = nearest_to(name);

	for (int i = 0; i < ROLES; i++) {
		if (!strcmp(name, role_names[i]))
			return read_look(r, value, &r->theme->look[i]);
		nearest_offer(&near, role_names[i]);
	}
	return err_set("unknown role \"%s\"%s", name, nearest_hint(&near));
}

static int load(struct reader *, const char *name_or_file);

static int read_theme_key(struct reader *r, const char *name, const char *value)
{
	if (!strcmp(name, "name")) {
		if (r->depth == 0)                               /* that of the theme that was asked for */
			snprintf(r->theme->name, sizeof r->theme->name, "%s", value);
		return 0;
	}
	if (!strcmp(name, "inherit")) {
		int rc;

		if (r->depth == THEME_FILES - 1)
			return err_set("themes inherit from one another more than %d deep", THEME_FILES - 1);
		r->depth++;
		rc = load(r, value);
		r->depth--;
		return rc;
	}
	if (!strcmp(name, "background")) {
		static const char *const names[] = { [BACKGROUND_ANY] = "any", [BACKGROUND_DARK] = "dark", [BACKGROUND_LIGHT] = "light" };

		for (int i = 0; i < 3; i++)
			if (!strcmp(value, names[i])) {
				r->theme->background = (enum background)i;
				return 0;
			}
		return err_set("background is dark, light or any, not \"%s\"", value);
	}
	return err_set("unknown key \"%s\" in [theme]; there are name, inherit, background", name);
}

static int read_glyphs(struct reader *r, const char *name, const char *value)
{
	if (strcmp(name, "set"))
		return err_set("unknown key \"%s\" in [glyphs]; there is set", name);
	for (int i = 0; i < GLYPH_SETS; i++)
		if (!strcmp(value, glyph_set_names[i])) {
			r->theme->glyphs = (enum glyph_set)i;
			return 0;
		}
	return err_set("set is auto, braille, block, acs or ascii, not \"%s\"", value);
}

static const struct {
	const char *section;
	int (*read)(struct reader *, const char *name, const char *value);
} sections[] = {
	{ "theme", read_theme_key }, { "palette", read_palette }, { "roles", read_role }, { "glyphs", read_glyphs },
};

static int take(void *context, int line, const char *section, const char *name, const char *value)
{
	struct nearest near = nearest_to(section);

	(void)line;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		if (!strcmp(section, sections[i].section))
			return sections[i].read(context, name, value);
		nearest_offer(&near, sections[i].section);
	}
	return err_set("unknown section [%s]%s; there are theme, palette, roles, glyphs", section, nearest_hint(&near));
}

/* What is looked at again, to see whether somebody has saved it. */
static void remember(struct theme *theme, const char *path)
{
	struct theme_file *file = &theme->file[theme->files];
	struct stat s;

	if (theme->files == THEME_FILES || strlen(path) >= sizeof file->path || stat(path, &s) < 0)
		return;
	strcpy(file->path, path);
	file->changed = s.st_mtim;
	theme->files++;
}

bool theme_changed(const struct theme *theme)
{
	struct stat s;

	for (int i = 0; i < theme->files; i++)
		if (stat(theme->file[i].path, &s) == 0 && (s.st_mtim.tv_sec != theme->file[i].changed.tv_sec ||
		    s.st_mtim.tv_nsec != theme->file[i].changed.tv_nsec))
			return true;
	return false;
}

/* ---- where they are ---- */

enum { FOLDERS = 3, FOLDER_SIZE = 400 };

/* A person's own first; "" for one that is not known. */
static void find_folders(char folder[FOLDERS][FOLDER_SIZE])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	folder[0][0] = 0;
	if (config && *config)
		snprintf(folder[0], FOLDER_SIZE, "%s/smashtop/themes", config);
	else if (home && *home)
		snprintf(folder[0], FOLDER_SIZE, "%s/.config/smashtop/themes", home);
	snprintf(folder[1], FOLDER_SIZE, "%s", THEMES_DIR);
	snprintf(folder[2], FOLDER_SIZE, "%s", SOURCE_THEMES_DIR);
}

bool theme_watched(const struct theme *theme)
{
	for (int i = 0; i < theme->files; i++)
		if (strncmp(theme->file[i].path, THEMES_DIR, strlen(THEMES_DIR)) != 0)
			return true;
	return false;
}

static bool has_name(const struct theme_list *list, const char *name)
{
	for (int i = 0; i < list->count; i++)
		if (!strcmp(list->item[i].name, name))
			return true;
	return false;
}

static void list_folder(struct theme_list *list, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d)) && list->count < THEMES_LISTED) {
		size_t n = strlen(e->d_name);
		char name[THEME_NAME_SIZE];

		if (n <= 6 || n - 6 >= sizeof name || strlen(folder) + n + 2 > sizeof list->item[0].path || strcmp(e->d_name + n - 6, ".theme") != 0)
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(n - 6), e->d_name);
		if (has_name(list, name))
			continue;
		snprintf(list->item[list->count].name, sizeof name, "%s", name);
		snprintf(list->item[list->count].path, sizeof list->item[0].path, "%s/%s.theme", folder, name);
		list->count++;
	}
	if (d)
		closedir(d);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct theme_place *)a)->name, ((const struct theme_place *)b)->name);
}

void theme_list(struct theme_list *list)
{
	char folder[FOLDERS][FOLDER_SIZE];

	find_folders(folder);
	list->count = 0;
	for (int i = 0; i < FOLDERS; i++)
		if (folder[i][0])
			list_folder(list, folder[i]);
	qsort(list->item, (size_t)list->count, sizeof list->item[0], by_name);
}

static bool is_there(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

/* A name in the folders; what has a slash, and what is no name there, is a file. */
static bool find(const char *name_or_file, char path[PATH_MAX])
{
	char folder[FOLDERS][FOLDER_SIZE];

	find_folders(folder);
	for (int i = 0; i < FOLDERS && !strchr(name_or_file, '/'); i++)
		if (folder[i][0] && snprintf(path, PATH_MAX, "%s/%s.theme", folder[i], name_or_file) < PATH_MAX && is_there(path))
			return true;
	return snprintf(path, PATH_MAX, "%s", name_or_file) < PATH_MAX && is_there(path);
}

static int not_found(const char *name)
{
	static struct theme_list list;
	struct nearest near = nearest_to(name);
	char known[256] = "";

	if (strchr(name, '/'))
		return err_set("theme %s: %s", name, strerror(ENOENT));
	theme_list(&list);
	for (int i = 0; i < list.count; i++) {
		nearest_offer(&near, list.item[i].name);
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", list.item[i].name);
	}
	if (near.name)
		return err_set("there is no theme \"%s\"%s", name, nearest_hint(&near));
	return err_set("there is no theme \"%s\", and no file of that name; there are %s", name, known);
}

static int load(struct reader *r, const char *name_or_file)
{
	char path[PATH_MAX];

	if (!find(name_or_file, path))
		return strcmp(name_or_file, "default") ? not_found(name_or_file) : 0;      /* that one is built in */
	remember(r->theme, path);
	return ini_lines_read(path, take, r, r->faults);
}

int theme_find(const char *name_or_file)
{
	char path[PATH_MAX];

	return find(name_or_file, path) || !strcmp(name_or_file, "default") ? 0 : not_found(name_or_file);
}

static void built_in(struct reader *r)
{
	*r->theme = (struct theme){ .name = "default" };
	for (int i = 0; i < ROLES; i++)
		read_look(r, built_in_looks[i], &r->theme->look[i]);
}

/* Where text has a ground of its own, so has all that names none. */
static void stand_on_text(struct theme *theme)
{
	const struct look *text = &theme->look[ROLE_TEXT];

	for (int i = 0; i < ROLES && is_set(&text->background); i++) {
		struct look *look = &theme->look[i];

		if (is_set(&look->background))
			continue;
		look->background = text->background;
		if (!is_set(&look->foreground))
			look->foreground = text->foreground;
	}
}

int theme_load(struct theme *theme, const char *name_or_file, struct faults *faults)
{
	struct reader r = { .theme = theme, .faults = faults };

	built_in(&r);
	if (load(&r, name_or_file) < 0)
		return -1;
	stand_on_text(theme);
	return 0;
}
