/* document.c -- looks into JSON documents. */
#include "src/base/document.h"

#include <math.h>
#include <string.h>

json_t *document_at(const json_t *document, const char *path)
{
	const json_t *at = document;

	while (at && *path) {
		size_t length = strcspn(path, ".");
		char key[64];

		if (length >= sizeof key)
			return NULL;
		memcpy(key, path, length);
		key[length] = 0;
		at = json_object_get(at, key);
		path += length + (path[length] == '.');
	}
	return (json_t *)at;
}

double number_of(const json_t *value)
{
	return json_is_number(value) ? json_number_value(value) : NAN;
}

json_t *json_of(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

double document_number(const json_t *document, const char *path)
{
	return number_of(document_at(document, path));
}

json_int_t document_count(const json_t *document, const char *path)
{
	const json_t *value = document_at(document, path);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

const char *document_text(const json_t *document, const char *path)
{
	const char *text = json_string_value(document_at(document, path));

	return text ? text : "";
}

bool document_says(const json_t *document, const char *path)
{
	return json_is_true(document_at(document, path));
}

struct interval document_pair(const json_t *document, const char *path, double value)
{
	const json_t *pair = document_at(document, path);

	return (struct interval){ value, number_of(json_array_get(pair, 0)), number_of(json_array_get(pair, 1)) };
}

struct interval document_interval(const json_t *document, const char *path)
{
	const json_t *at = document_at(document, path);
	double value = document_number(at, "value");

	if (json_object_get(at, "interval"))
		return document_pair(at, "interval", value);
	return (struct interval){ value, document_number(at, "low"), document_number(at, "high") };
}
