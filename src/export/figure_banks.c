/*
 * figure_banks.c -- an architecture as its memory banks: a row an op, a column a bank, then the op's units and its convolutions: all four in a line
 * where there is room, or the two of a path, or one. Without a width that was asked for, what has several is as wide as it needs, at most a page.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/figures.h"

static const double page_width = 178 * 72 / 25.4;
static const double margin = 2, line_height = 9, cell_least = 7.5, cell_usual = 10.5, cell_most = 13, number_width = 11, units_width = 20, gap = 4;

struct columns {
	const struct space *space;
	const struct arch_input *input;  /* NULL: no resolutions */
	const struct arch *arch;
	struct figure *figure;
	int banks;
	int per_line;                    /* convolutions in a line: 1, 2 or 4 */
	bool several;                    /* ops have more than one */
	double cell, conv_width;
	double banks_left, units_right, convs_left;
};

/* ---- texts ---- */

/* "3x5 d2x1 g4" with what is usual left out: dilation 1, one group. Sides that are equal are said once. */
static void sides(const uint8_t *side, int axes, char *text, size_t size)
{
	int n = 0;

	for (int a = 0; a < axes; a++)
		n += snprintf(text + n, size - (size_t)n, "%s%d", a ? "×" : "", side[a]);
}

static bool all_ones(const uint8_t *side, int axes)
{
	for (int a = 0; a < axes; a++)
		if (side[a] != 1)
			return false;
	return true;
}

static void conv_words(const struct arch *arch, const struct arch_conv *conv, char *text, size_t size)
{
	char kernel[24], dilation[24], groups[12] = "", dilated[28] = "";

	sides(conv->kernel, arch->axes, kernel, sizeof kernel);
	sides(conv->dilation, arch->axes, dilation, sizeof dilation);
	if (!all_ones(conv->dilation, arch->axes))
		snprintf(dilated, sizeof dilated, " d%s", dilation);
	if (conv->groups != 1)
		snprintf(groups, sizeof groups, " g%d", conv->groups);
	snprintf(text, size, "%s%s%s", kernel, dilated, groups);
}

static void block_words(const struct columns *l, int block, char *text, size_t size)
{
	int banks = block_banks(l->space, l->arch, block, l->arch->block[block].op_count), ops = l->arch->block[block].op_count, n = 0;

	for (int a = 0; l->input && a < l->arch->axes; a++)
		n += snprintf(text + n, size - (size_t)n, "%s%d", a ? "×" : "", block_side(l->space, l->input, block, a));
	snprintf(text + n, size - (size_t)n, "%s%d op%s, %d banks of %d channels, %d from the input", n ? ": " : "", ops, ops == 1 ? "" : "s", banks,
		l->arch->block[block].bank_size, block_input_banks(l->space, l->arch, block));
}

/* ---- columns ---- */

static void measure(struct columns *l)
{
	char text[64];

	l->banks = 0;
	l->conv_width = 0;
	l->several = false;
	for (int b = 0; b < BLOCKS; b++) {
		const struct arch_block *block = &l->arch->block[b];
		int banks = block_banks(l->space, l->arch, b, block->op_count);

		l->banks = banks > l->banks ? banks : l->banks;
		for (int i = 0; i < block->op_count; i++) {
			l->several |= (block->op[i].active & (block->op[i].active - 1)) != 0;
			for (int c = 0; c < CONVS; c++)
				if (block->op[i].active & 1 << c) {
					conv_words(l->arch, &block->op[i].conv[c], text, sizeof text);
					l->conv_width = fmax(l->conv_width, figure_text_width(l->figure, text));
				}
		}
	}
	l->conv_width += 12;                     /* the arrow before it, or its number */
}

/* Without the banks. */
static double fixed_width(const struct columns *l, int per_line)
{
	return 2 * margin + number_width + units_width + 2 * gap + 2 + per_line * l->conv_width;
}

static double needed_width(const struct columns *l, int per_line, double cell)
{
	return fixed_width(l, per_line) + l->banks * cell;
}

/* As many in a line as fit. */
static void choose_line(struct columns *l, double width)
{
	l->per_line = l->several ? 4 : 1;
	while (l->per_line > 1 && needed_width(l, l->per_line, cell_least) > width)
		l->per_line /= 2;
}

/* Banks get what the texts leave them. */
static void fit(struct columns *l, bool any_width)
{
	struct figure *f = l->figure;

	measure(l);
	choose_line(l, f->width);
	if (any_width && l->several && l->per_line == 1) {
		choose_line(l, page_width);
		f->width = fmax(f->width, fmin(page_width, needed_width(l, l->per_line, cell_usual)));
	}
	l->cell = (f->width - fixed_width(l, l->per_line)) / (l->banks ? l->banks : 1);
	l->cell = fmin(fmax(l->cell, cell_least), cell_most);
	f->width = fmax(f->width, needed_width(l, l->per_line, l->cell));
	l->banks_left = margin + number_width + gap;
	l->units_right = l->banks_left + l->banks * l->cell + units_width;
	l->convs_left = l->units_right + gap + 2;
}

/* ---- rows ---- */

static double bank_x(const struct columns *l, int bank)
{
	return l->banks_left + (bank + 0.5) * l->cell;
}

static int op_lines(const struct columns *l, const struct arch_op *op)
{
	int n = 0, mask = (1 << l->per_line) - 1;

	for (int c = 0; c < CONVS; c += l->per_line)
		n += (op->active >> c & mask) != 0;
	return n ? n : 1;
}

static void draw_cells(const struct columns *l, int block, int op, double y)
{
	static const struct { enum mark mark; enum ink ink; } looks[] = {
		[CELL_EXISTS] = { MARK_DOT, INK_DIM }, [CELL_READ] = { MARK_RING, INK_BLUE }, [CELL_WRITE] = { MARK_SQUARE, INK_ORANGE },
		[CELL_BOTH] = { MARK_BOTH, INK_GREEN },
	};

	for (int k = 0; k < l->banks; k++) {
		enum arch_cell cell = arch_cell(l->space, l->arch, block, op, k);

		if (cell != CELL_BLANK)
			figure_mark(l->figure, looks[cell].mark, looks[cell].ink, bank_x(l, k), y, 2.4);
	}
}

/* "3×3 → 5×5 d2", conv 1 and conv 2 after it; "1 3×3" where a line has but one. */
static void draw_convs(const struct columns *l, const struct arch_op *op, double y)
{
	bool numbered = l->per_line == 1 && l->several;

	for (int c = 0; c < CONVS; c++) {
		double x = l->convs_left + c % l->per_line * l->conv_width + (numbered ? 7 : 0);
		char text[64], number[4] = { (char)('1' + c), 0 };

		if (op->active >> c & 1) {
			conv_words(l->arch, &op->conv[c], text, sizeof text);
			figure_text(l->figure, INK_TEXT, ANCHOR_START, x, y + 2.5, text);
			if (numbered)
				figure_text(l->figure, INK_DIM, ANCHOR_START, x - 7, y + 2.5, number);
			else if (c % 2)
				figure_text(l->figure, INK_DIM, ANCHOR_START, x - 10, y + 2.5, "→");
		}
		if (c % l->per_line == l->per_line - 1 && op->active >> (c + 1 - l->per_line) & ((1 << l->per_line) - 1))
			y += line_height;                /* something was in the line */
	}
}

static double draw_op(const struct columns *l, int block, int op, double y)
{
	const struct arch_op *o = &l->arch->block[block].op[op];
	struct figure *f = l->figure;
	double height = op_lines(l, o) * line_height + 1.5, middle = y + 0.75 + line_height / 2;
	char text[24];

	if (op % 2)
		figure_box(f, (struct pen){ .fill = INK_STRIPE }, margin, y, f->width - 2 * margin, height);
	snprintf(text, sizeof text, "%d", op + 1);
	figure_text(f, INK_DIM, ANCHOR_END, margin + number_width, middle + 2.5, text);
	draw_cells(l, block, op, middle);
	snprintf(text, sizeof text, "%d", o->units);
	figure_text(f, INK_TEXT, ANCHOR_END, l->units_right, middle + 2.5, text);
	draw_convs(l, o, middle);
	return y + height;
}

static double draw_block(const struct columns *l, int block, double y)
{
	struct figure *f = l->figure;
	char number[24], text[160];
	double width;

	snprintf(number, sizeof number, "block %d  ", block + 1);
	block_words(l, block, text, sizeof text);
	figure_line(f, INK_DIM, 0.6, margin, y + 2, f->width - margin, y + 2);
	figure_bold(f, ANCHOR_START, margin, y + 10, number);
	width = 1.15 * figure_text_width(f, number);
	for (char *last; margin + width + figure_text_width(f, text) > f->width - margin && (last = strrchr(text, ',')); )
		*last = 0;                       /* banks from the input, then banks */
	figure_text(f, INK_DIM, ANCHOR_START, margin + width, y + 10, text);
	y += 13;
	for (int i = 0; i < l->arch->block[block].op_count; i++)
		y = draw_op(l, block, i, y);
	return y + 1;
}

static double draw_header(const struct columns *l, double y)
{
	struct figure *f = l->figure;
	int every = l->cell >= 10.4 || l->banks <= 10 ? 1 : 2;   /* two digits need 9 points, and a gap */
	char text[12];

	figure_text(f, INK_DIM, ANCHOR_END, margin + number_width, y + 8, "op");
	for (int k = 0; k < l->banks; k += every) {
		snprintf(text, sizeof text, "%d", k);
		figure_text(f, INK_DIM, ANCHOR_MIDDLE, bank_x(l, k), y + 8, text);
	}
	figure_text(f, INK_DIM, ANCHOR_END, l->units_right, y + 8, "units");
	if (l->per_line == 4) {
		figure_text(f, INK_DIM, ANCHOR_START, l->convs_left, y + 8, "conv 1 → conv 2");
		figure_text(f, INK_DIM, ANCHOR_START, l->convs_left + 2 * l->conv_width, y + 8, "conv 3 → conv 4");
	} else
		figure_text(f, INK_DIM, ANCHOR_START, l->convs_left, y + 8, l->per_line == 2 ? "conv 1 → 2, 3 → 4" : "convs");
	return y + 9;
}

static double draw_legend(struct figure *f, double y)
{
	static const struct legend legend[] = {
		{ MARK_RING, INK_BLUE, "reads" }, { MARK_SQUARE, INK_ORANGE, "writes" }, { MARK_BOTH, INK_GREEN, "reads and writes" },
		{ MARK_DOT, INK_DIM, "bank has a value" },
	};

	return figure_legend(f, y + 2, legend, 4);
}

static const char *with_error(double standard_error, int decimals, char text[UNITS_TEXT])
{
	if (isfinite(standard_error))
		snprintf(text, UNITS_TEXT, " ± %.*f", decimals, standard_error);
	else
		*text = 0;
	return text;
}

/* Costs, and the score where it has one. */
static void say(const struct columns *l, const struct export_source *s, int i, double y)
{
	const struct export_facts *facts = NULL;
	const struct ranking_row *row = s->row ? s->row(s->context, i, &facts) : NULL;
	char text[800], parameters[UNITS_TEXT], macs[UNITS_TEXT], images[UNITS_TEXT], step[UNITS_TEXT], score[UNITS_TEXT], error[UNITS_TEXT];
	int n = 0;

	if (l->input) {
		struct arch_cost cost = arch_cost(l->space, l->arch, l->input);

		n += snprintf(text, sizeof text, "%s parameters (%.0f %% generated), %s multiply-accumulates, depth %d. ",
			units_count((double)(cost.free + cost.generated), parameters),
			100.0 * (double)cost.generated / (double)(cost.free + cost.generated), units_count((double)cost.macs, macs), cost.depth);
	}
	if (row)
		n += snprintf(text + n, sizeof text - (size_t)n, "SMASH score %.4f%s, error %.1f%s %% (%s images, step %s). ", row->score,
			with_error(row->score_stderr, 4, score), 100 * row->error, with_error(100 * row->error_stderr, 1, error),
			units_thousands(row->images, images), units_thousands(row->step, step));
	if (row && !isnan(facts->true_error))
		n += snprintf(text + n, sizeof text - (size_t)n, "Trained for %d epochs: test error %.2f%s %%. ", facts->true_epochs, 100 * facts->true_error,
			with_error(100 * facts->true_error_stderr, 2, error));
	snprintf(text + n, sizeof text - (size_t)n, "After each op's 1×1 convolution: kernel, d dilation, g groups; a 1 is left out%s.",
		l->several && l->per_line > 1 ? "; conv 2 runs after 1, 4 after 3, and both are added" : "");
	figure_caption(l->figure, y, text);
}

int figure_banks(struct figure *f, const struct export_source *s, int i)
{
	struct arch arch;
	struct columns l = { .space = s->space, .input = s->input && s->input->classes ? s->input : NULL, .arch = &arch, .figure = f };
	char id[ARCH_ID_LENGTH + 1], title[160];
	double y;

	if (!s->arch(s->context, i, &arch))
		return err_set("architecture %d of %d is not at hand", i + 1, s->count);
	arch_id(&arch, id);
	fit(&l, !s->style.width_mm);
	if (s->run_path)
		snprintf(title, sizeof title, "Architecture %s of %s", id, figure_run_name(s));
	else
		snprintf(title, sizeof title, "Architecture %s", id);
	y = draw_header(&l, figure_heading(f, 0, title));
	for (int b = 0; b < BLOCKS; b++)
		y = draw_block(&l, b, y);
	say(&l, s, i, draw_legend(f, y));
	return 0;
}
