/* filter.c -- words to terms, terms to yes or no. */
#include "ui/filter.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"

enum field_type { FIELD_NUMBER, FIELD_COUNT, FIELD_ID, FIELD_ORIGIN, FIELD_WORD };

/* Numbers of the row and of the facts as doubles. */
static double number_error(const struct ranking_row *r, const struct row_facts *f) { (void)f; return r->error; }
static double number_score(const struct ranking_row *r, const struct row_facts *f) { (void)f; return r->score; }
static double number_step(const struct ranking_row *r, const struct row_facts *f) { (void)f; return (double)r->step; }
static double number_params(const struct ranking_row *r, const struct row_facts *f) { (void)f; return (double)r->parameters; }
static double number_macs(const struct ranking_row *r, const struct row_facts *f) { (void)f; return (double)r->macs; }
static double number_depth(const struct ranking_row *r, const struct row_facts *f) { (void)f; return r->depth; }
static double number_images(const struct ranking_row *r, const struct row_facts *f) { (void)f; return r->images; }
static double number_rank(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->rank ? f->rank : NAN; }
static double number_true(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->true_error; }
static double number_corrupt(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->corrupted; }
static double word_marked(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->marked; }
static double word_stale(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->stale; }
static double word_tied(const struct ranking_row *r, const struct row_facts *f) { (void)r; return f->tied; }
static double word_trained(const struct ranking_row *r, const struct row_facts *f) { (void)r; return !isnan(f->true_error); }

static const struct field {
	const char *name;
	enum field_type type;
	const char *example;             /* of a right expression */
	double (*number)(const struct ranking_row *, const struct row_facts *);
	bool relative;                   /* other rows' scores change it */
} fields[] = {
	{ "error", FIELD_NUMBER, "error<.2", number_error, false },
	{ "score", FIELD_NUMBER, "score<.5", number_score, false },
	{ "origin", FIELD_ORIGIN, "origin!=pattern", NULL, false },
	{ "id", FIELD_ID, "id^=3f1", NULL, false },
	{ "parent", FIELD_ID, "parent^=3f1", NULL, false },
	{ "macs", FIELD_COUNT, "macs<20M", number_macs, false },
	{ "params", FIELD_COUNT, "params>=50k", number_params, false },
	{ "depth", FIELD_NUMBER, "depth<=40", number_depth, false },
	{ "images", FIELD_NUMBER, "images>=5000", number_images, false },
	{ "step", FIELD_NUMBER, "step>=8000", number_step, false },
	{ "rank", FIELD_NUMBER, "rank<=10", number_rank, true },
	{ "true", FIELD_NUMBER, "true<.1", number_true, false },
	{ "corrupt", FIELD_NUMBER, "corrupt>0", number_corrupt, false },
	{ "marked", FIELD_WORD, "marked", word_marked, false },
	{ "stale", FIELD_WORD, "!stale", word_stale, false },
	{ "tied", FIELD_WORD, "tied", word_tied, true },
	{ "trained", FIELD_WORD, "trained", word_trained, false },
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* Longer ones before what they begin with. */
static const struct {
	const char *text;
	enum filter_operator operator;
} operators[] = {
	{ "<=", FILTER_AT_MOST }, { ">=", FILTER_AT_LEAST }, { "!=", FILTER_OTHER }, { "^=", FILTER_BEGINS }, { "==", FILTER_EQUAL },
	{ "<", FILTER_LESS }, { ">", FILTER_MORE }, { "=", FILTER_EQUAL },
};
enum { OPERATORS = sizeof operators / sizeof operators[0] };

const char *filter_name(int i, const char **example)
{
	*example = i >= 0 && i < FIELDS ? fields[i].example : NULL;
	return i >= 0 && i < FIELDS ? fields[i].name : NULL;
}

static int find_field(const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = 0; i < FIELDS; i++) {
		if (!strcmp(fields[i].name, name))
			return i;
		nearest_offer(&near, fields[i].name);
	}
	if (near.name)
		return err_set("there is no %s%s", name, nearest_hint(&near));
	return err_set("%s: wants something like error<.2, macs<20M, origin!=pattern, id^=3f1, marked or !stale", name);
}

/* "20M", ".2", "20%". 0 or -1. */
static int read_number(const char *text, const char *example, double *number)
{
	static const struct { char suffix; double factor; } suffixes[] = { { 'k', 1e3 }, { 'M', 1e6 }, { 'G', 1e9 }, { '%', 0.01 } };
	char *end;

	*number = strtod(text, &end);
	if (end == text || !isfinite(*number))
		goto wrong;
	for (size_t i = 0; *end && i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (*end == suffixes[i].suffix) {
			*number *= suffixes[i].factor;
			end++;
			break;
		}
	if (!*end)
		return 0;
wrong:
	return err_set("\"%s\" is no number; right would be %s", text, example);
}

static int read_origin(const char *text)
{
	struct nearest near = nearest_to(text);
	char known[96] = "";

	for (int i = 0; i < ORIGINS; i++) {
		if (!strcmp(origin_names[i], text))
			return 0;
		nearest_offer(&near, origin_names[i]);
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", origin_names[i]);
	}
	return err_set("no origin \"%s\"%s%s", text, near.name ? nearest_hint(&near) : "; there are ", near.name ? "" : known);
}

static int read_value(struct filter_term *t, const char *text)
{
	const struct field *f = &fields[t->field];
	bool begins = t->operator == FILTER_BEGINS, equal = t->operator == FILTER_EQUAL || t->operator == FILTER_OTHER;

	if (f->type == FIELD_WORD)
		return err_set("%s stands alone: %s or !%s", f->name, f->name, f->name);
	if (!*text)
		return err_set("%s: with what? Right would be %s", f->name, f->example);
	if (f->type == FIELD_ORIGIN || f->type == FIELD_ID) {
		if (!begins && !equal)
			return err_set("%s is a text: it compares with =, != or ^= (begins with)", f->name);
		if (strlen(text) >= sizeof t->text)
			return err_set("%s: \"%.32s...\" is longer than any", f->name, text);
		strcpy(t->text, text);
		if (f->type == FIELD_ID && text[strspn(text, "0123456789abcdef")])
			return err_set("%s: \"%s\" is no id: they are of 0-9 and a-f", f->name, text);
		return f->type == FIELD_ORIGIN && equal ? read_origin(text) : 0;
	}
	if (begins)
		return err_set("%s is a number: it compares with <, <=, =, !=, >= or >", f->name);
	if (read_number(text, f->example, &t->number) < 0)
		return -1;
	/* "macs<20" lets nothing pass, and 20 million was meant. */
	if (f->type == FIELD_COUNT && t->number > 0 && t->number < 1000)
		return err_set("%s %s: nothing is that small; right would be %s", f->name, text, f->example);
	return 0;
}

static int read_word(struct filter_term *t, const char *word)
{
	char name[32];
	size_t length = strcspn(word, "<>=^");

	*t = (struct filter_term){ 0 };
	if (word[length] && length > 0 && word[length - 1] == '!')
		length--;                                /* of != */
	t->not = word[0] == '!' && length > 1;
	snprintf(name, sizeof name, "%.*s", (int)length - t->not, word + t->not);
	t->field = find_field(name);
	if (t->field < 0)
		return -1;
	word += length;
	if (!*word) {
		if (fields[t->field].type != FIELD_WORD)
			return err_set("%s: compared with what? Right would be %s", name, fields[t->field].example);
		return 0;
	}
	if (t->not)
		return err_set("!%s: ! is for words that stand alone; a comparison has !=", name);
	for (int i = 0; i < OPERATORS; i++)
		if (!strncmp(word, operators[i].text, strlen(operators[i].text))) {
			t->operator = operators[i].operator;
			return read_value(t, word + strlen(operators[i].text));
		}
	return err_set("%s: \"%s\" compares nothing; right would be %s", name, word, fields[t->field].example);
}

int filter_parse(struct filter *f, const char *text)
{
	char word[96];

	f->count = 0;
	for (;;) {
		size_t length;

		text += strspn(text, " ");
		if (!*text)
			return 0;
		length = strcspn(text, " ");
		if (length >= sizeof word)
			return err_set("\"%.20s...\": no word is that long", text);
		if (f->count == FILTER_TERMS)
			return err_set("more than %d words", FILTER_TERMS);
		snprintf(word, sizeof word, "%.*s", (int)length, text);
		if (read_word(&f->term[f->count], word) < 0)
			return -1;
		f->count++;
		text += length;
	}
}

static bool text_passes(const struct filter_term *t, const char *text)
{
	if (t->operator == FILTER_BEGINS)
		return !strncmp(text, t->text, strlen(t->text));
	return (strcmp(text, t->text) == 0) == (t->operator == FILTER_EQUAL);
}

/* What is missing passes no comparison, != included. */
static bool number_passes(const struct filter_term *t, double x)
{
	switch (t->operator) {
	case FILTER_LESS:
		return x < t->number;
	case FILTER_AT_MOST:
		return x <= t->number;
	case FILTER_EQUAL:
		return x == t->number;
	case FILTER_OTHER:
		return !isnan(x) && x != t->number;
	case FILTER_AT_LEAST:
		return x >= t->number;
	default:
		return x > t->number;
	}
}

static bool term_passes(const struct filter_term *t, const struct ranking_row *row, const struct row_facts *facts)
{
	const struct field *f = &fields[t->field];

	switch (f->type) {
	case FIELD_ID:
		return text_passes(t, f->name[0] == 'p' ? row->parent : row->id);
	case FIELD_ORIGIN:
		return text_passes(t, origin_names[row->origin]);
	case FIELD_WORD:
		return (f->number(row, facts) != 0) != t->not;
	default:
		return number_passes(t, f->number(row, facts));
	}
}

bool filter_passes(const struct filter *f, const struct ranking_row *row, const struct row_facts *facts)
{
	for (int i = 0; i < f->count; i++)
		if (!term_passes(&f->term[i], row, facts))
			return false;
	return true;
}

bool filter_is_relative(const struct filter *f)
{
	for (int i = 0; i < f->count; i++)
		if (fields[f->term[i].field].relative)
			return true;
	return false;
}
