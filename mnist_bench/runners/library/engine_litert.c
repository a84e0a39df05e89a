/* LiteRT, through its C API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litert.h"

#define ON_CPU 1
#define TYPE_FLOAT 1
#define TYPE_UINT8 3
#define TYPE_INT8 9
#define ONE_FOR_ALL 1 /* the kind of quantization that has one scale for all values */
#define STATUS_NO_MEMORY 2
#define STATUS_UNSUPPORTED 5

static bool find_functions(struct litert *own, const struct library *library, struct failure *failure)
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
    struct litert *own = calloc(1, sizeof *own);
    if (own == NULL) {
        refuse(failure, ERROR_UNAVAILABLE, "The runner has not enough memory for LiteRT.");
        return NULL;
    }
    own->library = *library;
    if (find_functions(own, library, failure)) {
        const int status = own->create_environment(0, NULL, &own->environment);
        if (status == LITERT_OK) {
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

bool litert_loads(int status, const char *step, struct failure *failure)
{
    const enum error_code code = status == STATUS_UNSUPPORTED ? ERROR_UNSUPPORTED
                                 : status == STATUS_NO_MEMORY ? ERROR_FAILED
                                                              : ERROR_BAD_NETWORK;
    return status == LITERT_OK ||
           refuse(failure, code, "LiteRT refuses the file: %s failed with status %d.", step, status);
}

static int create_model(struct litert *own, size_t size)
{
    return own->create_model_from_buffer(own->environment, own->file, size, &own->model);
}

static bool read_model(struct litert *own, const unsigned char *file, size_t size, struct failure *failure)
{
    own->file = malloc(size != 0 ? size : 1);
    if (own->file == NULL) {
        return refuse(failure, ERROR_FAILED, "The runner has not enough memory for this.");
    }
    memcpy(own->file, file, size);
    int status = create_model(own, size);
    if (status == STATUS_UNSUPPORTED) {
        /* It is a sound FlatBuffer, but LiteRT's own list of its tensors knows no variables. The interpreter beneath
         * does, and takes the graph from these bytes when the model is compiled. */
        hide_variables(own->file, size);
        status = create_model(own, size);
        memcpy(own->file, file, size);
    }
    return litert_loads(status, "reading it", failure);
}

static bool describe_tensor(const struct litert *own, void *of, struct tensor *tensor, struct failure *failure)
{
    struct type type;
    struct quantization quantization;
    int kind;
    if (!litert_loads(own->get_ranked_tensor_type(of, &type), "asking for a tensor's type", failure) ||
        !litert_loads(own->get_quantization_type_id(of, &kind), "asking for a tensor's quantization", failure)) {
        return false;
    }
    tensor->element = type.element == TYPE_FLOAT   ? ELEMENT_FLOAT
                      : type.element == TYPE_UINT8 ? ELEMENT_UINT8
                      : type.element == TYPE_INT8  ? ELEMENT_INT8
                                                   : ELEMENT_OTHER;
    tensor->axes = type.layout.axes;
    for (size_t axis = 0; axis < tensor->axes && axis < MOST_AXES; axis++) {
        tensor->shape[axis] = type.layout.shape[axis];
    }
    if (kind == ONE_FOR_ALL) {
        if (!litert_loads(own->get_per_tensor_quantization(of, &quantization), "asking for a tensor's scale",
                          failure)) {
            return false;
        }
        tensor->is_quantized = true;
        tensor->scale = quantization.scale;
        tensor->zero_point = quantization.zero_point;
    }
    return true;
}

static bool describe_ends(struct litert *own, struct exchange *exchange, size_t most_outputs, struct failure *failure)
{
    void *signature, *subgraph, *end;
    size_t inputs;
    if (!litert_loads(own->get_model_signature(own->model, 0, &signature), "asking for its signature", failure) ||
        !litert_loads(own->get_signature_subgraph(signature, &subgraph), "asking for its graph", failure) ||
        !litert_loads(own->get_num_subgraph_inputs(subgraph, &inputs), "asking for its inputs", failure) ||
        !litert_loads(own->get_num_subgraph_outputs(subgraph, &own->count), "asking for its outputs", failure)) {
        return false;
    }
    if (inputs != 1 || own->count < 1 || own->count > most_outputs) {
        own->count = 0;
        return refuse(failure, ERROR_UNSUPPORTED, "The file has other than one input and one output.");
    }
    for (size_t i = 0; i < own->count; i++) {
        own->told[i] = (struct tensor){0};
        if (!litert_loads(own->get_subgraph_output(subgraph, i, &end), "asking for its outputs", failure) ||
            !describe_tensor(own, end, &own->told[i], failure)) {
            return false;
        }
    }
    exchange->output = own->told[0];
    return litert_loads(own->get_subgraph_input(subgraph, 0, &end), "asking for its inputs", failure) &&
           describe_tensor(own, end, &exchange->input, failure);
}

static void keep(void *text)
{
    (void)text; /* it lives as long as the runner */
}

static bool choose(const struct litert *own, void *options, const char *kind, char *text, struct failure *failure)
{
    void *choice;
    return litert_loads(own->create_opaque_options(kind, text, keep, &choice), "making options", failure) &&
           litert_loads(own->add_opaque_options(options, choice), "choosing options", failure);
}

static bool compile(struct litert *own, bool is_profiled, struct failure *failure)
{
    static char profiled[] = "enable_profiling = true\n";
    void *options;
    if (!litert_loads(own->create_options(&options), "making its options", failure)) {
        return false;
    }
    const bool compiled =
        litert_loads(own->set_options_hardware_accelerators(options, ON_CPU), "choosing the processor", failure) &&
        choose(own, options, "xnnpack", own->options_text, failure) &&
        (!is_profiled || choose(own, options, "runtime_options_string", profiled, failure)) &&
        litert_loads(own->create_compiled_model(own->environment, own->model, options, &own->compiled),
                     "preparing it", failure);
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
static bool check_shapes(const struct litert *own, const struct exchange *exchange, struct failure *failure)
{
    struct layout input, outputs[MAX_OPERATORS];
    const int status = own->get_output_layouts(own->compiled, 0, own->count, outputs, true); /* prepares the graph */
    if (status != LITERT_OK) {
        return refuse(failure, ERROR_UNSUPPORTED,
                      "The file was read, but cannot be executed: LiteRT failed with status %d.", status);
    }
    if (!litert_loads(own->get_input_layout(own->compiled, 0, 0, &input), "asking for its input's shape", failure)) {
        return false;
    }
    bool same = has_shape(&input, &exchange->input);
    for (size_t i = 0; i < own->count; i++) {
        same = same && has_shape(&outputs[i], &own->told[i]);
    }
    return same || refuse(failure, ERROR_BAD_NETWORK, "The file states other shapes than its graph makes.");
}

static bool make_buffer(const struct litert *own, get_requirements *ask, size_t index, const struct tensor *tensor,
                        void **buffer, struct failure *failure)
{
    struct type type = {.layout.axes = (unsigned)tensor->axes & 127};
    void *requirements;
    type.element = tensor->element == ELEMENT_FLOAT  ? TYPE_FLOAT
                   : tensor->element == ELEMENT_INT8 ? TYPE_INT8
                                                     : TYPE_UINT8;
    for (size_t axis = 0; axis < tensor->axes; axis++) {
        type.layout.shape[axis] = (int32_t)tensor->shape[axis];
    }
    return litert_loads(ask(own->compiled, 0, index, &requirements), "asking for a buffer's size", failure) &&
           litert_loads(own->create_buffer(own->environment, &type, requirements, buffer), "making a buffer", failure);
}

static bool check_told(const struct litert *own, struct failure *failure)
{
    for (size_t i = 1; i < own->count; i++) {
        if (!check_output(&own->told[i], failure)) {
            return false;
        }
    }
    return true;
}

bool litert_prepare(struct litert *own, struct exchange *exchange, const unsigned char *file, size_t size,
                    size_t most_outputs, bool is_profiled, struct failure *failure)
{
    if (!read_model(own, file, size, failure) || !describe_ends(own, exchange, most_outputs, failure) ||
        !settle(exchange, failure) || !check_told(own, failure)) {
        return false;
    }
    own->told[0] = exchange->output;
    if (!compile(own, is_profiled, failure) || !check_shapes(own, exchange, failure) ||
        !make_buffer(own, own->get_input_requirements, 0, &exchange->input, &own->input, failure)) {
        return false;
    }
    for (size_t i = 0; i < own->count; i++) {
        if (!make_buffer(own, own->get_output_requirements, i, &own->told[i], &own->outputs[i], failure)) {
            return false;
        }
    }
    return true;
}

static bool load(void *of, const unsigned char *file, size_t size, struct exchange *exchange, struct failure *failure)
{
    return litert_prepare(of, exchange, file, size, 1, false, failure);
}

static void release(void **part, destroy *destroys)
{
    if (*part != NULL) {
        destroys(*part);
    }
    *part = NULL;
}

void litert_unload(void *of)
{
    struct litert *own = of;
    release(&own->input, own->destroy_tensor_buffer);
    for (size_t i = 0; i < own->count; i++) {
        release(&own->outputs[i], own->destroy_tensor_buffer);
    }
    own->count = 0;
    release(&own->compiled, own->destroy_compiled_model);
    release(&own->model, own->destroy_model);
    free(own->file);
    own->file = NULL;
}

bool litert_works(int status, struct failure *failure)
{
    return status == LITERT_OK || refuse(failure, ERROR_FAILED, "LiteRT failed with status %d.", status);
}

bool litert_put(struct litert *own, const struct exchange *exchange, const unsigned char *pixels,
                struct failure *failure)
{
    void *input;
    if (!litert_works(own->lock_tensor_buffer(own->input, &input, FOR_WRITING), failure)) {
        return false;
    }
    exchange->put(exchange, pixels, input);
    return litert_works(own->unlock_tensor_buffer(own->input), failure);
}

bool litert_run(struct litert *own, struct failure *failure)
{
    return litert_works(own->run_compiled_model(own->compiled, 0, 1, &own->input, own->count, own->outputs), failure);
}

static bool run(void *of, const struct exchange *exchange, const unsigned char *pixels, float *logits,
                struct failure *failure)
{
    struct litert *own = of;
    void *output;
    if (!litert_put(own, exchange, pixels, failure) || !litert_run(own, failure) ||
        !litert_works(own->lock_tensor_buffer(own->outputs[0], &output, FOR_READING), failure)) {
        return false;
    }
    take_logits(exchange, output, logits);
    return litert_works(own->unlock_tensor_buffer(own->outputs[0]), failure);
}

const struct engine engine_litert = {
    .name = "litert",
    .title = "LiteRT",
    .program = "mnist-bench litert",
    .format = "tflite",
    .open = open,
    .version = version,
    .load = load,
    .unload = litert_unload,
    .run = run,
    .trace = litert_trace,
};
