/* ONNX Runtime, through its C API.
 *
 * What is used of it is declared here, so that nothing is needed to build: the places of functions in OrtApi never
 * change (include/onnxruntime/core/session/onnxruntime_c_api.h of github.com/microsoft/onnxruntime, MIT license), and
 * all of these have been there since its first version.
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define API_VERSION 1
#define LOG_ERRORS 3
#define SEQUENTIAL 0
#define ALL_OPTIMIZATIONS 99
#define ARENA_ALLOCATOR 1
#define DEFAULT_MEMORY 0
#define TYPE_FLOAT 1
#define TYPE_UINT8 2
#define TYPE_INT8 3
#define STATUS_NOT_IMPLEMENTED 9

struct status;    /* OrtStatus: NULL where nothing went wrong */
struct env;       /* OrtEnv */
struct options;   /* OrtSessionOptions */
struct session;   /* OrtSession */
struct value;     /* OrtValue */
struct type_info; /* OrtTypeInfo */
struct tensor_info;
struct memory_info;
struct allocator;

typedef struct status *get_count(const struct session *, size_t *);
typedef struct status *get_type(const struct session *, size_t, struct type_info **);
typedef struct status *get_name(const struct session *, size_t, struct allocator *, char **);
typedef struct status *set_number(struct options *, int);

/* OrtApi, up to what is used of it. */
struct api {
    void *unused_0[1];
    int (*get_error_code)(const struct status *);
    const char *(*get_error_message)(const struct status *);
    struct status *(*create_env)(int, const char *, struct env **);
    void *unused_4[2];
    struct status *(*disable_telemetry_events)(const struct env *);
    void *unused_7[1];
    struct status *(*create_session_from_array)(const struct env *, const void *, size_t, const struct options *,
                                                struct session **);
    struct status *(*run)(struct session *, const void *, const char *const *, const struct value *const *, size_t,
                          const char *const *, size_t, struct value **);
    struct status *(*create_session_options)(struct options **);
    void *unused_11[2];
    set_number *set_session_execution_mode;
    void *unused_14[9];
    set_number *set_session_graph_optimization_level;
    set_number *set_intra_op_num_threads;
    set_number *set_inter_op_num_threads;
    void *unused_26[4];
    get_count *session_get_input_count;
    get_count *session_get_output_count;
    void *unused_32[1];
    get_type *session_get_input_type_info;
    get_type *session_get_output_type_info;
    void *unused_35[1];
    get_name *session_get_input_name;
    get_name *session_get_output_name;
    void *unused_38[11];
    struct status *(*create_tensor_with_data)(const struct memory_info *, void *, size_t, const int64_t *, size_t, int,
                                              struct value **);
    void *unused_50[5];
    struct status *(*cast_type_info_to_tensor_info)(const struct type_info *, const struct tensor_info **);
    void *unused_56[4];
    struct status *(*get_tensor_element_type)(const struct tensor_info *, int *);
    struct status *(*get_dimensions_count)(const struct tensor_info *, size_t *);
    struct status *(*get_dimensions)(const struct tensor_info *, int64_t *, size_t);
    void *unused_63[6];
    struct status *(*create_cpu_memory_info)(int, int, struct memory_info **);
    void *unused_70[6];
    struct status *(*allocator_free)(struct allocator *, void *);
    void *unused_77[1];
    struct status *(*get_allocator)(struct allocator **);
    void *unused_79[14];
    void (*release_status)(struct status *);
    void *unused_94[1];
    void (*release_session)(struct session *);
    void (*release_value)(struct value *);
    void *unused_97[1];
    void (*release_type_info)(struct type_info *);
    void *unused_99[1];
    void (*release_session_options)(struct options *);
};

_Static_assert(offsetof(struct api, release_session_options) == 100 * sizeof(void *), "A place in OrtApi is wrong.");

struct api_base {
    const struct api *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
};

/* One end of a session. */
struct end {
    char *name;
    void *data;
    struct value *value; /* stands for the data */
};

struct own {
    const struct api *api;
    const char *version;
    struct env *env;
    struct allocator *allocator;
    struct memory_info *memory;
    int threads;
    struct session *session;
    struct end input, output;
};

static bool done(const struct own *own, struct status *status, enum error_code code, const char *sentence,
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

#define STARTS(status) done(own, status, ERROR_UNAVAILABLE, "ONNX Runtime does not start", failure)
#define LOADS(status) done(own, status, ERROR_BAD_NETWORK, "ONNX Runtime refuses the file", failure)

static void *open(const struct library *library, int threads, struct failure *failure)
{
    const struct api_base *(*get_base)(void);
    if (!find_function(library, "OrtGetApiBase", &get_base, failure)) {
        return NULL;
    }
    struct own *own = calloc(1, sizeof *own);
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
    return ((const struct own *)own)->version;
}

static bool create_session(struct own *own, const unsigned char *file, size_t size, struct failure *failure)
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
                         LOADS(api->create_session_from_array(own->env, file, size, options, &own->session));
    api->release_session_options(options);
    return created;
}

static bool describe_type(const struct own *own, const struct type_info *type, struct tensor *tensor,
                          struct failure *failure)
{
    const struct api *api = own->api;
    const struct tensor_info *info;
    int element;
    if (!LOADS(api->cast_type_info_to_tensor_info(type, &info))) {
        return false;
    }
    if (info == NULL) {
        return refuse(failure, ERROR_UNSUPPORTED, "An input or an output of the file is no tensor.");
    }
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

static bool describe(const struct own *own, get_count *count, get_type *type_of, get_name *name_of, struct end *end,
                     struct tensor *tensor, struct failure *failure)
{
    size_t ends;
    struct type_info *type;
    if (!LOADS(count(own->session, &ends))) {
        return false;
    }
    if (ends != 1) {
        return refuse(failure, ERROR_UNSUPPORTED, "The file has other than one input and one output.");
    }
    if (!LOADS(name_of(own->session, 0, own->allocator, &end->name)) || !LOADS(type_of(own->session, 0, &type))) {
        return false;
    }
    const bool described = describe_type(own, type, tensor, failure);
    own->api->release_type_info(type);
    return described;
}

static bool make_value(const struct own *own, struct end *end, const struct tensor *tensor, struct failure *failure)
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

static bool load(void *of, const unsigned char *file, size_t size, struct exchange *exchange, struct failure *failure)
{
    struct own *own = of;
    const struct api *api = own->api;
    return create_session(own, file, size, failure) &&
           describe(own, api->session_get_input_count, api->session_get_input_type_info, api->session_get_input_name,
                    &own->input, &exchange->input, failure) &&
           describe(own, api->session_get_output_count, api->session_get_output_type_info,
                    api->session_get_output_name, &own->output, &exchange->output, failure) &&
           settle(exchange, failure) && make_value(own, &own->input, &exchange->input, failure) &&
           make_value(own, &own->output, &exchange->output, failure);
}

static void free_end(const struct own *own, struct end *end)
{
    if (end->value != NULL) {
        own->api->release_value(end->value);
    }
    free(end->data);
    if (end->name != NULL) {
        struct status *status = own->api->allocator_free(own->allocator, end->name);
        if (status != NULL) {
            own->api->release_status(status);
        }
    }
    *end = (struct end){0};
}

static void unload(void *of)
{
    struct own *own = of;
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
    struct own *own = of;
    const char *const names[] = {own->input.name, own->output.name};
    const struct value *const inputs[] = {own->input.value};
    exchange->put(exchange, pixels, own->input.data);
    if (!done(own, own->api->run(own->session, NULL, names, inputs, 1, names + 1, 1, &own->output.value), ERROR_FAILED,
              "ONNX Runtime failed", failure)) {
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
    .unload = unload,
    .run = run,
};
