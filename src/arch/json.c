/* json.c -- architectures as JSON, version 1: smashtop-architecture(5) describes it. A wrong document is refused with the path of
 * the field that is wrong: "blocks[1].ops[2].units: …". */
#include "src/arch/arch.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/base/nearest.h"

enum { FORMAT_VERSION = 1, PATH_LENGTH = 96, KEYS_MAX = 5 };
enum { FILE_MOST = 16 << 20 };           /* bytes of a file: some 2,000 architectures */

static json_t *banks_to_json(uint64_t banks)
{
	json_t *list = json_array();

	for (; banks; banks &= banks - 1)
		json_array_append_new(list, json_integer(bits_first(banks)));
	return list;
}

static json_t *sides_to_json(const uint8_t *sides, int axes)
{
	json_t *list = json_array();

	for (int a = 0; a < axes; a++)
		json_array_append_new(list, json_integer(sides[a]));
	return list;
}

static json_t *op_to_json(const struct arch_op *op, int axes)
{
	json_t *json = json_object(), *convs = json_array();

	json_object_set_new(json, "reads", banks_to_json(op->reads));
	json_object_set_new(json, "writes", banks_to_json(op->writes));
	json_object_set_new(json, "units", json_integer(op->units));
	for (int c = 0; c < CONVS; c++) {
		json_t *conv;

		if (!(op->active & 1 << c))
			continue;
		conv = json_object();
		json_object_set_new(conv, "conv", json_integer(c + 1));
		json_object_set_new(conv, "kernel", sides_to_json(op->conv[c].kernel, axes));
		json_object_set_new(conv, "dilation", sides_to_json(op->conv[c].dilation, axes));
		json_object_set_new(conv, "groups", json_integer(op->conv[c].groups));
		json_array_append_new(convs, conv);
	}
	json_object_set_new(json, "convs", convs);
	return json;
}

json_t *arch_to_json(const struct arch *arch)
{
	json_t *root = json_object(), *blocks = json_array();

	json_object_set_new(root, "version", json_integer(FORMAT_VERSION));
	json_object_set_new(root, "axes", json_integer(arch->axes));
	for (int b = 0; b < BLOCKS; b++) {
		json_t *block = json_object(), *ops = json_array();

		for (int i = 0; i < arch->block[b].op_count; i++)
			json_array_append_new(ops, op_to_json(&arch->block[b].op[i], arch->axes));
		json_object_set_new(block, "bank_size", json_integer(arch->block[b].bank_size));
		json_object_set_new(block, "ops", ops);
		json_array_append_new(blocks, block);
	}
	json_object_set_new(root, "blocks", blocks);
	return root;
}

/* A part of the document and where it stands. */
struct part {
	const json_t *json;
	char path[PATH_LENGTH];
};

static int wrong(const struct part *part, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(const struct part *part, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return *part->path ? err_set("%s: %s", part->path, text) : err_set("%s", text);
}

static struct part item(const struct part *list, int i)
{
	struct part part = { .json = json_array_get(list->json, i) };

	snprintf(part.path, sizeof(part.path), "%.*s[%d]", PATH_LENGTH - 16, list->path, i);
	return part;
}

static struct part member(const struct part *object, const char *key)
{
	struct part part = { .json = json_object_get(object->json, key) };

	snprintf(part.path, sizeof(part.path), "%.*s%s%s", PATH_LENGTH - 16, object->path, *object->path ? "." : "", key);
	return part;
}

static int is_key(const char *key, const char *const keys[KEYS_MAX])
{
	for (int i = 0; i < KEYS_MAX && keys[i]; i++)
		if (!strcmp(key, keys[i]))
			return 1;
	return 0;
}

static int unknown_key(const struct part *part, const char *key, const char *const keys[KEYS_MAX])
{
	struct nearest near = nearest_to(key);

	for (int i = 0; i < KEYS_MAX && keys[i]; i++)
		nearest_offer(&near, keys[i]);
	return wrong(part, "unknown key %.40s%s", key, nearest_hint(&near));
}

/* The part is an object with exactly these keys. */
static int check_object(const struct part *part, const char *const keys[KEYS_MAX])
{
	const char *key;
	json_t *value;

	if (!json_is_object(part->json))
		return wrong(part, "must be an object");
	for (int i = 0; i < KEYS_MAX && keys[i]; i++)
		if (!json_object_get(part->json, keys[i]))
			return wrong(part, "%s is missing", keys[i]);
	json_object_foreach((json_t *)part->json, key, value)
		if (!is_key(key, keys))
			return unknown_key(part, key, keys);
	return 0;
}

static int check_list(const struct part *part, int least, int most)
{
	int count = (int)json_array_size(part->json);

	if (!json_is_array(part->json))
		return wrong(part, "must be a list");
	if (count < least || count > most) {
		if (least == most)
			return wrong(part, "%d items; there must be %d", count, least);
		return wrong(part, "%d items; there must be %d to %d", count, least, most);
	}
	return 0;
}

/* A whole number from `least` to `most`; -1 with err_last(), no value being negative. */
static int number(struct part part, int least, int most)
{
	json_int_t value = json_integer_value(part.json);

	if (!json_is_integer(part.json))
		return wrong(&part, "must be a whole number from %d to %d", least, most);
	if (value < least || value > most)
		return wrong(&part, "%" JSON_INTEGER_FORMAT " is not from %d to %d", value, least, most);
	return (int)value;
}

static int read_banks(struct part list, uint64_t *banks)
{
	int previous = -1;

	if (check_list(&list, 1, BANKS_MAX) < 0)
		return -1;
	for (int i = 0; i < (int)json_array_size(list.json); i++) {
		struct part entry = item(&list, i);
		int bank = number(entry, 0, BANKS_MAX - 1);

		if (bank < 0)
			return -1;
		if (bank <= previous)
			return wrong(&entry, "bank %d does not come after %d; banks are strictly ascending", bank, previous);
		*banks |= bit(bank);
		previous = bank;
	}
	return 0;
}

static int read_sides(struct part list, uint8_t *sides, int axes)
{
	if (check_list(&list, axes, axes) < 0)
		return -1;
	for (int a = 0; a < axes; a++) {
		int side = number(item(&list, a), 1, UINT8_MAX);

		if (side < 0)
			return -1;
		sides[a] = side;
	}
	return 0;
}

static int read_conv(struct part part, struct arch_op *op, int axes)
{
	static const char *const keys[KEYS_MAX] = { "conv", "kernel", "dilation", "groups" };
	int conv, groups;

	if (check_object(&part, keys) < 0)
		return -1;
	conv = number(member(&part, "conv"), 1, CONVS);
	if (conv < 0)
		return -1;
	if (op->active >> (conv - 1))
		return wrong(&part, "conv %d does not come after the one before it; they are strictly ascending", conv);
	op->active |= 1 << (conv - 1);
	if (read_sides(member(&part, "kernel"), op->conv[conv - 1].kernel, axes) < 0
		|| read_sides(member(&part, "dilation"), op->conv[conv - 1].dilation, axes) < 0)
		return -1;
	groups = number(member(&part, "groups"), 1, UINT8_MAX);
	op->conv[conv - 1].groups = groups;
	return groups < 0 ? -1 : 0;
}

static int read_op(struct part part, struct arch_op *op, int axes)
{
	static const char *const keys[KEYS_MAX] = { "reads", "writes", "units", "convs" };

	if (check_object(&part, keys) < 0 || read_banks(member(&part, "reads"), &op->reads) < 0
		|| read_banks(member(&part, "writes"), &op->writes) < 0)
		return -1;

	int units = number(member(&part, "units"), 1, INT16_MAX);
	struct part convs = member(&part, "convs");

	if (units < 0 || check_list(&convs, 1, CONVS) < 0)
		return -1;
	op->units = units;
	for (int i = 0; i < (int)json_array_size(convs.json); i++)
		if (read_conv(item(&convs, i), op, axes) < 0)
			return -1;
	return 0;
}

static int read_block(struct part part, struct arch_block *block, int axes)
{
	static const char *const keys[KEYS_MAX] = { "bank_size", "ops" };

	if (check_object(&part, keys) < 0)
		return -1;

	int bank_size = number(member(&part, "bank_size"), 1, INT16_MAX);
	struct part ops = member(&part, "ops");

	if (bank_size < 0 || check_list(&ops, 1, OPS_MAX) < 0)
		return -1;
	block->bank_size = bank_size;
	block->op_count = json_array_size(ops.json);
	for (int i = 0; i < block->op_count; i++)
		if (read_op(item(&ops, i), &block->op[i], axes) < 0)
			return -1;
	return 0;
}

static int read_arch(struct part root, struct arch *arch)
{
	static const char *const keys[KEYS_MAX] = { "version", "axes", "blocks" };
	struct part version = member(&root, "version");
	struct arch read;

	memset(&read, 0, sizeof(read));
	if (!json_is_object(root.json))
		return *root.path ? wrong(&root, "must be an object") : err_set("an architecture must be an object");

	/* first, since another version may have other keys */
	if (version.json && json_is_integer(version.json) && json_integer_value(version.json) != FORMAT_VERSION)
		return wrong(&version, "%" JSON_INTEGER_FORMAT " is not known; this program reads version %d",
			json_integer_value(version.json), FORMAT_VERSION);
	if (check_object(&root, keys) < 0 || number(version, FORMAT_VERSION, FORMAT_VERSION) < 0)
		return -1;

	int axes = number(member(&root, "axes"), 2, ARCH_AXES);
	struct part blocks = member(&root, "blocks");

	if (axes < 0 || check_list(&blocks, BLOCKS, BLOCKS) < 0)
		return -1;
	read.axes = axes;
	for (int b = 0; b < BLOCKS; b++)
		if (read_block(item(&blocks, b), &read.block[b], axes) < 0)
			return -1;
	*arch = read;
	return 0;
}

int arch_from_json(struct arch *arch, const json_t *json, const struct space *space)
{
	struct arch read;

	if (read_arch((struct part){ .json = json }, &read) < 0 || (space && arch_validate(space, &read, NULL) < 0))
		return -1;
	*arch = read;
	return 0;
}

/* A file that is read up to FILE_MOST bytes: what is named may be anything, /dev/zero too. */
struct source {
	FILE *file;
	size_t left;
	int too_long;
};

static size_t read_some(void *buffer, size_t room, void *context)
{
	struct source *source = context;
	size_t bytes = fread(buffer, 1, room, source->file);

	source->too_long |= bytes > source->left;
	if (source->too_long || ferror(source->file))
		return (size_t)-1;
	source->left -= bytes;
	return bytes;
}

static json_t *load_json(const char *path)
{
	int standard = !strcmp(path, "-");
	struct source source = { .file = standard ? stdin : fopen(path, "rb"), .left = FILE_MOST };
	json_error_t error;
	json_t *json = NULL;

	if (!source.file) {
		err_set("%s: %s", path, strerror(errno));
		return NULL;
	}
	errno = 0;
	json = json_load_callback(read_some, &source, JSON_REJECT_DUPLICATES, &error);
	if (!json && source.too_long)
		err_set("%s: more than %d MiB, which no file of architectures is", path, FILE_MOST >> 20);
	else if (!json && ferror(source.file))
		err_set("%s: %s", path, strerror(errno));
	else if (!json)
		err_set("%s: line %d: %s", path, error.line, error.text);
	if (!standard)
		fclose(source.file);
	return json;
}

/* Itself, or what another command wrote around one. */
static struct part unwrap(struct part part)
{
	struct part inner = member(&part, "architecture");

	return inner.json ? inner : part;
}

/* The architectures of a document: one or a list. */
static int read_list(const json_t *json, struct arch **list)
{
	struct part root = { .json = json }, many = member(&root, "architectures");
	int count = many.json ? (int)json_array_size(many.json) : 1;

	if (count == 0)
		return wrong(&many, "must be a list of one or more");
	*list = malloc((size_t)count * sizeof(**list));
	if (!*list)
		return err_set("out of memory for %d architectures", count);
	for (int i = 0; i < count; i++) {
		if (read_arch(unwrap(many.json ? item(&many, i) : root), &(*list)[i]) < 0) {
			free(*list);
			return -1;
		}
	}
	return count;
}

int arch_load_list(const char *path, struct arch **list)
{
	json_t *json = load_json(path);
	int count;

	if (!json)
		return -1;
	count = read_list(json, list);
	json_decref(json);
	return count < 0 ? err_prefix("%s", path) : count;
}

int arch_load(struct arch *arch, const char *path, const struct space *space)
{
	struct arch *list;
	int count = arch_load_list(path, &list), rc = 0;

	if (count < 0)
		return -1;
	if (count > 1)
		rc = err_set("%s: %d architectures, where one is needed", path, count);
	else if (space && arch_validate(space, &list[0], NULL) < 0)
		rc = err_prefix("%s", path);
	else
		*arch = list[0];
	free(list);
	return rc;
}

/* The same document as arch_to_json, an op a line. Whether it was written shows in ferror. */
static void print(FILE *file, const struct arch *arch)
{
	fprintf(file, "{\"version\": %d, \"axes\": %d, \"blocks\": [", FORMAT_VERSION, arch->axes);
	for (int b = 0; b < BLOCKS; b++) {
		fprintf(file, "%s\n {\"bank_size\": %d, \"ops\": [", b ? "," : "", arch->block[b].bank_size);
		for (int i = 0; i < arch->block[b].op_count; i++) {
			json_t *op = op_to_json(&arch->block[b].op[i], arch->axes);

			fprintf(file, "%s\n  ", i ? "," : "");
			json_dumpf(op, file, 0);
			json_decref(op);
		}
		fputs("]}", file);
	}
	fputs("]}\n", file);
}

int arch_save(const struct arch *arch, const char *path)
{
	char temporary[PATH_MAX];
	FILE *file;
	int failed;

	if (snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid()) >= (int)sizeof(temporary))
		return err_set("%s: %s", path, strerror(ENAMETOOLONG));
	file = fopen(temporary, "w");
	if (!file)
		return err_set("%s: %s", temporary, strerror(errno));
	print(file, arch);
	failed = fflush(file) || ferror(file) || fsync(fileno(file));

	int reason = errno;

	if (fclose(file) && !failed) {
		failed = 1;
		reason = errno;
	}
	if (!failed && rename(temporary, path) == 0)
		return 0;
	if (!failed)
		reason = errno;
	unlink(temporary);
	return err_set("%s: %s", path, strerror(reason));
}
