/* theme.c -- themes: reading the INI file, and roles as curses attributes. */
#include "ui/theme.h"

#include <curses.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"

enum { PALETTE_MAX = 64, INHERIT_MAX = 4 };

static const char *const role_names[ROLES] = {
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

static const struct { const char *name; enum glyph_set set; } glyph_sets[] = {
	{ "auto", GLYPHS_AUTO }, { "braille", GLYPHS_BRAILLE }, { "block", GLYPHS_BLOCK }, { "acs", GLYPHS_ACS }, { "ascii", GLYPHS_ASCII },
};
enum { GLYPH_SETS = sizeof glyph_sets / sizeof glyph_sets[0] };

static const struct colour terminal_default = { -1, -1, -1 };

struct reader {
	struct theme *theme;
	struct { char name[32]; struct colour colour; } palette[PALETTE_MAX];
	int palette_count;
	int depth;                       /* of inherit */
	bool failed;
};

static int rgb_distance(int a, int b)
{
	int r = (a >> 16) - (b >> 16), g = (a >> 8 & 255) - (b >> 8 & 255), blue = (a & 255) - (b & 255);

	return 3 * r * r + 4 * g * g + 2 * blue * blue;          /* the eye's weights, roughly */
}

static int rgb_of_256(int index)
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
		if (rgb_distance(rgb, rgb_of_256(i)) < rgb_distance(rgb, rgb_of_256(best)))
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
		c->index16 = nearest_index(c->rgb, 0, 15);
		return true;
	}
	if (word[0] >= '0' && word[0] <= '9') {
		long v = strtol(word, &end, 10);

		if (*end || v > 255)
			return false;
		c->index256 = (int)v;
		c->index16 = v < 16 ? (int)v : nearest_index(rgb_of_256((int)v), 0, 15);
		c->rgb = v < 16 ? -1 : rgb_of_256((int)v);       /* what the terminal makes of the sixteen is unknown */
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
		snprintf(r->theme->name, sizeof r->theme->name, "%s", value);
		return 0;
	}
	if (!strcmp(name, "inherit")) {
		int rc;

		if (r->depth == INHERIT_MAX)
			return err_set("themes inherit from one another more than %d deep", INHERIT_MAX);
		r->depth++;
		rc = load(r, value);
		r->depth--;
		return rc;
	}
	if (!strcmp(name, "background")) {
		if (!strcmp(value, "dark") || !strcmp(value, "light") || !strcmp(value, "any"))
			return 0;
		return err_set("background is dark, light or any, not \"%s\"", value);
	}
	return err_set("unknown key \"%s\" in [theme]; there are name, inherit, background", name);
}

static int read_glyphs(struct reader *r, const char *name, const char *value)
{
	if (strcmp(name, "set"))
		return err_set("unknown key \"%s\" in [glyphs]; there is set", name);
	for (int i = 0; i < GLYPH_SETS; i++)
		if (!strcmp(value, glyph_sets[i].name)) {
			r->theme->glyphs = glyph_sets[i].set;
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

/* inih's: 0 is the error here. It goes on after one, so the first is kept. */
static int handle(void *context, const char *section, const char *name, const char *value)
{
	struct reader *r = context;

	if (r->failed)
		return 1;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		if (!strcmp(section, sections[i].section)) {
			r->failed = sections[i].read(r, name, value) < 0;
			return !r->failed;
		}
	err_set("unknown section [%s]; there are theme, palette, roles, glyphs", section);
	r->failed = true;
	return 0;
}

static int load_file(struct reader *r, const char *path, FILE *f)
{
	int line = ini_parse_file(f, handle, r);

	if (r->failed)
		return err_prefix("%s line %d", path, line);
	if (line)
		return err_set("%s line %d: neither a [section] nor NAME = VALUE", path, line);
	return 0;
}

static FILE *find_by_name(const char *name, char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char own[PATH_MAX] = "";
	const char *folder[] = { own, THEMES_DIR, SOURCE_THEMES_DIR };

	if (config && *config)
		snprintf(own, sizeof own, "%s/smashtop/themes", config);
	else if (home && *home)
		snprintf(own, sizeof own, "%s/.config/smashtop/themes", home);
	for (size_t i = 0; i < sizeof folder / sizeof folder[0]; i++) {
		FILE *f;

		if (!*folder[i] || snprintf(path, PATH_MAX, "%s/%s.theme", folder[i], name) >= PATH_MAX)
			continue;
		if ((f = fopen(path, "r")))
			return f;
	}
	return NULL;
}

static int load(struct reader *r, const char *name_or_file)
{
	size_t length = strlen(name_or_file);
	bool is_file = strchr(name_or_file, '/') || (length > 6 && !strcmp(name_or_file + length - 6, ".theme"));
	char path[PATH_MAX];
	FILE *f;
	int rc;

	if (is_file) {
		snprintf(path, sizeof path, "%s", name_or_file);
		if (!(f = fopen(path, "r")))
			return err_set("theme %s: %s", path, strerror(errno));
	} else if (!(f = find_by_name(name_or_file, path))) {
		if (!strcmp(name_or_file, "default"))
			return 0;                                /* built in */
		return err_set("no theme \"%s\" in %s; shipped are default, dark, light, high-contrast, mono", name_or_file, THEMES_DIR);
	}
	rc = load_file(r, path, f);
	fclose(f);
	return rc;
}

static void built_in(struct reader *r)
{
	snprintf(r->theme->name, sizeof r->theme->name, "default");
	r->theme->glyphs = GLYPHS_AUTO;
	for (int i = 0; i < ROLES; i++)
		read_look(r, built_in_looks[i], &r->theme->look[i]);
}

int theme_load(struct theme *theme, const char *name_or_file)
{
	struct reader r = { .theme = theme };

	built_in(&r);
	if (load(&r, name_or_file) == 0)
		return 0;
	built_in(&r);
	return -1;
}

/* What curses is told for each role, worked out once. */
static struct {
	attr_t attributes;
	short pair;
} used[ROLES];

static short colour_number(const struct colour *c)
{
	int number = COLORS >= 256 ? c->index256 : c->index16;

	return (short)(COLORS < 16 && number >= 0 ? number & 7 : number);
}

void theme_start(const struct theme *theme)
{
	bool colour = has_colors() && COLORS >= 8;
	short pairs = 0;
	short foreground[ROLES + 1], background[ROLES + 1];

	for (int i = 0; i < ROLES; i++) {
		const struct look *look = &theme->look[i];
		short fg = colour_number(&look->foreground), bg = colour_number(&look->background);
		short pair;

		used[i].attributes = (look->bold ? A_BOLD : 0) | (look->dim ? A_DIM : 0) | (look->underline ? A_UNDERLINE : 0) |
		                     (look->reverse ? A_REVERSE : 0);
		used[i].pair = 0;
		if (!colour) {
			if (bg >= 0)                             /* a coloured field stays a field */
				used[i].attributes |= A_REVERSE;
			continue;
		}
		if (COLORS < 16 && look->foreground.index16 >= 8)
			used[i].attributes |= A_BOLD;
		if (fg < 0 && bg < 0)
			continue;
		for (pair = 1; pair <= pairs && (foreground[pair] != fg || background[pair] != bg); pair++)
			;
		if (pair > pairs) {
			if (pair >= COLOR_PAIRS || init_pair(pair, fg, bg) == ERR)
				continue;
			pairs = pair;
			foreground[pair] = fg;
			background[pair] = bg;
		}
		used[i].pair = pair;
	}
}

void theme_background(void)
{
	cchar_t blank;

	setcchar(&blank, L" ", used[ROLE_TEXT].attributes, used[ROLE_TEXT].pair, NULL);
	bkgrndset(&blank);
}

void theme_use(enum role role)
{
	attr_set(used[role].attributes, used[role].pair, NULL);
}
