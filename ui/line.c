/* line.c -- editing of one line. Whatever a key is, what was typed can be had back: by Esc from a list or a search, by Down from the history. */
#include "ui/line.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "ui/pane.h"
#include "ui/term.h"

enum { LIST_ROWS = 10 };

static struct candidates list;           /* of the line that is being written */

void line_begin(struct line *l, const char *text, struct history *history, completer *complete, void *context)
{
	*l = (struct line){ .history = history, .complete = complete, .context = context, .history_at = -1, .choice = -1 };
	snprintf(l->text, sizeof l->text, "%s", text);
	l->cursor = strlen(l->text);
	term_alt_keys(true);
}

/* ---- characters and words ---- */

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t before(const struct line *l, size_t at)
{
	while (at > 0 && continues(l->text[--at]))
		;
	return at;
}

static size_t after(const struct line *l, size_t at)
{
	if (l->text[at])
		at++;
	while (continues(l->text[at]))
		at++;
	return at;
}

static bool is_blank(char c)
{
	return c == ' ';
}

static size_t word_before(const struct line *l)
{
	size_t at = l->cursor;

	while (at > 0 && is_blank(l->text[at - 1]))
		at--;
	while (at > 0 && !is_blank(l->text[at - 1]))
		at--;
	return at;
}

static size_t word_after(const struct line *l)
{
	size_t at = l->cursor;

	while (is_blank(l->text[at]))
		at++;
	while (l->text[at] && !is_blank(l->text[at]))
		at++;
	return at;
}

/* ---- changing the text ---- */

static void set_text(struct line *l, const char *text)
{
	snprintf(l->text, sizeof l->text, "%s", text);
	l->cursor = strlen(l->text);
}

/* As many bytes as there is room for. */
static void insert(struct line *l, const char *bytes, size_t n)
{
	size_t length = strlen(l->text);

	if (n > sizeof l->text - 1 - length)
		return;
	memmove(l->text + l->cursor + n, l->text + l->cursor, length - l->cursor + 1);
	memcpy(l->text + l->cursor, bytes, n);
	l->cursor += n;
}

static void take_out(struct line *l, size_t from, size_t to, bool keep)
{
	if (from == to)
		return;
	if (keep)
		snprintf(l->killed, sizeof l->killed, "%.*s", (int)(to - from), l->text + from);
	memmove(l->text + from, l->text + to, strlen(l->text + to) + 1);
	l->cursor = from;
}

void line_paste(struct line *l, const char *text, long bytes)
{
	long room = (long)(sizeof l->text - 1 - strlen(l->text)), first = (long)strcspn(text, "\r\n"), taken = first < room ? first : room;

	l->searching = l->listing = false;
	l->history_at = -1;
	while (taken > 0 && taken < first && continues(text[taken]))
		taken--;                         /* no half of a character */
	for (long i = 0; i < taken; i++) {
		char c = (unsigned char)text[i] < 32 || text[i] == 127 ? '?' : text[i];

		insert(l, &c, 1);
	}
	l->notice[0] = 0;
	if (taken < first || (!text[first] && first < bytes))
		snprintf(l->notice, sizeof l->notice, "the paste is cut: a line has %d bytes at most, this has %ld more", (int)sizeof l->text - 1, bytes - taken);
	else if (first + 1 < bytes && text[first + 1])
		snprintf(l->notice, sizeof l->notice, "of the paste the first line is taken, %ld bytes are left out", bytes - taken);
}

/* ---- history ---- */

static void leave_line(struct line *l)
{
	if (l->history_at < 0) {
		memcpy(l->draft, l->text, sizeof l->draft);
		l->stem = l->cursor;
		l->history_at = l->history->count;
	}
}

static void older(struct line *l)
{
	char stem[LINE_SIZE];
	int at;

	if (!l->history)
		return;
	leave_line(l);
	snprintf(stem, sizeof stem, "%.*s", (int)l->stem, l->draft);
	at = l->history_at;
	do
		at = history_older(l->history, at, stem, true);
	while (at >= 0 && !strcmp(l->history->line[at], l->text));
	if (at < 0)
		return;
	l->history_at = at;
	set_text(l, l->history->line[at]);
}

static void newer(struct line *l)
{
	char stem[LINE_SIZE];
	int at;

	if (l->history_at < 0)
		return;
	snprintf(stem, sizeof stem, "%.*s", (int)l->stem, l->draft);
	at = l->history_at;
	do
		at = history_newer(l->history, at, stem);
	while (at >= 0 && !strcmp(l->history->line[at], l->text));
	l->history_at = at;
	set_text(l, at < 0 ? l->draft : l->history->line[at]);
}

/* From the newest line before `at` on; without any, the search is as long as before. */
static void search_from(struct line *l, int at)
{
	at = history_older(l->history, at, l->search, false);
	if (at < 0)
		return;
	l->history_at = at;
	set_text(l, l->history->line[at]);
}

static void search_begin(struct line *l)
{
	if (!l->history)
		return;
	leave_line(l);
	l->searching = true;
	l->search[0] = 0;
}

/* False: the search is over, and the key is the line's. */
static bool search_key(struct line *l, int key)
{
	size_t n = strlen(l->search);

	if (key == CONTROL('r'))
		search_from(l, l->history_at);
	else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && n) {
		while (n > 0 && continues(l->search[n - 1]))
			n--;
		l->search[n ? n - 1 : 0] = 0;
		search_from(l, l->history->count);
	} else if (key >= 32 && key < 256 && key != 127) {
		if (n + 1 < sizeof l->search) {
			l->search[n] = (char)key;
			l->search[n + 1] = 0;
		}
		search_from(l, l->history_at + (l->history_at < l->history->count));
	} else if (key == KEY_ESCAPE || key == CONTROL('g') || key == CONTROL('c')) {
		set_text(l, l->draft);
		l->history_at = -1;
		l->searching = false;
	} else {
		l->searching = false;
		return false;
	}
	return true;
}

/* ---- completion ---- */

/* Puts a candidate, or its first bytes, in place of the word before the cursor. */
static void put_word(struct line *l, const char *text, size_t bytes, bool ends)
{
	char word[LINE_SIZE];
	const char *quote = "";

	for (size_t i = 0; i < bytes && list.quote; i++)
		if (strchr(" \"'\\", text[i]))
			quote = memchr(text, '"', bytes) ? "'" : "\"";
	/* A quote stays open while more belongs to the word. */
	snprintf(word, sizeof word, "%s%.*s%s%s", quote, (int)bytes, text, ends ? quote : "", ends ? " " : "");
	take_out(l, list.from, l->cursor, false);
	insert(l, word, strlen(word));
}

static void choose(struct line *l, int choice)
{
	l->choice = choice;
	memcpy(l->text, l->draft, sizeof l->text);
	l->cursor = l->stem;
	if (choice >= 0)
		put_word(l, list.item[choice].text, strlen(list.item[choice].text), false);
}

static void complete(struct line *l, int by)
{
	char written[LINE_SIZE];
	size_t agree, typed;

	if (l->listing) {
		/* One place beyond the last is what was typed. */
		int places = list.count + 1, at = l->choice < 0 ? list.count : l->choice;

		at = (at + by + places) % places;
		choose(l, at == list.count ? -1 : at);
		return;
	}
	if (!l->complete)
		return;
	snprintf(written, sizeof written, "%.*s", (int)l->cursor, l->text);
	list.count = 0;
	list.quote = false;
	l->complete(l->context, &list, written);
	if (!list.count)
		return;
	typed = strlen(list.typed);
	agree = candidates_agree(&list);
	l->history_at = -1;
	if (list.count == 1)
		put_word(l, list.item[0].text, agree, !list.open);
	else {
		if (agree > typed)
			put_word(l, list.item[0].text, agree, false);
		memcpy(l->draft, l->text, sizeof l->draft);
		l->stem = l->cursor;
		l->listing = true;
		l->choice = -1;
	}
	list.typed = "";                         /* the completer's, and gone */
}

/* ---- keys ---- */

/* How a key moves or what it takes out. False: it does neither. */
static bool edit_key(struct line *l, int key)
{
	size_t end = strlen(l->text);

	switch (key) {
	case KEY_LEFT: case CONTROL('b'):
		l->cursor = before(l, l->cursor);
		return true;
	case KEY_RIGHT: case CONTROL('f'):
		l->cursor = after(l, l->cursor);
		return true;
	case TERM_WORD_LEFT:
		l->cursor = word_before(l);
		return true;
	case TERM_WORD_RIGHT:
		l->cursor = word_after(l);
		return true;
	case KEY_HOME: case CONTROL('a'):
		l->cursor = 0;
		return true;
	case KEY_END: case CONTROL('e'):
		l->cursor = end;
		return true;
	case KEY_BACKSPACE: case 127: case 8:
		take_out(l, before(l, l->cursor), l->cursor, false);
		return true;
	case KEY_DC: case CONTROL('d'):
		take_out(l, l->cursor, after(l, l->cursor), false);
		return true;
	case CONTROL('w'): case TERM_WORD_ERASE:
		take_out(l, word_before(l), l->cursor, true);
		return true;
	case TERM_WORD_DELETE:
		take_out(l, l->cursor, word_after(l), true);
		return true;
	case CONTROL('u'):
		take_out(l, 0, l->cursor, true);
		return true;
	case CONTROL('k'):
		take_out(l, l->cursor, end, true);
		return true;
	case CONTROL('y'):
		insert(l, l->killed, strlen(l->killed));
		return true;
	default:
		return false;
	}
}

static enum line_outcome leave_with(enum line_outcome outcome)
{
	term_alt_keys(false);
	return outcome;
}

enum line_outcome line_key(struct line *l, int key)
{
	char c = (char)key;
	bool erase = key == KEY_BACKSPACE || key == 127 || key == 8;

	l->notice[0] = 0;
	if (l->searching && search_key(l, key))
		return LINE_WRITING;
	if (key == KEY_TABULATOR || key == KEY_BTAB) {
		complete(l, key == KEY_BTAB ? -1 : 1);
		return LINE_WRITING;
	}
	if (l->listing && key == KEY_ESCAPE) {
		choose(l, -1);
		l->listing = false;
		return LINE_WRITING;
	}
	l->listing = false;
	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		if (l->history)
			history_add(l->history, l->text);
		return leave_with(LINE_DONE);
	}
	if (key == KEY_ESCAPE || key == CONTROL('c') || key == CONTROL('g') || (erase && !l->text[0]))
		return leave_with(LINE_LEFT);
	if (key == KEY_UP || key == CONTROL('p'))
		older(l);
	else if (key == KEY_DOWN || key == CONTROL('n'))
		newer(l);
	else if (key == CONTROL('r'))
		search_begin(l);
	else if (edit_key(l, key))
		l->history_at = -1;
	else if (key >= 32 && key < 256) {
		insert(l, &c, 1);
		l->history_at = -1;
	}
	return LINE_WRITING;
}

/* ---- drawing ---- */

static bool has_help(void)
{
	for (int i = 0; i < list.count; i++)
		if (list.item[i].help[0])
			return true;
	return false;
}

static void draw_candidate(int i, bool chosen, int y, int x, int width, int text_room)
{
	put_blank((struct rect){ y, x, 1, width }, chosen ? ROLE_SELECTION : ROLE_TEXT);
	put(y, x, 1, chosen ? ROLE_SELECTION : ROLE_TEXT, chosen ? ">" : " ");
	put(y, x + 2, text_room, chosen ? ROLE_SELECTION : ROLE_TEXT, list.item[i].text + list.hidden);
	if (list.item[i].help[0])
		put(y, x + 4 + text_room, width - text_room - 4, chosen ? ROLE_SELECTION : ROLE_DIM, list.item[i].help);
}

/* With help one a row, without as many beside one another as there is room for; around the chosen one where not all of them fit. */
static void draw_list(const struct line *l, int bottom, int x, int width)
{
	int widest = 0, across, rows, shown, first = 0, at = l->choice > 0 ? l->choice : 0;

	for (int i = 0; i < list.count; i++) {
		int w = text_width(list.item[i].text + list.hidden);

		widest = w > widest ? w : widest;
	}
	if (widest > width - 2)
		widest = width - 2;
	across = has_help() ? 1 : width / (widest + 4) > 1 ? width / (widest + 4) : 1;
	rows = (list.count + across - 1) / across;
	shown = rows < LIST_ROWS ? rows : LIST_ROWS;
	if (shown > bottom - 1)
		shown = bottom - 1;
	if (shown < 1)
		return;
	if (at / across >= shown)
		first = at / across - shown + 1;
	put_blank((struct rect){ bottom - shown - 1, x, shown + 1, width }, ROLE_TEXT);
	put_horizontal(bottom - shown - 1, x, width, ROLE_RULE);
	putf(bottom - shown - 1, x + 2, width - 2, ROLE_DIM, " %d%s   Tab, S-Tab choose   Esc closes ", list.count, list.left_out ? " and more" : "");
	for (int row = 0; row < shown; row++)
		for (int column = 0; column < across; column++) {
			int i = (first + row) * across + column;

			if (i < list.count)
				draw_candidate(i, i == l->choice, bottom - shown + row, x + column * (widest + 4), across > 1 ? widest + 4 : width, widest);
		}
}

void line_draw(const struct line *l, struct ui *ui, int y, int x, int width, const char *label)
{
	char search[96], text[LINE_SIZE];
	const char *from = l->text;
	int room, cursor, shift;

	if (l->listing)
		draw_list(l, y, x, width);
	else if (l->notice[0] && y > 0) {
		put_blank((struct rect){ y - 1, x, 1, width }, ROLE_TEXT);
		put(y - 1, x + 1, width - 1, ROLE_WARNING, l->notice);
	}
	put_blank((struct rect){ y, x, 1, width }, ROLE_PROMPT);
	snprintf(search, sizeof search, "history %s: ", l->search);
	x += put(y, x, width, ROLE_PROMPT, l->searching ? search : label);
	room = width - text_width(l->searching ? search : label);
	snprintf(text, sizeof text, "%.*s", (int)l->cursor, l->text);
	cursor = text_width(text);
	/* By half the room at once: few bytes while it is written on. */
	shift = room > 1 && cursor >= room ? ((cursor - room) / ((room + 1) / 2) + 1) * ((room + 1) / 2) : 0;
	for (int gone = 0; gone < shift && *from; ) {
		size_t next = after(l, (size_t)(from - l->text));

		snprintf(text, sizeof text, "%.*s", (int)(next - (size_t)(from - l->text)), from);
		gone += text_width(text);
		from = l->text + next;
	}
	snprintf(text, sizeof text, "%.*s", from < l->text + l->cursor ? (int)(l->text + l->cursor - from) : 0, from);
	put(y, x, room, ROLE_PROMPT, from);
	ui->cursor_y = y;
	ui->cursor_x = x + text_width(text);
	ui->typing = true;
}
