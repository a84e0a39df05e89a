/* ONNX Runtime: what one image makes of a file whose every output is told, and its profiler's times.
 *
 * Its profiler writes a file as long as its session lives, and a session's profile can be ended once: so a traced file
 * gets a session of its own.
 */
#include "onnxruntime.h"

#include "platform.h"
#include "scratch.h"

struct traced {
    struct onnxruntime own;
    size_t count;
    char *names[MAX_OPERATORS]; /* of the outputs */
    struct value *values[MAX_OPERATORS];
};

static void release_values(struct traced *traced)
{
    for (size_t i = 0; i < traced->count; i++) {
        if (traced->values[i] != NULL) {
            traced->own.api->release_value(traced->values[i]);
        }
        traced->values[i] = NULL;
    }
}

static bool name_outputs(struct traced *traced, struct failure *failure)
{
    const struct onnxruntime *own = &traced->own;
    size_t count;
    if (!LOADS(own->api->session_get_output_count(own->session, &count))) {
        return false;
    }
    for (; traced->count < count; traced->count++) {
        char **name = &traced->names[traced->count];
        if (!LOADS(own->api->session_get_output_name(own->session, traced->count, own->allocator, name))) {
            return false;
        }
    }
    return true;
}

static bool run(struct traced *traced, bool is_timed, struct failure *failure)
{
    const struct onnxruntime *own = &traced->own;
    const char *const input = own->input.name;
    const struct value *const image = own->input.value;
    const uint64_t start = platform_now_ns();
    for (int runs = 0; traces_on(is_timed, runs, start); runs++) {
        release_values(traced);
        if (!RUNS(own->api->run(own->session, NULL, &input, &image, 1, (const char *const *)traced->names,
                                traced->count, traced->values))) {
            return false;
        }
    }
    return true;
}

static bool put_value(const struct onnxruntime *own, struct value *value, struct message *answer,
                      struct failure *failure)
{
    struct tensor tensor = {0};
    struct tensor_info *info;
    void *data;
    if (!RUNS(own->api->get_tensor_type_and_shape(value, &info))) {
        return false;
    }
    const bool described = onnxruntime_describe(own, info, &tensor, failure);
    own->api->release_tensor_info(info);
    return described && RUNS(own->api->get_tensor_mutable_data(value, &data)) &&
           put_output(answer, &tensor, data, failure);
}

static bool put_values(const struct traced *traced, struct message *answer, struct failure *failure)
{
    message_u32(answer, (uint32_t)traced->count);
    for (size_t i = 0; i < traced->count; i++) {
        if (!put_value(&traced->own, traced->values[i], answer, failure)) {
            return false;
        }
    }
    return true;
}

static bool put_profile(const struct onnxruntime *own, struct scratch *scratch, struct message *answer,
                        struct failure *failure)
{
    char *path;
    if (scratch == NULL) {
        message_u32(answer, 0);
        return true;
    }
    if (!RUNS(own->api->session_end_profiling(own->session, own->allocator, &path))) {
        return false;
    }
    onnxruntime_free_text(own, path);
    return scratch_read(scratch, answer, failure);
}

static bool trace(struct traced *traced, struct exchange *exchange, const unsigned char *pixels,
                  struct scratch *scratch, struct message *answer, struct failure *failure)
{
    struct onnxruntime *own = &traced->own;
    const struct file_request *request = &exchange->request;
    const void *profile = scratch != NULL ? scratch_prefix(scratch) : NULL;
    if (!onnxruntime_create_session(own, request->file, request->file_size, profile, failure)) {
        return false;
    }
    if (scratch != NULL) {
        scratch_hide(scratch);
    }
    if (!onnxruntime_settle(own, exchange, MAX_OPERATORS, failure) || !name_outputs(traced, failure)) {
        return false;
    }
    exchange->put(exchange, pixels, own->input.data);
    return run(traced, scratch != NULL, failure) && put_values(traced, answer, failure) &&
           put_profile(own, scratch, answer, failure);
}

bool onnxruntime_trace(void *of, struct exchange *exchange, const unsigned char *pixels, bool is_timed,
                       struct message *answer, struct failure *failure)
{
    const struct onnxruntime *own = of;
    struct traced traced = {.own = *own};
    struct scratch scratch;
    traced.own.session = NULL;
    traced.own.input = traced.own.output = (struct end){0};
    if (is_timed && !scratch_make(&scratch, failure)) {
        return false;
    }
    const bool done = trace(&traced, exchange, pixels, is_timed ? &scratch : NULL, answer, failure);
    release_values(&traced);
    for (size_t i = 0; i < traced.count; i++) {
        onnxruntime_free_text(own, traced.names[i]);
    }
    onnxruntime_unload(&traced.own);
    if (is_timed) {
        scratch_remove(&scratch);
    }
    return done;
}
