/* story.c -- see story.h. */
#include "tests/story.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/tiny_run.h"

struct story story;

void story_before(void)
{
	tiny_make(story.folder);
}

void story_after(void)
{
	pty_release(&story.p);
	tiny_remove(story.folder);
}

void story_start(struct story_start how)
{
	static char data[300], steps[16];
	char *program = getenv("SMASHTOP");
	char *new[] = { program, "--run", story.run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", steps,
		(char *)how.option, NULL };
	char *again[] = { program, "--run", story.run, (char *)how.option, NULL };
	int rows = how.rows ? how.rows : 24, columns = how.columns ? how.columns : 80;

	ck_assert_msg(program != NULL, "SMASHTOP names no program");
	snprintf(data, sizeof data, "fashion-mnist:%s", story.folder);
	snprintf(story.run, sizeof story.run, "%s/%.40s", story.folder, how.name ? how.name : "run");
	snprintf(steps, sizeof steps, "%d", how.steps ? how.steps : 1000000);
	pty_start(&story.p, story.folder, rows, columns, how.term ? how.term : "xterm-256color", how.environment,
	          access(story.run, F_OK) == 0 ? again : new);
	vt_start(&story.glass, rows, columns);
	story.fed = 0;
}

void story_start_trained(int rows, int columns, const char *key)
{
	story_start((struct story_start){ .steps = 40, .rows = rows, .columns = columns });
	ck_assert(pty_shows(&story.p, "FINISHED", 20));
	pty_keys(&story.p, key);
}

void story_stop(void)
{
	pty_keys(&story.p, "qs");
	ck_assert_msg(pty_wait(&story.p, 20), "it does not stop");
	ck_assert_int_eq(story.p.status, 0);
	ck_assert(pty_restored(&story.p));
}

bool story_on_screen(const char *text)
{
	const char *screen = pty_screen(&story.p);

	return screen && strstr(screen, text);
}

bool story_writes(const char *bytes)
{
	double end = clock_seconds() + 10;

	while (!pty_wrote(&story.p, bytes) && clock_seconds() < end && !pty_wait(&story.p, 0))
		pty_read(&story.p, 0.05);
	if (!pty_wrote(&story.p, bytes))
		fprintf(stderr, "# \"%s\" was not written\n", bytes);
	return pty_wrote(&story.p, bytes);
}

/* One parameter of CSI … m. */
static bool is_colour(long n)
{
	return (n >= 30 && n <= 38) || (n >= 40 && n <= 48) || (n >= 90 && n <= 97) || (n >= 100 && n <= 107);
}

bool story_wrote_colour(void)
{
	for (const char *at = story.p.out; at && (at = strstr(at, "\033[")); at += 2) {
		size_t n = strspn(at + 2, "0123456789;");
		char *next = (char *)at + 1;

		if (at[2 + n] != 'm')
			continue;
		while (next < at + 2 + n)
			if (is_colour(strtol(next + 1, &next, 10)))
				return true;
			else if (*next != ';')
				break;
	}
	return false;
}

void story_click(int y, int x)
{
	char press[64];

	snprintf(press, sizeof press, "\033[<0;%d;%dM\033[<0;%d;%dm", x + 1, y + 1, x + 1, y + 1);
	pty_keys(&story.p, press);
}

const char *story_content(const char *name)
{
	static char text[65536];
	char path[400];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", story.folder, name);
	if ((f = fopen(path, "r"))) {
		if (fseek(f, 1 - (long)sizeof text, SEEK_END) < 0)
			rewind(f);
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
	}
	text[n] = 0;
	return text;
}

bool story_gets(const char *name, const char *text, double seconds)
{
	double end = clock_seconds() + seconds;

	while (!strstr(story_content(name), text)) {
		if (clock_seconds() > end)
			return false;
		pty_read(&story.p, 0.05);
		if (story.p.ended)
			usleep(50000);
	}
	return true;
}

const char *story_look(double seconds)
{
	pty_read(&story.p, seconds);
	vt_feed(&story.glass, story.p.out + story.fed, story.p.length - story.fed);
	story.fed = story.p.length;
	ck_assert_str_eq(vt_unknown(), "");
	return vt_text(&story.glass);
}

bool story_brings(const char *keys, const char *text, double seconds)
{
	double end = clock_seconds() + seconds;

	if (*keys)
		pty_keys(&story.p, keys);
	while (!strstr(story_look(0.03), text))
		if (clock_seconds() > end || story.p.ended)
			return false;
	return true;
}

void story_types(const char *keys, const char *text)
{
	ck_assert_msg(story_brings(keys, text, 10), "after \"%s\" there is no \"%s\" in\n%s", keys, text, vt_text(&story.glass));
}

void story_sees(const char *text)
{
	story_types("", text);
}

void story_comes_to(const char *keys, const char *text)
{
	for (int i = 0; i < 20; i++)
		if (story_brings(keys, text, 0.5))
			return;
	ck_abort_msg("\"%s\" never brings \"%s\" in\n%s", keys, text, vt_text(&story.glass));
}

void story_puts_away(const char *keys, const char *text)
{
	double end = clock_seconds() + 10;

	pty_keys(&story.p, keys);
	while (strstr(story_look(0.03), text) && clock_seconds() < end)
		;
	ck_assert_msg(!strstr(vt_text(&story.glass), text), "\"%s\" stays in\n%s", text, vt_text(&story.glass));
}
