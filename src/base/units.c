/* units.c -- each unit begins where the one before would round to something longer. */
#include "src/base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct unit {
	double below;                    /* for numbers whose size is below this */
	double divisor;
	const char *format;
};

static const char *format_unit(const struct unit *unit, double x, char text[UNITS_TEXT])
{
	while (fabs(x) >= unit->below)
		unit++;
	snprintf(text, UNITS_TEXT, unit->format, x / unit->divisor);
	return text;
}

/* Millions begin at a tenth, so that a column of parameter counts mostly shares one unit. */
static const struct unit counts[] = {
	{ 999.5,    1,    "%.0f" },
	{ 99950,    1e3,  "%.1fk" },
	{ 99.995e6, 1e6,  "%.2fM" },
	{ INFINITY, 1e9,  "%.2fG" },
};

/* No wider than five where the largest is the number. */
static const struct unit column_counts[] = {
	{ 999.5,    1,    "%.0f" },
	{ 99950,    1e3,  "%.1fk" },
	{ 999.5e3,  1e3,  "%.0fk" },
	{ 9.995e6,  1e6,  "%.2fM" },
	{ 99.95e6,  1e6,  "%.1fM" },
	{ 999.5e6,  1e6,  "%.0fM" },
	{ INFINITY, 1e9,  "%.2fG" },
};

static const struct unit bytes_units[] = {
	{ 1023.5 * 1024,           1024,               "%.0f KiB" },
	{ 9.95 * 1024 * 1024,      1024 * 1024,        "%.1f MiB" },
	{ 1023.5 * 1024 * 1024,    1024 * 1024,        "%.0f MiB" },
	{ INFINITY,                1024 * 1024 * 1024, "%.1f GiB" },
};

const char *units_count(double n, char text[UNITS_TEXT])
{
	return format_unit(counts, n, text);
}

const char *units_count_beside(double n, double largest, char text[UNITS_TEXT])
{
	const struct unit *unit = column_counts;

	while (fabs(largest) >= unit->below)
		unit++;
	snprintf(text, UNITS_TEXT, unit->format, n / unit->divisor);
	return text;
}

const char *units_bytes(double bytes, char text[UNITS_TEXT])
{
	return format_unit(bytes_units, bytes, text);
}

const char *units_thousands(int64_t n, char text[UNITS_TEXT])
{
	char digits[UNITS_TEXT];
	int length = snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? -(uint64_t)n : (uint64_t)n);
	char *out = text;

	if (n < 0)
		*out++ = '-';
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

const char *units_duration(double seconds, char text[UNITS_TEXT])
{
	double minutes = round(seconds / 60), hours = floor(minutes / 60);

	if (seconds < 59.5)
		snprintf(text, UNITS_TEXT, "%.0fs", fmax(seconds, 0));
	else if (minutes < 60)
		snprintf(text, UNITS_TEXT, "%.0fm", minutes);
	else if (hours < 48)
		snprintf(text, UNITS_TEXT, "%.0fh%02.0f", hours, minutes - 60 * hours);
	else
		snprintf(text, UNITS_TEXT, "%.0fd%02.0fh", fmin(floor(hours / 24), 1e9), hours - 24 * floor(hours / 24));
	return text;
}

double units_rounded(double x, int digits)
{
	char text[64];

	snprintf(text, sizeof text, "%.*g", digits, x);          /* read back by the same locale */
	return strtod(text, NULL);
}
