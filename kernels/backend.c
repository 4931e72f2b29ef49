/* backend.c -- picks the device by its name. A device is one row. */
#include "kernels/kernels.h"

#include <stdio.h>
#include <string.h>

#include "kernels/cpu.h"
#include "src/base/err.h"

#ifdef HAVE_CUDA
#include "kernels/cuda.h"
#endif

const char *const precision_names[PRECISIONS] = { "float", "tf32", "bf16" };

int precision_find(const char *name)
{
	for (int i = 0; i < PRECISIONS; i++)
		if (strcmp(name, precision_names[i]) == 0)
			return i;
	return err_set("%s: float, tf32 or bf16 would be right", name);
}

static const struct device {
	const char *name;
	struct backend *(*open)(int index, int threads);
	void (*versions)(char *text, size_t size);
} devices[] = {
	{ "cpu", cpu_open, cpu_versions },
#ifdef HAVE_CUDA
	{ "cuda", cuda_open, cuda_versions },
#endif
};

/* The number after "name:", 0 for the name alone, -1 where `text` is something else. */
static int device_index(const char *text, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length) != 0)
		return -1;
	if (text[length] == '\0')
		return 0;
	if (text[length] != ':' || text[length + 1] < '0' || text[length + 1] > '9' || text[length + 2] != '\0')
		return -1;
	return text[length + 1] - '0';
}

/* The first GPU; where there is none that works the cpu, which says why. */
static struct backend *open_best(int threads)
{
	struct backend *be;
#ifdef HAVE_CUDA
	char why[sizeof be->failure];
	size_t length;

	be = cuda_open(0, threads);
	if (be)
		return be;
	snprintf(why, sizeof why, "%s", strncmp(err_last(), "device cuda:0: ", 15) == 0 ? err_last() + 15 : err_last());
	err_clear();
	be = cpu_open(0, threads);
	if (be) {
		length = strlen(be->description);
		snprintf(be->description + length, sizeof be->description - length, " (no GPU: %s)", why);
	}
#else
	be = cpu_open(0, threads);
#endif
	return be;
}

struct backend *backend_open(const char *device, int threads)
{
	if (strcmp(device, "auto") == 0)
		return open_best(threads);
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		int index = device_index(device, devices[i].name);

		if (index >= 0)
			return devices[i].open(index, threads);
	}
	if (strncmp(device, "cuda", 4) == 0)
		err_set("device %s: this smashtop was built without CUDA; use cpu", device);
	else
		err_set("device %s: unknown; use auto, cpu, cuda or cuda:N", device);
	return NULL;
}

void backend_print_versions(FILE *f)
{
	char text[512];

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		devices[i].versions(text, sizeof text);
		fprintf(f, "%-5s %s\n", devices[i].name, text);
	}
}

void backend_close(struct backend *be)
{
	if (be)
		be->k->close(be);
}

double backend_matrix_peak(struct backend *be)
{
	return be->k->matrix_peak(be);
}
