/* banks_details.c -- the op under the cursor of the bank pane, from what it reads to what it writes, and the architecture in figures. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/text.h"
#include "ui/banks.h"

/* Set bits of a mask, "0 2 5-7"; those from `fresh` on are new ones. */
static void mask_text(uint64_t mask, int fresh, char *out, size_t size)
{
	size_t n = 0;
	bool said_new = false;

	out[0] = 0;
	for (int b = 0; b < BANKS_MAX && n + 16 < size; b++) {
		int last = b;

		if (!(mask >> b & 1))
			continue;
		while (last + 1 < BANKS_MAX && (mask >> (last + 1) & 1) && (last + 1 < fresh || b >= fresh))
			last++;
		if (b >= fresh && !said_new) {
			n += (size_t)snprintf(out + n, size - n, "%snew", n ? " " : "");
			said_new = true;
		}
		n += (size_t)snprintf(out + n, size - n, last > b ? "%s%d%s%d" : "%s%d", n ? " " : "", b, last > b + 1 ? "-" : " ", last);
		b = last;
	}
}

/* ---- lines, of which the less important ones go where there is no room ---- */

enum need { ALWAYS, ROOMY, SPACIOUS };

struct lines {
	struct {
		char left[112], right[24];
		enum role role;
		enum need need;
	} line[24];
	int count;
};

static void add(struct lines *l, enum need need, enum role role, const char *right, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void add(struct lines *l, enum need need, enum role role, const char *right, const char *format, ...)
{
	va_list ap;

	if (l->count == (int)(sizeof l->line / sizeof l->line[0]))
		return;
	va_start(ap, format);
	vsnprintf(l->line[l->count].left, sizeof l->line[0].left, format, ap);
	va_end(ap);
	snprintf(l->line[l->count].right, sizeof l->line[0].right, "%s", right);
	l->line[l->count].role = role;
	l->line[l->count++].need = need;
}

static void draw_lines(const struct lines *l, struct rect r)
{
	enum need most = SPACIOUS;
	int y = r.y, rows;

	do {
		rows = 0;
		for (int i = 0; i < l->count; i++)
			rows += l->line[i].need <= most;
	} while (rows > r.h && most-- > ALWAYS);
	for (int i = 0; i < l->count && y < r.y + r.h; i++) {
		int used;

		if (l->line[i].need > most)
			continue;
		used = put(y, r.x, r.w, l->line[i].role, l->line[i].left);
		if (used + 1 + text_width(l->line[i].right) <= r.w)
			put_right(y, r.x, r.w, l->line[i].role, l->line[i].right);
		y++;
	}
}

/* ---- inside an op ---- */

static const char *channels(int n)
{
	static char text[4][24];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof text[0], "%d ch", n);
	return out;
}

static void add_convs(struct lines *l, const struct space *space, const struct arch *a, int block, int op, bool wide)
{
	const struct arch_op *o = &a->block[block].op[op];
	bool alone = space->arrangement == 1;

	for (int i = 0; i < CONVS; i++) {
		char conv[48], sides[24];

		if (!(o->active >> i & 1)) {
			if (!alone)
				add(l, ROOMY, ROLE_TEXT, "", wide ? i % 2 ? "  |    conv %d  off" : "  +- conv %d  off" : i % 2 ? "  | %d off" : "  +-%d off", i + 1);
			continue;
		}
		conv_text(a, &o->conv[i], conv, sizeof conv);
		snprintf(sides, sizeof sides, "%d > %d", op_conv_in(space, a, block, op, i), o->units);
		add(l, ALWAYS, ROLE_TEXT, (wide || alone) && !(i % 2 && o->active >> (i - 1) & 1) ? sides : "", wide ? "  %s conv %d  %s" : "  %s%d %s", alone ? "|" : i % 2 ? wide ? "|   " : "| " : "+-", i + 1, conv);
	}
	if (!alone)                              /* where there is one path a line stands for it: what follows keeps its place */
		add(l, ROOMY, ROLE_TEXT, o->active >> 2 & 1 ? channels(o->units) : "", "%s",
		    !(o->active >> 2 & 1) ? "  |" : wide ? "  +- both paths added" : "  +- added");
}

/* `each`: which of the op's channels a bank is given; they go round where the banks hold more. */
static void add_writes(struct lines *l, const struct space *space, const struct arch *a, int block, int op, bool each)
{
	const struct arch_op *o = &a->block[block].op[op];
	int written = block_banks(space, a, block, op), size = a->block[block].bank_size, target = 0;
	char text[96];

	mask_text(o->writes, written, text, sizeof text);
	add(l, ALWAYS, ROLE_TEXT, channels(o->units), "writes  %s", text);
	for (int k = 0; k < BANKS_MAX && each; k++) {
		int first;

		if (!(o->writes >> k & 1))
			continue;
		first = o->units > 0 ? target++ * size % o->units : 0;
		snprintf(text, sizeof text, "channels %d-%d", first, first + size - 1);
		add(l, SPACIOUS, ROLE_DIM, text, "  bank %-3d %s", k, k >= written ? "new" : "added to");
	}
}

int banks_inside_rows(const struct space *space)
{
	return space->arrangement == 1 ? 9 : 13;
}

void banks_inside(struct ui *ui, const struct banks_pane *p, struct rect r, bool each)
{
	const struct space *space = &ui->snap->space;
	const struct arch *a = banks_current(p);
	int block = p->told.block, op = p->told.op, n_in = op_n_in(a, block, op);
	struct arch_cost cost = arch_op_cost(space, a, &ui->snap->input, block, op);
	struct lines l = { 0 };
	char text[96], side[32];
	bool wide = r.w >= 40;

	block_side_text(space, a, &ui->snap->input, block, side, sizeof side);
	add(&l, ALWAYS, ROLE_TITLE, "", "op %d of block %d  %s", op + 1, block + 1, side);
	mask_text(a->block[block].op[op].reads, BANKS_MAX, text, sizeof text);
	add(&l, ALWAYS, ROLE_TEXT, channels(n_in), "reads   %s", text);
	add(&l, SPACIOUS, ROLE_DIM, "", "  |");
	snprintf(text, sizeof text, "%d > %d", n_in, op_n_mid(space, a, block, op));
	add(&l, ALWAYS, ROLE_TEXT, text, wide ? "  |  1x1, generated, |W| = 1" : "  | 1x1 made");
	add(&l, SPACIOUS, ROLE_DIM, "", "  |");
	add_convs(&l, space, a, block, op, wide);
	add(&l, SPACIOUS, ROLE_DIM, "", "  |");
	add_writes(&l, space, a, block, op, each);
	snprintf(text, sizeof text, "%s made, %s free", text_short_count((double)cost.generated), text_short_count((double)cost.free));
	add(&l, ALWAYS, ROLE_TEXT, wide ? text : "", wide ? "cost    %s MMAC" : "%s MMAC  %s par", text_fixed((double)cost.macs / 1e6, 2),
	    text_short_count((double)(cost.generated + cost.free)));
	draw_lines(&l, r);
}

/* ---- the architecture ---- */

void banks_details(struct ui *ui, const struct banks_pane *p, struct rect r)
{
	int rows = banks_inside_rows(&ui->snap->space) < r.h - 7 ? banks_inside_rows(&ui->snap->space) : r.h - 7;
	int y = r.y + rows + 1, end = r.y + r.h;
	const struct arch *a = banks_current(p);

	banks_inside(ui, p, (struct rect){ r.y, r.x, rows, r.w }, false);
#define LINE(role, ...) do { if (y < end) putf(y, r.x, r.w, role, __VA_ARGS__); y++; } while (0)
	LINE(ROLE_TITLE, "architecture %s", p->id);
	LINE(ROLE_TEXT, "%d ops  depth %d  %s MMAC", arch_op_count(a), p->cost.depth, text_fixed((double)p->cost.macs / 1e6, 1));
	LINE(ROLE_TEXT, "%s parameters", text_short_count((double)(p->cost.free + p->cost.generated)));
	if (p->mode == RANKED) {
		LINE(ROLE_TEXT, "score   %s ±%s", text_fixed(p->row.score, 4), text_fixed(p->row.score_stderr, 4));
		LINE(ROLE_TEXT, "error   %s ±%s", text_fixed(p->row.error, 4), text_fixed(p->row.error_stderr, 4));
		LINE(ROLE_DIM, "%s images, step %s", text_count(p->row.images), text_count(p->row.step));
	} else if (p->mode != NAMED)
		LINE(ROLE_TEXT, "loss %s on its batch", text_loss(p->shown.loss));
#undef LINE
}

void banks_summary(struct ui *ui, const struct banks_pane *p, struct rect r)
{
	const struct arch *a = banks_current(p);
	int block = p->told.block, op = p->told.op;
	struct arch_cost cost = arch_op_cost(&ui->snap->space, a, &ui->snap->input, block, op);

	putf(r.y, r.x, r.w, ROLE_DIM, " op %d.%d  1x1 %d > %d  units %d  %s MMAC  %s par", block + 1, op + 1, op_n_in(a, block, op),
	     op_n_mid(&ui->snap->space, a, block, op), a->block[block].op[op].units, text_fixed((double)cost.macs / 1e6, 2),
	     text_short_count((double)(cost.free + cost.generated)));
}
