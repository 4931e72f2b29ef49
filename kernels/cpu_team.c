/*
 * cpu_team.c -- the threads of the CPU backend.
 *
 * A training step is some hundred calls of 5 to 500 microseconds, so handing work over must cost less than one, and a thread that another
 * program has pushed off its processor must not hold up the rest. OpenMP's runtime gives one or the other: it sleeps between
 * calls, or it waits for all its threads. Here the parts of a call are taken one by one by whoever runs: a helper that is awake takes
 * some, one that is not leaves them to the caller, and only a part that was begun is waited for. Which thread computes a part never
 * changes its bits, since parts are cut by the caller.
 */
#include "kernels/cpu_team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* Looks before a helper sleeps, about 50 microseconds: longer than the caller's pauses between two kernels. */
enum { LOOKS = 3000 };

struct team {
	/* The upper half counts calls, the lower one the parts that nobody has taken yet: one word, so that a part is only taken of the
	 * call that is meant. Between two calls the lower half is 0, and nothing can be taken while the fields below change. */
	_Atomic uint64_t ticket;
	_Atomic int unfinished;
	_Atomic int sleepers;
	_Atomic bool stop;
	/* Of the present call. Read by helpers before they take a part, which fails where the call is over: hence atomic. */
	_Atomic int parts;
	_Atomic(team_body *) body;
	_Atomic(void *) arg;

	pthread_mutex_t mutex;           /* of sleeping only */
	pthread_cond_t wake;
	int helpers;
	struct helper {
		struct team *team;
		pthread_t thread;
		int number;
	} helper[];
};

static void look_again(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Takes and runs parts until none is left of the present call. */
static void work(struct team *t, int thread)
{
	uint64_t ticket = atomic_load(&t->ticket);

	for (;;) {
		int left = (int)(uint32_t)ticket, parts = atomic_load_explicit(&t->parts, memory_order_relaxed);
		team_body *body = atomic_load_explicit(&t->body, memory_order_relaxed);
		void *arg = atomic_load_explicit(&t->arg, memory_order_relaxed);

		if (left == 0)
			return;
		/* The call is the one `ticket` names, or this fails: it cannot have ended while a part of it was free. */
		if (!atomic_compare_exchange_weak(&t->ticket, &ticket, ticket - 1))
			continue;
		body(arg, parts - left, parts, thread);
		atomic_fetch_sub(&t->unfinished, 1);
		ticket = atomic_load(&t->ticket);
	}
}

static uint32_t call_of(struct team *t)
{
	return (uint32_t)(atomic_load(&t->ticket) >> 32);
}

static void wait_for_call(struct team *t, uint32_t last)
{
	for (int i = 0; i < LOOKS; i++) {
		if (call_of(t) != last || atomic_load(&t->stop))
			return;
		look_again();
	}
	pthread_mutex_lock(&t->mutex);
	atomic_fetch_add(&t->sleepers, 1);
	while (call_of(t) == last && !atomic_load(&t->stop))
		pthread_cond_wait(&t->wake, &t->mutex);
	atomic_fetch_sub(&t->sleepers, 1);
	pthread_mutex_unlock(&t->mutex);
}

static void *help(void *arg)
{
	struct helper *h = arg;
	uint32_t last = 0;

	for (;;) {
		wait_for_call(h->team, last);
		if (atomic_load(&h->team->stop))
			return NULL;
		last = call_of(h->team);
		work(h->team, h->number);
	}
}

static void wake_all(struct team *t)
{
	if (atomic_load(&t->sleepers) == 0)
		return;
	pthread_mutex_lock(&t->mutex);
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->mutex);
}

struct team *team_new(int threads)
{
	struct team *t = calloc(1, sizeof *t + (size_t)(threads - 1) * sizeof t->helper[0]);
	sigset_t all, old;

	if (!t)
		return NULL;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->wake, NULL);
	/* signals are the caller's */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (int i = 0; i < threads - 1; i++) {
		struct helper *h = &t->helper[t->helpers];

		*h = (struct helper){ .team = t, .number = i + 1 };
		if (pthread_create(&h->thread, NULL, help, h) != 0)
			break;                   /* fewer do the same work */
		t->helpers++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return t;
}

void team_free(struct team *t)
{
	if (!t)
		return;
	atomic_store(&t->stop, true);
	wake_all(t);
	for (int i = 0; i < t->helpers; i++)
		pthread_join(t->helper[i].thread, NULL);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->mutex);
	free(t);
}

void team_run(struct team *t, int parts, team_body *body, void *arg)
{
	if (parts == 1 || t->helpers == 0) {
		for (int i = 0; i < parts; i++)
			body(arg, i, parts, 0);
		return;
	}
	atomic_store_explicit(&t->parts, parts, memory_order_relaxed);
	atomic_store_explicit(&t->body, body, memory_order_relaxed);
	atomic_store_explicit(&t->arg, arg, memory_order_relaxed);
	atomic_store(&t->unfinished, parts);
	atomic_store(&t->ticket, (uint64_t)(call_of(t) + 1) << 32 | (uint32_t)parts);
	wake_all(t);
	work(t, 0);
	for (int i = 0; atomic_load(&t->unfinished) > 0; i++) {
		if (i < LOOKS)
			look_again();
		else
			sched_yield();           /* somebody was pushed off in the middle of a part: let others have this processor too */
	}
}
