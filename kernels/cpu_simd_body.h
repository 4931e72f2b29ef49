/*
 * cpu_simd_body.h -- one instance of the innermost loops; included by cpu_simd.c alone, which defines SET, NAME, LANES, REGISTERS,
 * TARGET, FMA, SPREADn and SQRT before.
 *
 * The convolution holds a tile of pixels x vectors of output channels in registers. For each tap and input channel it loads the
 * weights of the vectors and multiplies them with one input of each pixel, spread over the lanes. With groups, the inputs of 2, 4 or
 * 8 groups lie side by side and a vector has the same groups side by side, again and again: SPREADn repeats n floats. So every
 * lane works, however few channels a group has.
 */

#define INLINE static inline __attribute__((always_inline)) TARGET
#define vec F(vec)
#define vecu F(vecu)
#define veci F(veci)

typedef float vec __attribute__((vector_size(LANES * 4), may_alias));
typedef float vecu __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(LANES * 4), may_alias));

INLINE vec F(load)(const float *p)
{
	return (vec)*(const vecu *)p;
}

INLINE void F(store)(float *p, vec v)
{
	*(vecu *)p = (vecu)v;
}

INLINE vec F(spread)(float value)
{
	return value - (vec){ 0 };
}

INLINE long long F(pair)(const float *p)
{
	long long both;

	memcpy(&both, p, sizeof both);
	return both;
}

/* a where mask, else b */
INLINE vec F(choose)(veci mask, vec a, vec b)
{
	return (vec)(((veci)a & mask) | ((veci)b & ~mask));
}

INLINE vec F(positive_part)(vec v, vec slope)
{
	return F(choose)((veci)(v > 0), v, slope * v);
}

/* The first `count` lanes only, the others 0; for the ends of things. Through memory where the instruction set has no masks. */
INLINE vec F(load_some)(const float *p, int count)
{
#ifdef LOAD_SOME
	return LOAD_SOME(p, (1u << count) - 1);
#else
	vec v = { 0 };

	memcpy(&v, p, (size_t)count * sizeof(float));
	return v;
#endif
}

INLINE void F(store_some)(float *p, vec v, int count)
{
#ifdef STORE_SOME
	STORE_SOME(p, (1u << count) - 1, v);
#else
	memcpy(p, &v, (size_t)count * sizeof(float));
#endif
}

INLINE vec F(inputs)(const float *p, const int groups_log2)
{
	switch (groups_log2) {
	case 0: return SPREAD1(p);
	case 1: return SPREAD2(p);
	case 2: return SPREAD4(p);
	default: return SPREAD8(p);
	}
}

/* Takes the sums of a tile out to y. Apart from the tiles, which are many: `sum` has pixels x vectors vectors. */
static TARGET void F(finish)(const struct conv_strip *s, int first, int pixels, const vec *sum)
{
	const int vectors = s->vectors;
	const vec slope = F(spread)(s->slope);

	for (int p = 0; p < pixels; p++, sum += vectors) {
		float *y = s->y + (first + p) * s->y_pixel;

		for (int v = 0; v < vectors; v++, y += LANES) {
			int left = s->outputs - v * LANES, count = left < LANES ? left : LANES;
			vec value = sum[v];

			if (s->beta != 0)
				value = value + s->beta * (count == LANES ? F(load)(y) : F(load_some)(y, count));
			if (s->slope >= 0)
				value = F(positive_part)(value, slope);
			if (count == LANES)
				F(store)(y, value);
			else
				F(store_some)(y, value, count);
		}
	}
}

INLINE void F(tile)(const struct conv_strip *s, int first, const int pixels, const int vectors, const int groups_log2, int tap_begin,
	int tap_end)
{
	vec acc[8][VECTORS_MAX];
	const int groups = 1 << groups_log2;
	const ptrdiff_t pixel = s->pixel;

	UNROLL
	for (int p = 0; p < pixels; p++)
		UNROLL
		for (int v = 0; v < vectors; v++)
			acc[p][v] = (vec){ 0 };
	for (int r = 0; r < s->rows; r++) {
		const float *xr = s->x_row[r] + first * pixel + tap_begin * s->tap;
		const float *w = s->w_row[r] + (ptrdiff_t)tap_begin * s->inputs * vectors * LANES;
		int inputs = s->inputs, taps = tap_end - tap_begin;

		if (s->tap == (ptrdiff_t)s->inputs * groups) {   /* taps follow one another without a gap: one long loop */
			inputs *= taps;
			taps = 1;
		}
		for (int k = 0; k < taps; k++, xr += s->tap) {
			const float *x = xr;

			for (int c = 0; c < inputs; c++, x += groups, w += vectors * LANES) {
				vec weights[VECTORS_MAX];

				UNROLL
				for (int v = 0; v < vectors; v++)
					weights[v] = F(load)(w + v * LANES);
				UNROLL
				for (int p = 0; p < pixels; p++) {
					vec in = F(inputs)(x + p * pixel, groups_log2);

					UNROLL
					for (int v = 0; v < vectors; v++)
						acc[p][v] = FMA(in, weights[v], acc[p][v]);
				}
			}
		}
	}
	vec sum[8 * VECTORS_MAX];
	UNROLL
	for (int p = 0; p < pixels; p++)
		UNROLL
		for (int v = 0; v < vectors; v++)
			sum[p * vectors + v] = acc[p][v];
	F(finish)(s, first, pixels, sum);
}

/* One function for each size of tile, so that its accumulators are registers. */
#define TILE(P, V, G) \
	static TARGET void F(tile_##P##_##V##_##G)(const struct conv_strip *s, int first, int tap_begin, int tap_end) \
	{ \
		F(tile)(s, first, P, V, G, tap_begin, tap_end); \
	}
#if REGISTERS >= 32
#define TILES_V3(T, G) T(1, 3, G) T(2, 3, G) T(3, 3, G) T(4, 3, G) T(5, 3, G) T(6, 3, G) T(7, 3, G) T(8, 3, G)
#define TILES_V4(T, G) T(1, 4, G) T(2, 4, G) T(3, 4, G) T(4, 4, G) T(5, 4, G) T(6, 4, G)
#define TILES_V2(T, G) T(1, 2, G) T(2, 2, G) T(3, 2, G) T(4, 2, G) T(5, 2, G) T(6, 2, G) T(7, 2, G) T(8, 2, G)
static const int F(pixels_max)[VECTORS_MAX + 1] = { 0, 8, 8, 8, 6 };
#else
#define TILES_V3(T, G) T(1, 3, G) T(2, 3, G) T(3, 3, G) T(4, 3, G)
#define TILES_V4(T, G) T(1, 4, G) T(2, 4, G) T(3, 4, G)
#define TILES_V2(T, G) T(1, 2, G) T(2, 2, G) T(3, 2, G) T(4, 2, G) T(5, 2, G) T(6, 2, G)
static const int F(pixels_max)[VECTORS_MAX + 1] = { 0, 8, 6, 4, 3 };
#endif
#define TILES_V1(T, G) T(1, 1, G) T(2, 1, G) T(3, 1, G) T(4, 1, G) T(5, 1, G) T(6, 1, G) T(7, 1, G) T(8, 1, G)
#define TILES(T) \
	TILES_V1(T, 0) TILES_V2(T, 0) TILES_V3(T, 0) TILES_V4(T, 0) \
	TILES_V1(T, 1) TILES_V2(T, 1) TILES_V1(T, 2) TILES_V2(T, 2) TILES_V1(T, 3) TILES_V2(T, 3)

TILES(TILE)

typedef void F(tile_function)(const struct conv_strip *, int first, int tap_begin, int tap_end);
#define TILE_ROW(P, V, G) [G][V][P] = F(tile_##P##_##V##_##G),
static F(tile_function) *const F(tiles)[GROUPS_LOG2][VECTORS_MAX + 1][9] = { TILES(TILE_ROW) };

static TARGET void F(conv_strip)(const struct conv_strip *s, int first, int pixels)
{
	int most = F(pixels_max)[s->vectors], blocks = (pixels + most - 1) / most;

	for (int b = 0, begin = first, end; b < blocks; b++, begin = end) {      /* nearly equal: 14 pixels are 7 + 7, not 8 + 6 */
		int tap_begin = 0, tap_end = s->taps;

		end = first + (int)((int64_t)pixels * (b + 1) / blocks);

		/* taps that see nothing but padding from all pixels of the block */
		while (tap_begin < tap_end && (end - 1) * s->stride + tap_begin * s->dilation < s->pad)
			tap_begin++;
		while (tap_begin < tap_end && begin * s->stride + (tap_end - 1) * s->dilation >= s->pad + s->columns)
			tap_end--;
		F(tiles)[s->groups_log2][s->vectors][end - begin](s, begin, tap_begin, tap_end);
	}
}

INLINE void F(weights)(const struct weights_tile *t, const int inputs, const int vectors, const int groups_log2)
{
	vec acc[TAPS_MAX][2];
	ptrdiff_t at[TAPS_MAX];

	UNROLL
	for (int j = 0; j < inputs; j++) {
		at[j] = t->at[j];
		UNROLL
		for (int v = 0; v < vectors; v++)
			acc[j][v] = F(load)(t->sum + j * t->sum_pitch + v * LANES);
	}
	for (int r = 0; r < t->rows; r++) {
		const float *x = t->x_row[r], *dy = t->dy_row[r];

		for (int p = 0; p < t->pixels; p++, x += t->pixel, dy += t->dy_pixel) {
			vec d[2];

			UNROLL
			for (int v = 0; v < vectors; v++)
				d[v] = F(load)(dy + v * LANES);
			UNROLL
			for (int j = 0; j < inputs; j++) {
				vec in = F(inputs)(x + at[j], groups_log2);

				UNROLL
				for (int v = 0; v < vectors; v++)
					acc[j][v] = FMA(in, d[v], acc[j][v]);
			}
		}
	}
	UNROLL
	for (int j = 0; j < inputs; j++)
		UNROLL
		for (int v = 0; v < vectors; v++)
			F(store)(t->sum + j * t->sum_pitch + v * LANES, acc[j][v]);
}

#define WEIGHTS(J, V, G) \
	static TARGET void F(weights_##J##_##V##_##G)(const struct weights_tile *t) \
	{ \
		F(weights)(t, J, V, G); \
	}
#define WEIGHTS_OF(T, G) T(1, 1, G) T(2, 1, G) T(4, 1, G) T(8, 1, G) T(1, 2, G) T(2, 2, G) T(4, 2, G) T(8, 2, G)
#define WEIGHTS_ALL(T) WEIGHTS_OF(T, 0) WEIGHTS_OF(T, 1) WEIGHTS_OF(T, 2) WEIGHTS_OF(T, 3)

WEIGHTS_ALL(WEIGHTS)

typedef void F(weights_function)(const struct weights_tile *);
#define WEIGHTS_ROW(J, V, G) [G][V][J] = F(weights_##J##_##V##_##G),
static F(weights_function) *const F(weights_tiles)[GROUPS_LOG2][3][TAPS_MAX + 1] = { WEIGHTS_ALL(WEIGHTS_ROW) };

static TARGET void F(weights_tile)(const struct weights_tile *t)
{
	F(weights_tiles)[t->groups_log2][t->vectors][t->inputs](t);
}

static TARGET void F(permute_any)(const struct permutation *p, float *to, const float *from, int first, int count)
{
	for (int i = first; i < count; i++) {
		float v = from[p->index[i]];

		if (p->beta != 0)
			v += p->beta * to[i];
		to[i] = p->slope >= 0 && !(v > 0) ? p->slope * v : v;
	}
}

#if LANES == 16
INLINE __mmask16 F(first_lanes)(int count)
{
	return (__mmask16)(count >= 16 ? 0xffff : count > 0 ? (1 << count) - 1 : 0);
}

/* Sources in 1, 2 or 4 registers, results in as many: one instruction picks from one or two, a second two and a join from four. */
INLINE void F(permute_registers)(const struct permutation *p, float *to, const float *from, size_t pixels, const int registers)
{
	const vec slope = F(spread)(p->slope);
	__mmask16 in[4], out[4], high[4];
	__m512i index[4];

	UNROLL
	for (int k = 0; k < registers; k++) {
		in[k] = F(first_lanes)(p->sources - 16 * k);
		out[k] = F(first_lanes)(p->count - 16 * k);
		index[k] = _mm512_maskz_loadu_epi32(out[k], p->index + 16 * k);
		high[k] = _mm512_test_epi32_mask(index[k], _mm512_set1_epi32(32));
	}
	for (size_t q = 0; q < pixels; q++, to += p->to_pixel, from += p->from_pixel) {
		__m512 source[4];

		UNROLL
		for (int k = 0; k < registers; k++)
			source[k] = _mm512_maskz_loadu_ps(in[k], from + 16 * k);
		UNROLL
		for (int k = 0; k < registers; k++) {
			vec v;

			if (registers == 1)
				v = (vec)_mm512_permutexvar_ps(index[k], source[0]);
			else
				v = (vec)_mm512_permutex2var_ps(source[0], index[k], source[1]);
			if (registers == 4)
				v = (vec)_mm512_mask_mov_ps((__m512)v, high[k], _mm512_permutex2var_ps(source[2], index[k], source[3]));
			if (p->beta != 0)
				v = v + p->beta * (vec)_mm512_maskz_loadu_ps(out[k], to + 16 * k);
			if (p->slope >= 0)
				v = F(positive_part)(v, slope);
			_mm512_mask_storeu_ps(to + 16 * k, out[k], (__m512)v);
		}
	}
}

static TARGET void F(permute)(const struct permutation *p, float *to, const float *from, size_t pixels)
{
	int most = p->count > p->sources ? p->count : p->sources;

	if (most <= 16)
		F(permute_registers)(p, to, from, pixels, 1);
	else if (most <= 32)
		F(permute_registers)(p, to, from, pixels, 2);
	else if (most <= 64)
		F(permute_registers)(p, to, from, pixels, 4);
	else
		for (size_t q = 0; q < pixels; q++, to += p->to_pixel, from += p->from_pixel)
			F(permute_any)(p, to, from, 0, p->count);
}
#else
static TARGET void F(permute)(const struct permutation *p, float *to, const float *from, size_t pixels)
{
	for (size_t q = 0; q < pixels; q++, to += p->to_pixel, from += p->from_pixel)
		F(permute_any)(p, to, from, 0, p->count);
}
#endif

/* Pointwise. Each loop takes whole vectors, then what is left of one. */

INLINE vec F(axpby1)(vec y, vec x, float a, float beta)
{
	vec ax = a * x;

	return beta != 0 ? (vec)FMA(F(spread)(beta), y, ax) : ax;
}

static TARGET void F(axpby)(float *y, float a, const float *x, float beta, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		F(store)(y + i, F(axpby1)(beta != 0 ? F(load)(y + i) : F(spread)(0), F(load)(x + i), a, beta));
	if (i < n) {
		int left = (int)(n - i);

		F(store_some)(y + i, F(axpby1)(F(load_some)(y + i, left), F(load_some)(x + i, left), a, beta), left);
	}
}

static TARGET void F(act)(float *y, const float *x, float slope, size_t n)
{
	vec s = F(spread)(slope);
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		F(store)(y + i, F(positive_part)(F(load)(x + i), s));
	if (i < n)
		F(store_some)(y + i, F(positive_part)(F(load_some)(x + i, (int)(n - i)), s), (int)(n - i));
}

/* dy times the slope where y is not positive; slope < 0: no activation */
INLINE vec F(act_gradient)(vec dy, vec y, float slope)
{
	if (slope < 0)
		return dy;
	return F(choose)((veci)(y > 0), dy, slope * dy);
}

static TARGET void F(act_backward)(float *dx, const float *dy, const float *y, float slope, float beta, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		vec g = F(act_gradient)(F(load)(dy + i), F(load)(y + i), slope);

		if (beta != 0)
			g = g + beta * F(load)(dx + i);
		F(store)(dx + i, g);
	}
	if (i < n) {
		int left = (int)(n - i);
		vec g = F(act_gradient)(F(load_some)(dy + i, left), F(load_some)(y + i, left), slope);

		if (beta != 0)
			g = g + beta * F(load_some)(dx + i, left);
		F(store_some)(dx + i, g, left);
	}
}

/* In float for some hundred products at a time, then in double. */
static TARGET double F(dot)(const float *x, const float *y, size_t n)
{
	double total = 0;

	for (size_t begin = 0; begin < n;) {
		size_t end = n - begin > 1024 ? begin + 1024 : n, i = begin;
		vec sum[4] = { { 0 } };
		float part = 0;

		for (; i + 4 * LANES <= end; i += 4 * LANES)
			UNROLL
			for (int k = 0; k < 4; k++)
				sum[k] = FMA(F(load)(x + i + k * LANES), F(load)(y + i + k * LANES), sum[k]);
		for (; i < end; i++)
			part += x[i] * y[i];
		sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
		for (int k = 0; k < LANES; k++)
			part += sum[0][k];
		total += (double)part;
		begin = end;
	}
	return total;
}

INLINE void F(adam1)(vec *w, vec *m, vec *v, vec g, float step, float root, const struct adam *a)
{
	*m = a->beta1 * *m + (1 - a->beta1) * g;
	*v = a->beta2 * *v + (1 - a->beta2) * g * g;
	*w = *w - step * *m / (SQRT(*v) / root + a->epsilon);
}

static TARGET void F(adam)(float *w, float *m, float *v, const float *g, float step, float root, const struct adam *a, size_t n)
{
	vec wi, mi, vi;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		wi = F(load)(w + i);
		mi = F(load)(m + i);
		vi = F(load)(v + i);
		F(adam1)(&wi, &mi, &vi, F(load)(g + i), step, root, a);
		F(store)(w + i, wi);
		F(store)(m + i, mi);
		F(store)(v + i, vi);
	}
	if (i < n) {
		int left = (int)(n - i);

		wi = F(load_some)(w + i, left);
		mi = F(load_some)(m + i, left);
		vi = F(load_some)(v + i, left);
		F(adam1)(&wi, &mi, &vi, F(load_some)(g + i, left), step, root, a);
		F(store_some)(w + i, wi, left);
		F(store_some)(m + i, mi, left);
		F(store_some)(v + i, vi, left);
	}
}

static TARGET void F(sgd)(float *w, float *m, const float *g, const struct sgd *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		int count = n - i < LANES ? (int)(n - i) : LANES;
		bool whole = count == LANES;
		vec wi = whole ? F(load)(w + i) : F(load_some)(w + i, count);
		vec mi = whole ? F(load)(m + i) : F(load_some)(m + i, count);
		vec gi = (whole ? F(load)(g + i) : F(load_some)(g + i, count)) + s->weight_decay * wi;

		mi = s->momentum * mi + gi;
		wi = wi - s->learning_rate * (gi + s->momentum * mi);
		if (whole) {
			F(store)(w + i, wi);
			F(store)(m + i, mi);
		} else {
			F(store_some)(w + i, wi, count);
			F(store_some)(m + i, mi, count);
		}
		i += (size_t)count;
	}
}

/* One range of one pixel. Banks are 8 channels and their multiples, so after whole vectors there may be 8 more. */
INLINE void F(move_range)(float *t, const float *f, int n, float beta)
{
	int i = 0;

	if (beta == 0) {
		for (; i + LANES <= n; i += LANES)
			F(store)(t + i, F(load)(f + i));
		for (; i + 8 <= n; i += 8)
			*(eight *)(t + i) = *(const eight *)(f + i);
		for (; i < n; i++)
			t[i] = f[i];
	} else {
		for (; i + LANES <= n; i += LANES)
			F(store)(t + i, beta * F(load)(t + i) + F(load)(f + i));
		for (; i + 8 <= n; i += 8)
			*(eight *)(t + i) = beta * *(const eight *)(t + i) + *(const eight *)(f + i);
		for (; i < n; i++)
			t[i] = beta * t[i] + f[i];
	}
}

static TARGET void F(channels)(float *to, int to_channels, const float *from, int from_channels, const struct channel_range *range,
	int count, size_t rows)
{
	for (size_t row = 0; row < rows; row++, to += to_channels, from += from_channels)
		for (int r = 0; r < count; r++)
			F(move_range)(to + range[r].to, from + range[r].from, range[r].count, range[r].beta);
}

/* Batch norm walks a vector of channels down the rows: the sums stay in registers. */

static TARGET void F(norm_sums)(float *s, float *q, const float *x, const float *k, size_t rows, int c)
{
	for (int i = 0; i < c; i += LANES) {
		int n = c - i < LANES ? c - i : LANES;
		vec ki = F(load_some)(k + i, n), si = { 0 }, qi = { 0 };

		for (size_t r = 0; r < rows; r++) {
			const float *xi = x + r * (size_t)c + i;
			vec d = (n == LANES ? F(load)(xi) : F(load_some)(xi, n)) - ki;

			si = si + d;
			qi = FMA(d, d, qi);
		}
		F(store_some)(s + i, F(load_some)(s + i, n) + si, n);
		F(store_some)(q + i, F(load_some)(q + i, n) + qi, n);
	}
}

static TARGET void F(norm_apply)(float *y, const float *x, const float *a, const float *b, float slope, size_t rows, int c)
{
	vec s = F(spread)(slope);

	for (size_t r = 0; r < rows; r++, x += c, y += c)
		for (int i = 0; i < c; i += LANES) {
			int n = c - i < LANES ? c - i : LANES;
			vec v;

			if (n == LANES)
				v = FMA(F(load)(x + i), F(load)(a + i), F(load)(b + i));
			else
				v = FMA(F(load_some)(x + i, n), F(load_some)(a + i, n), F(load_some)(b + i, n));
			if (slope >= 0)
				v = F(positive_part)(v, s);
			if (n == LANES)
				F(store)(y + i, v);
			else
				F(store_some)(y + i, v, n);
		}
}

static TARGET void F(norm_backward_sums)(float *s, float *q, const float *dy, const float *x, const float *y, const float *k,
	float slope, size_t rows, int c)
{
	for (int i = 0; i < c; i += LANES) {
		int n = c - i < LANES ? c - i : LANES;
		bool whole = n == LANES;
		vec ki = F(load_some)(k + i, n), si = { 0 }, qi = { 0 };

		for (size_t r = 0; r < rows; r++) {
			size_t at = r * (size_t)c + (size_t)i;
			vec g = whole ? F(load)(dy + at) : F(load_some)(dy + at, n);

			g = F(act_gradient)(g, whole ? F(load)(y + at) : F(load_some)(y + at, n), slope);
			si = si + g;
			qi = FMA(g, (whole ? F(load)(x + at) : F(load_some)(x + at, n)) - ki, qi);
		}
		F(store_some)(s + i, F(load_some)(s + i, n) + si, n);
		F(store_some)(q + i, F(load_some)(q + i, n) + qi, n);
	}
}

static TARGET void F(norm_backward_apply)(float *dx, const float *dy, const float *x, const float *y, const float *k, const float *a,
	const float *b, const float *d, float slope, float beta, size_t rows, int c)
{
	for (size_t r = 0; r < rows; r++)
		for (int i = 0; i < c; i += LANES) {
			int n = c - i < LANES ? c - i : LANES;
			bool whole = n == LANES;
			size_t at = r * (size_t)c + (size_t)i;
#define LOAD(p) (whole ? F(load)(p) : F(load_some)(p, n))
			vec g = F(act_gradient)(LOAD(dy + at), LOAD(y + at), slope);
			vec v = FMA(g, LOAD(a + i), FMA(LOAD(x + at) - LOAD(k + i), LOAD(b + i), LOAD(d + i)));

			if (beta != 0)
				v = v + beta * LOAD(dx + at);
			if (whole)
				F(store)(dx + at, v);
			else
				F(store_some)(dx + at, v, n);
#undef LOAD
		}
}

static const struct simd F(simd) = {
	.name = NAME,
	.lanes = LANES,
	.conv_strip = F(conv_strip),
	.weights_tile = F(weights_tile),
	.permute = F(permute),
	.axpby = F(axpby),
	.act = F(act),
	.act_backward = F(act_backward),
	.dot = F(dot),
	.adam = F(adam),
	.sgd = F(sgd),
	.channels = F(channels),
	.norm_sums = F(norm_sums),
	.norm_apply = F(norm_apply),
	.norm_backward_sums = F(norm_backward_sums),
	.norm_backward_apply = F(norm_backward_apply),
};

#undef vec
#undef vecu
#undef veci
#undef INLINE
#undef TILE
#undef TILES_V1
#undef TILES_V2
#undef TILES_V3
#undef TILES_V4
#undef TILES
#undef TILE_ROW
#undef WEIGHTS
#undef WEIGHTS_OF
#undef WEIGHTS_ALL
#undef WEIGHTS_ROW
#undef SET
#undef NAME
#undef LANES
#undef REGISTERS
#undef TARGET
#undef FMA
#undef SPREAD1
#undef SPREAD2
#undef SPREAD4
#undef SPREAD8
#undef SQRT
#undef LOAD_SOME
#undef STORE_SOME
