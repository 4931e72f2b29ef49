/* cuda.c -- the CUDA backend: the device, its memory, what goes between it and the host, and its table of kernels last. */
#include "kernels/cuda.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cuda_plan.h"
#include "src/base/err.h"
#include "src/base/units.h"

void cuda_fail(struct backend *be, const char *format, ...)
{
	char text[sizeof be->failure - 16];
	va_list ap;

	if (be->failed || cuda_ends_capture(cuda_of(be)))
		return;
	be->failed = true;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (strncmp(text, "cuda:", 5) == 0)      /* an error that was passed on */
		snprintf(be->failure, sizeof be->failure, "%s", text);
	else
		snprintf(be->failure, sizeof be->failure, "cuda:%d: %s", cuda_of(be)->device, text);
	err_set("%s", be->failure);
}

bool cuda_check(struct backend *be, cudaError_t status, const char *what)
{
	if (status == cudaSuccess)
		return true;
	cuda_of(be)->error = status;
	cuda_fail(be, "%s: %s", what, cudaGetErrorString(status));
	return false;
}

/* --- memory --- */

/* Device memory cannot carry its size before it: the blocks are few, and stand in a list. */
struct cuda_block {
	void *at;
	size_t bytes;
};

static bool note_block(struct cuda *cuda, void *at, size_t bytes)
{
	int capacity = 2 * cuda->block_capacity + 16;
	struct cuda_block *grown;

	if (cuda->block_count == cuda->block_capacity) {
		grown = realloc(cuda->blocks, (size_t)capacity * sizeof *grown);
		if (!grown)
			return false;
		cuda->blocks = grown;
		cuda->block_capacity = capacity;
	}
	cuda->blocks[cuda->block_count++] = (struct cuda_block){ at, bytes };
	return true;
}

static void out_of_memory(const struct cuda *cuda, size_t bytes)
{
	char unused[UNITS_TEXT], all[UNITS_TEXT];
	size_t free_bytes = 0, total = 0;

	if (cudaMemGetInfo(&free_bytes, &total) != cudaSuccess)
		free_bytes = total = 0;
	err_set("cuda:%d: out of memory: %zu bytes asked, %s of %s free", cuda->device, bytes, units_bytes((double)free_bytes, unused),
		units_bytes((double)total, all));
}

static void *allocate(struct backend *be, size_t bytes)
{
	struct cuda *cuda = cuda_of(be);
	void *at = NULL;
	cudaError_t status;

	if (!backend_ok(be)) {
		err_set("%s", be->failure);
		return NULL;
	}
	if (cuda_ends_capture(cuda)) {
		err_set("cuda:%d: memory while calls are captured", cuda->device);
		return NULL;
	}
	status = cudaMalloc(&at, bytes ? bytes : 1);
	if (status == cudaErrorMemoryAllocation) {
		cudaGetLastError();      /* it is dealt with, and not the next call's */
		out_of_memory(cuda, bytes);
		return NULL;
	}
	if (!cuda_check(be, status, "memory"))
		return NULL;
	if (!note_block(cuda, at, bytes)) {
		cudaFree(at);
		err_set("out of memory: the list of blocks on cuda:%d", cuda->device);
		return NULL;
	}
	be->bytes_allocated += bytes;
	if (be->bytes_allocated > be->bytes_peak)
		be->bytes_peak = be->bytes_allocated;
	return at;
}

static void release(struct backend *be, void *memory)
{
	struct cuda *cuda = cuda_of(be);

	for (int i = cuda->block_count - 1; memory && i >= 0; i--) {
		if (cuda->blocks[i].at != memory)
			continue;
		be->bytes_allocated -= cuda->blocks[i].bytes;
		cuda->blocks[i] = cuda->blocks[--cuda->block_count];
		cudaFree(memory);        /* waits for what uses it */
		return;
	}
}

void *cuda_scratch(struct cuda *cuda, enum cuda_scratch which, size_t bytes)
{
	if (bytes <= cuda->scratch_bytes[which])
		return cuda->scratch[which];
	if (cuda_ends_capture(cuda))
		return NULL;
	cuda->scratch_moved++;
	release(&cuda->be, cuda->scratch[which]);
	bytes += bytes / 8;              /* the next architecture is often a little larger */
	cuda->scratch[which] = allocate(&cuda->be, bytes);
	cuda->scratch_bytes[which] = cuda->scratch[which] ? bytes : 0;
	if (!cuda->scratch[which])
		cuda_fail(&cuda->be, "%s", err_last());
	return cuda->scratch[which];
}

/*
 * The host's memory may change as soon as an upload returns, and the stream is not to wait: what goes up is copied to one of two pinned
 * pieces, whose turn comes again when the device has taken it.
 */
enum { PIECES = 2, PIECE_BYTES = 4 << 20 };

struct staging {
	void *piece[PIECES];
	cudaEvent_t taken[PIECES];
	int next;
};

static void upload_piece(struct cuda *cuda, void *device, const void *host, size_t bytes)
{
	struct staging *s = cuda->staging;
	int i = s->next;

	if (!cuda_check(&cuda->be, cudaEventSynchronize(s->taken[i]), "upload"))
		return;
	memcpy(s->piece[i], host, bytes);
	cuda_check(&cuda->be, cudaMemcpyAsync(device, s->piece[i], bytes, cudaMemcpyHostToDevice, cuda->stream), "upload");
	cuda_check(&cuda->be, cudaEventRecord(s->taken[i], cuda->stream), "upload");
	s->next = (i + 1) % PIECES;
}

static void upload(struct backend *be, void *device, const void *host, size_t bytes)
{
	for (size_t at = 0; at < bytes && backend_ok(be) && !cuda_ends_capture(cuda_of(be)); at += PIECE_BYTES)
		upload_piece(cuda_of(be), (char *)device + at, (const char *)host + at, bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES);
}

static void sync_stream(struct backend *be)
{
	if (backend_ok(be) && !cuda_ends_capture(cuda_of(be)))
		cuda_check(be, cudaStreamSynchronize(cuda_of(be)->stream), "wait");
}

static void download(struct backend *be, void *host, const void *device, size_t bytes)
{
	if (bytes && backend_ok(be) && !cuda_ends_capture(cuda_of(be)))
		cuda_check(be, cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, cuda_of(be)->stream), "download");
	sync_stream(be);
	if (!backend_ok(be))
		memset(host, 0, bytes);  /* nobody computes with what was there before the failure is seen */
}

static void copy(struct backend *be, void *to, const void *from, size_t bytes)
{
	if (!bytes || !backend_ok(be))
		return;
	be->launches++;
	cuda_check(be, cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, cuda_of(be)->stream), "copy");
}

/* --- opening and closing --- */

static void staging_free(struct staging *s)
{
	for (int i = 0; s && i < PIECES; i++) {
		if (s->piece[i])
			cudaFreeHost(s->piece[i]);
		if (s->taken[i])
			cudaEventDestroy(s->taken[i]);
	}
	free(s);
}

static bool staging_open(struct cuda *cuda)
{
	struct staging *s = calloc(1, sizeof *s);

	cuda->staging = s;
	if (!s) {
		cuda_fail(&cuda->be, "out of memory: %zu bytes asked", sizeof *s);
		return false;
	}
	for (int i = 0; i < PIECES; i++)
		if (!cuda_check(&cuda->be, cudaMallocHost(&s->piece[i], PIECE_BYTES), "pinned memory") ||
		    !cuda_check(&cuda->be, cudaEventCreateWithFlags(&s->taken[i], cudaEventDisableTiming), "event"))
			return false;
	return true;
}

static void close_cuda(struct backend *be)
{
	struct cuda *cuda = cuda_of(be);

	if (cuda->stream)
		cudaStreamSynchronize(cuda->stream);
	plans_free(cuda->plans);
	for (int i = 0; i < CUDA_SCRATCHES; i++)
		release(be, cuda->scratch[i]);
	release(be, cuda->tickets);
	if (cuda->cublas)
		cuda->library->cublasDestroy_v2(cuda->cublas);
	if (cuda->cudnn)
		cuda->library->cudnnDestroy(cuda->cudnn);
	staging_free(cuda->staging);
	if (cuda->stream)
		cudaStreamDestroy(cuda->stream);
	free(cuda->blocks);
	free(cuda);
}

static const struct kernels cuda_kernels = {
	.name = "cuda",
	.alloc = allocate,
	.free = release,
	.upload = upload,
	.download = download,
	.copy = copy,
	.sync = sync_stream,
	.fill = cuda_fill,
	.axpby = cuda_axpby,
	.act = cuda_act,
	.act_backward = cuda_act_backward,
	.conv = cuda_conv,
	.conv_backward_data = cuda_conv_backward_data,
	.conv_backward_weights = cuda_conv_backward_weights,
	.linear = cuda_linear,
	.linear_backward = cuda_linear_backward,
	.pool = cuda_pool,
	.pool_backward = cuda_pool_backward,
	.global_pool = cuda_global_pool,
	.global_pool_backward = cuda_global_pool_backward,
	.batch_norm = cuda_batch_norm,
	.batch_norm_backward = cuda_batch_norm_backward,
	.channels = cuda_channels,
	.gather = cuda_gather,
	.scatter = cuda_scatter,
	.dot = cuda_dot,
	.normalize = cuda_normalize,
	.normalize_backward = cuda_normalize_backward,
	.cross_entropy = cuda_cross_entropy,
	.cross_entropy_backward = cuda_cross_entropy_backward,
	.adam = cuda_adam,
	.sgd = cuda_sgd,
	.foresee = cuda_foresee,
	.capture = cuda_capture,
	.captured = cuda_captured,
	.replay = cuda_replay,
	.forget = cuda_forget,
	.matrix_peak = cuda_matrix_peak,
	.close = close_cuda,
};

/* How many devices there are; 0 with err_last(). */
static int device_count(void)
{
	int driver = 0, count = 0;
	cudaError_t status = cudaGetDeviceCount(&count);

	if (status == cudaSuccess && count > 0)
		return count;
	cudaGetLastError();
	cudaDriverGetVersion(&driver);
	if (driver == 0)
		err_set("no NVIDIA driver on this machine");
	else if (status == cudaErrorInsufficientDriver)
		err_set("the NVIDIA driver knows CUDA %d.%d, this smashtop needs %d.%d: install a newer driver", driver / 1000, driver % 100 / 10,
			CUDART_VERSION / 1000, CUDART_VERSION % 100 / 10);
	else if (status == cudaSuccess || status == cudaErrorNoDevice)
		err_set("no NVIDIA GPU on this machine");
	else
		err_set("%s", cudaGetErrorString(status));
	return 0;
}

/* cuBLAS works in memory of ours: what it would take itself, it would take anew in each capture. Its sizes are those that its manual recommends. */
enum { PRODUCT_BYTES = 4 << 20, PRODUCT_BYTES_90 = 32 << 20 };

static cublasStatus_t give_workspace(struct cuda *cuda)
{
	size_t bytes = cuda->capability >= 90 ? PRODUCT_BYTES_90 : PRODUCT_BYTES;
	void *memory = cuda_scratch(cuda, CUDA_SCRATCH_PRODUCT, bytes);

	return memory ? cuda->library->cublasSetWorkspace_v2(cuda->cublas, memory, bytes) : CUBLAS_STATUS_ALLOC_FAILED;
}

static bool open_libraries(struct cuda *cuda)
{
	cudnnStatus_t cudnn;
	cublasStatus_t cublas;

	cuda->library = cuda_library();
	if (!cuda->library) {
		cuda_fail(&cuda->be, "%s", err_last());
		return false;
	}
	cudnn = cuda->library->cudnnCreate(&cuda->cudnn);
	if (cudnn == CUDNN_STATUS_SUCCESS)
		cudnn = cuda->library->cudnnSetStream(cuda->cudnn, cuda->stream);
	if (cudnn != CUDNN_STATUS_SUCCESS) {
		cuda_fail(&cuda->be, "cuDNN does not start: %s", cuda->library->cudnnGetErrorString(cudnn));
		return false;
	}
	cublas = cuda->library->cublasCreate_v2(&cuda->cublas);
	if (cublas == CUBLAS_STATUS_SUCCESS)
		cublas = cuda->library->cublasSetStream_v2(cuda->cublas, cuda->stream);
	if (cublas == CUBLAS_STATUS_SUCCESS)
		cublas = give_workspace(cuda);
	if (cublas != CUBLAS_STATUS_SUCCESS) {
		cuda_fail(&cuda->be, "cuBLAS does not start: %s", cuda->library->cublasGetStatusString(cublas));
		return false;
	}
	cuda->plans = plans_new(&(struct plan_target){ .library = cuda->library, .handle = cuda->cudnn });
	if (!cuda->plans)
		cuda_fail(&cuda->be, "%s", err_last());
	return cuda->plans != NULL;
}

static void describe(struct cuda *cuda, const struct cudaDeviceProp *p)
{
	char memory[UNITS_TEXT];
	size_t version = cuda->library->cudnnGetVersion();

	snprintf(cuda->be.description, sizeof cuda->be.description, "cuda:%d, %.40s, %s, cuDNN %zu.%zu", cuda->device, p->name,
		units_bytes((double)p->totalGlobalMem, memory), version / 10000, version / 100 % 100);
}

/* A kernel of ours runs, or the binary has none for this device. */
static bool runs_kernels(struct cuda *cuda, const struct cudaDeviceProp *p)
{
	struct backend *be = &cuda->be;
	float *one = allocate(be, sizeof *one);

	if (!one) {
		cuda_fail(be, "%s", err_last());
		return false;
	}
	cuda_fill(be, one, 0, 1);
	sync_stream(be);
	release(be, one);
	if (cuda->error == cudaErrorNoKernelImageForDevice || cuda->error == cudaErrorUnsupportedPtxVersion) {
		be->failed = false;
		cuda_fail(be, "%s (compute capability %d.%d) does not run the kernels of this smashtop, built for %s: configure with CUDA_ARCH=%d%d",
			p->name, p->major, p->minor, CUDA_ARCHITECTURES, p->major, p->minor);
	}
	return backend_ok(be);
}

static bool open_tickets(struct cuda *cuda)
{
	cuda->tickets = allocate(&cuda->be, CUDA_TICKETS * sizeof *cuda->tickets);
	if (!cuda->tickets)
		cuda_fail(&cuda->be, "%s", err_last());
	else
		cuda_fill(&cuda->be, (float *)cuda->tickets, 0, CUDA_TICKETS);   /* the same bits */
	return backend_ok(&cuda->be);
}

static bool open_device(struct cuda *cuda)
{
	struct cudaDeviceProp properties;
	struct backend *be = &cuda->be;

	if (!cuda_check(be, cudaSetDevice(cuda->device), "opening") ||
	    !cuda_check(be, cudaGetDeviceProperties(&properties, cuda->device), "properties") ||
	    !cuda_check(be, cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking), "stream") || !staging_open(cuda))
		return false;
	cuda->processors = properties.multiProcessorCount;
	cuda->capability = 10 * properties.major + properties.minor;
	if (!runs_kernels(cuda, &properties) || !open_tickets(cuda) || !open_libraries(cuda))
		return false;
	describe(cuda, &properties);
	return true;
}

struct backend *cuda_open(int index, int threads)
{
	int count = device_count();
	struct cuda *cuda;

	(void)threads;                   /* kernels use none of the host's */
	if (count == 0) {
		err_prefix("device cuda:%d", index);
		return NULL;
	}
	if (index >= count) {
		err_set("device cuda:%d: there %s %d, cuda:0%s; or use cpu", index, count == 1 ? "is" : "are", count, count == 1 ? "" : " and on");
		return NULL;
	}
	cuda = calloc(1, sizeof *cuda);
	if (!cuda) {
		err_set("out of memory: %zu bytes asked", sizeof *cuda);
		return NULL;
	}
	cuda->be.k = &cuda_kernels;
	cuda->be.threads = 1;
	cuda->device = index;
	if (open_device(cuda))
		return &cuda->be;
	err_set("device %s", cuda->be.failure);
	close_cuda(&cuda->be);
	return NULL;
}

void cuda_versions(char *text, size_t size)
{
	const struct cuda_library *library = cuda_library();
	char cudnn[sizeof ((struct backend *)0)->failure], devices[sizeof cudnn];
	size_t version = library ? library->cudnnGetVersion() : 0;
	int count;

	if (library)
		snprintf(cudnn, sizeof cudnn, "cuDNN %zu.%zu.%zu", version / 10000, version / 100 % 100, version % 100);
	else
		snprintf(cudnn, sizeof cudnn, "%s", err_last());
	count = device_count();
	if (count)
		snprintf(devices, sizeof devices, "%d device%s", count, count == 1 ? "" : "s");
	else
		snprintf(devices, sizeof devices, "%s", err_last());
	snprintf(text, size, "CUDA %d.%d for %s; %s; %s", CUDART_VERSION / 1000, CUDART_VERSION % 100 / 10, CUDA_ARCHITECTURES, cudnn, devices);
}
