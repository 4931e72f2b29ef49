/* banks_details.c -- the op under the cursor of the bank pane, in words and figures. */
#include <stdio.h>

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

/* Everything about the cursor's op, beside the list of a large pane. */
void banks_details(struct ui *ui, const struct banks_pane *p, struct rect r)
{
	const struct space *space = &ui->snap->space;
	const struct arch *a = &p->shown.arch;
	int block = p->view.at.block, op = p->view.at.op;
	const struct arch_op *o = &a->block[block].op[op];
	struct arch_cost cost = arch_op_cost(space, a, &ui->snap->input, block, op);
	int written = block_banks(space, a, block, op), n_in = op_n_in(a, block, op);
	int n_mid = op_n_mid(space, a, block, op);
	int y = r.y, end = r.y + r.h, gap = r.h >= 22;
	char text[160], side[32];

#define LINE(role, ...) do { if (y < end) putf(y, r.x, r.w, role, __VA_ARGS__); y++; } while (0)
	block_side_text(space, a, &ui->snap->input, block, side, sizeof side);
	LINE(ROLE_TITLE, "op %d of block %d  %s", op + 1, block + 1, side);
	mask_text(o->reads, BANKS_MAX, text, sizeof text);
	LINE(ROLE_TEXT, "reads   %s", text);
	mask_text(o->writes, written, text, sizeof text);
	LINE(ROLE_TEXT, "writes  %s", text);
	LINE(ROLE_TEXT, "units   %d", o->units);
	LINE(ROLE_TEXT, "n_in    %d", n_in);
	LINE(ROLE_TEXT, r.w >= 40 ? "n_mid   %d   generated 1x1: %d > %d" : "n_mid   %d", n_mid, n_in, n_mid);
	y += gap;
	for (int i = 0; i < CONVS; i++) {
		char conv[48];

		if (!(o->active >> i & 1)) {
			LINE(ROLE_DIM, "conv %d  off", i + 1);
			continue;
		}
		conv_text(a, &o->conv[i], conv, sizeof conv);
		if (r.w >= 40)
			LINE(ROLE_TEXT, "conv %d  %-14s %d > %d%s", i + 1, conv,
			     op_conv_in(space, a, block, op, i), o->units, i % 2 ? "   second stage" : "");
		else
			LINE(ROLE_TEXT, "conv %d  %s", i + 1, conv);
	}
	y += gap;
	LINE(ROLE_TEXT, "cost    %s MMAC", text_fixed((double)cost.macs / 1e6, 2));
	LINE(ROLE_TEXT, "        %s made %s free", text_short_count((double)cost.generated), text_short_count((double)cost.free));
	y += gap;
	LINE(ROLE_TITLE, "architecture %s", p->id);
	LINE(ROLE_TEXT, "%d ops  depth %d  %s MMAC", arch_op_count(a), p->cost.depth, text_fixed((double)p->cost.macs / 1e6, 1));
	LINE(ROLE_TEXT, "%s parameters", text_short_count((double)(p->cost.free + p->cost.generated)));
	if (p->mode == RANKED) {
		LINE(ROLE_TEXT, "score   %s ±%s", text_fixed(p->row.score, 4), text_fixed(p->row.score_stderr, 4));
		LINE(ROLE_TEXT, "error   %s ±%s", text_fixed(p->row.error, 4), text_fixed(p->row.error_stderr, 4));
		LINE(ROLE_DIM, "%s images, step %s", text_count(p->row.images), text_count(p->row.step));
	} else
		LINE(ROLE_TEXT, "loss %s on its batch", text_loss(p->shown.loss));
#undef LINE
}

/* One line about the cursor's op, where there is no room for more. */
void banks_summary(struct ui *ui, const struct banks_pane *p, struct rect r)
{
	const struct arch *a = &p->shown.arch;
	int block = p->view.at.block, op = p->view.at.op;
	struct arch_cost cost = arch_op_cost(&ui->snap->space, a, &ui->snap->input, block, op);

	putf(r.y, r.x, r.w, ROLE_DIM, " op %d.%d  1x1 %d > %d  units %d  %s MMAC  %s par", block + 1, op + 1,
	     op_n_in(a, block, op), op_n_mid(&ui->snap->space, a, block, op), a->block[block].op[op].units,
	     text_fixed((double)cost.macs / 1e6, 2), text_short_count((double)(cost.free + cost.generated)));
}
