/* LiteRT: what one image makes of a file whose every output is told, and its profiler's times.
 *
 * Its profiler keeps its events in memory. The runner tells of those of nodes, a line each: what kind of event it is
 * (EVENT_...), the place of the node in the file or in XNNPACK's own graph, whole microseconds, and what the node is. A line
 * without anything in it ends each run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litert.h"
#include "platform.h"

#define EVENT_NODE 2          /* of the file */
#define EVENT_OF_DELEGATE 8   /* of XNNPACK's own graph */
#define LAST_EVENT 256        /* kinds of events are powers of two */
#define LAST_SOURCE 2
#define MOST_EVENT_BYTES 256  /* of an event in any version of the library, as far as there is one */
#define MOST_EVENTS 65536

/* ProfiledEventData of litert/c/litert_profiler_event.h, with TFLite's MemoryUsage in it. */
struct event {
    const char *tag;
    int type;
    uint64_t start_us, elapsed_us;
    uint64_t memory[6];
    uint64_t node, unused;
    int source;
};

_Static_assert(sizeof(struct event) == 104, "LiteRT's ProfiledEventData has 104 bytes on 64-bit systems.");

struct profiler {
    int (*get)(void *compiled, void **profiler);
    int (*start)(void *profiler);
    int (*reset)(void *profiler);
    int (*count)(void *profiler, int *events);
    int (*tell)(void *profiler, int events, void *to);
    void *own; /* it belongs to the compiled model */
};

static bool find_profiler(const struct litert *own, struct profiler *profiler, struct failure *failure)
{
    const struct library *library = &own->library;
    return find_function(library, "LiteRtCompiledModelGetProfiler", &profiler->get, failure) &&
           find_function(library, "LiteRtStartProfiler", &profiler->start, failure) &&
           find_function(library, "LiteRtResetProfiler", &profiler->reset, failure) &&
           find_function(library, "LiteRtGetNumProfilerEvents", &profiler->count, failure) &&
           find_function(library, "LiteRtGetProfilerEvents", &profiler->tell, failure) &&
           litert_works(profiler->get(own->compiled, &profiler->own), failure) &&
           (profiler->own != NULL || refuse(failure, ERROR_UNSUPPORTED, "This version of LiteRT has no profiler."));
}

static void put_events(const struct event *events, int count, struct message *answer)
{
    for (int i = 0; i < count; i++) {
        char line[160];
        if (events[i].type != EVENT_NODE && events[i].type != EVENT_OF_DELEGATE) {
            continue;
        }
        const int length = snprintf(line, sizeof line, "%d %llu %llu %.100s\n", events[i].type,
                                    (unsigned long long)events[i].node, (unsigned long long)events[i].elapsed_us,
                                    events[i].tag);
        message_bytes(answer, line, length > 0 ? (size_t)length : 0);
    }
    message_bytes(answer, "\n", 1);
}

/* Events of another layout would not look like events. */
static bool are_events(const struct event *events, int count)
{
    for (int i = 0; i < count; i++) {
        const int type = events[i].type;
        if (events[i].tag == NULL || type < 1 || type > LAST_EVENT || (type & (type - 1)) != 0 ||
            events[i].source < 0 || events[i].source > LAST_SOURCE) {
            return false;
        }
    }
    return true;
}

static bool put_run(const struct profiler *profiler, struct message *answer, struct failure *failure)
{
    int count;
    if (!litert_works(profiler->count(profiler->own, &count), failure)) {
        return false;
    }
    if (count < 0 || count > MOST_EVENTS) {
        return refuse(failure, ERROR_UNSUPPORTED, "LiteRT's profiler tells of more events than can be taken.");
    }
    struct event *events = calloc((size_t)count + 1, MOST_EVENT_BYTES);
    if (events == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    bool done = litert_works(profiler->tell(profiler->own, count, events), failure);
    if (done && !are_events(events, count)) {
        done = refuse(failure, ERROR_UNSUPPORTED, "This version of LiteRT has a profiler that the runner cannot read.");
    }
    if (done) {
        put_events(events, count, answer);
    }
    free(events);
    return done && litert_works(profiler->reset(profiler->own), failure); /* which stops it as well */
}

static bool put_outputs(const struct litert *own, struct message *answer, struct failure *failure)
{
    message_u32(answer, (uint32_t)own->count);
    for (size_t i = 0; i < own->count; i++) {
        void *data;
        if (!litert_works(own->lock_tensor_buffer(own->outputs[i], &data, FOR_READING), failure) ||
            !put_output(answer, &own->told[i], data, failure) ||
            !litert_works(own->unlock_tensor_buffer(own->outputs[i]), failure)) {
            return false;
        }
    }
    return true;
}

static bool run_timed(struct litert *own, struct message *answer, struct failure *failure)
{
    struct profiler profiler;
    const size_t at = answer->size;
    message_u32(answer, 0); /* bytes: not counted yet */
    if (!find_profiler(own, &profiler, failure)) {
        return false;
    }
    const uint64_t start = platform_now_ns();
    for (int runs = 0; traces_on(true, runs, start); runs++) {
        if (!litert_works(profiler.start(profiler.own), failure) || !litert_run(own, failure) ||
            !put_run(&profiler, answer, failure)) {
            return false;
        }
    }
    const uint32_t bytes = (uint32_t)(answer->size - at - sizeof bytes);
    if (!answer->failed) {
        memcpy(answer->data + at, &bytes, sizeof bytes);
    }
    return true;
}

bool litert_trace(void *of, struct exchange *exchange, const unsigned char *pixels, bool is_timed,
                  struct message *answer, struct failure *failure)
{
    struct litert *traced = malloc(sizeof *traced);
    if (traced == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    *traced = *(const struct litert *)of;
    traced->model = traced->compiled = traced->input = NULL;
    traced->file = NULL;
    traced->count = 0;
    memset(traced->outputs, 0, sizeof traced->outputs);
    const struct file_request *request = &exchange->request;
    bool done = litert_prepare(traced, exchange, request->file, request->file_size, MAX_OPERATORS, is_timed, failure) &&
                litert_put(traced, exchange, pixels, failure) && litert_run(traced, failure) &&
                put_outputs(traced, answer, failure);
    if (done && is_timed) {
        done = run_timed(traced, answer, failure);
    } else if (done) {
        message_u32(answer, 0);
    }
    litert_unload(traced);
    free(traced);
    return done;
}
