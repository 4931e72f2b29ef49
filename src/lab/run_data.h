/* run_data.h -- the data set of a run: its examples where they are to be had, else what RUN/data.json says of it. */
#ifndef RUN_DATA_H
#define RUN_DATA_H

#include "src/data/dataset.h"
#include "src/store/run.h"

/*
 * The data set of the run at that path; one without examples (dataset_examples) where it cannot be opened and the run has noted what it is.
 * `pixels`: somebody will ask for a batch. NULL with err_last(): why it cannot be opened.
 */
struct dataset *run_data_open(const char *run_path, const struct run_config *, bool pixels);

/* From now on its data are in the folder of that name, NAME:FOLDER as in the configuration or the one that it began with. 0, or -1 with err_last():
 * another data set, one that cannot be opened or has other examples; all is then as before. */
int run_data_move(const char *run_path, const struct run_config *, const char *data);

/* Writes RUN/data.json (or that of another folder) where there is none. 0 or -1. One that tells of another data set stays as it is: `notice` says how they differ, or
 * becomes "". */
int run_data_note(const char *run_path, const struct dataset *, char *notice, size_t size);

#endif
