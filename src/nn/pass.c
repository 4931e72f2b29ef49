/* pass.c -- running a graph by calls, or by what was captured of them. */
#include "src/nn/pass.h"

enum { CALLED_RUNS = 2 };

void pass_forget(struct pass *p, struct backend *be)
{
	if (p->captured)
		be->k->forget(be, p->captured);
	*p = (struct pass){ 0 };
}

static bool capture(struct pass *p, struct backend *be, void (*walk)(struct tape *), struct tape *t)
{
	if (!be->k->capture || !be->k->capture(be))
		return false;
	walk(t);
	p->captured = be->k->captured(be);
	return p->captured && be->k->replay(be, p->captured);
}

void pass_run(struct pass *p, struct backend *be, void (*walk)(struct tape *), struct tape *t)
{
	if (p->captured && be->k->replay(be, p->captured))
		return;
	if (p->captured)
		pass_forget(p, be);
	if (p->runs == CALLED_RUNS && capture(p, be, walk, t))
		return;
	walk(t);
	p->runs++;
}
