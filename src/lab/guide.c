/* guide.c -- TODO */
#include "src/lab/experiment.h"
#include "src/base/err.h"
struct job *guide_start(struct trainer *t, const struct ranking *r, const struct experiment *e) { (void)t, (void)r, (void)e; err_set("guide is not there yet"); return 0; }
