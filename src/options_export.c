/* options_export.c -- what the options of an export mean. */
#include "src/options_export.h"

#include <string.h>

#include "src/base/err.h"
#include "src/export/network.h"
#include "src/nn/wide_resnet.h"

const struct export_format *options_format(const struct options *o)
{
	const struct export_format *format;
	char known[200] = "";

	if (options_given(o, "format"))
		return export_find(o->format);
	format = export_of_file(o->output);
	if (format)
		return format;
	for (int i = 0; i < export_format_count; i++)
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", export_formats[i].name);
	err_set("export wants --format NAME, or an --output whose end says it; there are %s", known);
	return NULL;
}

/* What the format is of where nothing else is said. */
static enum export_subject first_subject(const struct export_format *format)
{
	int i = 0;

	while (!(format->subjects >> i & 1))
		i++;
	return (enum export_subject)i;
}

static int check_style(const struct options *o, const struct export_format *format, const struct export_source *s)
{
	static const char *const of_pictures[] = { "style", "width" };

	for (int i = 0; i < 2; i++)
		if (options_given(o, of_pictures[i]) && !format->picture)
			return err_set("--%s: is of pictures (svg, pdf, png), not of %s", of_pictures[i], format->name);
	if (options_given(o, "dpi") && !format->pixels)
		return err_set("--dpi: is of png, not of %s, which has no pixels", format->name);
	if (o->log && !(format->picture && s->subject == EXPORT_LOSS))
		return err_set("--log: is of pictures of the loss (--figure loss)");
	if (options_given(o, "result") && s->subject != EXPORT_CORRELATE && s->subject != EXPORT_CORRUPT)
		return err_set("--result: is of --figure correlate or corrupt");
	if (strcmp(o->style, "light") != 0 && strcmp(o->style, "dark") != 0)
		return err_set("--style %s: light or dark would be right", o->style);
	return 0;
}

/* Networks that have no architecture are named as `retrain` names them. */
static int find_network(const struct options *o, struct export_source *s)
{
	int depth, width;

	if (strncmp(o->arch, "wrn-", 4) != 0)
		return 0;
	s->network = o->arch;
	return wide_resnet_parse(o->arch, &depth, &width);
}

/* What is only of networks that were trained says so by itself, where --weights does not say otherwise. */
static int find_weights(const struct options *o, const struct export_format *format, struct export_source *s)
{
	static const char *const options[] = { "weights", "data", "one-conv" };

	for (int i = 0; i < 3; i++)
		if (!format->weights && options_given(o, options[i]))
			return err_set("--%s: is of networks (pytorch, onnx), not of %s", options[i], format->name);
	if (!format->weights)
		return 0;
	s->weights = export_weights_find(o->weights);
	if (s->weights == EXPORT_WEIGHTS || find_network(o, s) < 0)
		return -1;
	s->data = options_given(o, "data") ? o->data : NULL;
	s->one_conv = o->one_conv;
	if (!s->network && !s->data && !s->one_conv)
		return 0;
	if (!options_given(o, "weights"))
		s->weights = EXPORT_LAST;
	return s->weights != EXPORT_GENERATED ? 0 : err_set("--weights generated: of %s there are last and selected alone",
		s->network ? s->network : s->data ? "--data" : "--one-conv");
}

int options_source(const struct options *o, const struct export_format *format, struct export_source *s)
{
	s->subject = options_given(o, "figure") ? export_subject_find(o->figure) : first_subject(format);
	if (s->subject == EXPORT_SUBJECTS || export_check(format, s->subject) < 0 || check_style(o, format, s) < 0)
		return -1;
	if (find_weights(o, format, s) < 0)
		return -1;
	s->result = (int)o->result;
	s->style = (struct export_style){
		.dark = strcmp(o->style, "dark") == 0, .logarithmic = o->log, .width_mm = (int)o->width, .dpi = (int)o->dpi,
	};
	return 0;
}
