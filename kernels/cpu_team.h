/* cpu_team.h -- threads that share the parts of one call after the other. One thread at a time calls a team. */
#ifndef CPU_TEAM_H
#define CPU_TEAM_H

#include <stdbool.h>

struct team;

/* One part of a call; `thread`, below the team's number of threads, is who runs it: a place for working memory. */
typedef void team_body(void *arg, int part, int parts, int thread);

/* A team of `threads` with the caller as one. NULL when out of memory; fewer threads than asked do the same work. */
struct team *team_new(int threads);
void team_free(struct team *);

/* Runs body for each part in [0, parts), in any order, on any threads; returns when all are done. What they wrote is then seen. */
void team_run(struct team *, int parts, team_body *, void *arg);

#endif
