/*
 * export.h -- architectures and rankings in forms that other programs and people read: one table of formats, which the command line and the
 * screen show. A new format is a file with a writer, and a row.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "src/lab/worker.h"

struct exported;                         /* src/export/network.h */
struct ranking;                          /* src/lab/rank.h */
struct trainer;                          /* src/lab/trainer.h */

/* What is known of a scored architecture beside its row. */
struct export_facts {
	int rank;                        /* among those of the newest weights, from 1; 0: it has none */
	double true_error, true_error_stderr;    /* of the network with weights of its own; NAN: none */
	int true_epochs, trainings;
	double corrupted;                /* what corruption of its encoding adds to the loss; NAN: not tested */
};

/* Those of each entry of a ranking, from the results of its run; networks trained on the data set `data`. Allocated; NULL with err_last(). */
struct export_facts *export_facts(const struct ranking *, const char *run_path, const char *data);

extern const char *const export_subject_names[EXPORT_SUBJECTS];       /* "banks", "loss", "correlate", "corrupt" */

/* What is exported: `count` architectures, in the order in which they are written; or, of another subject, what is below run_path (count 0). */
struct export_source {
	enum export_subject subject;
	int result;                      /* of EXPORT_CORRELATE and EXPORT_CORRUPT, which one of RUN/results, 1 the oldest; 0: the newest */
	struct export_style style;
	int count;
	const struct space *space;
	const struct arch_input *input;
	/* NULL where none of them has a score (of an architecture that is only held); so is the row of one that has none. Both live as long as the
	 * source. */
	const struct ranking_row *(*row)(void *context, int i, const struct export_facts **);
	bool (*arch)(void *context, int i, struct arch *);       /* false: this one is not at hand */
	void *context;
	/* The run they are of: results, metrics and networks trained on their own are below its path. NULL: of none. */
	const char *run_path;
	struct trainer *trainer;         /* the same run opened, with the weights of the HyperNet and the data set; NULL where the format has no `weights` */
	enum export_weights weights;     /* which ones, for such a format */
	const char *network;             /* of such a format, in place of an architecture (count 1): "wrn-16-4" */
	const char *data;                /* of weights that are not generated: the data set they were trained on; NULL: the run's */
	bool one_conv;                   /* likewise: each op was made one plain convolution */
	bool (*interrupted)(void);       /* asked between parts, and before files get their names; NULL: nothing interrupts */
};

enum { EXPORT_FILES_EACH = 2 };

struct export_format {
	const char *name, *suffix;       /* "json", ".json" */
	const char *help;                /* one line */
	unsigned subjects;               /* bit per enum export_subject that it can be of */
	bool rows;                       /* it takes rows; otherwise architectures */
	bool scores;                     /* of architectures it says the scores where there are any */
	bool picture, pixels;            /* it has a style; it has a resolution */
	bool images;                     /* it speaks of the images, which `input` describes */
	bool weights;                    /* it wants a trainer */
	const char *one, *many;          /* what it holds: "architecture", "architectures" */
	int (*write)(FILE *, const struct export_source *);      /* 0 or -1 with err_last(). Where that takes longer than a step of training: */
	int (*parts)(const struct export_source *);              /* in how many parts it is written instead; NULL: in one go */
	int (*write_part)(FILE *, const struct export_source *, int part);       /* from 0 on, in order */
	/* Of a format whose files hold one architecture each, in place of all that: the i-th goes to file[0], what has the suffix `beside` to file[1].
	 * Several are then in a folder, with their ids as names. */
	int (*write_each)(FILE *const file[], const struct export_source *, int i);
	const char *beside;              /* NULL: there is one file alone */
};
extern const struct export_format export_formats[];
extern const int export_format_count;

/* By name; NULL with err_last() naming the nearest. By what a file's name ends in; NULL: none ends so. */
const struct export_format *export_find(const char *name);
const struct export_format *export_of_file(const char *path);

/* By name; EXPORT_SUBJECTS with err_last() naming the nearest. */
enum export_subject export_subject_find(const char *name);

/* Whether that format can be of that subject: 0, or -1 with err_last() saying what it can be of. */
int export_check(const struct export_format *, enum export_subject);

/*
 * Writes to `path`, "-" being standard output: under another name first, renamed when it is whole; so are several files. An existing file is left alone unless
 * `replace`; what is no file always is. `text` (may be NULL) says what was written: "12 architectures, 31 KiB". 0, or -1 with err_last(): nothing
 * of it is left.
 */
int export_file(const struct export_format *, const struct export_source *, const char *path, bool replace, char *text, size_t size);

/*
 * What is written where `path` is asked for: of a format whose files hold one network each, PATH with its suffix (several, and those for a folder,
 * are in PATH). 0, or -1 with err_last().
 */
int export_path(char to[PATH_MAX], const struct export_format *, const struct export_source *, const char *path);

/* The same in parts, for who has something else to do between them: a file that is being written. NULL with err_last(). What the source points at must
 * outlive it. */
struct export_writing *export_begin(const struct export_format *, const struct export_source *, const char *path, bool replace);
int export_advance(struct export_writing *);             /* the next part: 1 there are more, 0 the file is there, -1 with err_last() */
void export_counts(const struct export_writing *, int *done, int *total);
void export_told(const struct export_writing *, char *text, size_t size);        /* of one that is there: `text` of export_file */
void export_end(struct export_writing *);                /* where it is not whole nothing is left */

/* An architecture's costs and its bank view, as `smashtop show` prints them. 0 or -1. */
int export_arch_text(FILE *, const struct space *, const struct arch_input *, const struct arch *);

/* The writers, one a file. */
int export_json_parts(const struct export_source *);
int export_json(FILE *, const struct export_source *, int part);
int export_csv(FILE *, const struct export_source *);
int export_text_parts(const struct export_source *);
int export_text(FILE *, const struct export_source *, int part);
int export_dot_parts(const struct export_source *);
int export_dot(FILE *, const struct export_source *, int part);
int export_svg(FILE *, const struct export_source *);
int export_png(FILE *, const struct export_source *);
int export_pdf(FILE *, const struct export_source *);
int export_tensorboard(FILE *, const struct export_source *);
int export_pytorch(FILE *const file[], const struct export_source *, int i);
int export_onnx(FILE *const file[], const struct export_source *, int i);

/* The i-th of a source with its weights, for formats that have such. 0, or -1 with err_last(); exported_release is right in both cases. */
int export_network(struct exported *, const struct export_source *, int i);

#endif
