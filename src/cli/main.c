/* main.c -- reads the command line and runs the subcommand, or the workbench. */
#include <locale.h>
#include <stdio.h>

#include "kernels/kernels.h"
#include "src/base/err.h"
#include "src/cli/cli.h"
#include "ui/ui.h"

static int workbench(const struct options *o)
{
	struct worker_options w;
	struct ui_options u = { .ascii = o->ascii, .no_mouse = o->no_mouse };
	int status = cli_worker_options(&w, o);

	if (status != EXIT_DONE)
		return cli_failed(status);
	snprintf(u.theme, sizeof u.theme, "%s", o->theme);
	if (u.theme[0] && ui_check_theme(u.theme) < 0)
		return cli_failed(EXIT_FAILED);
	if (o->plain)
		return ui_plain(&w);
	status = ui_main(&w, &u);
	if (status != UI_NO_TERMINAL)
		return status;
	fprintf(stderr, "smashtop: %s; training without a screen (--plain takes commands in lines)\n", err_last());
	return cli_train(o);
}

static int (*const run_subcommand[SUBCOMMANDS])(const struct options *) = {
	[SUBCOMMAND_WORKBENCH] = workbench,
	[SUBCOMMAND_TRAIN] = cli_train,
	[SUBCOMMAND_RANK] = cli_experiment,
	[SUBCOMMAND_CORRUPT] = cli_experiment,
	[SUBCOMMAND_GUIDE] = cli_experiment,
	[SUBCOMMAND_RETRAIN] = cli_experiment,
	[SUBCOMMAND_CORRELATE] = cli_experiment,
	[SUBCOMMAND_SAMPLE] = cli_sample,
	[SUBCOMMAND_SHOW] = cli_show,
	[SUBCOMMAND_CHECK] = cli_check,
	[SUBCOMMAND_EXPORT] = cli_export,
	[SUBCOMMAND_DATA] = cli_data,
	[SUBCOMMAND_BENCH] = cli_bench,
	[SUBCOMMAND_COMPLETION] = cli_completion,
	[SUBCOMMAND_THEMES] = cli_themes,
};

int main(int argc, char **argv)
{
	struct options options;

	setlocale(LC_CTYPE, "");             /* not LC_NUMERIC: JSON and tables have decimal points */
	if (options_parse(&options, argc, argv) < 0)
		return cli_failed(EXIT_USAGE);
	if (options.version) {
		puts("smashtop " PACKAGE_VERSION);
		backend_print_versions(stdout);
	} else if (options.help_man) {
		options_write_man(stdout);
		ui_write_man(stdout);
	} else if (options.help) {
		options_write_help(stdout, options.subcommand);
	} else {
		cli_watch_data();
		return run_subcommand[options.subcommand](&options);
	}
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
