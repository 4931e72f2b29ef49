/* worker_list.c -- the list of jobs that the screen shows: one line for each that was asked for, kept a while after its end. */
#include "src/lab/worker_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"

static bool has_ended(const struct job_line *line)
{
	return line->state == JOB_ENDED || line->state == JOB_CANCELLED || line->state == JOB_BROKE;
}

void list_remove(struct worker *w, int number)
{
	struct snapshot *s = &w->next;
	struct job_line *line = list_find(w, number);

	memmove(line, line + 1, (size_t)(s->jobs + --s->job_count - line) * sizeof(*line));
	w->dirty = true;
}

/* Those that run and wait are few, so there is always one that has ended. */
static void make_room(struct worker *w)
{
	struct snapshot *s = &w->next;
	int i = 0;

	if (s->job_count < JOB_LINES)
		return;
	while (!has_ended(&s->jobs[i]))
		i++;
	list_remove(w, s->jobs[i].number);
}

int list_add(struct worker *w, const char *name, const char *words)
{
	struct snapshot *s = &w->next;
	struct job_line *line;

	make_room(w);
	line = &s->jobs[s->job_count++];
	*line = (struct job_line){ .number = ++w->numbered, .began = NAN, .ended = NAN, .per_second = NAN, .eta_seconds = NAN };
	snprintf(line->name, sizeof(line->name), "%s", name);
	snprintf(line->words, sizeof(line->words), "%s", words);
	w->dirty = true;
	return line->number;
}

struct job_line *list_find(struct worker *w, int number)
{
	for (int i = 0; i < w->next.job_count; i++)
		if (w->next.jobs[i].number == number)
			return &w->next.jobs[i];
	return NULL;
}

void list_end(struct worker *w, int number, enum job_state state, const char *text)
{
	struct job_line *line = list_find(w, number);

	line->state = state;
	line->ended = clock_wall();
	line->eta_seconds = NAN;
	snprintf(line->text, sizeof(line->text), "%s", text);
	w->dirty = true;
}
