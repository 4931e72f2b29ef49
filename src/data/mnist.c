/* mnist.c -- MNIST and Fashion-MNIST: the same four IDX files, other classes. */
#include "src/data/format.h"

#include "src/base/err.h"

enum { CLASSES = 10, CROP_PADDING = 4 };

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FILES };
const char *const mnist_files[] = {
	[TRAIN_IMAGES] = "train-images-idx3-ubyte", [TRAIN_LABELS] = "train-labels-idx1-ubyte",
	[TEST_IMAGES] = "t10k-images-idx3-ubyte", [TEST_LABELS] = "t10k-labels-idx1-ubyte", [FILES] = NULL
};

static struct dataset *open_folder(const char *folder, const char *name, const char *const class_name[CLASSES], bool mirror)
{
	char path[FILES][1024];
	struct examples train = { 0 }, test = { 0 };
	int side[2] = { 0 };

	for (int i = 0; i < FILES; i++) {
		if (!format_file(folder, mnist_files[i], path[i])) {
			err_set("%s: %s.gz is missing", folder, mnist_files[i]);
			return NULL;
		}
	}
	if (idx_read_examples(path[TRAIN_IMAGES], path[TRAIN_LABELS], CLASSES, side, &train) < 0 ||
	    idx_read_examples(path[TEST_IMAGES], path[TEST_LABELS], CLASSES, side, &test) < 0) {
		examples_release(&train);
		return NULL;
	}

	struct arch_input input = { .side = { side[0], side[1] }, .channels = 1, .classes = CLASSES };

	return dataset_build(name, folder, 2, &input, class_name, mirror, CROP_PADDING, &train, &test);
}

/* The names of Xiao, Rasul and Vollgraf (2017). A shoe points left in all of them; mirrored it is still a shoe. */
struct dataset *fashion_mnist_open(const char *folder)
{
	static const char *const names[CLASSES] = { "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
		"Sneaker", "Bag", "Ankle boot" };

	return open_folder(folder, "fashion-mnist", names, true);
}

struct dataset *mnist_open(const char *folder)
{
	static const char *const names[CLASSES] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };

	return open_folder(folder, "mnist", names, false);
}
