/* LiteRT, through its C API.
 *
 * What is used of it is declared here, so that nothing is needed to build (litert/c/ of github.com/google-ai-edge/LiteRT,
 * Apache license 2.0). Every handle is a pointer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define ON_CPU 1
#define TYPE_FLOAT 1
#define TYPE_UINT8 3
#define TYPE_INT8 9
#define FOR_READING 0
#define FOR_WRITING 1
#define ONE_FOR_ALL 1 /* the kind of quantization that has one scale for all values */
#define OK 0
#define STATUS_NO_MEMORY 2
#define STATUS_UNSUPPORTED 5

/* LiteRtRankedTensorType. */
struct type {
    int element;
    unsigned axes : 7;
    unsigned has_strides : 1;
    int32_t shape[MOST_AXES];
    uint32_t strides[MOST_AXES];
};

_Static_assert(sizeof(struct type) == 72, "LiteRtRankedTensorType has 72 bytes.");

/* LiteRtLayout, which is also what follows the element in a LiteRtRankedTensorType. */
struct layout {
    unsigned axes : 7;
    unsigned has_strides : 1;
    int32_t shape[MOST_AXES];
    uint32_t strides[MOST_AXES];
};

_Static_assert(sizeof(struct layout) == 68, "LiteRtLayout has 68 bytes.");

/* LiteRtQuantizationPerTensor. */
struct quantization {
    float scale;
    int64_t zero_point;
};

typedef int get_part(void *of, size_t index, void **part);
typedef int get_count(void *of, size_t *count);
typedef int get_requirements(void *compiled, size_t signature, size_t index, void **requirements);
typedef void destroy(void *what);

struct own {
    /* Of LiteRt..., by their names there. */
    int (*create_environment)(int, const void *, void **);
    int (*create_model_from_buffer)(void *, const void *, size_t, void **);
    get_part *get_model_signature;
    int (*get_signature_subgraph)(void *, void **);
    get_count *get_num_subgraph_inputs, *get_num_subgraph_outputs;
    get_part *get_subgraph_input, *get_subgraph_output;
    int (*get_ranked_tensor_type)(void *, struct type *);
    int (*get_quantization_type_id)(void *, int *);
    int (*get_per_tensor_quantization)(void *, struct quantization *);
    int (*create_options)(void **);
    int (*set_options_hardware_accelerators)(void *, int);
    int (*create_opaque_options)(const char *, void *, destroy *, void **);
    int (*add_opaque_options)(void *, void *);
    int (*create_compiled_model)(void *, void *, void *, void **);
    int (*get_input_layout)(void *, size_t, size_t, struct layout *);
    int (*get_output_layouts)(void *, size_t, size_t, struct layout *, bool);
    get_requirements *get_input_requirements, *get_output_requirements;
    int (*create_buffer)(void *, const struct type *, void *, void **);
    int (*lock_tensor_buffer)(void *, void **, int);
    int (*unlock_tensor_buffer)(void *);
    int (*run_compiled_model)(void *, size_t, size_t, void **, size_t, void **);
    destroy *destroy_options, *destroy_compiled_model, *destroy_tensor_buffer, *destroy_model;

    void *environment;
    char options_text[32]; /* of XNNPACK: TOML */
    unsigned char *file;   /* that the model refers to */
    void *model, *compiled, *input, *output;
};

static bool find_functions(struct own *own, const struct library *library, struct failure *failure)
{
    const struct {
        const char *name;
        void *place;
    } functions[] = {
        {"LiteRtCreateEnvironment", &own->create_environment},
        {"LiteRtCreateModelFromBuffer", &own->create_model_from_buffer},
        {"LiteRtGetModelSignature", &own->get_model_signature},
        {"LiteRtGetSignatureSubgraph", &own->get_signature_subgraph},
        {"LiteRtGetNumSubgraphInputs", &own->get_num_subgraph_inputs},
        {"LiteRtGetNumSubgraphOutputs", &own->get_num_subgraph_outputs},
        {"LiteRtGetSubgraphInput", &own->get_subgraph_input},
        {"LiteRtGetSubgraphOutput", &own->get_subgraph_output},
        {"LiteRtGetRankedTensorType", &own->get_ranked_tensor_type},
        {"LiteRtGetQuantizationTypeId", &own->get_quantization_type_id},
        {"LiteRtGetPerTensorQuantization", &own->get_per_tensor_quantization},
        {"LiteRtCreateOptions", &own->create_options},
        {"LiteRtSetOptionsHardwareAccelerators", &own->set_options_hardware_accelerators},
        {"LiteRtCreateOpaqueOptions", &own->create_opaque_options},
        {"LiteRtAddOpaqueOptions", &own->add_opaque_options},
        {"LiteRtCreateCompiledModel", &own->create_compiled_model},
        {"LiteRtGetCompiledModelInputTensorLayout", &own->get_input_layout},
        {"LiteRtGetCompiledModelOutputTensorLayouts", &own->get_output_layouts},
        {"LiteRtGetCompiledModelInputBufferRequirements", &own->get_input_requirements},
        {"LiteRtGetCompiledModelOutputBufferRequirements", &own->get_output_requirements},
        {"LiteRtCreateManagedTensorBufferFromRequirements", &own->create_buffer},
        {"LiteRtLockTensorBuffer", &own->lock_tensor_buffer},
        {"LiteRtUnlockTensorBuffer", &own->unlock_tensor_buffer},
        {"LiteRtRunCompiledModel", &own->run_compiled_model},
        {"LiteRtDestroyOptions", &own->destroy_options},
        {"LiteRtDestroyCompiledModel", &own->destroy_compiled_model},
        {"LiteRtDestroyTensorBuffer", &own->destroy_tensor_buffer},
        {"LiteRtDestroyModel", &own->destroy_model},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (!find_function(library, functions[i].name, functions[i].place, failure)) {
            return false;
        }
    }
    return true;
}

static void *open(const struct library *library, int threads, struct failure *failure)
{
    struct own *own = calloc(1, sizeof *own);
    if (own == NULL) {
        refuse(failure, ERROR_UNAVAILABLE, "The runner has not enough memory for LiteRT.");
        return NULL;
    }
    if (find_functions(own, library, failure)) {
        const int status = own->create_environment(0, NULL, &own->environment);
        if (status == OK) {
            snprintf(own->options_text, sizeof own->options_text, "num_threads = %d\n", threads);
            return own;
        }
        refuse(failure, ERROR_UNAVAILABLE, "LiteRT does not start (status %d).", status);
    }
    free(own);
    return NULL;
}

static const char *version(const void *own)
{
    (void)own; /* its library does not tell */
    return NULL;
}

static bool loads(int status, const char *step, struct failure *failure)
{
    const enum error_code code = status == STATUS_UNSUPPORTED ? ERROR_UNSUPPORTED
                                 : status == STATUS_NO_MEMORY ? ERROR_FAILED
                                                              : ERROR_BAD_NETWORK;
    return status == OK || refuse(failure, code, "LiteRT refuses the file: %s failed with status %d.", step, status);
}

static bool read_model(struct own *own, const unsigned char *file, size_t size, struct failure *failure)
{
    own->file = malloc(size != 0 ? size : 1);
    if (own->file == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    memcpy(own->file, file, size);
    return loads(own->create_model_from_buffer(own->environment, own->file, size, &own->model), "reading it", failure);
}

static bool describe_tensor(const struct own *own, void *of, struct tensor *tensor, struct failure *failure)
{
    struct type type;
    struct quantization quantization;
    int kind;
    if (!loads(own->get_ranked_tensor_type(of, &type), "asking for a tensor's type", failure) ||
        !loads(own->get_quantization_type_id(of, &kind), "asking for a tensor's quantization", failure)) {
        return false;
    }
    tensor->element = type.element == TYPE_FLOAT   ? ELEMENT_FLOAT
                      : type.element == TYPE_UINT8 ? ELEMENT_UINT8
                      : type.element == TYPE_INT8  ? ELEMENT_INT8
                                                   : ELEMENT_OTHER;
    tensor->axes = type.axes;
    for (size_t axis = 0; axis < type.axes && axis < MOST_AXES; axis++) {
        tensor->shape[axis] = type.shape[axis];
    }
    if (kind == ONE_FOR_ALL) {
        if (!loads(own->get_per_tensor_quantization(of, &quantization), "asking for a tensor's scale", failure)) {
            return false;
        }
        tensor->is_quantized = true;
        tensor->scale = quantization.scale;
        tensor->zero_point = quantization.zero_point;
    }
    return true;
}

static bool describe(const struct own *own, void *subgraph, get_count *count, get_part *part, struct tensor *tensor,
                     struct failure *failure)
{
    size_t ends;
    void *end;
    if (!loads(count(subgraph, &ends), "asking for its inputs and outputs", failure)) {
        return false;
    }
    if (ends != 1) {
        return refuse(failure, ERROR_UNSUPPORTED, "The file has other than one input and one output.");
    }
    return loads(part(subgraph, 0, &end), "asking for its inputs and outputs", failure) &&
           describe_tensor(own, end, tensor, failure);
}

static void keep(void *text)
{
    (void)text; /* it lives as long as the runner */
}

static bool compile(struct own *own, struct failure *failure)
{
    void *options, *xnnpack;
    if (!loads(own->create_options(&options), "making its options", failure)) {
        return false;
    }
    const bool compiled =
        loads(own->set_options_hardware_accelerators(options, ON_CPU), "choosing the processor", failure) &&
        loads(own->create_opaque_options("xnnpack", own->options_text, keep, &xnnpack), "making options", failure) &&
        loads(own->add_opaque_options(options, xnnpack), "choosing the number of threads", failure) &&
        loads(own->create_compiled_model(own->environment, own->model, options, &own->compiled), "preparing it",
              failure);
    own->destroy_options(options);
    return compiled;
}

static bool has_shape(const struct layout *layout, const struct tensor *tensor)
{
    bool same = layout->axes == tensor->axes;
    for (size_t axis = 0; same && axis < tensor->axes; axis++) {
        same = layout->shape[axis] == tensor->shape[axis];
    }
    return same;
}

/* LiteRT makes buffers of the shapes that the file states, and writes what the graph makes: both must be the same. */
static bool check_shapes(const struct own *own, const struct exchange *exchange, struct failure *failure)
{
    struct layout input, output;
    const int status = own->get_output_layouts(own->compiled, 0, 1, &output, true); /* prepares the graph */
    if (status != OK) {
        return refuse(failure, ERROR_UNSUPPORTED,
                      "The file was read, but cannot be executed: LiteRT failed with status %d.", status);
    }
    return loads(own->get_input_layout(own->compiled, 0, 0, &input), "asking for its input's shape", failure) &&
           ((has_shape(&input, &exchange->input) && has_shape(&output, &exchange->output)) ||
            refuse(failure, ERROR_BAD_NETWORK, "The file states other shapes than its graph makes."));
}

static bool make_buffer(const struct own *own, get_requirements *ask, const struct tensor *tensor, void **buffer,
                        struct failure *failure)
{
    struct type type = {.axes = (unsigned)tensor->axes & 127};
    void *requirements;
    type.element = tensor->element == ELEMENT_FLOAT  ? TYPE_FLOAT
                   : tensor->element == ELEMENT_INT8 ? TYPE_INT8
                                                     : TYPE_UINT8;
    for (size_t axis = 0; axis < tensor->axes; axis++) {
        type.shape[axis] = (int32_t)tensor->shape[axis];
    }
    return loads(ask(own->compiled, 0, 0, &requirements), "asking for a buffer's size", failure) &&
           loads(own->create_buffer(own->environment, &type, requirements, buffer), "making a buffer", failure);
}

static bool load(void *of, const unsigned char *file, size_t size, struct exchange *exchange, struct failure *failure)
{
    struct own *own = of;
    void *signature, *subgraph;
    return read_model(own, file, size, failure) &&
           loads(own->get_model_signature(own->model, 0, &signature), "asking for its signature", failure) &&
           loads(own->get_signature_subgraph(signature, &subgraph), "asking for its graph", failure) &&
           describe(own, subgraph, own->get_num_subgraph_inputs, own->get_subgraph_input, &exchange->input, failure) &&
           describe(own, subgraph, own->get_num_subgraph_outputs, own->get_subgraph_output, &exchange->output,
                    failure) &&
           settle(exchange, failure) && compile(own, failure) && check_shapes(own, exchange, failure) &&
           make_buffer(own, own->get_input_requirements, &exchange->input, &own->input, failure) &&
           make_buffer(own, own->get_output_requirements, &exchange->output, &own->output, failure);
}

static void unload(void *of)
{
    struct own *own = of;
    void **const parts[] = {&own->input, &own->output, &own->compiled, &own->model};
    destroy *const destroys[] = {own->destroy_tensor_buffer, own->destroy_tensor_buffer, own->destroy_compiled_model,
                                 own->destroy_model};
    for (int i = 0; i < 4; i++) {
        if (*parts[i] != NULL) {
            destroys[i](*parts[i]);
        }
        *parts[i] = NULL;
    }
    free(own->file);
    own->file = NULL;
}

static bool works(int status, struct failure *failure)
{
    return status == OK || refuse(failure, ERROR_FAILED, "LiteRT failed with status %d.", status);
}

static bool run(void *of, const struct exchange *exchange, const unsigned char *pixels, float *logits,
                struct failure *failure)
{
    struct own *own = of;
    void *input, *output;
    if (!works(own->lock_tensor_buffer(own->input, &input, FOR_WRITING), failure)) {
        return false;
    }
    exchange->put(exchange, pixels, input);
    if (!works(own->unlock_tensor_buffer(own->input), failure) ||
        !works(own->run_compiled_model(own->compiled, 0, 1, &own->input, 1, &own->output), failure) ||
        !works(own->lock_tensor_buffer(own->output, &output, FOR_READING), failure)) {
        return false;
    }
    take_logits(exchange, output, logits);
    return works(own->unlock_tensor_buffer(own->output), failure);
}

const struct engine engine_litert = {
    .name = "litert",
    .title = "LiteRT",
    .program = "mnist-bench litert",
    .format = "tflite",
    .open = open,
    .version = version,
    .load = load,
    .unload = unload,
    .run = run,
};
