/* man.c -- the parts of smashtop(1) that are tables of the screen: keys, commands of the prompt, settings. */
#include <string.h>

#include "src/options.h"
#include "ui/commands.h"
#include "ui/pane.h"

static void write_bold(FILE *f, const char *text)
{
	fputs("\\fB", f);
	options_write_roff(f, text);
	fputs("\\fR", f);
}

static void write_key(FILE *f, const struct key_row *k)
{
	fputs(".TP\n", f);
	write_bold(f, k->names);
	fputc('\n', f);
	options_write_roff(f, k->help);
	if (k->action) {
		fputs("\n(\\fI", f);
		options_write_roff(f, action_words[k->action]);
		fputs("\\fR)", f);
	}
	fputc('\n', f);
}

static void write_keys(FILE *f)
{
	fputs(".SH KEYS\n^ is Ctrl. The word in brackets is what the configuration and the prompt call it.\n", f);
	for (int w = 0; w < WHERES; w++) {
		bool heading = false;

		for (int i = 0; i < key_row_count; i++) {
			if ((int)key_rows[i].where != w)
				continue;
			if (!heading)
				fprintf(f, ".SS %s\n", where_names[w]);
			heading = true;
			write_key(f, &key_rows[i]);
		}
	}
}

static void write_commands(FILE *f)
{
	fputs(".SH PROMPT\nAfter\n.BR : ,\nsuch as\n.BR \":sort score\" .\n"
	      "The word of any action in KEYS is a command as well: it does what the action's key does.\n", f);
	for (int i = 0; i < command_row_count; i++) {
		const struct command_row *c = &command_rows[i];

		fputs(".TP\n", f);
		write_bold(f, c->name);
		if (c->arguments[0]) {
			fputs(" \\fI", f);
			options_write_roff(f, c->arguments);
			fputs("\\fR", f);
		}
		fputc('\n', f);
		options_write_roff(f, c->help);
		fputc('\n', f);
	}
}

static void write_settings(FILE *f)
{
	char values[128];

	fputs(".SH SETTINGS\nOf\n.B :set\nand of section\n.B [screen]\nof the configuration; the first value, or the one in brackets, is what it is"
	      " to begin with.\n", f);
	for (int i = 0; i < setting_row_count; i++) {
		const struct setting_row *row = &setting_rows[i];

		setting_values(row, values, sizeof values);
		fputs(".TP\n", f);
		write_bold(f, row->name);
		fputs(" \\fI", f);
		options_write_roff(f, values);
		fputs("\\fR\n", f);
		options_write_roff(f, row->help);
		if (row->choices && row->initial)
			fprintf(f, " [%s]", row->choices[row->initial]);
		else if (row->max)
			fprintf(f, " [%d]", row->initial);
		fputc('\n', f);
	}
}

void ui_write_man(FILE *f)
{
	write_keys(f);
	write_commands(f);
	write_settings(f);
}
