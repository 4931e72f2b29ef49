/*
 * tensorboard.c -- the metrics of a run as an event file of TensorBoard: records with checksums, each a message Event (event.proto) that holds a
 * step and a Summary of tagged numbers (summary.proto). Metrics have no times, so events have none.
 */
#include <math.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/export.h"
#include "src/export/protobuf.h"
#include "src/lab/metrics.h"

enum { EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5, SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };

/* ---- records ---- */

/* Castagnoli's polynomial, bits reflected. */
static uint32_t crc32c(const uint8_t *data, size_t bytes)
{
	static const uint32_t half[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		crc = crc >> 4 ^ half[crc & 15];
		crc = crc >> 4 ^ half[crc & 15];
	}
	return ~crc;
}

static void put_little_endian(FILE *f, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		fputc((int)(value >> 8 * i & 255), f);
}

/* A checksum of data that holds checksums would be weak: it is rotated and shifted. */
static void put_checksum(FILE *f, const uint8_t *data, size_t bytes)
{
	uint32_t crc = crc32c(data, bytes);

	put_little_endian(f, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8), 4);
}

static void put_record(FILE *f, const struct protobuf *p)
{
	uint8_t length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)p->size >> 8 * i);
	fwrite(length, 1, 8, f);
	put_checksum(f, length, 8);
	fwrite(p->data, 1, p->size, f);
	put_checksum(f, p->data, p->size);
}

/* ---- events ---- */

struct writing {
	FILE *f;
	const char *problem;
	int lines;
};

static void add_value(struct protobuf *p, const char *tag, float value)
{
	size_t open;

	if (!isfinite(value))
		return;
	open = protobuf_open(p, SUMMARY_VALUE);
	protobuf_string(p, VALUE_TAG, tag);
	protobuf_float(p, VALUE_SIMPLE, value);
	protobuf_close(p, open);
}

static void put_event(struct writing *w, struct protobuf *p)
{
	if (p->problem)
		w->problem = p->problem;
	else
		put_record(w->f, p);
	protobuf_release(p);
}

static void put_line(void *context, const struct metrics_line *line)
{
	const struct { const char *tag; float value; } values[] = {
		{ "training/loss", line->loss }, { "training/error", line->error }, { "training/learning_rate", line->learning_rate },
		{ "training/images_per_second", line->images_per_second }, { "training/gflops", line->gflops },
		{ "validation/loss", line->valid_loss }, { "validation/loss_stderr", line->valid_loss_stderr },
		{ "validation/error", line->valid_error }, { "validation/error_stderr", line->valid_error_stderr },
	};
	struct writing *w = context;
	struct protobuf p = { 0 };
	size_t open;

	protobuf_integer(&p, EVENT_STEP, line->step);
	open = protobuf_open(&p, EVENT_SUMMARY);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		add_value(&p, values[i].tag, values[i].value);
	protobuf_close(&p, open);
	put_event(w, &p);
	w->lines++;
}

int export_tensorboard(FILE *f, const struct export_source *s)
{
	struct writing w = { .f = f };
	struct protobuf first = { 0 };

	protobuf_string(&first, EVENT_FILE_VERSION, "brain.Event:2");
	put_event(&w, &first);
	if (metrics_read(s->run_path, INT64_MAX, put_line, &w) < 0)
		return -1;
	if (w.problem)
		return err_set("%s", w.problem);
	return w.lines ? 0 : err_set("%s: has no training steps yet", s->run_path);
}
