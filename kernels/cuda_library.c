/* cuda_library.c -- finds cuDNN and cuBLAS as the dynamic linker does, then beside the toolkit that the program was built with. */
#include "kernels/cuda_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

static const struct wanted {
	const char *name, *file;         /* for a person; with the major version that the headers had */
} wanted[] = {
	{ "cuDNN", "libcudnn.so." TEXT(CUDNN_MAJOR) },
	{ "cuBLAS", "libcublas.so." TEXT(CUBLAS_VER_MAJOR) },
};

enum { CUDNN, CUBLAS, LIBRARIES };

static struct cuda_library loaded;
static char failure[512];                /* "" where all is there */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_one(const struct wanted *w)
{
	char path[512];
	void *handle = dlopen(w->file, RTLD_NOW | RTLD_LOCAL);

	if (handle)
		return handle;
	snprintf(failure, sizeof failure, "%s is missing: %s (install %s %s, or put its folder on LD_LIBRARY_PATH)", w->file, dlerror(), w->name,
		strrchr(w->file, '.') + 1);
	snprintf(path, sizeof path, "%s/%s", CUDA_LIBRARIES, w->file);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle)
		failure[0] = '\0';
	return handle;
}

/* A function pointer cannot be cast from what dlsym gives, but copied. */
static void look_up(void *handle, const struct wanted *w, const char *function, void *pointer)
{
	void *address = dlsym(handle, function);

	if (!address && !failure[0])
		snprintf(failure, sizeof failure, "%s has no %s: it is older than this smashtop; install a newer %s", w->file, function, w->name);
	memcpy(pointer, &address, sizeof address);
}

static void load(void)
{
	void *handle[LIBRARIES];

	for (int i = 0; i < LIBRARIES; i++)
		if (!(handle[i] = open_one(&wanted[i])))
			return;
#define LOOK_UP(function) look_up(handle[CUDNN], &wanted[CUDNN], #function, &loaded.function);
	CUDNN_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
#define LOOK_UP(function) look_up(handle[CUBLAS], &wanted[CUBLAS], #function, &loaded.function);
	CUBLAS_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
}

const struct cuda_library *cuda_library(void)
{
	pthread_once(&once, load);
	if (!failure[0])
		return &loaded;
	err_set("%s", failure);
	return NULL;
}
