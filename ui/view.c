/* view.c -- what the views of experiments share. */
#include "ui/view.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "ui/commands.h"
#include "ui/ranking.h"

static void show(struct ui *ui, struct view *v, json_t *document)
{
	json_decref(v->document);
	v->document = json_incref(document);
	v->taken = ui->now;
}

/* The newest of its kind that has begun: the newest document is that one's. */
static const struct job_line *job_of_document(const struct ui *ui, const struct view *v)
{
	const struct snapshot *s = ui->snap;

	for (int i = s->job_count - 1; i >= 0; i--)
		if (strcmp(s->jobs[i].name, experiment_names[v->kind]) == 0 && s->jobs[i].state != JOB_WAITS)
			return &s->jobs[i];
	return NULL;
}

static void show_newest(struct view *v)
{
	if (v->shown)
		v->serial = 0;                   /* it is news again */
	v->shown = v->asked = 0;
}

/* In RUN/results, besides the newest document. */
static int older_results(const struct ui *ui, const struct view *v)
{
	int64_t older = document_count(ui->answer[v->kind], "older");

	return older > 0 ? (int)older : 0;
}

static void ask(struct ui *ui, struct view *v, int number)
{
	struct command c = { .kind = COMMAND_RESULT, .result = { v->kind, number } };

	if (ui_send_command(ui, &c))
		v->asked = number;
}

/* The one that was asked for cannot be read, which the worker has said: the next in that direction, or what is shown stays. */
static void pass_over(struct ui *ui, struct view *v)
{
	int older = older_results(ui, v), at = v->shown ? v->shown : older + 1, to = v->asked + (v->asked < at ? -1 : 1);

	v->asked = v->shown;
	if (to > older)
		show_newest(v);
	else if (to >= 1)
		ask(ui, v, to);
}

/* What COMMAND_RESULT brought, if it is what this view asked for last. */
static bool take_result(struct ui *ui, struct view *v)
{
	const json_t *result = ui->answer[ANSWER_RESULT];

	if (!result || ui->answer_serial[ANSWER_RESULT] == v->result_serial)
		return false;
	v->result_serial = ui->answer_serial[ANSWER_RESULT];
	if (strcmp(document_text(result, "experiment"), experiment_names[v->kind]) != 0 || document_count(result, "number") != v->asked)
		return false;
	if (!document_at(result, "document")) {
		pass_over(ui, v);
		return false;
	}
	v->shown = v->asked;
	show(ui, v, json_object_get(result, "document"));
	return true;
}

bool view_news(struct ui *ui, struct view *v)
{
	const struct job_line *job = job_of_document(ui, v);

	if (job && job->number != v->job) {
		v->job = job->number;
		show_newest(v);
	}
	if (take_result(ui, v))
		return true;
	if (v->shown || ui->answer_serial[v->kind] == v->serial || !ui->answer[v->kind])
		return false;
	show(ui, v, ui->answer[v->kind]);
	v->serial = ui->answer_serial[v->kind];
	return true;
}

void view_turn(struct ui *ui, struct view *v, int by)
{
	int older = older_results(ui, v), to = (v->asked ? v->asked : older + 1) + by;

	if (to < 1 || (to > older && !v->asked)) {
		ui_say(ui, ROLE_INFO, older ? "this is the %s of %d results" : "there is no other result", by < 0 ? "oldest" : "newest", older + 1);
		return;
	}
	if (to > older) {
		show_newest(v);
		return;
	}
	ask(ui, v, to);
}

void view_release(struct view *v)
{
	json_decref(v->document);
	v->document = NULL;
}

bool view_running(const struct view *v)
{
	return document_says(v->document, "running");
}

const struct job_line *view_job(const struct ui *ui, const struct view *v)
{
	const struct snapshot *s = ui->snap;

	for (int i = s->job_count - 1; i >= 0; i--)
		if (strcmp(s->jobs[i].name, experiment_names[v->kind]) == 0)
			return &s->jobs[i];
	return NULL;
}

void view_state(const struct ui *ui, const struct view *v, bool narrow, char *text, size_t size)
{
	const struct job_line *job = job_of_document(ui, v);
	double age = document_number(v->document, "age_seconds");
	int older = older_results(ui, v);
	size_t n = 0;

	if (older)
		n = (size_t)snprintf(text, size, "%d of %d, ", v->shown ? v->shown : older + 1, older + 1);
	if (view_running(v))
		snprintf(text + n, size - n, "%s", job && job->state == JOB_HELD ? "held" : "running");
	else if (!isnan(age))
		snprintf(text + n, size - n, "%s old", text_duration(age + ui->now - v->taken));
	else if (job)
		snprintf(text + n, size - n, "%s %s", job->state == JOB_CANCELLED ? "cancelled" : job->state == JOB_BROKE ? "broken off" : "finished",
		         text_clock(job->ended));
	else
		snprintf(text + n, size - n, "finished");
	n = strlen(text);
	if (!narrow)
		snprintf(text + n, size - n, ", step %s", text_count(document_count(v->document, "step")));
}

int64_t view_steps_behind(const struct ui *ui, const struct view *v)
{
	int64_t step = document_count(v->document, "step");

	return step >= 0 && ui->snap->step > step ? ui->snap->step - step : 0;
}

bool view_has(const char *experiment)
{
	return strcmp(experiment, experiment_names[EXPERIMENT_RETRAIN]) != 0;
}

static bool busy(struct ui *ui, const struct view *v)
{
	const struct job_line *job = view_job(ui, v);

	if (!job || job->state > JOB_HELD)
		return false;
	ui_say(ui, ROLE_INFO, "%s %s already: %s cancels the job in front, %s shows them all", job->name, job->state == JOB_WAITS ? "waits" : "runs",
	       key_of(ACTION_CANCEL, EVERYWHERE), key_of(ACTION_TAB_7, EVERYWHERE));
	return true;
}

void view_again(struct ui *ui, const struct view *v, const char *words)
{
	const struct job_line *job = view_job(ui, v);

	if (busy(ui, v))
		return;
	if (job && job->words[0] && !v->shown)
		commands_run(ui, job->words);
	else if (v->document)
		commands_run(ui, words);
	else
		ui_say(ui, ROLE_INFO, "there is nothing to go on with yet");
}

void view_begin(struct ui *ui, const struct view *v, const char *format, ...)
{
	char words[REQUEST_TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof words, format, ap);
	va_end(ap);
	if (!busy(ui, v))
		commands_run(ui, words);
}

/* A score is the forward third of a training step; beside training it has half of the time. */
const char *view_about(const struct ui *ui, double images)
{
	static char text[48];
	const struct snapshot *s = ui->snap;
	double rate, seconds;

	text[0] = 0;
	if (s->epoch_steps <= 0 || s->step <= 0 || !(s->elapsed_seconds > 0))
		return text;
	rate = (double)s->step / (double)s->epoch_steps * s->train_images / s->elapsed_seconds;
	seconds = images / (3 * rate) * (s->state == WORKER_TRAINING ? 2 : 1);
	if (!(seconds > 0))
		return text;
	if (seconds > 2) {
		double digit = pow(10, floor(log10(seconds)));

		seconds = ceil(seconds / digit) * digit;
	}
	snprintf(text, sizeof text, ", about %s", text_duration(seconds < 1 ? 1 : seconds));
	return text;
}

int view_index(const struct ui *ui, const char *id)
{
	return ranking_view_find(&ranking_pane((struct ui *)ui)->view, id);
}

const struct ranking_row *view_row(const struct ui *ui, const char *id)
{
	int i = view_index(ui, id);

	return i < 0 ? NULL : &ui->ranking[i];
}

/* What the document says of an architecture; NULL: nothing. */
static const json_t *entry_of(const json_t *document, const char *id)
{
	static const char *const lists[] = { "subjects", "pairs", "starts" };
	const json_t *entry = document_at(document, "at_work");

	if (strcmp(document_text(entry, "id"), id) == 0)
		return entry;
	for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++) {
		size_t i;

		json_array_foreach(document_at(document, lists[k]), i, entry)
			if (strcmp(document_text(entry, "id"), id) == 0)
				return entry;
	}
	return NULL;
}

bool view_arch(struct ui *ui, const struct view *v, const char *id, struct arch *arch)
{
	const json_t *own = document_at(entry_of(v->document, id), "architecture");
	int i = view_index(ui, id);

	if (i >= 0 && worker_ranking_arch(ui->worker, i, arch))
		return true;
	if (own && arch_from_json(arch, own, &ui->snap->space) == 0)
		return true;
	if (own)
		ui_say(ui, ROLE_WARNING, "%s: %s", id, err_last());
	else
		ui_say(ui, ROLE_WARNING, "%s is not in the ranking, and an older version wrote this result without its banks", id);
	return false;
}

void view_show(struct ui *ui, const struct arch *arch, enum origin origin, const char *parent)
{
	struct ranking_row row = { .origin = origin, .step = ui->snap->step, .score = NAN, .score_stderr = NAN, .error = NAN, .error_stderr = NAN };
	struct arch_cost cost = arch_cost(&ui->snap->space, arch, &ui->snap->input);
	const struct ranking_row *ranked;

	arch_id(arch, row.id);
	ranked = view_row(ui, row.id);
	snprintf(row.parent, sizeof row.parent, "%s", parent);
	row.parameters = cost.free + cost.generated;
	row.macs = cost.macs;
	row.depth = cost.depth;
	banks_show(ui, arch, ranked ? ranked : &row, 0);
	ui_focus(ui, PANE_BANKS);
}

void view_open(struct ui *ui, const struct view *v, const char *id)
{
	struct arch arch;

	if (view_arch(ui, v, id, &arch))
		view_show(ui, &arch, ORIGIN_SAMPLED, "");
}

void view_edit(struct ui *ui, const struct view *v, const char *id)
{
	struct arch arch;

	if (view_arch(ui, v, id, &arch))
		edit_begin(ui, &arch, id);
}

static enum where where_of(const struct view *v)
{
	return v->kind == EXPERIMENT_CORRUPT ? IN_CORRUPT : v->kind == EXPERIMENT_GUIDE ? IN_GUIDE : IN_CORRELATE;
}

void view_foot(const struct ui *ui, const struct view *v, int y, int x, int width, const char *begin)
{
	const struct job_line *job = view_job(ui, v);
	const char *jobs = key_of(ACTION_TAB_7, EVERYWHERE), *again = key_of(ACTION_AGAIN, where_of(v));
	char text[320];

	if (job && job->state == JOB_WAITS)
		snprintf(text, sizeof text, "waits for its turn, %s all jobs", jobs);
	else if (job && job->state <= JOB_HELD)
		snprintf(text, sizeof text, "%s cancels, what it has found stays and %s goes on, %s all jobs", key_of(ACTION_CANCEL, EVERYWHERE), again, jobs);
	else if (job && job->state != JOB_ENDED && !v->shown && job->step < ui->snap->step)
		snprintf(text, sizeof text, "%s begins it anew with the weights of now, %s", again, begin);
	else if (job && job->state != JOB_ENDED && !v->shown)
		snprintf(text, sizeof text, "%s goes on where it was: %s of %s, %s", again, text_count(job->done), text_count(job->total), begin);
	else
		snprintf(text, sizeof text, "%s", begin);
	put_pieces(y, x, width, ROLE_DIM, text);
}

int view_verdict(const struct view *v, struct rect r, int most, const char *text)
{
	char all[800];
	int rows;

	snprintf(all, sizeof all, "%s%s", view_running(v) ? "So far: " : "Verdict: ", text);
	rows = put_wrapped((struct rect){ 0, 0, 0, r.w - 2 }, ROLE_TITLE, all);
	rows = rows > most ? most : rows;
	if (rows > 0)
		put_wrapped((struct rect){ r.y + r.h - rows, r.x + 1, rows, r.w - 2 }, ROLE_TITLE, all);
	return rows > 0 ? rows : 0;
}

void put_pieces(int y, int x, int width, enum role role, const char *text)
{
	char line[320];
	size_t n = strlen(text);

	snprintf(line, sizeof line, "%s", text);
	n = n < sizeof line ? n : sizeof line - 1;
	while (text_width(line) > width && n > 0) {
		for (n--; n > 0 && !(strchr(",;:", line[n]) && line[n + 1] == ' '); n--)
			;
		line[n] = 0;
	}
	put(y, x, width, role, line);
}

int put_wrapped(struct rect r, enum role role, const char *text)
{
	char line[256];
	int rows = 0;

	while (*text && (r.h == 0 || rows < r.h)) {
		size_t cut;

		snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
		cut = text_row(line, r.w);
		line[cut] = 0;
		if (r.h > 0)
			put(r.y + rows, r.x, r.w, role, line);
		rows++;
		text += cut;
		text += *text == '\n';
	}
	return rows;
}

void view_empty(struct rect r, const char *answers, const char *begin)
{
	struct rect text = { r.y, r.x + 2, r.h, r.w - 4 < 76 ? r.w - 4 : 76 };
	int rows;

	if (r.h < 1 || text.w < 10)
		return;
	text.y += r.h > 8;
	text.h -= r.h > 8;
	rows = put_wrapped(text, ROLE_TEXT, answers) + 1;
	if (rows < text.h)
		put_wrapped((struct rect){ text.y + rows, text.x, text.h - rows, text.w }, ROLE_DIM, begin);
}
