/* cpu.c -- the CPU backend: memory, threads, and its table of kernels last. */
#include "kernels/cpu.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

/* Handing a part over costs about a microsecond, and its data move to another core's cache: shorter ones stay on their thread. */
static const double PART_NANOSECONDS = 4000;

void cpu_fail(struct backend *be, const char *format, ...)
{
	va_list ap;

	if (be->failed)
		return;
	be->failed = true;
	va_start(ap, format);
	vsnprintf(be->failure, sizeof be->failure, format, ap);
	va_end(ap);
	err_set("%s", be->failure);
}

/* The size stands in the 64 bytes before the block, so that free can count. */
enum { MARGIN = 64 };

static void *allocate(struct backend *be, size_t bytes)
{
	size_t rounded = (bytes + MARGIN - 1) / MARGIN * MARGIN;
	unsigned char *block = NULL;

	if (bytes <= PTRDIFF_MAX - 2 * MARGIN)
		block = aligned_alloc(MARGIN, MARGIN + rounded);
	if (!block) {
		err_set("out of memory: %zu bytes asked, %zu in use", bytes, be->bytes_allocated);
		return NULL;
	}
	memcpy(block, &rounded, sizeof rounded);
	be->bytes_allocated += rounded;
	if (be->bytes_allocated > be->bytes_peak)
		be->bytes_peak = be->bytes_allocated;
	return block + MARGIN;
}

static void release(struct backend *be, void *memory)
{
	size_t rounded;

	if (!memory)
		return;
	memcpy(&rounded, (unsigned char *)memory - MARGIN, sizeof rounded);
	be->bytes_allocated -= rounded;
	free((unsigned char *)memory - MARGIN);
}

void *cpu_scratch(struct cpu *cpu, enum cpu_scratch which, size_t bytes)
{
	if (bytes <= cpu->scratch_bytes[which])
		return cpu->scratch[which];
	release(&cpu->be, cpu->scratch[which]);
	cpu->scratch[which] = allocate(&cpu->be, bytes);
	cpu->scratch_bytes[which] = cpu->scratch[which] ? bytes : 0;
	if (!cpu->scratch[which])
		cpu_fail(&cpu->be, "out of memory: %zu bytes asked for working memory", bytes);
	return cpu->scratch[which];
}

int cpu_threads(const struct cpu *cpu, double nanoseconds)
{
	int deserved = nanoseconds < 1e9 ? (int)(nanoseconds / PART_NANOSECONDS) + 1 : cpu->be.threads;

	return deserved < cpu->be.threads ? deserved : cpu->be.threads;
}

struct range {
	size_t n;
	void (*body)(void *arg, size_t begin, size_t end);
	void *arg;
};

static void run_range(void *arg, int part, int parts, int thread)
{
	const struct range *r = arg;
	size_t begin, end;

	(void)thread;
	cpu_part(r->n, parts, part, &begin, &end);
	if (begin < end)
		r->body(r->arg, begin, end);
}

void cpu_parallel(struct cpu *cpu, size_t n, double cost, void (*body)(void *arg, size_t begin, size_t end), void *arg)
{
	struct range range = { n, body, arg };

	team_run(cpu->team, cpu_threads(cpu, (double)n * cost), run_range, &range);
}

static void copy(struct backend *be, void *to, const void *from, size_t bytes)
{
	(void)be;
	if (bytes)
		memcpy(to, from, bytes);
}

static void sync_nothing(struct backend *be)
{
	(void)be;
}

static double matrix_peak(struct backend *be)
{
	return library_matrix_peak(cpu_of(be));
}

static void close_cpu(struct backend *be)
{
	struct cpu *cpu = cpu_of(be);

	team_free(cpu->team);
	library_close(cpu->library);
	for (int i = 0; i < SCRATCHES; i++)
		release(be, cpu->scratch[i]);
	free(cpu);
}

static const struct kernels cpu_kernels = {
	.name = "cpu",
	.alloc = allocate,
	.free = release,
	.upload = copy,
	.download = copy,
	.copy = copy,
	.sync = sync_nothing,
	.fill = cpu_fill,
	.axpby = cpu_axpby,
	.act = cpu_act,
	.act_backward = cpu_act_backward,
	.conv = cpu_conv,
	.conv_backward_data = cpu_conv_backward_data,
	.conv_backward_weights = cpu_conv_backward_weights,
	.linear = cpu_linear,
	.linear_backward = cpu_linear_backward,
	.pool = cpu_pool,
	.pool_backward = cpu_pool_backward,
	.global_pool = cpu_global_pool,
	.global_pool_backward = cpu_global_pool_backward,
	.batch_norm = cpu_batch_norm,
	.batch_norm_backward = cpu_batch_norm_backward,
	.channels = cpu_channels,
	.gather = cpu_gather,
	.scatter = cpu_scatter,
	.dot = cpu_dot,
	.normalize = cpu_normalize,
	.normalize_backward = cpu_normalize_backward,
	.cross_entropy = cpu_cross_entropy,
	.cross_entropy_backward = cpu_cross_entropy_backward,
	.adam = cpu_adam,
	.sgd = cpu_sgd,
	.matrix_peak = matrix_peak,
	.close = close_cpu,
};

struct backend *cpu_open(int index, int threads)
{
	int processors = omp_get_num_procs();
	const char *conv = getenv("SMASHTOP_CONV");
	struct cpu *cpu;

	if (index != 0) {
		err_set("device cpu:%d: there is one cpu device; use cpu", index);
		return NULL;
	}
	if (threads < 0 || threads > 1024) {
		err_set("threads %d: 0 (all processors) to 1024", threads);
		return NULL;
	}
	cpu = calloc(1, sizeof *cpu);
	if (!cpu) {
		err_set("out of memory: %zu bytes asked", sizeof *cpu);
		return NULL;
	}
	cpu->be.k = &cpu_kernels;
	cpu->be.threads = threads ? threads : processors;
	cpu->team = team_new(cpu->be.threads);
	if (!cpu->team) {
		err_set("out of memory: a team of %d threads", cpu->be.threads);
		free(cpu);
		return NULL;
	}
	cpu->prefer_library = conv && strcmp(conv, "library") == 0;
	simd_choose(&cpu->wide, &cpu->narrow);
	snprintf(cpu->be.description, sizeof cpu->be.description, "cpu, %d thread%s, %s, %s", cpu->be.threads,
		cpu->be.threads == 1 ? "" : "s", cpu->wide->name, library_version());
	return &cpu->be;
}

void cpu_versions(char *text, size_t size)
{
	snprintf(text, size, "%s", library_version());
}
