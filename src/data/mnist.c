/* mnist.c -- MNIST and Fashion-MNIST: the same four IDX files, other classes. */
#include "src/data/format.h"

#include "src/base/err.h"

enum { CLASSES = 10, CROP_PADDING = 4 };

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FILES };
const char *const mnist_files[] = {
	[TRAIN_IMAGES] = "train-images-idx3-ubyte", [TRAIN_LABELS] = "train-labels-idx1-ubyte",
	[TEST_IMAGES] = "t10k-images-idx3-ubyte", [TEST_LABELS] = "t10k-labels-idx1-ubyte", [FILES] = NULL
};

static int read_folder(struct material *m, const char *folder, const char *const class_name[CLASSES], bool mirror)
{
	char path[FILES][1024];
	struct dataset *d = m->d;
	int side[2] = { 0 };

	for (int i = 0; i < FILES; i++)
		if (!format_file(folder, mnist_files[i], true, path[i]))
			return err_set("%s: %s.gz is missing", folder, mnist_files[i]);
	if (idx_read_examples(&m->memory, path[TRAIN_IMAGES], path[TRAIN_LABELS], CLASSES, side, &m->train) < 0 ||
	    idx_read_examples(&m->memory, path[TEST_IMAGES], path[TEST_LABELS], CLASSES, side, &m->test) < 0)
		return -1;
	d->axes = 2;
	d->input = (struct arch_input){ .side = { side[0], side[1] }, .channels = 1, .classes = CLASSES };
	d->order = (struct pixel_order){ .step = { 0, side[1], 1, 1 } };
	d->mirror[2] = mirror ? 2 : 0;
	d->crop_padding = CROP_PADDING;
	return material_names(m, class_name);
}

/* The names of Xiao, Rasul and Vollgraf (2017). A shoe points left in all of them; mirrored it is still a shoe. */
int fashion_mnist_read(struct material *m, const char *folder)
{
	static const char *const names[CLASSES] = { "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
		"Sneaker", "Bag", "Ankle boot" };

	return read_folder(m, folder, names, true);
}

int mnist_read(struct material *m, const char *folder)
{
	static const char *const names[CLASSES] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };

	return read_folder(m, folder, names, false);
}
