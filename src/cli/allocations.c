/* allocations.c -- the program's own malloc counts and hands on to glibc's. Sanitizers and other C libraries keep theirs. */
#include "src/cli/allocations.h"

#include <stdlib.h>

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#endif

#if defined __GLIBC__ && !defined SANITIZED

#include <errno.h>
#include <stdatomic.h>

static _Atomic int64_t count;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void counted(void)
{
	atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
	counted();
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	counted();
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	counted();
	return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	counted();
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
	if (alignment % sizeof(void *) || alignment == 0 || alignment & (alignment - 1))
		return EINVAL;
	counted();

	void *memory = __libc_memalign(alignment, size);

	if (!memory)
		return ENOMEM;
	*p = memory;
	return 0;
}

void free(void *p)
{
	__libc_free(p);
}

int64_t allocations(void)
{
	return atomic_load_explicit(&count, memory_order_relaxed);
}

#else

int64_t allocations(void)
{
	return -1;
}

#endif
