/* find.c -- the table of data sets, where they are found, and opening one by its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/data/cifar.h"
#include "src/data/folder.h"
#include "src/data/format.h"
#include "src/data/imagenet.h"
#include "src/data/images.h"
#include "src/data/modelnet.h"
#include "src/data/stl.h"
#include "src/data/svhn.h"

enum { LISTED_TEXT = 512, FOLDER_SIZE = sizeof ((struct dataset *)0)->path };

const char *const dataset_parents[] = { "$XDG_DATA_HOME/smashtop", "~/.local/share/smashtop", "/usr/share/datasets", NULL };

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int format_path(char path[1024], const char *folder, const char *name)
{
	return snprintf(path, 1024, "%s/%s", folder, name) < 1024 ? 0 : err_set("%.200s…/%.200s: longer than a path may be", folder, name);
}

bool format_file(const char *folder, const char *name, bool gzip, char path[1024])
{
	static const char *const endings[] = { "", ".gz" };

	for (size_t i = 0; i < (gzip ? 2 : 1); i++) {
		int n = snprintf(path, 1024, "%s/%s%s", folder, name, endings[i]);

		if (n < 1024 && is_file(path))
			return true;
	}
	return false;
}

/* "$NAME/rest" and "~/rest": true, or false where the variable is not set or the result is too long. */
static bool expand(const char *folder, char *to, size_t size)
{
	char name[64];
	const char *rest = strchr(folder, '/'), *start;
	int n;

	if (*folder != '~' && *folder != '$') {
		n = snprintf(to, size, "%s", folder);
		return n >= 0 && (size_t)n < size;
	}
	rest = rest ? rest : "";
	snprintf(name, sizeof name, "%.*s", (int)(strlen(folder) - strlen(rest)) - 1, folder + 1);
	start = getenv(*folder == '~' ? "HOME" : name);
	if (!start || !*start)
		return false;
	n = snprintf(to, size, "%s%s", start, rest);
	return n >= 0 && (size_t)n < size;
}

/* A folder of that name in any folder of this one. */
static bool within_any(const char *folder, const char *name)
{
	struct folder all;
	char path[1024];
	bool found = false;

	if (folder_list(&all, folder, true) < 0) {
		err_clear();
		return false;
	}
	for (int i = 0; i < all.count && !found; i++)
		found = snprintf(path, sizeof path, "%s/%s/%s", folder, all.name[i], name) < (int)sizeof path && is_folder(path);
	folder_release(&all);
	return found;
}

/* "A|B": one of them is there. A name that begins with a star and a slash is that of a folder in any folder. */
static bool one_of(const char *folder, const char *names, bool gzip)
{
	char path[1024], name[64];
	bool found = false;

	for (size_t n; *names && !found; names += n + (names[n] == '|')) {
		n = strcspn(names, "|");
		snprintf(name, sizeof name, "%.*s", (int)n, names);
		found = memcmp(name, "*/", 2) == 0 ? within_any(folder, name + 2) : format_file(folder, name, gzip, path);
	}
	return found;
}

/* How many of the files are not there. */
static int count_missing(const struct dataset_format *format, const char *folder, json_t *names)
{
	int missing = 0;

	for (const char *const *name = format->files; *name; name++) {
		if (one_of(folder, *name, format->gzip))
			continue;
		missing++;
		if (names)
			json_array_append_new(names, json_stringn(*name, strcspn(*name, "|")));
	}
	return missing;
}

/* How many are not there, in the folder or, where fewer are missing there, in the one that the official archive makes below it: `folder` then
 * becomes that one. */
static int look_in(const struct dataset_format *format, char folder[FOLDER_SIZE])
{
	int missing = count_missing(format, folder, NULL), below;
	char sub[FOLDER_SIZE];

	if (!missing || !format->subfolder || snprintf(sub, sizeof sub, "%s/%s", folder, format->subfolder) >= (int)sizeof sub ||
	    !is_folder(sub))
		return missing;
	below = count_missing(format, sub, NULL);
	if (below >= missing)
		return missing;
	memcpy(folder, sub, sizeof sub);
	return below;
}

/* Where it would stand below one of the parents: false where that is no path. */
static bool place(const struct dataset_format *format, const char *parent, char folder[FOLDER_SIZE])
{
	char path[FOLDER_SIZE + 32];

	return snprintf(path, sizeof path, "%s/%s", parent, format->name) < (int)sizeof path && expand(path, folder, FOLDER_SIZE);
}

const char *dataset_find(const struct dataset_format *format, json_t **missing)
{
	static _Thread_local char found[FOLDER_SIZE];
	char likeliest[FOLDER_SIZE] = "";
	int fewest = -1;

	if (missing)
		*missing = json_array();
	for (const char *const *parent = dataset_parents; *format->files && *parent; parent++) {
		if (!place(format, *parent, found))
			continue;

		int n = look_in(format, found);

		if (n == 0)
			return found;
		if (fewest < 0 || n < fewest || (n == fewest && !is_folder(likeliest) && is_folder(found))) {
			memcpy(likeliest, found, sizeof likeliest);
			fewest = n;
		}
	}
	if (missing)
		count_missing(format, likeliest, *missing);
	return NULL;
}

static void list(char text[LISTED_TEXT], const char *item)
{
	size_t n = strlen(text);

	snprintf(text + n, LISTED_TEXT - n, "%s%s", n ? ", " : "", item);
}

const struct dataset_format *dataset_format_find(const char *name)
{
	char known[LISTED_TEXT] = "";

	for (int i = 0; i < dataset_format_count; i++) {
		if (strcmp(name, dataset_formats[i].name) == 0)
			return &dataset_formats[i];
		list(known, dataset_formats[i].name);
	}
	err_set("%s: no data set of that name; there are %s", name, known);
	return NULL;
}

/* The folder a person named, or the one of the official archive below it. */
static int named_folder(const struct dataset_format *format, const char *name, char folder[FOLDER_SIZE])
{
	char absent[LISTED_TEXT] = "";
	json_t *missing, *file;
	size_t i;

	if (!expand(name, folder, FOLDER_SIZE))
		return err_set("%s:%s: no path: a variable is not set, or it is longer than %d bytes", format->name, name,
			FOLDER_SIZE - 1);
	if (!is_folder(folder))
		return err_set("%s: there is no folder %s; %s%s", format->name, folder, *format->files ? "to get the data: " : "",
			format->package);
	if (look_in(format, folder) == 0)
		return 0;
	missing = json_array();
	count_missing(format, folder, missing);
	json_array_foreach(missing, i, file)
		list(absent, json_string_value(file));
	json_decref(missing);
	return err_set("%s: %s lacks %s%s; to get the data: %s", format->name, folder, absent, format->gzip ? " (.gz will do)" : "",
		format->package);
}

static int search_folder(const struct dataset_format *format, char folder[FOLDER_SIZE])
{
	json_t *missing, *file;
	size_t i, files = 0;
	char tried[LISTED_TEXT] = "", absent[LISTED_TEXT] = "", one[128];
	const char *found;

	if (!*format->files)
		return err_set("%s: no folder is named; %s", format->name, format->package);
	found = dataset_find(format, &missing);
	if (found)
		memcpy(folder, found, FOLDER_SIZE);
	json_array_foreach(missing, i, file)
		list(absent, json_string_value(file));
	while (format->files[files])
		files++;
	if (json_array_size(missing) == files)
		*absent = '\0';             /* none is there: their names help nobody */
	json_decref(missing);
	if (found)
		return 0;
	for (const char *const *parent = dataset_parents; *parent; parent++) {
		snprintf(one, sizeof one, "%s/%s", *parent, format->name);
		list(tried, one);
	}
	return err_set("%s: %s%snot found in %s; to get the data: %s", format->name, absent, *absent ? " " : "", tried, format->package);
}

/* Cuts "NAME@VARIANT:FOLDER" into its parts; NULL for no folder. Names and variants are short. */
static int cut(const char *text, char name[64], char variant[64], const char **folder)
{
	size_t length = strcspn(text, ":"), at = strcspn(text, "@");

	*folder = text[length] ? text + length + 1 : NULL;
	at = at < length ? at : length;
	snprintf(name, 64, "%.*s", (int)at, text);
	*variant = '\0';
	if (at == length)
		return 0;
	return snprintf(variant, 64, "%.*s", (int)(length - at - 1), text + at + 1) < 64 ? 0 :
		err_set("%.*s: longer than any variant of a data set", (int)length, text);
}

static int check_variant(const struct dataset_format *format, const char *variant)
{
	return !*variant || format->variants ? 0 : err_set("%s@%s: %s has no variants; %s alone would be right", format->name, variant,
		format->name, format->name);
}

static struct dataset *open_named(const char *text, bool measure, const struct normalisation *known)
{
	char name[64], variant[64], folder[FOLDER_SIZE];
	const struct dataset_format *format;
	const char *named;

	if (cut(text, name, variant, &named) < 0 || !(format = dataset_format_find(name)) || check_variant(format, variant) < 0 ||
	    (named ? named_folder(format, named, folder) : search_folder(format, folder)) < 0)
		return NULL;
	return dataset_read(format, variant, folder, measure, known);
}

struct dataset *dataset_open(const char *name)
{
	return open_named(name, true, NULL);
}

struct dataset *dataset_open_known(const char *name, const struct normalisation *known)
{
	return open_named(name, false, known);
}

int dataset_absolute(char to[DATASET_NAME_SIZE], const char *text)
{
	size_t length = strcspn(text, ":");
	const char *folder = text + length + 1;
	char *full = text[length] && *folder && !strchr("/~$", *folder) ? realpath(folder, NULL) : NULL;
	int n = full ? snprintf(to, DATASET_NAME_SIZE, "%.*s:%s", (int)length, text, full) : snprintf(to, DATASET_NAME_SIZE, "%s", text);
	json_t *kept;

	free(full);                      /* a folder that is not there is the opening's to tell of */
	if (n >= DATASET_NAME_SIZE)
		return err_set("%.200s…: a longer name than a data set may have", text);
	kept = json_string(to);
	json_decref(kept);
	return kept ? 0 : err_set("%s: a path that is not UTF-8, which no run can keep; a link to it with another name would be right", to);
}

int dataset_fold(char fold_name[DATASET_NAME_SIZE], const char *text, int fold)
{
	char name[64], variant[64];
	const char *folder;
	const struct dataset_format *format;

	if (cut(text, name, variant, &folder) < 0 || !(format = dataset_format_find(name)))
		return -1;
	if (!format->folds)
		return err_set("%s: has no folds; stl10 has", name);
	if (snprintf(fold_name, DATASET_NAME_SIZE, "%s@%d%s%s", name, fold, folder ? ":" : "", folder ? folder : "") >= DATASET_NAME_SIZE)
		return err_set("%.200s…: a longer name than a data set may have", text);
	return format->folds;
}

static const char *const nothing[] = { NULL };

/* Sums that torchvision has beside its readers of these files, which is where they are published. */
static const struct published_file stl10_published[] = {
	{ "train_X.bin", 138240000, "918c2871b30a85fa023e0c44e0bee87f" }, { "train_y.bin", 5000, "5a34089d4802c674881badbb80307741" },
	{ "test_X.bin", 221184000, "7f263ba9f9e0b06b93213547f721ac82" }, { "test_y.bin", 8000, "36f9794fa4beb8a2c72628de14fa638e" }, { NULL }
};
static const struct published_file svhn_published[] = {
	{ "train_32x32.mat", 182040794, "e26dedcc434d2e4c54c9b2d4a06d8373" },
	{ "test_32x32.mat", 64275384, "eb5a983be6a315427106f1b164d9cef3" }, { NULL }
};
static const struct published_file mnist_published[] = {
	{ "train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873" },
	{ "train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432" },
	{ "t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3" },
	{ "t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c" }, { NULL }
};
/* Its authors' own. */
static const struct published_file fashion_published[] = {
	{ "train-images-idx3-ubyte.gz", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d" },
	{ "train-labels-idx1-ubyte.gz", 29515, "25c81989df183df01b3e8a0aad5dffbe" },
	{ "t10k-images-idx3-ubyte.gz", 4422102, "bef4ecab320f06d8554ea6380940ec79" },
	{ "t10k-labels-idx1-ubyte.gz", 5148, "bb300cfdad3c16e7a12a480ee83cd310" }, { NULL }
};

const struct dataset_format dataset_formats[] = {
	{ .name = "fashion-mnist", .description = "70,000 grey 28x28 pictures of clothes, 10 classes",
	  .files = mnist_files, .train = 60000, .test = 10000, .published = fashion_published, .gzip = true,
	  .package = "apt install dataset-fashion-mnist",
	  .read = fashion_mnist_read },
	{ .name = "cifar10", .description = "60,000 colour 32x32 pictures, 10 classes",
	  .subfolder = "cifar-10-batches-bin", .files = cifar10_files, .train = 50000, .test = 10000,
	  .package = "its binary version, https://www.cs.toronto.edu/~kriz/cifar.html",
	  .read = cifar10_read },
	{ .name = "cifar100", .description = "60,000 colour 32x32 pictures, 100 classes",
	  .subfolder = "cifar-100-binary", .files = cifar100_files, .train = 50000, .test = 10000,
	  .package = "its binary version, https://www.cs.toronto.edu/~kriz/cifar.html",
	  .read = cifar100_read },
	{ .name = "stl10", .description = "13,000 colour 96x96 pictures, 10 classes",
	  .subfolder = "stl10_binary", .files = stl10_files, .train = 5000, .test = 8000, .published = stl10_published,
	  .package = "its binary version, https://cs.stanford.edu/~acoates/stl10",
	  .variants = "stl10@0 to stl10@9, the 1,000 training images of a fold", .folds = 10, .read = stl10_read },
	{ .name = "svhn", .description = "99,289 colour 32x32 house numbers, 10 classes",
	  .files = svhn_files, .train = 73257, .test = 26032, .published = svhn_published,
	  .package = "train_32x32.mat and test_32x32.mat, http://ufldl.stanford.edu/housenumbers", .read = svhn_read },
	{ .name = "imagenet32", .description = "1,331,167 colour 32x32 pictures, 1,000 classes",
	  .files = imagenet32_files, .train = 1281167, .test = 50000,
	  .package = "the npz archives of 32x32 and map_clsloc.txt, https://image-net.org/download-images",
	  .read = imagenet32_read },
	{ .name = "modelnet10", .description = "4,899 objects of 32x32x32 voxels, 10 classes",
	  .subfolder = "ModelNet10", .files = modelnet10_files, .train = 3991, .test = 908,
	  .package = "ModelNet10.zip, http://modelnet.cs.princeton.edu",
	  .read = modelnet10_read },
	{ .name = "modelnet40", .description = "12,311 objects of 32x32x32 voxels, 40 classes",
	  .subfolder = "ModelNet40", .files = modelnet40_files, .train = 9843, .test = 2468,
	  .package = "ModelNet40.zip, http://modelnet.cs.princeton.edu",
	  .read = modelnet40_read },
	{ .name = "mnist", .description = "70,000 grey 28x28 handwritten digits, 10 classes",
	  .files = mnist_files, .train = 60000, .test = 10000, .published = mnist_published, .gzip = true,
	  .package = "its four IDX files, plain or .gz, http://yann.lecun.com/exdb/mnist",
	  .read = mnist_read },
	{ .name = "images", .description = "your own PNG files, a folder for each class",
	  .files = nothing, .variants = "images@64 makes all 64x64 pixels, images@mirror has mirror images too; images@64+mirror", .package = "name yours: images:FOLDER, with a folder of PNG files for each class in it",
	  .read = images_read },
};
const int dataset_format_count = sizeof dataset_formats / sizeof *dataset_formats;
