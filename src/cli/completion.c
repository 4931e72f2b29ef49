/*
 * completion.c -- `smashtop completion SHELL`: a script for a shell's completion, from the tables that the parser reads. Each shell has a
 * writer that goes through subcommands and options; what may follow an option is said by its kind (options_values.h).
 */
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/cli/cli.h"
#include "src/options_values.h"
#include "ui/theme.h"

static bool shown(const struct option_row *row, int subcommand)
{
	return row->subcommands >> subcommand & 1 && row->help;
}

/* Where row is NULL: of the subcommand's arguments. */
static enum option_values kind_of(const struct option_row *row, int subcommand)
{
	return row ? option_values(row) : subcommand_values((enum subcommand)subcommand);
}

/* Names of values with `between` them; of themes those that are there now. */
static void put_values(const struct option_row *row, int subcommand, const char *between)
{
	static struct theme_list themes;
	const char *value;
	int i;

	if (kind_of(row, subcommand) == VALUES_THEME) {
		theme_list(&themes);
		for (i = 0; i < themes.count; i++)
			printf("%s%s", i ? between : "", themes.item[i].name);
		return;
	}
	for (i = 0; (value = row ? option_value(row, i) : subcommand_value((enum subcommand)subcommand, i)); i++)
		printf("%s%s", i ? between : "", value);
}

static void put_subcommands(const char *between)
{
	for (int i = 1; i < SUBCOMMANDS; i++)
		printf("%s%s", i > 1 ? between : "", subcommand_rows[i].name);
}

/* ---- bash ---- */

static const char bash_functions[] =
	"# bash completion of smashtop; written by `smashtop completion bash`\n"
	"\n"
	"_smashtop_names() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
	"\n"
	"_smashtop_folders() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); }\n"
	"\n"
	"_smashtop_names_or_files()\n"
	"{\n"
	"	compopt -o filenames\n"
	"	mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"; compgen -f -- \"$cur\")\n"
	"}\n"
	"\n"
	"# with commas between them\n"
	"_smashtop_list()\n"
	"{\n"
	"	local before=\n"
	"\n"
	"	[[ $cur == *,* ]] && before=${cur%,*},\n"
	"	compopt -o nospace\n"
	"	mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\")\n"
	"}\n"
	"\n"
	"_smashtop_assignment() { compopt -o nospace; mapfile -t COMPREPLY < <(compgen -S = -W \"$1\" -- \"$cur\"); }\n"
	"\n"
	"# NAME or NAME:FOLDER\n"
	"_smashtop_data()\n"
	"{\n"
	"	if [[ $folder ]]; then _smashtop_folders; else _smashtop_names \"$1\"; fi\n"
	"}\n"
	"\n"
	"_smashtop()\n"
	"{\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} command= option= folder= at=$((COMP_CWORD - 1)) i\n"
	"\n"
	"	COMPREPLY=()\n"
	"	# bash cuts words at = and : as well\n"
	"	case $cur in = | :) [[ $cur == : ]] && folder=1; cur= ;; *) case ${COMP_WORDS[at]} in = | :)\n"
	"		[[ ${COMP_WORDS[at]} == : ]] && folder=1; at=$((at - 1)) ;; esac ;; esac\n"
	"	if [[ $folder ]]; then\n"
	"		at=$((at - 1))\n"
	"		[[ ${COMP_WORDS[at]} == = ]] && at=$((at - 1))\n"
	"	fi\n"
	"	((at > 0)) && option=${COMP_WORDS[at]}\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		case ${COMP_WORDS[i]} in\n"
	"		";

static void bash_values(const struct option_row *row, int subcommand)
{
	static const char *const functions[] = {
		[VALUES_NAMES] = "names", [VALUES_LIST] = "list", [VALUES_ASSIGNMENT] = "assignment", [VALUES_DATA] = "data",
		[VALUES_ARCH] = "names_or_files", [VALUES_THEME] = "names_or_files", [VALUES_FOLDER] = "folders", [VALUES_FILE] = "names_or_files",
	};
	enum option_values kind = kind_of(row, subcommand);

	if (kind != VALUES_ANY) {
		printf("_smashtop_%s '", functions[kind]);
		put_values(row, subcommand, " ");
		fputs("'; ", stdout);
	}
	fputs("return", stdout);
}

static void bash_options(int subcommand)
{
	for (int i = 0, n = 0; i < option_row_count; i++)
		if (shown(&option_rows[i], subcommand))
			printf("%s--%s", n++ ? " " : "", option_rows[i].name);
}

static void write_bash(void)
{
	fputs(bash_functions, stdout);
	put_subcommands(" | ");
	fputs(") command=${COMP_WORDS[i]}; break ;;\n\t\tesac\n\tdone\n\tcase $option in\n", stdout);
	for (int i = 0; i < option_row_count; i++)
		if (option_rows[i].argument && option_rows[i].help) {
			printf("\t--%s) ", option_rows[i].name);
			bash_values(&option_rows[i], 0);
			fputs(" ;;\n", stdout);
		}
	fputs("\tesac\n\tcase $command in\n\t'') if [[ $cur == -* ]]; then _smashtop_names '", stdout);
	bash_options(SUBCOMMAND_WORKBENCH);
	fputs("'; else _smashtop_names '", stdout);
	put_subcommands(" ");
	fputs("'; fi ;;\n", stdout);
	for (int i = 1; i < SUBCOMMANDS; i++) {
		printf("\t%s) ", subcommand_rows[i].name);
		if (subcommand_rows[i].arguments) {
			fputs("[[ $cur == -* ]] || { ", stdout);
			bash_values(NULL, i);
			fputs("; }\n\t\t", stdout);
		}
		fputs("_smashtop_names '", stdout);
		bash_options(i);
		fputs("' ;;\n", stdout);
	}
	fputs("\tesac\n}\n\ncomplete -F _smashtop smashtop\n", stdout);
}

/* ---- zsh ---- */

/* Within single quotes; what is in `escaped` gets a backslash. */
static void put_zsh(const char *text, const char *escaped)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			printf("%s%c", strchr(escaped, *text) ? "\\" : "", *text);
}

/* An action of _arguments: what stands before the values and after them. */
static void zsh_values(const struct option_row *row, int subcommand)
{
	static const struct { const char *before, *after; } actions[] = {
		[VALUES_ANY] = { " ", "" }, [VALUES_NAMES] = { "(", ")" }, [VALUES_LIST] = { "_values -s , value ", "" },
		[VALUES_ASSIGNMENT] = { "{compadd -S = -- ", "}" },
		[VALUES_DATA] = { "{if compset -P \"*\\:\"; then _files -/; else compadd -- ", "; fi}" },
		[VALUES_ARCH] = { "{compadd -- ", "; _files}" }, [VALUES_THEME] = { "{compadd -- ", "; _files}" },
		[VALUES_FOLDER] = { "_files -/", "" }, [VALUES_FILE] = { "_files", "" },
	};
	enum option_values kind = kind_of(row, subcommand);

	fputs(actions[kind].before, stdout);
	put_values(row, subcommand, " ");
	fputs(actions[kind].after, stdout);
}

static void zsh_option(const struct option_row *row, int subcommand)
{
	if (row->letter)
		printf("\t\t'(-%c --%s)'{-%c,--%s}'", row->letter, row->name, row->letter, row->name);
	else
		printf("\t\t'%s--%s%s", row->type == OPTION_ASSIGNMENT ? "*" : "", row->name, row->argument ? "=" : "");
	fputs("[", stdout);
	put_zsh(option_help(row, (enum subcommand)subcommand), "[]\\");
	fputs("]", stdout);
	if (row->argument) {
		fputs(":", stdout);
		put_zsh(row->argument, ":\\");
		fputs(":", stdout);
		zsh_values(row, subcommand);
	}
	fputs("' \\\n", stdout);
}

static void zsh_options(int subcommand)
{
	for (int i = 0; i < option_row_count; i++)
		if (shown(&option_rows[i], subcommand))
			zsh_option(&option_rows[i], subcommand);
}

static void write_zsh(void)
{
	fputs("#compdef smashtop\n# written by `smashtop completion zsh`\n\n_smashtop()\n{\n\tlocal curcontext=$curcontext state line\n"
	      "\tlocal -a commands\n\ttypeset -A opt_args\n\n\t_arguments -C \\\n", stdout);
	zsh_options(SUBCOMMAND_WORKBENCH);
	fputs("\t\t'1:command:->command' \\\n\t\t'*::argument:->argument'\n\tcase $state in\n\tcommand)\n\t\tcommands=(\n", stdout);
	for (int i = 1; i < SUBCOMMANDS; i++) {
		printf("\t\t\t'%s:", subcommand_rows[i].name);
		put_zsh(subcommand_rows[i].help, ":\\");
		fputs("'\n", stdout);
	}
	fputs("\t\t)\n\t\t_describe command commands ;;\n\targument)\n\t\tcase $line[1] in\n", stdout);
	for (int i = 1; i < SUBCOMMANDS; i++) {
		printf("\t\t%s) _arguments \\\n", subcommand_rows[i].name);
		zsh_options(i);
		if (subcommand_rows[i].arguments) {
			printf("\t\t'%s:", subcommand_rows[i].arguments_max > 1 ? "*" : "1");
			put_zsh(subcommand_rows[i].arguments, ":\\");
			fputs(":", stdout);
			zsh_values(NULL, i);
			fputs("' ;;\n", stdout);
		} else
			fputs("\t\t\t;;\n", stdout);
	}
	fputs("\t\tesac ;;\n\tesac\n}\n\n_smashtop \"$@\"\n", stdout);
}

/* ---- fish ---- */

static void fish_values(const struct option_row *row, int subcommand)
{
	static const struct { const char *before, *between, *after; } ways[] = {
		[VALUES_ANY] = { " -x", "", "" }, [VALUES_NAMES] = { " -x -a '", " ", "'" }, [VALUES_LIST] = { " -x -a '(__fish_append , ", " ", ")'" },
		[VALUES_ASSIGNMENT] = { " -x -a '", "= ", "='" }, [VALUES_DATA] = { " -x -a '", " ", "'" }, [VALUES_ARCH] = { " -r -F -a '", " ", "'" },
		[VALUES_THEME] = { " -r -F -a '", " ", "'" }, [VALUES_FOLDER] = { " -x -a '(__fish_complete_directories)'", "", "" },
		[VALUES_FILE] = { " -r -F", "", "" },
	};
	enum option_values kind = kind_of(row, subcommand);

	fputs(ways[kind].before, stdout);
	put_values(row, subcommand, ways[kind].between);
	fputs(ways[kind].after, stdout);
}

static void fish_begin(int subcommand)
{
	if (subcommand)
		printf("complete -c smashtop -n '__fish_seen_subcommand_from %s'", subcommand_rows[subcommand].name);
	else
		fputs("complete -c smashtop -n __fish_use_subcommand", stdout);
}

static void fish_end(const char *help)
{
	fputs(" -d '", stdout);
	for (; *help; help++)                    /* fish knows two escapes between single quotes */
		printf("%s%c", *help == '\'' || *help == '\\' ? "\\" : "", *help);
	fputs("'\n", stdout);
}

static void fish_option(const struct option_row *row, int subcommand)
{
	fish_begin(subcommand);
	printf(" -l %s", row->name);
	if (row->letter)
		printf(" -s %c", row->letter);
	if (row->argument)
		fish_values(row, subcommand);
	fish_end(option_help(row, (enum subcommand)subcommand));
}

static void write_fish(void)
{
	fputs("# fish completion of smashtop; written by `smashtop completion fish`\n\ncomplete -c smashtop -f\n", stdout);
	for (int i = 1; i < SUBCOMMANDS; i++) {
		fish_begin(SUBCOMMAND_WORKBENCH);
		printf(" -a %s", subcommand_rows[i].name);
		fish_end(subcommand_rows[i].help);
		if (!subcommand_rows[i].arguments)
			continue;
		fish_begin(i);
		fish_values(NULL, i);
		fputs("\n", stdout);
	}
	for (int s = 0; s < SUBCOMMANDS; s++)
		for (int i = 0; i < option_row_count; i++)
			if (shown(&option_rows[i], s))
				fish_option(&option_rows[i], s);
}

static const struct {
	const char *shell;
	void (*write)(void);
} writers[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };

int cli_completion(const struct options *o)
{
	struct nearest near = nearest_to(o->argument[0]);

	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
		if (!strcmp(o->argument[0], writers[i].shell)) {
			writers[i].write();
			return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
		}
		nearest_offer(&near, writers[i].shell);
	}
	err_set("completion: there is none for %s%s", o->argument[0], near.name ? nearest_hint(&near) : "; there are bash, zsh and fish");
	return cli_failed(EXIT_USAGE);
}
