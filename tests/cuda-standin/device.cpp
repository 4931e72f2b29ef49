/*
 * device.cpp -- runs the blocks of a kernel one after the other, the threads of a block as coroutines.
 *
 * A coroutine runs threads one after the other until one of them waits; the next thread then gets the next coroutine. So a kernel without
 * barriers costs no more than calls of a function, and one with barriers has as many coroutines as threads.
 */
#undef _FORTIFY_SOURCE                   /* it takes a jump to another stack for an error */

#include "tests/cuda-standin/device.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
enum { FENCE = 0 };                      /* it has fences of its own */
#else
enum { FENCE = 64 };
#endif
enum { BLOCK_MAX = 1024, WARP_MAX = 32, GRID_MAX = 65535, SHARED_SITES = 32, SHARED_MAX = 48 << 10, STACK = 256 << 10 };
static const unsigned char FENCE_BYTE = 0xa5;

uint3 threadIdx, blockIdx, blockDim, gridDim;

/* Where threads wait for one another, all of a block or of a warp. */
struct meeting {
	unsigned size, arrived;
	unsigned turn;                   /* how often all have met */
	const char *file;
	int line;
};

struct fiber {
	ucontext_t context;
	jmp_buf place;                   /* where it left, from its second turn on */
	bool begun;
	char *stack;                     /* of STACK bytes, NULL for the host's own */
	void *sanitizer;                 /* what the sanitizers keep of a stack that rests */
	bool busy;                       /* has a thread that waits */
	uint3 thread;
	struct meeting *at;              /* where it waits, as long as this is the turn */
	unsigned turn;
};

static struct fiber host, fibers[BLOCK_MAX];
static struct fiber *running = &host;

static const struct standin_launch *launch;
static unsigned block_threads, threads_started, threads_ended;
static struct fiber *waiting[BLOCK_MAX]; /* of each thread, NULL where it does not wait */
static unsigned beginners[BLOCK_MAX];    /* the order in which threads begin */
static struct meeting block_meeting, warp_meeting[BLOCK_MAX / WARP_MAX];
static uint64_t shuffled[2][BLOCK_MAX];

static struct shared {
	const char *site;
	unsigned char *memory;
	size_t bytes;
	bool filled;                     /* in this block */
} shared[SHARED_SITES];
static int shared_count;

static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;
static enum standin_order order;
static bool order_set;
static uint64_t order_state = 1;

/* Says what the kernel does wrong, and aborts. */
__attribute__((format(printf, 1, 2), noreturn)) static void wrong(const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "kernel of %s, block (%u %u %u) of (%u %u %u), thread (%u %u %u) of %u: ", launch->name, blockIdx.x, blockIdx.y,
		blockIdx.z, gridDim.x, gridDim.y, gridDim.z, threadIdx.x, threadIdx.y, threadIdx.z, block_threads);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

/* --- orders --- */

void standin_order(enum standin_order wanted)
{
	order = wanted;
	order_set = true;
	order_state = 1;
}

/* SMASHTOP_STANDIN_ORDER in the environment, where no call has said otherwise. */
static void order_by_environment(void)
{
	const char *text = getenv("SMASHTOP_STANDIN_ORDER");

	order_set = true;
	if (text)
		order = strcmp(text, "backward") == 0 ? STANDIN_BACKWARD : strcmp(text, "shuffled") == 0 ? STANDIN_SHUFFLED : STANDIN_FORWARD;
}

static void put_in_order(unsigned *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		list[i] = order == STANDIN_BACKWARD ? n - 1 - i : i;
	for (unsigned i = n; order == STANDIN_SHUFFLED && i > 1; i--) {
		unsigned kept = list[i - 1], other;

		order_state = order_state * 6364136223846793005u + 1442695040888963407u;
		other = (unsigned)((order_state >> 33) % i);
		list[i - 1] = list[other];
		list[other] = kept;
	}
}

/* --- coroutines --- */

#if defined(__SANITIZE_ADDRESS__)
static const void *host_stack;
static size_t host_size;
#endif

/* The sanitizers want to see swapcontext(), which asks the system for the signals of each context; otherwise jumps are much faster. */
static void jump(struct fiber *from, struct fiber *to)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	if (_setjmp(from->place) != 0)
		return;
	if (to->begun)
		_longjmp(to->place, 1);
#endif
	to->begun = true;
	swapcontext(&from->context, &to->context);
}

static void switch_to(struct fiber *to)
{
	struct fiber *from = running;

	running = to;
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(&from->sanitizer, to->stack ? to->stack : host_stack, to->stack ? (size_t)STACK : host_size);
#elif defined(__SANITIZE_THREAD__)
	from->sanitizer = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(to->sanitizer, 0);
#endif
	jump(from, to);
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(from->sanitizer, from->stack ? &host_stack : NULL, from->stack ? &host_size : NULL);
#endif
}

/* Runs threads until one has had to wait: then there are other coroutines for the rest of them. */
static void run_threads(void)
{
	bool waited = false;

	while (!waited && threads_started < block_threads) {
		unsigned i = beginners[threads_started++];

		threadIdx.x = i % blockDim.x;
		threadIdx.y = i / blockDim.x % blockDim.y;
		threadIdx.z = i / blockDim.x / blockDim.y;
		running->busy = false;
		launch->thread(launch->arguments);
		waited = running->busy;
		running->busy = false;
		threads_ended++;
	}
}

static void coroutine(void)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(NULL, &host_stack, &host_size);
#endif
	for (;;) {
		run_threads();
		switch_to(&host);
	}
}

/* Coroutines are made once, and used for all launches. */
static struct fiber *fiber(unsigned i)
{
	struct fiber *f = &fibers[i];
	void *stack;

	if (f->stack)
		return f;
	stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack == MAP_FAILED || mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE) != 0)
		wrong("no memory for the stack of a thread");
	f->stack = (char *)stack;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = stack;
	f->context.uc_stack.ss_size = STACK;
	f->context.uc_link = NULL;
	makecontext(&f->context, coroutine, 0);
#if defined(__SANITIZE_THREAD__)
	f->sanitizer = __tsan_create_fiber(0);
#endif
	return f;
}

static unsigned thread_number(void)
{
	return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
}

static void meet(struct meeting *m, const char *file, int line)
{
	if (m->arrived == 0) {
		m->file = file;
		m->line = line;
	} else if (m->line != line || (m->file != file && strcmp(m->file, file) != 0)) {
		wrong("waits at %s:%d, others of its %s at %s:%d", file, line, m == &block_meeting ? "block" : "warp", m->file, m->line);
	}
	if (++m->arrived == m->size) {
		m->arrived = 0;
		m->turn++;
		return;
	}
	running->busy = true;
	running->thread = threadIdx;
	running->at = m;
	running->turn = m->turn;
	waiting[thread_number()] = running;
	switch_to(&host);
}

void standin_barrier(const char *file, int line)
{
	meet(&block_meeting, file, line);
}

uint64_t standin_shuffle(uint64_t value, unsigned lane, unsigned mask, const char *file, int line)
{
	unsigned i = thread_number();
	struct meeting *warp = &warp_meeting[i / WARP_MAX];
	uint64_t *values = shuffled[warp->turn % 2];     /* nobody writes there again before all have read it: the turn after next waits for them */

	if (mask != 0xffffffffu || warp->size != WARP_MAX)
		wrong("%s:%d: a shuffle between other threads than those of a whole warp", file, line);
	values[i] = value;
	meet(warp, file, line);
	return values[i / WARP_MAX * WARP_MAX + lane];
}

/* --- shared memory --- */

void *standin_shared(const char *site, size_t bytes)
{
	struct shared *s = shared;
	size_t all = bytes;

	for (; s < shared + shared_count && s->site != site; s++)
		all += s->bytes;
	if (s == shared + shared_count) {
		if (all > SHARED_MAX)
			wrong("%zu bytes of shared memory; a block has %d", all, SHARED_MAX);
		if (shared_count == SHARED_SITES)
			wrong("more than %d arrays in shared memory", SHARED_SITES);
		shared_count++;
		s->site = site;
		s->bytes = bytes;
		s->filled = false;
		s->memory = (unsigned char *)malloc(bytes + FENCE);
		if (!s->memory)
			wrong("no memory for %zu shared bytes", bytes);
	}
	if (!s->filled) {
		memset(s->memory, 0xff, bytes);  /* NaN in any precision */
		memset(s->memory + bytes, FENCE_BYTE, FENCE);
		s->filled = true;
	}
	return s->memory;
}

static void block_ends(void)
{
	for (struct shared *s = shared; s < shared + shared_count; s++) {
		for (int i = 0; s->filled && i < FENCE; i++)
			if (s->memory[s->bytes + (size_t)i] != FENCE_BYTE)
				wrong("wrote beyond %zu bytes of shared memory", s->bytes);
		s->filled = false;
	}
}

static void launch_ends(void)
{
	while (shared_count > 0)
		free(shared[--shared_count].memory);
}

/* --- blocks --- */

static void stuck(void)
{
	for (unsigned i = 0; i < block_threads; i++)
		if (waiting[i]) {
			threadIdx = waiting[i]->thread;
			wrong("waits at %s:%d for ever: %u of the %u of its %s came there, %u threads of the block have ended", waiting[i]->at->file,
				waiting[i]->at->line, waiting[i]->at->arrived, waiting[i]->at->size, waiting[i]->at == &block_meeting ? "block" : "warp",
				threads_ended);
		}
}

/* Lets the threads of a warp go on that need not wait any more, each once. False: there is none. */
static bool warp_goes_on(unsigned first, unsigned lanes)
{
	unsigned turns[WARP_MAX];
	bool any = false;

	put_in_order(turns, lanes);
	for (unsigned i = 0; i < lanes; i++) {
		struct fiber *f = waiting[first + turns[i]];

		if (f && f->turn != f->at->turn) {
			any = true;
			waiting[first + turns[i]] = NULL;
			threadIdx = f->thread;
			switch_to(f);
		}
	}
	return any;
}

/* The same for a block: a warp goes as far as it can before the next one does, so that what it should not yet write is written early. */
static bool block_goes_on(void)
{
	unsigned turns[BLOCK_MAX / WARP_MAX], warps = (block_threads + WARP_MAX - 1) / WARP_MAX;
	bool any = false;

	put_in_order(turns, warps);
	for (unsigned i = 0; i < warps; i++)
		while (warp_goes_on(turns[i] * WARP_MAX, warp_meeting[turns[i]].size))
			any = true;
	return any;
}

static void run_block(void)
{
	unsigned used = 0;

	block_meeting.size = block_threads;
	block_meeting.arrived = 0;
	for (unsigned warp = 0; warp * WARP_MAX < block_threads; warp++) {
		unsigned rest = block_threads - warp * WARP_MAX;

		warp_meeting[warp].size = rest < WARP_MAX ? rest : (unsigned)WARP_MAX;
		warp_meeting[warp].arrived = 0;
	}
	threads_started = threads_ended = 0;
	put_in_order(beginners, block_threads);
	while (threads_started < block_threads)
		switch_to(fiber(used++));
	while (threads_ended < block_threads)
		if (!block_goes_on())
			stuck();
	block_ends();
}

static void check_launch(void)
{
	const unsigned *g = launch->grid, *b = launch->block;

	if (g[0] == 0 || g[1] == 0 || g[2] == 0 || b[0] == 0 || b[1] == 0 || b[2] == 0 || g[0] > 0x7fffffffu || g[1] > GRID_MAX ||
	    g[2] > GRID_MAX || (uint64_t)b[0] * b[1] * b[2] > BLOCK_MAX)
		wrong("no device takes a grid of %u x %u x %u blocks of %u x %u x %u threads", g[0], g[1], g[2], b[0], b[1], b[2]);
}

void standin_run(const struct standin_launch *l)
{
	size_t blocks = (size_t)l->grid[0] * l->grid[1] * l->grid[2];
	unsigned *list = (unsigned *)malloc(blocks * sizeof *list);

	pthread_mutex_lock(&device);
	launch = l;
	if (!order_set)
		order_by_environment();
	check_launch();
	if (!list)
		wrong("no memory for the order of %zu blocks", blocks);
	put_in_order(list, (unsigned)blocks);
	gridDim = make_uint3(l->grid[0], l->grid[1], l->grid[2]);
	blockDim = make_uint3(l->block[0], l->block[1], l->block[2]);
	block_threads = blockDim.x * blockDim.y * blockDim.z;
	for (size_t i = 0; i < blocks; i++) {
		blockIdx = make_uint3(list[i] % gridDim.x, list[i] / gridDim.x % gridDim.y, list[i] / gridDim.x / gridDim.y);
		run_block();
	}
	launch_ends();
	launch = NULL;
	pthread_mutex_unlock(&device);
	free(list);
}
