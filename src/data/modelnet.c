/*
 * modelnet.c -- ModelNet10 and ModelNet40 (Wu et al., "3D ShapeNets: A Deep Representation for Volumetric Shapes", 2015) as 32^3 voxels: of the original
 * meshes, CLASS/train and CLASS/test of OFF files, made solid here and kept; or of archives of NumPy as others have made them. As the paper has it, a
 * training example is seen turned by twelfths of a circle, shifted by up to two voxels, and one time in five mirrored along each level axis.
 * Depth is up, in either case.
 */
#include "src/data/modelnet.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/data/folder.h"
#include "src/data/mesh.h"
#include "src/data/npz.h"

enum { SIDE = VOXEL_SIDE, VALUES = SIDE * SIDE * SIDE, SHIFT = 2, MIRRORED_ONE_IN = 5, COPIES_MAX = 360 };

const char *const modelnet10_files[] = { "*/train|modelnet10_train.npz|modelnet10_rot24_train.npz",
	"*/test|modelnet10_test.npz|modelnet10_rot24_test.npz", NULL };
const char *const modelnet40_files[] = { "*/train|modelnet40_train.npz|modelnet40_rot24_train.npz",
	"*/test|modelnet40_test.npz|modelnet40_rot24_test.npz", NULL };

static const char *const names10[] = { "bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet" };
static const char *const names40[] = { "airplane", "bathtub", "bed", "bench", "bookshelf", "bottle", "bowl", "car", "chair", "cone", "cup", "curtain",
	"desk", "door", "dresser", "flower_pot", "glass_box", "guitar", "keyboard", "lamp", "laptop", "mantel", "monitor", "night_stand", "person",
	"piano", "plant", "radio", "range_hood", "sink", "sofa", "stairs", "stool", "table", "tent", "toilet", "tv_stand", "vase", "wardrobe", "xbox" };

/* ---- archives ---- */

static int check_data(const struct npy *a, const char *path, int *copies)
{
	bool single = a->rank == 4;
	int64_t count = single ? 1 : a->rank == 5 ? a->dim[1] : 0;
	const int64_t plain[] = { -1, SIDE, SIDE, SIDE }, with_copies[] = { -1, count, SIDE, SIDE, SIDE };

	if (npy_check_shape(a, single ? 4 : 5, single ? plain : with_copies) < 0)
		return -1;
	if (a->type_bytes != 1 || !strchr("uib", a->type))
		return err_set("%s: data.npy: values of type %c%d, where bytes (u1) would be right", path, a->type, a->type_bytes);
	if (count < 1 || count > COPIES_MAX)
		return err_set("%s: data.npy: %lld versions of each object, where 1 to %d would be right", path, (long long)count, COPIES_MAX);
	*copies = (int)count;
	return 0;
}

static int pack(uint8_t *bits, const uint8_t *values, const char *path, int64_t number)
{
	for (int i = 0; i < VALUES; i++) {
		if (values[i] > 1)
			return err_set("%s: data.npy: value %d in volume %lld, where 0 and 1 would be right", path, values[i], (long long)number);
		bits[i / 8] |= (uint8_t)(values[i] << (7 - i % 8));
	}
	return 0;
}

static uint8_t *read_voxels(struct npy *a, const char *path, struct memory *memory)
{
	int64_t count = (int64_t)(a->bytes / VALUES);
	uint8_t *bits = memory_alloc(memory, path, (size_t)count * VOXEL_BYTES), values[VALUES];

	if (!bits)
		return NULL;
	memset(bits, 0, (size_t)count * VOXEL_BYTES);
	for (int64_t i = 0; i < count; i++)
		if (zip_read(&a->member, values, VALUES) < 0 || pack(bits + (size_t)i * VOXEL_BYTES, values, path, i) < 0)
			return NULL;
	return zip_check(&a->member) < 0 ? NULL : bits;
}

static int add_examples(struct examples *to, const char *path, const uint8_t *bits, const int64_t *label, int64_t count, int copies, int classes)
{
	if (examples_reserve(to, (size_t)count) < 0)
		return err_prefix("%s", path);
	for (int64_t i = 0; i < count; i++) {
		if (label[i] < 0 || label[i] >= classes)
			return err_set("%s: labels.npy: label %lld of object %lld, where 0 to %d would be right", path, (long long)label[i], (long long)i,
				classes - 1);
		examples_add(to, bits + (size_t)(i * copies) * VOXEL_BYTES, (int)label[i]);
	}
	return 0;
}

int modelnet_read_npz(const char *path, int classes, int *copies, struct memory *memory, struct examples *to)
{
	struct npy a = { 0 };
	struct zip z;
	int64_t *label = NULL, count = 0;
	uint8_t *bits = NULL;
	int rc = npz_open(&z, memory, path);

	if (rc == 0)
		rc = (label = npy_read_numbers(&z, "labels", &count)) ? npy_open(&a, &z, "data") : -1;
	if (rc == 0)
		rc = check_data(&a, path, copies);
	if (rc == 0 && a.dim[0] != count)
		rc = err_set("%s: %lld labels, where %lld would be right: one for each object", path, (long long)count, (long long)a.dim[0]);
	if (rc == 0)
		rc = (bits = read_voxels(&a, path, memory)) ? add_examples(to, path, bits, label, count, *copies, classes) : -1;
	npy_close(&a);
	free(label);
	return rc;
}

/* ---- meshes ---- */

struct file {
	char *path;                      /* owned */
	int class;
	bool test;
};

struct listing {
	struct folder classes;
	struct file *file;               /* those of training first */
	int count, room, train;
	uint64_t fingerprint;            /* of names, sizes and times of all */
	uint8_t *voxels;                 /* [train, turns], then [test] */
};

static void listing_release(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->file[i].path);
	free(l->file);
	folder_release(&l->classes);
}

static size_t voxels_before(const struct listing *l, int i)
{
	size_t volumes = i < l->train ? (size_t)i * MODELNET_TURNS : (size_t)l->train * MODELNET_TURNS + (size_t)(i - l->train);

	return volumes * VOXEL_BYTES;
}

static int add_file(struct listing *l, const char *path, int class, bool test)
{
	struct stat st;

	if (l->count == l->room) {
		int room = l->room ? 2 * l->room : 1024;
		struct file *grown = l->room > INT_MAX / 2 ? NULL : realloc(l->file, (size_t)room * sizeof *grown);

		if (!grown)
			return err_set("out of memory for a list of %d meshes", l->count);
		l->file = grown;
		l->room = room;
	}
	if (stat(path, &st) < 0)
		return err_set("%s: cannot be read", path);
	l->fingerprint = hash_bytes(l->fingerprint, path, strlen(path) + 1);
	l->fingerprint = hash_bytes(l->fingerprint, &st.st_size, sizeof st.st_size);
	l->fingerprint = hash_bytes(l->fingerprint, &st.st_mtim, sizeof st.st_mtim);
	l->file[l->count] = (struct file){ .path = strdup(path), .class = class, .test = test };
	return l->file[l->count].path ? (l->count++, 0) : err_set("out of memory for a list of %d meshes", l->count);
}

static int list_class(struct listing *l, const char *root, int class, bool test)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct folder f = { 0 };
	int rc = 0;

	snprintf(folder, sizeof folder, "%s/%s/%s", root, l->classes.name[class], test ? "test" : "train");
	if (access(folder, F_OK) < 0)
		return 0;
	rc = folder_list(&f, folder, false);
	for (int i = 0; i < f.count && rc == 0; i++) {
		if (!has_ending(f.name[i], "off"))
			continue;
		rc = snprintf(path, sizeof path, "%s/%s", folder, f.name[i]) < (int)sizeof path ? add_file(l, path, class, test) :
			err_set("%.200s…/%.200s: longer than a path may be", folder, f.name[i]);
	}
	folder_release(&f);
	return rc;
}

/* Only folders that have a folder train are classes: archives bring others along. */
static int list_classes(struct listing *l, const char *root, const char *const *known, int known_count)
{
	struct folder all;
	char path[PATH_MAX];
	int rc = folder_list(&all, root, true);

	l->classes.name = rc == 0 ? calloc((size_t)all.count + 1, sizeof *l->classes.name) : NULL;
	if (rc == 0 && !l->classes.name)
		rc = err_set("out of memory");
	for (int i = 0; i < all.count && rc == 0; i++) {
		int k = 0;

		snprintf(path, sizeof path, "%s/%s/train", root, all.name[i]);
		if (access(path, F_OK) < 0)
			continue;
		while (k < known_count && strcmp(all.name[i], known[k]) != 0)
			k++;
		if (k == known_count)
			rc = err_set("%s/%s: no class of ModelNet%d", root, all.name[i], known_count);
		else if (!(l->classes.name[l->classes.count++] = strdup(all.name[i])))
			rc = err_set("out of memory");
	}
	folder_release(&all);
	return rc == 0 && l->classes.count < 2 ? err_set("%s: %d class%s, where 2 or more would be right, each a folder with folders train and test", root,
		l->classes.count, l->classes.count == 1 ? "" : "es") : rc;
}

static int list_meshes(struct listing *l, const char *root, const char *const *known, int known_count)
{
	l->fingerprint = HASH_START;
	if (list_classes(l, root, known, known_count) < 0)
		return -1;
	for (int test = 0; test < 2; test++) {
		for (int c = 0; c < l->classes.count; c++)
			if (list_class(l, root, c, test) < 0)
				return -1;
		l->train = test ? l->train : l->count;
	}
	return 0;
}

static int make_voxels(void *context, int i)
{
	const struct listing *l = context;
	const struct file *f = &l->file[i];
	uint8_t *to = l->voxels + voxels_before(l, i);
	struct mesh m;
	int rc = off_read(f->path, &m);

	if (rc == 0 && voxelise(&m, f->test ? 1 : MODELNET_TURNS, to) < 0)
		rc = err_prefix("%s", f->path);
	mesh_release(&m);
	return rc;
}

/* From the cache, or made and kept there. */
static const uint8_t *get_voxels(struct material *m, struct listing *l, const char *name, const char *folder)
{
	size_t bytes = voxels_before(l, l->count);
	char path[1024];
	bool cached = voxel_cache_path(path, name, folder);
	const uint8_t *voxels = cached ? voxel_cache_open(path, l->fingerprint, bytes, &m->memory) : NULL;

	if (voxels)
		return voxels;
	l->voxels = memory_alloc(&m->memory, folder, bytes);
	if (!l->voxels || each_of(l->count, "making voxels of meshes", make_voxels, l) < 0)
		return NULL;
	if (cached)
		voxel_cache_write(path, l->fingerprint, l->voxels, bytes);
	return l->voxels;
}

static int read_meshes(struct material *m, const char *folder, const char *const *known, int known_count)
{
	struct listing l = { 0 };
	const uint8_t *voxels = NULL;
	char name[32];
	int rc = list_meshes(&l, folder, known, known_count);

	snprintf(name, sizeof name, "modelnet%d", known_count);
	if (rc == 0)
		rc = (voxels = get_voxels(m, &l, name, folder)) ? 0 : -1;
	if (rc == 0 && (examples_reserve(&m->train, (size_t)l.train) < 0 || examples_reserve(&m->test, (size_t)(l.count - l.train)) < 0))
		rc = -1;
	for (int i = 0; i < l.count && rc == 0; i++)
		examples_add(l.file[i].test ? &m->test : &m->train, voxels + voxels_before(&l, i), l.file[i].class);
	if (rc == 0) {
		m->d->input.classes = l.classes.count;
		m->d->copies = MODELNET_TURNS;
		m->d->order.step[0] = SIDE * SIDE;
		m->d->order.step[1] = SIDE;
		m->d->order.step[2] = 1;
		rc = material_names(m, (const char *const *)l.classes.name);
	}
	listing_release(&l);
	return rc;
}

/* ---- the data set ---- */

/* The one that is there of NAME_PART.npz and NAME_rot24_PART.npz. */
static bool find_archive(char path[1024], const char *folder, int classes, const char *part)
{
	char name[64];

	snprintf(name, sizeof name, "modelnet%d_%s.npz", classes, part);
	if (format_file(folder, name, false, path))
		return true;
	snprintf(name, sizeof name, "modelnet%d_rot24_%s.npz", classes, part);
	return format_file(folder, name, false, path);
}

/* Others' voxels are x, y, z, the last running fastest. Where there is one version of each, it is turned when a batch is made. */
static int read_archives(struct material *m, const char *train, const char *test, const char *folder, const char *const *known, int known_count)
{
	struct dataset *d = m->d;
	int copies, test_copies;

	d->input.classes = known_count;
	if (modelnet_read_npz(train, known_count, &copies, &m->memory, &m->train) < 0 ||
	    modelnet_read_npz(test, known_count, &test_copies, &m->memory, &m->test) < 0)
		return -1;
	d->copies = copies;
	d->turns = copies == 1 ? MODELNET_TURNS : 0;
	d->order.step[0] = 1;
	d->order.step[1] = SIDE;
	d->order.step[2] = SIDE * SIDE;
	return material_read_names(m, folder, "class_names.txt", known);
}

static int read_folder(struct material *m, const char *folder, const char *const *known, int known_count)
{
	struct dataset *d = m->d;
	char train[1024], test[1024];

	d->axes = 3;
	d->input = (struct arch_input){ .side = { SIDE, SIDE, SIDE }, .channels = 1 };
	d->order = (struct pixel_order){ .step = { 0, 0, 0, 1 }, .bits = true };
	d->mirror[1] = d->mirror[2] = MIRRORED_ONE_IN;
	d->crop_padding = SHIFT;
	if (find_archive(train, folder, known_count, "train") && find_archive(test, folder, known_count, "test"))
		return read_archives(m, train, test, folder, known, known_count);
	return read_meshes(m, folder, known, known_count);
}

int modelnet10_read(struct material *m, const char *folder)
{
	return read_folder(m, folder, names10, sizeof names10 / sizeof *names10);
}

int modelnet40_read(struct material *m, const char *folder)
{
	return read_folder(m, folder, names40, sizeof names40 / sizeof *names40);
}
