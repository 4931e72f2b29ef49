/* bind.c -- which keys do what now: the table's, or those that a person has given an action in their place. */
#include <ctype.h>
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "ui/keys.h"

/* Of each action that was given other keys; `line` 0: it has the table's. */
static struct bound {
	int line;
	int key[KEYS_A_ROW];
} bound[ACTION_COUNT];

static const struct { const char *name; int key; } named[] = {
	{ "Up", KEY_UP }, { "Down", KEY_DOWN }, { "Left", KEY_LEFT }, { "Right", KEY_RIGHT }, { "Home", KEY_HOME }, { "End", KEY_END },
	{ "PgUp", KEY_PPAGE }, { "PgDn", KEY_NPAGE }, { "Ins", KEY_IC }, { "Del", KEY_DC }, { "Tab", KEY_TABULATOR }, { "S-Tab", KEY_BTAB },
	{ "Enter", KEY_ENTER }, { "Esc", KEY_ESCAPE }, { "Backspace", KEY_BACKSPACE }, { "Space", ' ' }, { "Semicolon", ';' },
};
enum { NAMED = sizeof named / sizeof named[0], F_KEYS = 12 };

/* Of keys that terminals send in more than one way, one. */
static int canonical(int key)
{
	return key == '\r' || key == '\n' ? KEY_ENTER : key == 127 || key == 8 ? KEY_BACKSPACE : key;
}

const char *key_name(int key)
{
	static char ring[8][16];
	static int next;
	char *text = ring[next = (next + 1) % 8];

	key = canonical(key);
	for (int i = 0; i < NAMED; i++)
		if (named[i].key == key && key != ';')
			return named[i].name;
	if (key > KEY_F0 && key <= KEY_F(F_KEYS))
		snprintf(text, 16, "F%d", key - KEY_F0);
	else if (key > 0 && key < 32)
		snprintf(text, 16, "^%c", tolower(key + 64));
	else if (key > 32 && key < 127)
		snprintf(text, 16, "%c", key);
	else
		text[0] = 0;
	return text;
}

int key_parse(const char *name)
{
	struct nearest near = nearest_to(name);
	char *end;
	long f;

	if (name[0] > 32 && name[0] < 127 && !name[1])
		return name[0];
	if (name[0] == '^' && isalpha((unsigned char)name[1]) && !name[2])
		return canonical(CONTROL(name[1]));
	if ((name[0] == 'F' || name[0] == 'f') && isdigit((unsigned char)name[1])) {
		f = strtol(name + 1, &end, 10);
		if (!*end && f >= 1 && f <= F_KEYS)
			return KEY_F((int)f);
	}
	for (int i = 0; i < NAMED; i++) {
		if (!strcasecmp(named[i].name, name))
			return named[i].key;
		nearest_offer(&near, named[i].name);
	}
	return err_set("there is no key \"%s\"%s", name, near.name ? nearest_hint(&near) :
	               "; there are letters and signs, ^a, F1 to F12, Space, Enter, Esc, Tab, Up, PgDn, Semicolon ...");
}

static const int *keys_of(const struct key_row *row)
{
	return bound[row->action].line ? bound[row->action].key : row->key;
}

bool key_has(const struct key_row *row, int key)
{
	const int *own = keys_of(row);

	key = canonical(key);
	for (int i = 0; i < KEYS_A_ROW && own[i]; i++)
		if (canonical(own[i]) == key)
			return true;
	return false;
}

const struct key_row *key_find(int key, enum where where)
{
	const struct key_row *found = NULL;

	for (int i = 0; i < key_row_count; i++)
		if (key_has(&key_rows[i], key)) {
			if (key_rows[i].where == where)
				return &key_rows[i];
			if (key_rows[i].where == EVERYWHERE)
				found = &key_rows[i];
		}
	return found;
}

static bool is_letter(int key)
{
	return key > 32 && key < 127;
}

const char *key_of(enum action action, enum where where)
{
	static char command[32];

	for (int i = 0; i < key_row_count; i++) {
		const struct key_row *row = &key_rows[i];

		if (row->action == action && (row->where == where || row->where == EVERYWHERE) && keys_of(row)[0])
			return key_name(keys_of(row)[0]);
	}
	snprintf(command, sizeof command, ":%s", action_words[action]);
	return command;
}

const char *key_names(const struct key_row *row, char *text, size_t size)
{
	const int *own = keys_of(row);
	size_t n = 0;

	if (!bound[row->action].line)
		return row->names;
	text[0] = 0;
	for (int i = 0; i < KEYS_A_ROW && own[i] && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", n ? " " : "", key_name(own[i]));
	return n ? text : "none";
}

const char *key_bar(const struct key_row *row, enum where here, bool letters)
{
	const int *own = keys_of(row);
	int shown = own[0];

	if (!row->bar || !shown || (row->where != EVERYWHERE && row->where != here))
		return NULL;
	for (int i = KEYS_A_ROW - 1; i >= 0; i--)
		if (letters && is_letter(own[i]))
			shown = own[i];
	if (key_find(shown, here) != row)
		return NULL;
	return letters || bound[row->action].line ? key_name(shown) : row->bar;
}

/* ---- binding ---- */

void keys_reset(void)
{
	memset(bound, 0, sizeof bound);
}

/* Blank-separated names, or <nop>. */
static int parse_keys(const char *names, int key[KEYS_A_ROW])
{
	char text[128];
	char *rest = text, *name;
	int n = 0;

	memset(key, 0, KEYS_A_ROW * sizeof *key);
	if (!strcmp(names, "<nop>"))
		return 0;
	snprintf(text, sizeof text, "%s", names);
	while ((name = strtok_r(rest, " \t", &rest))) {
		if (n == KEYS_A_ROW)
			return err_set("more than %d keys for one action", KEYS_A_ROW);
		if ((key[n] = key_parse(name)) < 0)
			return -1;
		n++;
	}
	return n ? 0 : err_set("wants names of keys, or <nop> for none");
}

enum action action_find(const char *word)
{
	struct nearest near = nearest_to(word);

	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		if (!strcmp(action_words[i], word))
			return (enum action)i;
		nearest_offer(&near, action_words[i]);
	}
	err_set("there is no action \"%s\"%s", word, near.name ? nearest_hint(&near) : "; smashtop(1) lists them");
	return ACTION_NONE;
}

int keys_bind(const char *word, const char *names, int line)
{
	enum action action = action_find(word);
	int key[KEYS_A_ROW];

	if (!action || parse_keys(names, key) < 0)
		return -1;
	memcpy(bound[action].key, key, sizeof key);
	bound[action].line = line;
	return 0;
}

/* Whether the table itself has the key for both: a pane that gives it a meaning of its own. */
static bool by_design(const struct key_row *a, const struct key_row *b, int key)
{
	bool in_a = false, in_b = false;

	for (int i = 0; i < KEYS_A_ROW; i++) {
		in_a |= a->key[i] && canonical(a->key[i]) == key;
		in_b |= b->key[i] && canonical(b->key[i]) == key;
	}
	return in_a && in_b && a->where != b->where;
}

/* Another action's row that has the key where this action has it too. */
static const struct key_row *conflict(enum action action, int key)
{
	for (int i = 0; i < key_row_count; i++)
		for (int k = 0; k < key_row_count && key_rows[i].action == action; k++) {
			const struct key_row *a = &key_rows[i], *b = &key_rows[k];

			if (b->action != action && b->action && (a->where == b->where || a->where == EVERYWHERE || b->where == EVERYWHERE) &&
			    key_has(b, key) && !by_design(a, b, canonical(key)))
				return b;
		}
	return NULL;
}

/* Leaves out the keys that another action has; says which. */
static void settle(enum action action, const char *path, struct faults *faults)
{
	struct bound *b = &bound[action];
	int key[KEYS_A_ROW], n = 0;
	char names[64];

	memcpy(key, b->key, sizeof key);
	memset(b->key, 0, sizeof b->key);
	for (int i = 0; i < KEYS_A_ROW && key[i]; i++) {
		const struct key_row *other = conflict(action, key[i]);

		if (!other) {
			b->key[n++] = key[i];
			continue;
		}
		err_set("%s = %s, but %s = %s (%s): %s stays what it was", action_words[action], key_name(key[i]), action_words[other->action],
		        key_names(other, names, sizeof names), where_names[other->where], key_name(key[i]));
		faults_add(faults, path, b->line);
	}
	if (key[0] && !n)
		b->line = 0;                             /* the table's keys rather than none */
}

void keys_settle(const char *path, struct faults *faults)
{
	int line = INT_MAX, action;

	do {                                             /* of two lines that ask for one key the later has not got it */
		action = ACTION_NONE;
		for (int i = 0; i < ACTION_COUNT; i++)
			if (bound[i].line < line && bound[i].line > bound[action].line)
				action = i;
		line = bound[action].line;
		if (action)
			settle((enum action)action, path, faults);
	} while (action);
}
