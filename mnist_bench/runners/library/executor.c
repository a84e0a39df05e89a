/* What the session asks of the library runner: a file, an engine of another program, pixels in and logits out. */
#include "own_executor.h"

#include <string.h>

#include "loading.h"
#include "platform.h"

#define LONG_RUN_NS 20000000 /* for the first image, which takes longer than those behind it */

const uint8_t executor_load_kind = KIND_LOAD_FILE;
const uint8_t executor_trace_kind = KIND_TRACE_FILE;

void executor_start(struct executor *executor, const struct engine *engine, const char *library_path, int threads,
                    const char *version)
{
    struct library library = {.title = engine->title};
    *executor = (struct executor){.engine = engine, .threads = threads, .version = version};
    if (engine->variable != NULL) {
        set_variable(engine->variable);
    }
    if (open_library(&library, library_path, &executor->why)) {
        executor->own = engine->open(&library, threads, &executor->why);
    }
}

bool executor_describe(const struct executor *executor, struct description *description, struct failure *failure)
{
    static const char *const capabilities[] = {"fp32", "int8", "trace", NULL};
    if (executor->own == NULL) {
        *failure = executor->why;
        return false;
    }
    const char *version = executor->engine->version(executor->own);
    version = version != NULL ? version : executor->version;
    *description = (struct description){
        .program = executor->engine->program,
        .threads = (uint16_t)executor->threads,
        .capabilities = capabilities,
        .fact_count = version != NULL ? 1 : 0,
        .facts = {{executor->engine->name, version}},
    };
    return true;
}

static bool check_format(const struct engine *engine, const struct file_request *request, struct failure *failure)
{
    return (request->format_size == strlen(engine->format) &&
            memcmp(request->format, engine->format, request->format_size) == 0) ||
           refuse(failure, ERROR_UNSUPPORTED, "%s reads files of the format %s, not another program's.", engine->title,
                  engine->format);
}

static bool run_first(struct executor *executor, struct failure *failure)
{
    const unsigned char pixels[IMAGE_PIXELS] = {0};
    float logits[CLASSES];
    struct failure why;
    const uint64_t start = platform_now_ns();
    if (!executor->engine->run(executor->own, &executor->exchange, pixels, logits, &why)) {
        return refuse_with_words(failure, ERROR_UNSUPPORTED, "The file was read, but cannot be executed", why.sentence);
    }
    executor->is_slow = platform_now_ns() - start > LONG_RUN_NS;
    return true;
}

bool executor_load(struct executor *executor, const unsigned char *payload, size_t size, uint64_t *network_bytes,
                   struct failure *failure)
{
    struct exchange *exchange = &executor->exchange;
    *exchange = (struct exchange){0};
    executor_unload(executor);
    if (executor->own == NULL) {
        *failure = executor->why;
        return false;
    }
    if (!read_file_request(payload, size, &exchange->request, failure) ||
        !check_format(executor->engine, &exchange->request, failure)) {
        return false;
    }
    *network_bytes = exchange->request.file_size;
    executor->is_loaded = executor->engine->load(executor->own, exchange->request.file, exchange->request.file_size,
                                                 exchange, failure) &&
                          run_first(executor, failure);
    if (!executor->is_loaded) {
        executor->engine->unload(executor->own);
    }
    return executor->is_loaded;
}

void executor_unload(struct executor *executor)
{
    if (executor->is_loaded) {
        executor->engine->unload(executor->own);
    }
    executor->is_loaded = executor->is_slow = false;
}

bool executor_is_loaded(const struct executor *executor)
{
    return executor->is_loaded;
}

bool executor_loads_slowly(size_t size)
{
    (void)size; /* nobody knows how long an engine prepares a file */
    return true;
}

bool executor_runs_slowly(const struct executor *executor)
{
    return executor->is_slow;
}

uint32_t executor_block_images(const struct executor *executor)
{
    (void)executor;
    return 1;
}

bool executor_run(struct executor *executor, const unsigned char *pixels, uint32_t images, float *logits,
                  struct failure *failure)
{
    (void)images;
    return executor->engine->run(executor->own, &executor->exchange, pixels, logits, failure);
}

bool executor_trace(struct executor *executor, const unsigned char *payload, size_t size, struct message *answer,
                    struct failure *failure)
{
    struct exchange exchange = {0};
    uint16_t is_timed;
    const size_t head = sizeof is_timed + IMAGE_PIXELS;
    if (executor->own == NULL) {
        *failure = executor->why;
        return false;
    }
    if (size < head) {
        return refuse(failure, ERROR_BAD_PAYLOAD, "A payload is shorter than it should be.");
    }
    memcpy(&is_timed, payload, sizeof is_timed);
    if (is_timed > 1) {
        return refuse(failure, ERROR_BAD_PAYLOAD, "A trace asks for something else than times or none.");
    }
    return read_file_request(payload + head, size - head, &exchange.request, failure) &&
           check_format(executor->engine, &exchange.request, failure) &&
           executor->engine->trace(executor->own, &exchange, payload + sizeof is_timed, is_timed != 0, answer, failure);
}

uint64_t executor_peak(const struct executor *executor)
{
    (void)executor;
    return 0; /* whoever asks knows the native runner's */
}
