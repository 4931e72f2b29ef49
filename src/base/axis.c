/* axis.c -- axes that stand still, and their ticks. */
#include "src/base/axis.h"

#include <math.h>

/* The 1-2-5 number at or below v, or at or above. */
static double round_125(double v, bool up)
{
	double power = pow(10, floor(log10(v) + 1e-9));
	double m = v / power;
	static const double steps[] = { 1, 2, 5, 10 };

	for (int i = 0; i < 3; i++)
		if (up ? m <= steps[i] * (1 + 1e-9) : m < steps[i + 1] * (1 - 1e-9))
			return steps[i] * power;
	return (up ? 10 : 5) * power;
}

void axis_reset(struct axis *a, bool logarithmic)
{
	a->low = a->high = 0;
	a->logarithmic = logarithmic;
}

void axis_include(struct axis *a, double least, double most)
{
	bool empty = a->low == a->high;
	double step;

	if (!isfinite(least) || !isfinite(most) || (a->logarithmic && least <= 0))
		return;
	if (!empty && least >= a->low && most <= a->high)
		return;
	if (!empty) {
		least = fmin(least, a->low);
		most = fmax(most, a->high);
	}
	if (a->logarithmic) {
		a->low = round_125(least, false);
		a->high = round_125(most, true);
		if (a->high <= a->low)
			a->high = round_125(a->low * 1.5, true);
		return;
	}
	/* Ends on tenths of the range: close to the data, and it takes a change of some size to move them. */
	step = round_125(fmax(most - least, 1e-6 * fmax(fabs(most), 1e-6)) / 8, false);
	a->low = floor(least / step + 1e-9) * step;
	a->high = ceil(most / step - 1e-9) * step;
	if (a->high <= a->low)
		a->high = a->low + step;
}

double axis_place(const struct axis *a, double v)
{
	if (a->low == a->high || (a->logarithmic && v <= 0))
		return NAN;
	if (a->logarithmic)
		return log(v / a->low) / log(a->high / a->low);
	return (v - a->low) / (a->high - a->low);
}

static int linear_ticks(const struct axis *a, int most, double *tick, int room)
{
	double step = round_125((a->high - a->low) / (most < 1 ? 1 : most), true);
	int n = 0;

	for (double k = ceil(a->low / step - 1e-9); k * step <= a->high + step * 1e-9 && n < room; k++)
		tick[n++] = k * step + 0.0;              /* no -0 */
	return n;
}

/* 1, 2, 5 of every decade; only the 1s where those are too many. */
static int log_ticks(const struct axis *a, int most, double *tick, int room)
{
	double decades = log10(a->high / a->low);
	int n = 0;

	for (double v = a->low; v <= a->high * (1 + 1e-9) && n < room; v = round_125(v * 1.5, true)) {
		double m = v / pow(10, floor(log10(v) + 1e-9));

		if (decades * 3 <= most || m < 1.5)
			tick[n++] = v;
	}
	return n;
}

int axis_ticks(const struct axis *a, int most, double *tick, int room)
{
	if (a->low == a->high)
		return 0;
	return a->logarithmic ? log_ticks(a, most, tick, room) : linear_ticks(a, most, tick, room);
}
