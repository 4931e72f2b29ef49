/* ranking_actions.c -- what is asked of the laboratory about the marked rows, or without any about the one under the cursor. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/commands.h"
#include "ui/ranking.h"

/* CHOSEN_MAX: ids that a command line holds. TRAININGS: each takes minutes, and as many jobs can wait. */
enum { CHOSEN_MAX = 32, TRAININGS = 8, NEIGHBOURS = 20, STEPS = 20, EPOCHS = 30 };

int ranking_subjects(const struct ranking_pane *p, int *list, int room)
{
	const struct ranking_view *v = &p->view;
	int n = 0;

	for (int i = 0; i < v->count; i++)
		if (v->facts[v->order[i]].marked && n++ < room)
			list[n - 1] = v->order[i];
	for (int i = 0; n < v->marked && i < v->rows; i++)
		if (v->facts[i].marked && !filter_passes(&v->filter, &v->seen[i], &v->facts[i]) && n++ < room)
			list[n - 1] = i;
	if (!n && p->selected >= 0) {
		list[0] = p->selected;
		n = 1;
	}
	return n;
}

static bool none(struct ui *ui, int count)
{
	if (count == 0)
		ui_say(ui, ROLE_INFO, "there is no row: R scores 50 architectures; a filter may hide them");
	return count == 0;
}

static void corrupt(struct ui *ui, struct ranking_pane *p)
{
	int list[CHOSEN_MAX], count = ranking_subjects(p, list, CHOSEN_MAX), n;
	char line[REQUEST_TEXT];

	if (none(ui, count))
		return;
	if (count > CHOSEN_MAX) {
		ui_say(ui, ROLE_WARNING, "%d are marked; corruption takes %d at most, or as many random ones as you like: :corrupt --count %d", count,
		       CHOSEN_MAX, count);
		return;
	}
	n = snprintf(line, sizeof line, "corrupt --arch ");
	for (int i = 0; i < count; i++)
		n += snprintf(line + n, sizeof line - (size_t)n, "%s%s", i ? "," : "", p->view.seen[list[i]].id);
	commands_run(ui, line);
}

/* How many are to be trained; 0, having said so, where none can be or they are too many. */
static int to_train(struct ui *ui, const struct ranking_pane *p, int list[TRAININGS])
{
	int count = ranking_subjects(p, list, TRAININGS);

	if (none(ui, count))
		return 0;
	if (count > TRAININGS) {
		ui_say(ui, ROLE_WARNING, "%d are marked; %d at most are trained one after the other: :correlate trains many", count, TRAININGS);
		return 0;
	}
	return count;
}

/* What takes an hour begins with Enter at the prompt, where its length can be changed. */
static void train(struct ui *ui, struct ranking_pane *p)
{
	int list[TRAININGS], count = to_train(ui, p, list);
	char line[64];

	if (count == 0)
		return;
	if (count == 1)
		snprintf(line, sizeof line, "retrain --arch %s --epochs %d", p->view.seen[list[0]].id, EPOCHS);
	else
		snprintf(line, sizeof line, "train-marked --epochs %d", EPOCHS);
	prompt_open(ui, line);
}

void run_train_marked(struct ui *ui, int count, char **word)
{
	struct ranking_pane *p = (struct ranking_pane *)ui->pane[PANE_RANKING];
	int list[TRAININGS], subjects = to_train(ui, p, list);
	char rest[REQUEST_TEXT - 64], line[REQUEST_TEXT];

	commands_join(rest, sizeof rest, count - 1, word + 1);
	for (int i = 0; i < subjects; i++) {
		snprintf(line, sizeof line, "retrain --arch %s %s", p->view.seen[list[i]].id, rest);
		commands_run(ui, line);
	}
}

static void edit(struct ui *ui, struct ranking_pane *p)
{
	struct arch arch;

	if (none(ui, p->selected >= 0))
		return;
	if (worker_ranking_arch(ui->worker, p->selected, &arch))
		edit_begin(ui, &arch, p->view.seen[p->selected].id);
	else
		ui_say(ui, ROLE_WARNING, "the architecture of %s is not at hand", p->view.seen[p->selected].id);
}

/* "guide --arch ID", "rank --arch ID --perturb 20": about the cursor's architecture alone. */
static void about_cursor(struct ui *ui, struct ranking_pane *p, const char *command, const char *option, int count)
{
	char line[96];

	if (none(ui, p->selected >= 0))
		return;
	if (option)
		snprintf(line, sizeof line, "%s --arch %s --%s %d", command, p->view.seen[p->selected].id, option, count);
	else
		snprintf(line, sizeof line, "%s --arch %s", command, p->view.seen[p->selected].id);
	commands_run(ui, line);
}

/* Marked ones that older weights scored, without marks all that the filter lets pass, in the order of the list; as many as a command holds. */
static void score_again(struct ui *ui, struct ranking_pane *p)
{
	static struct command c;
	const struct ranking_view *v = &p->view;
	int stale = 0;

	c.kind = COMMAND_SCORE_ROWS;
	c.rows.images = 0;
	c.rows.count = 0;
	for (int i = 0; i < v->count; i++) {
		int index = v->order[i];

		if (v->seen[index].step >= ui->snap->step || (v->marked && !v->facts[index].marked))
			continue;
		if (stale++ < COMMAND_ROWS)
			c.rows.row[c.rows.count++] = index;
	}
	if (!stale)
		ui_say(ui, ROLE_INFO, v->count ? "%s the weights of now, step %s: nothing to score again" : "%.0sno row is there", v->marked ? "the marked ones are scored with" : "all are scored with", text_count(ui->snap->step));
	else if (ui_run_open(ui, "scoring") && ui_send_command(ui, &c))
		ui_say(ui, ROLE_INFO, stale > c.rows.count ? "%s of %s are scored again with the weights of now; r again takes more" :
		       "%s scored again with the weights of now", text_count(c.rows.count), text_count(stale));
}

/* Without a cursor yet, the first row that is seen is meant. */
static void choose(struct ui *ui, struct ranking_pane *p)
{
	if (p->selected < 0 && p->top < p->view.count)
		ranking_select(ui, p, p->view.order[p->top]);
}

bool ranking_action(struct ui *ui, struct ranking_pane *p, enum action action)
{
	if (action == ACTION_CORRUPT || action == ACTION_GUIDE || action == ACTION_RETRAIN || action == ACTION_PERTURB ||
	    action == ACTION_CHAIN || action == ACTION_EDIT)
		choose(ui, p);
	switch (action) {
	case ACTION_CORRUPT:
		corrupt(ui, p);
		return true;
	case ACTION_GUIDE:
		about_cursor(ui, p, "guide", NULL, 0);
		return true;
	case ACTION_RETRAIN:
		train(ui, p);
		return true;
	case ACTION_PERTURB:
		about_cursor(ui, p, "rank", "perturb", NEIGHBOURS);
		return true;
	case ACTION_CHAIN:
		about_cursor(ui, p, "rank", "chain", STEPS);
		return true;
	case ACTION_COMPARE:
		compare_open(ui, p);
		return true;
	case ACTION_EDIT:
		edit(ui, p);
		return true;
	case ACTION_SCORE_AGAIN:
		score_again(ui, p);
		return true;
	default:
		return false;
	}
}
