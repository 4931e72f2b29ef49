/* runtime.c -- the CUDA runtime of the stand-in: streams, events, graphs, the device. One thread at a time, as the backend is used. */
#include "tests/cuda-standin/launch.h"
#include "tests/cuda-standin/runtime.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct standin standin;
struct standin_count standin_count;

static cudaError_t last_error;
static int errors;

/* --- failures --- */

static const char *const call_names[STANDIN_CALLS] = { "allocation", "launch", "library", "runtime" };

static void set_failure(const char *text)
{
	for (int i = 0; i < STANDIN_CALLS; i++) {
		size_t length = strlen(call_names[i]);

		if (strncmp(text, call_names[i], length) == 0 && text[length] == ':')
			standin.fail[i] = atol(text + length + 1);
	}
}

/* "late,idle,fail=launch:3,memory=1000000,lost,devices=2,capability=75,driver=11000,no-plans,no-image" */
__attribute__((constructor)) static void from_environment(void)
{
	const char *text = getenv("SMASHTOP_STANDIN");
	char copy[256], *rest = NULL;

	snprintf(copy, sizeof copy, "%s", text ? text : "");
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		if (strcmp(word, "late") == 0)
			standin.late = true;
		else if (strcmp(word, "idle") == 0)
			standin.idle = true;
		else if (strcmp(word, "lost") == 0)
			standin.lost = true;
		else if (strcmp(word, "no-plans") == 0)
			standin.no_plans = true;
		else if (strcmp(word, "no-image") == 0)
			standin.no_image = true;
		else if (strncmp(word, "driver=", 7) == 0)
			standin.driver = atoi(word + 7);
		else if (strncmp(word, "memory=", 7) == 0)
			standin.memory = (size_t)atoll(word + 7);
		else if (strncmp(word, "devices=", 8) == 0)
			standin.devices = atoi(word + 8);
		else if (strncmp(word, "capability=", 11) == 0)
			standin.capability = atoi(word + 11);
		else if (strncmp(word, "fail=", 5) == 0)
			set_failure(word + 5);
	}
}

static bool lost;

bool standin_fails(enum standin_call call)
{
	standin_count.call[call]++;
	if (standin.fail[call] > 0 && --standin.fail[call] == 0) {
		lost = standin.lost;
		return true;
	}
	return lost;
}

void standin_recover(void)
{
	memset(standin.fail, 0, sizeof standin.fail);
	lost = false;
	last_error = cudaSuccess;
}

cudaError_t standin_give(cudaError_t error)
{
	if (error != cudaSuccess)
		last_error = error;
	return error;
}

cudaError_t standin_answer(void)
{
	return standin_give(standin_fails(STANDIN_RUNTIME) ? cudaErrorLaunchFailure : cudaSuccess);
}

bool standin_library_call(void)
{
	return !standin_fails(STANDIN_LIBRARY);
}

void standin_complain(const char *what, const void *where)
{
	fprintf(stderr, "stand-in device: %s at %p\n", what, where);
	errors++;
}

/* --- streams: a list of what is still to run --- */

struct item {
	struct item *next;
	void (*run)(void *), (*drop)(void *);
	void *arg;
	cudaEvent_t event;               /* instead: it is reached */
};

/* Items that a capture has noted. Whoever runs a graph once more runs them in their order. */
struct CUgraph_st {
	struct item *first, **last;
};

struct CUgraphExec_st {
	struct CUgraph_st *graph;
};

struct CUstream_st {
	struct item *first, **last;
	struct CUgraph_st *capture;      /* what is called is noted there, and not run */
	bool broken;                     /* by a call that cannot be noted */
};

struct CUevent_st {
	struct CUstream_st *stream;      /* where it was recorded last */
	long waiting;                    /* records that the stream has not reached */
};

static int streams, events, graphs;

static void run_first(struct CUstream_st *s)
{
	struct item *it = s->first;

	s->first = it->next;
	if (!s->first)
		s->last = &s->first;
	if (it->event)
		it->event->waiting--;
	else
		it->run(it->arg);
	if (it->drop)
		it->drop(it->arg);
	free(it);
}

static void put_last(struct item ***last, struct item it)
{
	struct item *copy = malloc(sizeof *copy);

	if (!copy)
		abort();
	*copy = it;
	copy->next = NULL;
	**last = copy;
	*last = &copy->next;
}

static void run_all(struct CUstream_st *s)
{
	while (s->first)
		run_first(s);
}

static struct CUstream_st *all_streams[16];

void standin_run_everything(void)
{
	for (int i = 0; i < streams; i++)
		run_all(all_streams[i]);
}

static void append(struct CUstream_st *s, struct item it)
{
	if (!s) {
		standin_complain("a call in the default stream, which waits for all others", NULL);
		it.run(it.arg);
		return;
	}
	if (standin.idle && !it.event) {
		it.drop(it.arg);
		return;
	}
	put_last(s->capture ? &s->capture->last : &s->last, it);
	if (!standin.late && !s->capture)
		run_all(s);
}

void standin_queue(cudaStream_t stream, void (*run)(void *), void *arg)
{
	append(stream, (struct item){ .run = run, .drop = free, .arg = arg });
}

static void run_launch(void *arg)
{
	standin_run(arg);
}

static void drop_launch(void *arg)
{
	struct standin_launch *launch = arg;

	launch->drop(launch->arguments);
	free(launch);
}

static void count_name(const char *name)
{
	struct standin_name *n = standin_count.name;

	while (n < standin_count.name + STANDIN_NAMES - 1 && n->name && strcmp(n->name, name) != 0)
		n++;
	n->name = name;
	n->launches++;
}

void standin_enqueue(cudaStream_t stream, const struct standin_launch *launch)
{
	struct standin_launch *copy;

	if (standin_fails(STANDIN_LAUNCH) || standin.no_image) {
		standin_give(standin.no_image ? cudaErrorNoKernelImageForDevice : cudaErrorLaunchFailure);
		launch->drop(launch->arguments);
		return;
	}
	copy = malloc(sizeof *copy);
	if (!copy)
		abort();
	*copy = *launch;
	count_name(launch->name);
	append(stream, (struct item){ .run = run_launch, .drop = drop_launch, .arg = copy });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
	struct CUstream_st *s;

	(void)flags;
	if (standin_answer() != cudaSuccess)
		return last_error;
	s = calloc(1, sizeof *s);
	if (!s || streams == (int)(sizeof all_streams / sizeof all_streams[0]))
		abort();
	s->last = &s->first;
	all_streams[streams++] = s;
	*stream = s;
	return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t s)
{
	run_all(s);
	for (int i = 0; i < streams; i++)
		if (all_streams[i] == s) {
			all_streams[i] = all_streams[--streams];
			free(s);
			return cudaSuccess;
		}
	standin_complain("a stream is destroyed that is none", s);
	return standin_give(cudaErrorInvalidResourceHandle);
}

cudaError_t cudaStreamSynchronize(cudaStream_t s)
{
	if (standin_breaks_capture())
		return standin_give(cudaErrorStreamCaptureUnsupported);
	run_all(s);
	return standin_answer();
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
	(void)flags;
	if (standin_answer() != cudaSuccess)
		return last_error;
	*event = calloc(1, sizeof **event);
	if (!*event)
		abort();
	events++;
	return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
	return cudaEventCreateWithFlags(event, 0);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
	while (event->waiting > 0 && event->stream->first)
		run_first(event->stream);
	free(event);
	events--;
	return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t s)
{
	if (standin_breaks_capture())
		return standin_give(cudaErrorStreamCaptureUnsupported);
	if (standin_answer() != cudaSuccess)
		return last_error;
	event->stream = s;
	event->waiting++;
	append(s, (struct item){ .event = event });
	return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
	if (standin_breaks_capture())
		return standin_give(cudaErrorStreamCaptureUnsupported);
	while (event->waiting > 0 && event->stream->first)
		run_first(event->stream);
	return standin_answer();
}

cudaError_t cudaStreamWaitEvent(cudaStream_t s, cudaEvent_t event, unsigned flags)
{
	(void)s;
	(void)flags;
	return cudaEventSynchronize(event);
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t begin, cudaEvent_t end)
{
	*milliseconds = 1;
	if (begin->waiting || end->waiting)
		standin_complain("the time of an event that has not been reached", end);
	return standin_answer();
}

/* --- graphs: what a stream is asked, noted to be run again --- */

bool standin_breaks_capture(void)
{
	bool any = false;

	for (int i = 0; i < streams; i++)
		if (all_streams[i]->capture)
			any = all_streams[i]->broken = true;
	return any;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t s, enum cudaStreamCaptureMode mode)
{
	(void)mode;
	if (s->capture)
		return standin_give(cudaErrorIllegalState);
	if (standin_answer() != cudaSuccess)
		return last_error;
	s->capture = calloc(1, sizeof *s->capture);
	if (!s->capture)
		abort();
	s->capture->last = &s->capture->first;
	s->broken = false;
	graphs++;
	return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
	for (struct item *it = graph->first, *next; it; it = next) {
		next = it->next;
		it->drop(it->arg);
		free(it);
	}
	free(graph);
	graphs--;
	return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t *graph)
{
	bool fine = standin_answer() == cudaSuccess && !s->broken;

	*graph = s->capture;
	s->capture = NULL;
	if (fine)
		return cudaSuccess;
	if (*graph)
		cudaGraphDestroy(*graph);
	*graph = NULL;
	return standin_give(cudaErrorStreamCaptureInvalidated);
}

/* Takes over the items: nobody makes two of one. */
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
	(void)flags;
	if (standin_fails(STANDIN_ALLOCATION))
		return standin_give(cudaErrorMemoryAllocation);
	*exec = malloc(sizeof **exec);
	if (!*exec)
		abort();
	(*exec)->graph = malloc(sizeof *graph);
	if (!(*exec)->graph)
		abort();
	*(*exec)->graph = *graph;
	graph->first = NULL;
	graphs++;
	return cudaSuccess;
}

static void run_graph(void *arg)
{
	const struct CUgraphExec_st *exec = arg;

	for (struct item *it = exec->graph->first; it; it = it->next)
		it->run(it->arg);
}

static void drop_nothing(void *arg)
{
	(void)arg;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t s)
{
	if (standin_fails(STANDIN_LAUNCH))
		return standin_give(cudaErrorLaunchFailure);
	standin_count.graphs++;
	append(s, (struct item){ .run = run_graph, .drop = drop_nothing, .arg = exec });
	return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
	standin_run_everything();
	cudaGraphDestroy(exec->graph);
	free(exec);
	return cudaSuccess;
}

/* --- the device --- */

cudaError_t cudaGetDeviceCount(int *count)
{
	*count = standin.devices < 0 ? 0 : standin.devices ? standin.devices : 1;
	if (standin.driver != 0 && standin.driver < CUDART_VERSION)
		return standin_give(cudaErrorInsufficientDriver);
	return *count ? standin_answer() : standin_give(cudaErrorNoDevice);
}

cudaError_t cudaDriverGetVersion(int *version)
{
	*version = standin.driver < 0 ? 0 : standin.driver ? standin.driver : CUDART_VERSION;
	return cudaSuccess;
}

cudaError_t cudaSetDevice(int device)
{
	(void)device;
	return standin_answer();
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *p, int device)
{
	int capability = standin.capability ? standin.capability : 90;

	(void)device;
	memset(p, 0, sizeof *p);
	snprintf(p->name, sizeof p->name, "stand-in");
	p->major = capability / 10;
	p->minor = capability % 10;
	p->totalGlobalMem = standin_memory();
	p->multiProcessorCount = 4;
	return standin_answer();
}

cudaError_t cudaGetLastError(void)
{
	cudaError_t error = last_error;

	last_error = cudaSuccess;
	return error;
}

const char *cudaGetErrorString(cudaError_t error)
{
	switch (error) {
	case cudaSuccess:
		return "no error";
	case cudaErrorMemoryAllocation:
		return "out of memory";
	case cudaErrorNoDevice:
		return "no CUDA-capable device is detected";
	case cudaErrorNoKernelImageForDevice:
		return "no kernel image is available for execution on the device";
	case cudaErrorStreamCaptureUnsupported:
		return "operation not permitted when stream is capturing";
	case cudaErrorLaunchFailure:
		return "unspecified launch failure";
	default:
		return "an error of the stand-in";
	}
}

int standin_errors(void)
{
	return errors + events + streams + graphs;
}
