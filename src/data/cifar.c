/*
 * cifar.c -- CIFAR-10 and CIFAR-100, binary version (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009): records of a
 * label byte (of two in CIFAR-100: coarse, fine) and a picture of 32x32, its red plane, then green, then blue. A file of any whole number of
 * them will do. Pictures are left where they are, in the mapped file.
 */
#include "src/data/cifar.h"

#include "src/base/err.h"

enum { SIDE = 32, CHANNELS = 3, PIXEL_BYTES = CHANNELS * SIDE * SIDE, CROP_PADDING = 4, TOLD_EVERY = 1000 };

const char *const cifar10_files[] = { "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
	"test_batch.bin", NULL };
const char *const cifar100_files[] = { "train.bin", "test.bin", NULL };

static const char *const cifar10_names[] = { "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck" };
static const char *const cifar100_names[] = {
	"apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge", "bus",
	"butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab",
	"crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
	"lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom",
	"oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine",
	"possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake",
	"spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor", "train",
	"trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm"
};

const struct cifar_kind cifar10 = { .labels = { 10 }, .label_bytes = 1 };
const struct cifar_kind cifar100 = { .labels = { 20, 100 }, .label_bytes = 2 };

static int check_labels(const struct cifar_kind *kind, const char *path, const uint8_t *record, size_t number, size_t record_bytes)
{
	for (int i = 0; i < kind->label_bytes; i++)
		if (record[i] >= kind->labels[i])
			return err_set("%s: label %d in record %zu (byte %zu), where 0 to %d would be right", path, record[i], number,
				number * record_bytes + (size_t)i, kind->labels[i] - 1);
	return 0;
}

int cifar_read(const struct cifar_kind *kind, const char *path, struct memory *memory, struct examples *to)
{
	size_t record_bytes = (size_t)kind->label_bytes + PIXEL_BYTES, bytes;
	const uint8_t *at = memory_map(memory, path, &bytes);

	if (!at)
		return -1;
	if (bytes % record_bytes)
		return err_set("%s: %zu bytes, where a multiple of %zu would be right (label%s and picture); get the file again", path, bytes,
			record_bytes, kind->label_bytes > 1 ? "s" : "");
	if (examples_reserve(to, bytes / record_bytes) < 0)
		return err_prefix("%s", path);
	for (size_t i = 0; i < bytes / record_bytes; i++, at += record_bytes) {
		if (i % TOLD_EVERY == 0 && watch_say((int64_t)i, (int64_t)(bytes / record_bytes), "reading %s", path) < 0)
			return -1;
		if (check_labels(kind, path, at, i, record_bytes) < 0)
			return -1;
		examples_add(to, at + kind->label_bytes, at[kind->label_bytes - 1]);
	}
	return 0;
}

/* The last file is the test set. */
static int read_files(struct material *m, const struct cifar_kind *kind, const char *folder, const char *const *files)
{
	char path[1024];

	for (; *files; files++)
		if (format_path(path, folder, *files) < 0 || cifar_read(kind, path, &m->memory, files[1] ? &m->train : &m->test) < 0)
			return -1;
	return 0;
}

static void describe(struct dataset *d, int classes)
{
	d->axes = 2;
	d->input = (struct arch_input){ .side = { SIDE, SIDE }, .channels = CHANNELS, .classes = classes };
	d->order = (struct pixel_order){ .step = { 0, SIDE, 1, SIDE * SIDE } };
	d->mirror[2] = 2;
	d->crop_padding = CROP_PADDING;
}

int cifar10_read(struct material *m, const char *folder)
{
	describe(m->d, cifar10.labels[0]);
	return read_files(m, &cifar10, folder, cifar10_files) < 0 ? -1 : material_read_names(m, folder, "batches.meta.txt", cifar10_names);
}

int cifar100_read(struct material *m, const char *folder)
{
	describe(m->d, cifar100.labels[1]);
	return read_files(m, &cifar100, folder, cifar100_files) < 0 ? -1 :
		material_read_names(m, folder, "fine_label_names.txt", cifar100_names);
}
