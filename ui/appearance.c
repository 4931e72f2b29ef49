/* appearance.c -- what the screen looks like now, and where that was asked for. */
#include "ui/appearance.h"

#include <curses.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "ui/config.h"
#include "ui/term.h"

static const double watch_seconds = 1;

static struct {
	struct theme theme;
	struct faults faults;
	bool ascii;                      /* asked for on the command line */
	double watched;                  /* when the files were looked at last */
} shown;

static enum glyph_set choose_glyphs(const struct settings *s)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	enum glyph_set asked = s->glyphs ? (enum glyph_set)s->glyphs : shown.theme.glyphs;

	if (shown.ascii || (!utf8 && asked != GLYPHS_ACS))
		return GLYPHS_ASCII;
	if (asked != GLYPHS_AUTO)
		return asked;
	return term_plain_glyphs() ? GLYPHS_ASCII : GLYPHS_BRAILLE;
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int appearance_read(struct ui *ui, const struct ui_options *options)
{
	struct settings *s = &ui->settings;
	char path[1024];

	*s = settings_initial();
	shown.faults.count = 0;
	shown.ascii = options->ascii;
	if (config_path(path, sizeof path))
		config_load(s, path, &shown.faults);
	if (options->no_mouse)
		s->mouse = 0;
	if (options->theme[0])
		snprintf(s->theme, sizeof s->theme, "%s", options->theme);
	else if (environment("SMASHTOP_THEME"))
		snprintf(s->theme, sizeof s->theme, "%s", environment("SMASHTOP_THEME"));
	else if (environment("NO_COLOR"))
		snprintf(s->theme, sizeof s->theme, "mono");
	else if (!s->theme[0])
		snprintf(s->theme, sizeof s->theme, "default");
	if (theme_load(&shown.theme, s->theme, &shown.faults) == 0)
		return 0;
	if (options->theme[0])
		return -1;
	faults_add(&shown.faults, "SMASHTOP_THEME", 0);  /* the configuration names none that is not there */
	snprintf(s->theme, sizeof s->theme, "default");
	return 0;
}

static void show_theme(struct ui *ui)
{
	theme_start(&shown.theme);
	theme_background();
	draw_start(choose_glyphs(&ui->settings));
	ui->dirty = ui->repaint = true;
}

void appearance_show(struct ui *ui)
{
	show_theme(ui);
	term_mouse(ui->settings.mouse);
}

/* From the last to the first, which is left standing. */
static void tell(struct ui *ui, const struct faults *f)
{
	for (int i = (f->count < FAULTS_KEPT ? f->count : FAULTS_KEPT) - 1; i >= 0; i--)
		if (i == 0 && f->count > 1)
			ui_say(ui, ROLE_ERROR, "%s (%d more: :messages)", f->text[0], f->count - 1);
		else
			ui_say(ui, ROLE_ERROR, "%s", f->text[i]);
}

void appearance_tell(struct ui *ui)
{
	tell(ui, &shown.faults);
}

static int set_theme(struct ui *ui, const char *name)
{
	static struct theme theme;
	static struct faults faults;

	faults.count = 0;
	if (theme_load(&theme, name, &faults) < 0)
		return -1;
	shown.theme = theme;
	show_theme(ui);
	tell(ui, &faults);
	return 0;
}

int appearance_set(struct ui *ui, const struct setting_row *row, const char *value)
{
	struct settings before = ui->settings;

	if (setting_set(&ui->settings, row, value) < 0)
		return -1;
	if (strcmp(ui->settings.theme, before.theme) != 0 && set_theme(ui, value) < 0) {
		ui->settings = before;
		return -1;
	}
	if (ui->settings.glyphs != before.glyphs) {
		shown.ascii = false;
		show_theme(ui);
	}
	if (ui->settings.mouse != before.mouse)
		term_mouse(ui->settings.mouse);
	ui->dirty = true;
	return 0;
}

double appearance_due(const struct ui *ui)
{
	(void)ui;
	return theme_watched(&shown.theme) ? shown.watched + watch_seconds : INFINITY;
}

void appearance_watch(struct ui *ui)
{
	if (ui->now < appearance_due(ui))
		return;
	shown.watched = ui->now;
	if (!theme_changed(&shown.theme))
		return;
	if (set_theme(ui, ui->settings.theme) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (ui->message_role != ROLE_ERROR)
		ui_say(ui, ROLE_INFO, "theme %s: read again", ui->settings.theme);
}

int ui_check_theme(const char *name_or_file)
{
	static struct theme theme;
	static struct faults faults;

	return theme_load(&theme, name_or_file, &faults);
}
