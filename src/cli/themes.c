/* themes.c -- `smashtop themes`. */
#include <stdio.h>

#include "src/cli/cli.h"
#include "ui/theme.h"

int cli_themes(const struct options *o)
{
	static struct theme_list list;
	json_t *themes;

	theme_list(&list);
	if (!o->json) {
		for (int i = 0; i < list.count; i++)
			printf("%-16s %s\n", list.item[i].name, list.item[i].path);
		return EXIT_DONE;
	}
	themes = json_array();
	for (int i = 0; i < list.count; i++)
		json_array_append_new(themes, json_pack("{s:s, s:s}", "name", list.item[i].name, "path", list.item[i].path));
	return cli_print_json(json_pack("{s:o}", "themes", themes));
}
