/* LiteRT's C API, and what its two files share.
 *
 * What is used of it is declared here, so that nothing is needed to build (litert/c/ of github.com/google-ai-edge/LiteRT,
 * Apache license 2.0). Every handle is a pointer. Windows' libraries before 2.2.0 have another LiteRtLayout.
 */
#ifndef MNIST_BENCH_LITERT_H
#define MNIST_BENCH_LITERT_H

#include "engine.h"

#define LITERT_OK 0
#define FOR_READING 0
#define FOR_WRITING 1

/* LiteRtLayout. */
struct layout {
    unsigned axes : 7;
    unsigned has_strides : 1;
    int32_t shape[MOST_AXES];
    uint32_t strides[MOST_AXES];
};

_Static_assert(sizeof(struct layout) == 68, "LiteRtLayout has 68 bytes.");

/* LiteRtRankedTensorType. */
struct type {
    int element;
    struct layout layout;
};

_Static_assert(sizeof(struct type) == 72, "LiteRtRankedTensorType has 72 bytes.");

/* LiteRtQuantizationPerTensor. */
struct quantization {
    float scale;
    int64_t zero_point;
};

typedef int get_part(void *of, size_t index, void **part);
typedef int get_count(void *of, size_t *count);
typedef int get_requirements(void *compiled, size_t signature, size_t index, void **requirements);
typedef void destroy(void *what);

struct litert {
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

    struct library library;
    void *environment;
    char options_text[32]; /* of XNNPACK: TOML */
    unsigned char *file;   /* that the model refers to */
    void *model, *compiled, *input;
    size_t count; /* of the outputs, 1 but for a traced file, and what the file says of each */
    void *outputs[MAX_OPERATORS];
    struct tensor told[MAX_OPERATORS];
};

/* Whether a step of loading, or of running, went well; else `failure` says so. */
bool litert_loads(int status, const char *step, struct failure *failure);
bool litert_works(int status, struct failure *failure);

/* Make the exchange's file ready, with up to `most_outputs`, of which the first is the exchange's. */
bool litert_prepare(struct litert *own, struct exchange *exchange, const unsigned char *file, size_t size,
                    size_t most_outputs, bool is_profiled, struct failure *failure);

/* Put pixels into the input's buffer; run. */
bool litert_put(struct litert *own, const struct exchange *exchange, const unsigned char *pixels,
                struct failure *failure);
bool litert_run(struct litert *own, struct failure *failure);

/* Release what was prepared, also where that failed half-way. */
void litert_unload(void *own);

/* Make the variables of a .tflite file look like other tensors (variables.c), as far as its tables can be followed. */
void hide_variables(unsigned char *file, size_t size);

/* As engine.h asks for it (trace_litert.c). */
bool litert_trace(void *own, struct exchange *exchange, const unsigned char *pixels, bool is_timed,
                  struct message *answer, struct failure *failure);

#endif
