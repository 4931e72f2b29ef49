/*
 * pane_corrupt.c -- does the HyperNet use what it is told: for each field by how much lies about it raise the loss, beside the truth; below, what
 * they did to each architecture; and the encoding of one, true and corrupted.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/figures.h"
#include "ui/lie_map.h"
#include "ui/scatter.h"
#include "ui/table.h"
#include "ui/view.h"

enum { KINDS_MAX = CORRUPT_FIELDS * CORRUPT_HOWS, FEWEST = 6 };

static const double rest_seconds = 0.3;  /* until the field under the cursor has its architectures drawn */

static const int counts[] = { 6, 12, 30, 60, 120 };       /* architectures of the next one */
enum { COUNTS = sizeof counts / sizeof counts[0], COUNT_FIRST = 2, TRIALS = 3, IMAGES = 1000, KINDS_USUAL = 9 };

struct kind {
	char name[32];                   /* "dilation", "dilation across" */
	enum corrupt_field field;
	enum corrupt_how how;
	struct interval loss, error;
	double truth_best, p;
	int trials;
};

struct corrupt_pane {
	struct pane super;
	struct view view;
	struct table table;
	int count;                       /* of counts */

	/* The document. */
	struct kind kind[KINDS_MAX];
	int kinds, done, wanted, trials, images;
	struct interval true_loss, true_error;
	struct bar_scale scale;
	struct scatter_point *point;     /* one an architecture: its true loss, the rise by lies of the kind under the cursor */
	int points, points_of;           /* how many; which kind they are of, -1: none */
	double moved;                    /* ui->now when the cursor came to its field */

	enum { SHOW_TABLE, SHOW_POINTS, SHOW_MAP } show;
	struct lie_map *map;             /* SHOW_MAP */
};

enum { COLUMN_FIELD, COLUMN_LOSS, COLUMN_INTERVAL, COLUMN_ERROR, COLUMN_ERROR_INTERVAL, COLUMN_TRUTH, COLUMN_P, COLUMN_TRIALS, COLUMN_BAR };

static const struct table_column columns[TABLE_COLUMNS] = {
	[COLUMN_FIELD]          = { "field",         17, true,  0, false },
	[COLUMN_LOSS]           = { "loss +",        8,  false, 1, false },
	[COLUMN_INTERVAL]       = { "95 % interval", 15, false, 2, false },
	[COLUMN_ERROR]          = { "error +%",      9,  false, 5, false },
	[COLUMN_ERROR_INTERVAL] = { "95 %",          13, false, 7, false },
	[COLUMN_TRUTH]          = { "truth wins",    11, false, 3, false },
	[COLUMN_P]              = { "p(Holm)",       8,  false, 4, false },
	[COLUMN_TRIALS]         = { "trials",        7,  false, 8, false },
	[COLUMN_BAR]            = { "bar: loss +", 12, true, 6, true },
};

/* ---- the document ---- */

static int index_of(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return 0;
}

static struct kind kind_of(const json_t *field)
{
	const char *name = document_text(field, "field"), *how = document_text(field, "how");
	struct kind k = {
		.field = (enum corrupt_field)index_of(name, corrupt_field_names, CORRUPT_FIELDS),
		.how = (enum corrupt_how)index_of(how, corrupt_how_names, CORRUPT_HOWS),
		.loss = document_pair(field, "loss_interval", document_number(field, "loss_increase")),
		.error = document_pair(field, "error_interval", document_number(field, "error_increase")),
		.truth_best = document_number(field, "truth_best"), .p = document_number(field, "p_corrected"),
		.trials = (int)document_count(field, "trials"),
	};

	snprintf(k.name, sizeof k.name, "%.15s%s%.15s", name, k.how == CORRUPT_WITHIN ? "" : " ", k.how == CORRUPT_WITHIN ? "" : how);
	return k;
}

static void take_points(struct corrupt_pane *p)
{
	const json_t *list = document_at(p->view.document, "subjects"), *subject;
	size_t i;

	free(p->point);
	p->points = 0;
	p->points_of = p->table.selected;
	p->point = calloc(json_array_size(list) + 1, sizeof *p->point);
	if (!p->point)
		return;
	json_array_foreach((json_t *)list, i, subject) {
		const json_t *rise = json_array_get(document_at(subject, "loss_increase"), (size_t)p->table.selected);
		double y = number_of(rise);

		p->point[p->points++] = (struct scatter_point){
			document_number(subject, "loss"), y, NAN, NAN, y > 0 ? 'o' : 'x', y > 0 ? ROLE_CORRUPTED : ROLE_TRUE,
		};
	}
}

static void corrupt_news(struct ui *ui, struct pane *pane)
{
	struct corrupt_pane *p = (struct corrupt_pane *)pane;
	const json_t *fields, *field;
	size_t i;

	if (p->map)
		lie_map_news(ui, p->map);
	if (!view_news(ui, &p->view))
		return;
	fields = document_at(p->view.document, "fields");
	p->kinds = 0;
	p->scale = (struct bar_scale){ 0, 0 };
	json_array_foreach((json_t *)fields, i, field) {
		if (p->kinds == KINDS_MAX)
			break;
		p->kind[p->kinds] = kind_of(field);
		if (p->kind[p->kinds].field < CORRUPT_OTHER)     /* lies about all fields at once would dwarf the others */
			bar_include(&p->scale, p->kind[p->kinds].loss);
		p->kinds++;
	}
	p->table.rows = p->kinds;
	p->table.selected = p->table.selected < p->kinds ? p->table.selected : 0;
	p->done = (int)document_count(p->view.document, "architectures");
	p->wanted = (int)document_count(p->view.document, "architectures_wanted");
	p->wanted = p->wanted < p->done ? p->done : p->wanted;
	p->trials = (int)document_count(p->view.document, "trials");
	p->images = (int)document_count(p->view.document, "images");
	p->true_loss = document_interval(p->view.document, "true_loss");
	p->true_error = document_interval(p->view.document, "true_error");
	take_points(p);
}

/* ---- drawing ---- */

static const char *cell(const void *context, int row, int column, enum role *role)
{
	const struct corrupt_pane *p = context;
	const struct kind *k = &p->kind[row];
	static char text[16];

	switch (column) {
	case COLUMN_FIELD:
		return k->name;
	case COLUMN_LOSS:
		return text_change(k->loss.value, 4);
	case COLUMN_INTERVAL:
		*role = ROLE_INTERVAL;
		return text_between(k->loss, 4);
	case COLUMN_ERROR:
		return text_change(100 * k->error.value, 2);
	case COLUMN_ERROR_INTERVAL:
		*role = ROLE_INTERVAL;
		return text_between((struct interval){ NAN, 100 * k->error.low, 100 * k->error.high }, 2);
	case COLUMN_TRUTH:
		if (isnan(k->truth_best))
			return text_missing();
		snprintf(text, sizeof text, "%.0f %%", 100 * k->truth_best);
		return text;
	case COLUMN_P:
		*role = k->p < 0.01 ? ROLE_TITLE : ROLE_TEXT;
		return text_p(k->p);
	case COLUMN_TRIALS:
		return text_count(k->trials);
	default:
		return "";
	}
}

static void draw_bars(const struct corrupt_pane *p)
{
	const struct table *t = &p->table;
	int x = t->x[COLUMN_BAR] + 1, w = t->end[COLUMN_BAR] - x;

	if (t->end[COLUMN_BAR] == 0)
		return;
	for (int i = 0; i + 1 < t->at.h && t->top + i < t->rows; i++)
		bar_draw(t->at.y + 1 + i, x, w, p->scale, p->kind[t->top + i].loss, ROLE_CORRUPTED);
}

/* Of what it is, and what it is compared with. */
static int draw_facts(const struct ui *ui, const struct corrupt_pane *p, struct rect r)
{
	int64_t behind = view_steps_behind(ui, &p->view);
	char text[160];
	int rows = 0;

	if (r.h < 8)
		return 0;
	snprintf(text, sizeof text, "%d of %d architecture%s, %d lie%s a field, truth and lies on the same %s images", p->done, p->wanted,
	         p->wanted == 1 ? "" : "s", p->trials, p->trials == 1 ? "" : "s", text_count(p->images));
	put_pieces(r.y + rows++, r.x + 1, r.w - 1, ROLE_TEXT, text);
	if (!isnan(p->true_loss.value))
		putf(r.y + rows++, r.x + 1, r.w - 1, ROLE_TRUE, "control, true encoding: loss %s [%s %s]  error %s %%  n %d", text_fixed(p->true_loss.value, 4),
	     text_fixed(p->true_loss.low, 4), text_fixed(p->true_loss.high, 4), text_percent(p->true_error.value, 1), p->done);
	if (behind && !view_running(&p->view) && r.h > 10)
		putf(r.y + rows++, r.x + 1, r.w - 1, ROLE_WARNING, "training has gone on %s steps since: c measures the weights of now", text_short_count((double)behind));
	return rows;
}

static int draw_verdict(const struct corrupt_pane *p, struct rect r)
{
	double best = document_number(p->view.document, "truth_best_of_all");
	const char *verdict = document_text(p->view.document, "verdict");
	char text[800];
	int n = snprintf(text, sizeof text, "%s%s", verdict, p->done < FEWEST || strstr(verdict, "p < .01") ? "" : " (p < .01)");

	if (!isnan(best) && n < (int)sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, "; the truth beats every lie in %.0f of %d architecture%s.", best * p->done, p->done,
		         p->done == 1 ? "" : "s");
	return view_verdict(&p->view, r, r.h < 12 ? r.h / 3 : 4, text);
}

static void draw_points(struct ui *ui, struct corrupt_pane *p, struct rect r)
{
	struct scatter s = {
		.zero = true, .slope = NAN,
	};
	const struct kind *k;
	char left[96];
	int up = 0, told = 0, y, x;

	if (r.h < 5 || !p->kinds)
		return;
	if (p->points_of != p->table.selected && (p->points_of < 0 || ui->now >= p->moved + rest_seconds))
		take_points(p);
	else if (p->points_of != p->table.selected)      /* a thousand bytes are not for each row that the cursor passes */
		ui->wake = p->moved + rest_seconds;
	k = &p->kind[p->points_of];
	s.point = p->point;
	s.count = p->points;
	for (int i = 0; i < p->points; i++) {
		told += !isnan(p->point[i].y);
		up += p->point[i].y > 0;
	}
	snprintf(left, sizeof left, "o worse with lies %d, x better %d, of %d", up, told - up, told);
	put_title(r.y, r.x, r.w, k->name, false, told ? left : NULL, "across true loss, up its rise");
	if (!told)
		put(r.y + r.h / 2, r.x + 2, r.w - 2, ROLE_DIM, p->points ? "no lie about this field could be told" : !p->done ? "no architecture yet" :
		    "an older version wrote this result: without the losses of each architecture, c measures them");
	else
		scatter_draw(&s, (struct rect){ r.y + 1, r.x, r.h - 1, r.w }, -1, &y, &x);
}

static void draw_body(struct ui *ui, struct corrupt_pane *p, struct rect r)
{
	int rows = draw_facts(ui, p, r), table, line;

	r.y += rows;
	r.h -= rows;
	r.h -= draw_verdict(p, r);
	if (p->show == SHOW_POINTS) {
		draw_points(ui, p, r);
		ui->cursor_y = r.y;
		return;
	}
	table = p->kinds + 1 < r.h ? p->kinds + 1 : r.h;
	line = table_draw(&p->table, (struct rect){ r.y, r.x, table, r.w < 140 ? r.w : 140 }, ui->focus == PANE_CORRUPT, cell, p);
	draw_bars(p);
	if (line >= 0)
		ui->cursor_y = line, ui->cursor_x = r.x;
	if (r.h - table >= 8)
		draw_points(ui, p, (struct rect){ r.y + table + 1, r.x, r.h - table - 1, r.w });
}

static void corrupt_draw(struct ui *ui, struct pane *pane)
{
	struct corrupt_pane *p = (struct corrupt_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 2, pane->at.w };
	char state[96] = "", begin[160];
	int count = counts[p->count];
	double images = (double)count * (1 + KINDS_USUAL * TRIALS) * IMAGES;

	if (p->view.document)
		view_state(ui, &p->view, r.w < 60, state, sizeof state);
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, ui->focus == PANE_CORRUPT, state,
	          p->show == SHOW_TABLE ? "" : "Esc back");
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
	snprintf(begin, sizeof begin, "c begins: %d architectures (- +)%s, all fields, %d lies each, %s images", count, view_about(ui, images), TRIALS,
	         text_count(IMAGES));
	if (r.h < 1)
		return;
	view_foot(ui, &p->view, r.y + r.h, r.x + 1, r.w - 1, begin);
	if (p->map)
		lie_map_draw(ui, p->map, r);
	else if (p->view.document)
		draw_body(ui, p, r);
	else
		view_empty(r, "Does the HyperNet use what it is told? Random architectures are scored with the weights that their true encoding makes, then "
		           "with those of encodings that lie about one field: dilations, kernels, groups, units, reads, writes; or that are of "
		           "another architecture, random, or empty. The network that runs stays the true one. Where the loss rises, the field is "
		           "used.", begin);
}

/* ---- keys ---- */

/* The same experiment in words, from the document. */
static void again(struct ui *ui, struct corrupt_pane *p)
{
	char words[REQUEST_TEXT], fields[160] = "", hows[32] = "";
	unsigned field = 0, how = 0;

	for (int i = 0; i < p->kinds; i++) {
		field |= 1u << p->kind[i].field;
		how |= 1u << p->kind[i].how;
	}
	for (int i = 0; i < CORRUPT_FIELDS; i++)
		if (field >> i & 1)
			snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "%s%s", *fields ? "," : "", corrupt_field_names[i]);
	for (int i = 0; i < CORRUPT_HOWS; i++)
		if (how >> i & 1)
			snprintf(hows + strlen(hows), sizeof hows - strlen(hows), "%s%s", *hows ? "," : "", corrupt_how_names[i]);
	snprintf(words, sizeof words, "corrupt --count %d --trials %d --images %d --field %s --how %s", p->wanted, p->trials, p->images, fields, hows);
	if (document_count(p->view.document, "seed") > 0)
		snprintf(words + strlen(words), sizeof words - strlen(words), " --seed %lld", (long long)document_count(p->view.document, "seed"));
	view_again(ui, &p->view, words);
}

/* Of the first architecture of the document, or (and where that one is not at hand) of the one in the bank pane. */
static void open_map(struct ui *ui, struct corrupt_pane *p, bool tested)
{
	const struct kind *k = &p->kind[p->table.selected];
	const char *first = document_text(json_array_get(document_at(p->view.document, "subjects"), 0), "id");
	struct rng rng;
	struct arch arch;

	if (!p->kinds || !ui_run_open(ui, "an encoding"))
		return;
	if (!(tested && *first && view_arch(ui, &p->view, first, &arch)) && !ui_meant_arch(ui, false, &arch)) {       /* nothing in the bank pane yet: any will do */
		rng_seed(&rng, 1, 0);
		arch_sample(&arch, &ui->snap->space, ui->snap->input.side[2] > 0 ? 3 : 2, 0, &rng);
	}
	if ((p->map = lie_map_new(ui, &arch, k->field, k->how)))
		p->show = SHOW_MAP;
}

static bool back(struct corrupt_pane *p)
{
	if (p->show == SHOW_TABLE)
		return false;
	lie_map_free(p->map);
	p->map = NULL;
	p->show = SHOW_TABLE;
	return true;
}

static void choose_count(struct corrupt_pane *p, int by)
{
	p->count += by;
	p->count = p->count < 0 ? 0 : p->count >= COUNTS ? COUNTS - 1 : p->count;
}

static bool corrupt_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct corrupt_pane *p = (struct corrupt_pane *)pane;

	if (p->map && lie_map_act(ui, p->map, action))
		return true;
	switch (action) {
	case ACTION_OPEN:
		if (p->show == SHOW_TABLE)
			p->show = p->kinds ? SHOW_POINTS : SHOW_TABLE;
		else if (p->show == SHOW_POINTS)
			open_map(ui, p, true);
		return true;
	case ACTION_MAP:
		back(p);
		open_map(ui, p, false);
		return true;
	case ACTION_BACK:
		return back(p);
	case ACTION_BEGIN:
		view_begin(ui, &p->view, "corrupt --count %d --trials %d --images %d", counts[p->count], TRIALS, IMAGES);
		return true;
	case ACTION_OLDER:
	case ACTION_NEWER:
		view_turn(ui, &p->view, action == ACTION_NEWER ? 1 : -1);
		corrupt_news(ui, pane);
		return true;
	case ACTION_AGAIN:
		again(ui, p);
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		choose_count(p, action == ACTION_MORE ? 1 : -1);
		return true;
	default:
		if (!table_act(&p->table, action))
			return false;
		p->moved = ui->now;
		return true;
	}
}

static void corrupt_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct corrupt_pane *p = (struct corrupt_pane *)pane;
	int row = table_row_at(&p->table, pane->at.y + y);

	(void)x;
	if (p->show != SHOW_TABLE || row < 0)
		return;
	p->table.selected = row;
	if (second)
		corrupt_act(ui, pane, ACTION_OPEN);
}

static void corrupt_release(struct pane *pane)
{
	struct corrupt_pane *p = (struct corrupt_pane *)pane;

	lie_map_free(p->map);
	view_release(&p->view);
	free(p->point);
	free(p);
}

static const struct pane_class corrupt_class = {
	.name = "Corrupt",
	.tab = "Corrupt",
	.where = IN_CORRUPT,
	.draw = corrupt_draw,
	.act = corrupt_act,
	.news = corrupt_news,
	.click = corrupt_click,
	.release = corrupt_release,
};

const struct view *corrupt_view(const struct ui *ui)
{
	return &((const struct corrupt_pane *)ui->pane[PANE_CORRUPT])->view;
}

struct pane *pane_corrupt_new(void)
{
	struct corrupt_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &corrupt_class;
	p->view.kind = EXPERIMENT_CORRUPT;
	p->table.column = columns;
	p->table.sort = -1;
	p->count = COUNT_FIRST;
	p->points_of = -1;
	return &p->super;
}
