/* ONNX Runtime, through its C API. */
#include <stdlib.h>
#include <string.h>

#include "onnxruntime.h"
#include "x86.h"

#define API_VERSION 1
#define LOG_ERRORS 3
#define SEQUENTIAL 0
#define ALL_OPTIMIZATIONS 99
/* By default, x86 processors without VNNI add pairs of products in 16 bits, which are too few for int8. With it, none
 * uses VNNI. */
#define EXACT_SUMS "session.x64quantprecision"
#define ARENA_ALLOCATOR 1
#define DEFAULT_MEMORY 0
#define TYPE_FLOAT 1
#define TYPE_UINT8 2
#define TYPE_INT8 3
#define STATUS_NOT_IMPLEMENTED 9

bool onnxruntime_did(const struct onnxruntime *own, struct status *status, enum error_code code, const char *sentence,
                     struct failure *failure)
{
    if (status == NULL) {
        return true;
    }
    if (own->api->get_error_code(status) == STATUS_NOT_IMPLEMENTED) {
        code = ERROR_UNSUPPORTED;
    }
    refuse_with_words(failure, code, sentence, own->api->get_error_message(status));
    own->api->release_status(status);
    return false;
}

#define STARTS(status) onnxruntime_did(own, status, ERROR_UNAVAILABLE, "ONNX Runtime does not start", failure)

static void *open(const struct library *library, int threads, struct failure *failure)
{
    const struct api_base *(*get_base)(void);
    if (!find_function(library, "OrtGetApiBase", &get_base, failure)) {
        return NULL;
    }
    struct onnxruntime *own = calloc(1, sizeof *own);
    if (own == NULL) {
        refuse(failure, ERROR_UNAVAILABLE, "The runner has not enough memory for ONNX Runtime.");
        return NULL;
    }
    own->threads = threads;
    own->version = get_base()->get_version();
    own->api = get_base()->get_api(API_VERSION);
    if (own->api == NULL) {
        refuse(failure, ERROR_UNAVAILABLE, "This version of ONNX Runtime no longer has the functions of its first.");
    } else if (STARTS(own->api->create_env(LOG_ERRORS, "mnist-bench", &own->env)) &&
               STARTS(own->api->disable_telemetry_events(own->env)) &&
               STARTS(own->api->get_allocator(&own->allocator)) &&
               STARTS(own->api->create_cpu_memory_info(ARENA_ALLOCATOR, DEFAULT_MEMORY, &own->memory))) {
        return own;
    }
    free(own);
    return NULL;
}

static const char *version(const void *own)
{
    return ((const struct onnxruntime *)own)->version;
}

static bool needs_exact_sums(void)
{
#if defined(__x86_64__)
    return !x86_has_avxvnni() && !x86_has_avx512vnni();
#else
    return false;
#endif
}

bool onnxruntime_create_session(struct onnxruntime *own, const unsigned char *file, size_t size, const void *profile,
                                struct failure *failure)
{
    const struct api *api = own->api;
    struct options *options;
    if (!LOADS(api->create_session_options(&options))) {
        return false;
    }
    const bool created = LOADS(api->set_intra_op_num_threads(options, own->threads)) &&
                         LOADS(api->set_inter_op_num_threads(options, 1)) &&
                         LOADS(api->set_session_execution_mode(options, SEQUENTIAL)) &&
                         LOADS(api->set_session_graph_optimization_level(options, ALL_OPTIMIZATIONS)) &&
                         (!needs_exact_sums() || LOADS(api->add_session_config_entry(options, EXACT_SUMS, "1"))) &&
                         (profile == NULL || LOADS(api->enable_profiling(options, profile))) &&
                         LOADS(api->create_session_from_array(own->env, file, size, options, &own->session));
    api->release_session_options(options);
    return created;
}

bool onnxruntime_describe(const struct onnxruntime *own, const struct tensor_info *info, struct tensor *tensor,
                          struct failure *failure)
{
    const struct api *api = own->api;
    int element;
    if (!LOADS(api->get_tensor_element_type(info, &element)) ||
        !LOADS(api->get_dimensions_count(info, &tensor->axes))) {
        return false;
    }
    tensor->element = element == TYPE_FLOAT   ? ELEMENT_FLOAT
                      : element == TYPE_UINT8 ? ELEMENT_UINT8
                      : element == TYPE_INT8  ? ELEMENT_INT8
                                              : ELEMENT_OTHER;
    return tensor->axes > MOST_AXES || LOADS(api->get_dimensions(info, tensor->shape, tensor->axes));
}

static bool describe_type(const struct onnxruntime *own, const struct type_info *type, struct tensor *tensor,
                          struct failure *failure)
{
    const struct tensor_info *info;
    if (!LOADS(own->api->cast_type_info_to_tensor_info(type, &info))) {
        return false;
    }
    if (info == NULL) {
        return refuse(failure, ERROR_UNSUPPORTED, "An input or an output of the file is no tensor.");
    }
    return onnxruntime_describe(own, info, tensor, failure);
}

static bool describe_end(const struct onnxruntime *own, get_type *type_of, get_name *name_of, struct end *end,
                         struct tensor *tensor, struct failure *failure)
{
    struct type_info *type;
    if (!LOADS(name_of(own->session, 0, own->allocator, &end->name)) || !LOADS(type_of(own->session, 0, &type))) {
        return false;
    }
    const bool described = describe_type(own, type, tensor, failure);
    own->api->release_type_info(type);
    return described;
}

static bool make_value(const struct onnxruntime *own, struct end *end, const struct tensor *tensor, struct failure *failure)
{
    const size_t size = tensor_bytes(tensor);
    const int type = tensor->element == ELEMENT_FLOAT ? TYPE_FLOAT
                     : tensor->element == ELEMENT_INT8 ? TYPE_INT8
                                                       : TYPE_UINT8;
    end->data = calloc(1, size);
    if (end->data == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    return LOADS(own->api->create_tensor_with_data(own->memory, end->data, size, tensor->shape, tensor->axes, type,
                                                   &end->value));
}

bool onnxruntime_settle(struct onnxruntime *own, struct exchange *exchange, size_t most_outputs,
                        struct failure *failure)
{
    const struct api *api = own->api;
    size_t inputs, outputs;
    if (!LOADS(api->session_get_input_count(own->session, &inputs)) ||
        !LOADS(api->session_get_output_count(own->session, &outputs))) {
        return false;
    }
    if (inputs != 1 || outputs < 1 || outputs > most_outputs) {
        return refuse(failure, ERROR_UNSUPPORTED, "The file has other than one input and one output.");
    }
    return describe_end(own, api->session_get_input_type_info, api->session_get_input_name, &own->input,
                        &exchange->input, failure) &&
           describe_end(own, api->session_get_output_type_info, api->session_get_output_name, &own->output,
                        &exchange->output, failure) &&
           settle(exchange, failure) && make_value(own, &own->input, &exchange->input, failure);
}

static bool load(void *of, const unsigned char *file, size_t size, struct exchange *exchange, struct failure *failure)
{
    struct onnxruntime *own = of;
    return onnxruntime_create_session(own, file, size, NULL, failure) &&
           onnxruntime_settle(own, exchange, 1, failure) &&
           make_value(own, &own->output, &exchange->output, failure);
}

void onnxruntime_free_text(const struct onnxruntime *own, char *text)
{
    struct status *status = text != NULL ? own->api->allocator_free(own->allocator, text) : NULL;
    if (status != NULL) {
        own->api->release_status(status);
    }
}

static void free_end(const struct onnxruntime *own, struct end *end)
{
    if (end->value != NULL) {
        own->api->release_value(end->value);
    }
    free(end->data);
    onnxruntime_free_text(own, end->name);
    *end = (struct end){0};
}

void onnxruntime_unload(void *of)
{
    struct onnxruntime *own = of;
    free_end(own, &own->input);
    free_end(own, &own->output);
    if (own->session != NULL) {
        own->api->release_session(own->session);
    }
    own->session = NULL;
}

static bool run(void *of, const struct exchange *exchange, const unsigned char *pixels, float *logits,
                struct failure *failure)
{
    struct onnxruntime *own = of;
    const char *const names[] = {own->input.name, own->output.name};
    const struct value *const inputs[] = {own->input.value};
    exchange->put(exchange, pixels, own->input.data);
    if (!RUNS(own->api->run(own->session, NULL, names, inputs, 1, names + 1, 1, &own->output.value))) {
        return false;
    }
    take_logits(exchange, own->output.data, logits);
    return true;
}

const struct engine engine_onnxruntime = {
    .name = "onnxruntime",
    .title = "ONNX Runtime",
    .program = "mnist-bench onnxruntime",
    .format = "onnx",
    .variable = "ORT_DISABLE_TELEMETRY",
    .open = open,
    .version = version,
    .load = load,
    .unload = onnxruntime_unload,
    .run = run,
    .trace = onnxruntime_trace,
};
