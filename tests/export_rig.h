/*
 * export_rig.h -- networks to export, for tests: of a run on pictures or volumes of noise, with weights as they are drawn at random. Nothing is trained:
 * the HyperNet generates, and a finished training is written where exports look for it. Everything asserts, nothing returns an error.
 */
#ifndef EXPORT_RIG_H
#define EXPORT_RIG_H

#include "src/export/network.h"
#include "src/lab/trainer.h"

struct export_rig {
	char folder[256];
	struct run *run;
	struct trainer *trainer;
};

/* A new run below a folder of its own. axes 2: pictures of 16 x 16 pixels and one channel; 3: volumes of 32^3 voxels. stem_stride 0: the preset's;
 * 3 makes edges odd and volumes small. */
void export_rig_open(struct export_rig *, const char *preset, int axes, int stem_stride);
void export_rig_close(struct export_rig *);

void export_rig_generated(struct export_rig *, const struct arch *, struct exported *);

/* With weights of its own: norms inside ops or the weight norm. `network` in place of an architecture: "wrn-10-1". */
void export_rig_retrained(struct export_rig *, const struct arch *, const char *network, bool weight_norm, struct exported *);

/* Each preset; volumes, and odd edges by a stride of 3. The first ones suffice in a hurry. */
struct export_space {
	const char *preset;
	int axes, stem_stride;
};
enum { EXPORT_SPACES = 11, EXPORT_SPACES_QUICK = 4 };
extern const struct export_space export_spaces[EXPORT_SPACES];

/* Whether there is time for all of them, and of each for so many networks: `make check-long`. */
enum { EXPORT_EACH = 20 };
bool export_everything(void);

/* $SMASHTOP_PYTHON, or python3; whether it has these modules ("numpy, onnxruntime"). */
const char *export_python(void);
bool export_python_has(const char *modules);

/* Runs tests/SCRIPT on the folder: a line for each of `count` networks, its number and the largest difference of its logits to smashtop's, relative to
 * the largest of an example. Not above EXPORT_TOLERANCE. */
#define EXPORT_TOLERANCE 1e-5
void export_check_runs(const char *script, const char *folder, int count);

#endif
