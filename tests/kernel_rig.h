/*
 * kernel_rig.h -- the cases of every kernel, for any device: a program says which backends there are and adds the cases to its suite. Results
 * are compared with the formulas of ref.c.
 *
 * Inputs are uniform in [-1, 1]. A sum of k such products in float is off by about k * 2^-24 at worst (each addition rounds a partial
 * sum of some sqrt(k) by 2^-24 of it, k times, mostly cancelling): the tolerance is 2^-23 (k + 16), far below what one wrong or
 * missing product (about 0.3) makes. Buffers end in a guard, and a result that must not be read before starts as NaN.
 */
#ifndef KERNEL_RIG_H
#define KERNEL_RIG_H

#include <check.h>

#include "kernels/kernels.h"

/* The backends of a program, which defines it. */
struct rig {
	int backends;
	struct backend *(*open)(int i);  /* for one case; NULL with err_last() */
	const char *(*name)(int i);
	bool (*odd)(int i);              /* buffers begin 4 bytes behind a multiple of 16; NULL: never */
	void *(*memory)(size_t bytes);   /* that the host and the kernels of every backend reach, 16-byte aligned; NULL: none left */
	void (*release)(void *);
};
extern const struct rig rig;

struct backend *open_case(int i);
void close_case(struct backend *);

/* A buffer of n floats between guards, uniform. */
float *buffer(size_t n);
float *copy_of(const float *, size_t n);
void buffer_free(float *);
void nan_if(bool fresh, float *, size_t n);
void random_restart(void);               /* the same numbers again */

double tolerance(double products);

/* Waits for the open backend, then compares; `allowed` is of the larger of 1 and what is wanted. */
void assert_close(const float *got, const float *want, size_t n, double allowed, const char *what);
void assert_same_bits(const float *a, const float *b, size_t n, const char *what);
void case_sync(void);

size_t volume(const int *extent, int axes);

/* Runs one kernel on a fresh result with every backend, twice, and compares with the formula. */
struct trial {
	size_t n;
	float beta;
	double allowed;
	void (*reference)(const void *arg, float *result);
	void (*kernel)(struct backend *, const void *arg, float *result);
	const void *arg;
};
void try_all(const struct trial *, const char *what);

struct case_row {
	const char *name;
	const TTest *test;
	int rows;                        /* 1 where the test has no table */
};
void add_cases(Suite *, const struct case_row *, size_t count);
int run_suite(Suite *);                  /* the exit status */

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

void add_conv_cases(Suite *);            /* kernel_cases_conv.c: convolutions, fully connected */
void add_other_cases(Suite *);           /* kernel_cases.c: all other kernels */

#endif
