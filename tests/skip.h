/* skip.h -- a test that cannot run here counts as skipped in the TAP, not as passed. */
#ifndef SKIP_H
#define SKIP_H

#include <check.h>

static inline void skipped_test(int i)
{
	(void)i;
}

/* Adds `test` where `possible`, otherwise a test named "test # SKIP why"; `test` and `why` are literals. */
#define TCASE_ADD_OR_SKIP(tcase, test, possible, why) do { \
	static TTest skip_; \
	skip_ = *(test); \
	skip_.name = #test " # SKIP " why; \
	skip_.fn = skipped_test; \
	if (possible) \
		tcase_add_test(tcase, test); \
	else \
		tcase_add_test(tcase, &skip_); \
} while (0)

#endif
