/* check_run_tables.c -- what a run has measured, as tables and as events of TensorBoard. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/export/export.h"
#include "tests/figure_rig.h"
#include "tests/protobuf_reader.h"
#include "tests/store_fixture.h"

/* ---- tables ---- */

static int lines(const char *csv)
{
	int n = 0;

	for (const char *at = csv; (at = strstr(at, "\r\n")); at++)
		n++;
	return n;
}

START_TEST(metrics_are_a_line_for_each_step_and_validation)
{
	struct export_source s = rig_source(EXPORT_LOSS);
	char *csv;

	rig_metrics(2, 2, 1);
	csv = rig_written("csv", &s);
	ck_assert_str_eq(csv, "step,loss,error,learning_rate,images_per_second,gflops,valid_loss,valid_loss_stderr,valid_error,valid_error_stderr,"
	                 "valid_architectures,valid_images\r\n"
	                 "1,,0.5,0.00100000005,,,,,,,,\r\n"
	                 "2,1.80514336,0.5,0.00100000005,2000,70.5,,,,,,\r\n"
	                 "2,,,,,,1.76421356,0.0500000007,0.25,0.0199999996,4,512\r\n");
	free(csv);
}
END_TEST

START_TEST(pairs_and_fields_are_lines)
{
	struct export_source pairs = rig_source(EXPORT_CORRELATE), fields = rig_source(EXPORT_CORRUPT);
	char *csv;

	rig_many_points();
	csv = rig_written("csv", &pairs);
	ck_assert(!strncmp(csv, "id,rank,score,score_error,parameters,macs,depth,true_error,true_loss,trainings\r\n", 80));
	ck_assert(strstr(csv, ",0.3,2\r\n") != NULL);
	ck_assert_int_eq(lines(csv), 21);
	free(csv);
	csv = rig_written("csv", &fields);
	ck_assert(strstr(csv, "\r\ngroups,within,30,90,-0.001,-0.003,0.002,0.1,0.05,0.15,0.8,0.001,2e-05\r\n") != NULL);
	free(csv);
}
END_TEST

START_TEST(numbers_of_a_run_that_has_none_are_an_error)
{
	struct export_source s = rig_source(EXPORT_LOSS);
	const char *const formats[] = { "csv", "tensorboard", "svg" };

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(export_file(export_find(formats[i]), &s, rig_path, false, NULL, 0), -1);
		ck_says("has no training steps yet");
		ck_assert_int_eq(access(rig_path, F_OK), -1);
	}
}
END_TEST

/* ---- events ---- */

/* Bit by bit, as the definition is. */
static uint32_t crc32c(const uint8_t *data, size_t bytes)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static uint64_t little_endian(const uint8_t *p, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | p[bytes];
	return value;
}

static uint32_t masked(uint32_t crc)
{
	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* The record at *at, which goes on to the next. */
static struct message next_record(const uint8_t *data, size_t size, size_t *at)
{
	const uint8_t *p = data + *at;
	struct message record = { p + 12, (size_t)little_endian(p, 8) };

	ck_assert_uint_le(*at + 16 + record.size, size);
	ck_assert_uint_eq(little_endian(p + 8, 4), masked(crc32c(p, 8)));
	ck_assert_uint_eq(little_endian(p + 12 + record.size, 4), masked(crc32c(record.data, record.size)));
	*at += 16 + record.size;
	return record;
}

enum { EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5, SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };

static void ck_value(struct message event, int i, const char *tag, double value)
{
	struct message v = message_part(message_part(event, EVENT_SUMMARY, 0), SUMMARY_VALUE, i), own = message_part(v, VALUE_TAG, 0);

	ck_assert_msg(message_is(own, tag), "%.*s is not %s", MESSAGE_TEXT(own), tag);
	ck_assert_double_eq_tol(message_float(v, VALUE_SIMPLE), value, 1e-6);
}

START_TEST(events_have_their_checksums_steps_and_numbers)
{
	static const uint8_t known[] = "123456789";
	struct export_source s = rig_source(EXPORT_LOSS);
	size_t size, at = 0;
	uint8_t *data;
	struct message event;

	ck_assert_uint_eq(crc32c(known, 9), 0xe3069283);         /* RFC 3720's polynomial, and its usual check value */
	rig_metrics(2, 2, 1);
	rig_writes("tensorboard", &s);
	data = (uint8_t *)read_file(rig_path, &size);
	ck_assert(message_is(message_part(next_record(data, size, &at), EVENT_FILE_VERSION, 0), "brain.Event:2"));
	event = next_record(data, size, &at);
	ck_assert_int_eq(message_integer(event, EVENT_STEP, 0), 1);
	ck_assert_int_eq(message_count(message_part(event, EVENT_SUMMARY, 0), SUMMARY_VALUE), 2);    /* its loss is not finite */
	ck_value(event, 0, "training/error", 0.5);
	event = next_record(data, size, &at);
	ck_assert_int_eq(message_integer(event, EVENT_STEP, 0), 2);
	ck_value(event, 0, "training/loss", 1.80514336);
	ck_value(event, 4, "training/gflops", 70.5);
	event = next_record(data, size, &at);
	ck_assert_int_eq(message_integer(event, EVENT_STEP, 0), 2);
	ck_value(event, 0, "validation/loss", 1.76421356);
	ck_value(event, 3, "validation/error_stderr", 0.02);
	ck_assert_uint_eq(at, size);
	free(data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run_tables");
	TCase *tables = tcase_create("tables");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tables, rig_make, remove_folder);
	tcase_add_test(tables, metrics_are_a_line_for_each_step_and_validation);
	tcase_add_test(tables, pairs_and_fields_are_lines);
	tcase_add_test(tables, numbers_of_a_run_that_has_none_are_an_error);
	tcase_add_test(tables, events_have_their_checksums_steps_and_numbers);
	suite_add_tcase(suite, tables);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
