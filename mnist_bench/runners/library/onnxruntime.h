/* ONNX Runtime's C API, and what its two files share.
 *
 * What is used of it is declared here, so that nothing is needed to build: the places of functions in OrtApi never
 * change (include/onnxruntime/core/session/onnxruntime_c_api.h of github.com/microsoft/onnxruntime, MIT license), and
 * all of these have been there since its first versions.
 */
#ifndef MNIST_BENCH_ONNXRUNTIME_H
#define MNIST_BENCH_ONNXRUNTIME_H

#include "engine.h"

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
    struct status *(*enable_profiling)(struct options *, const void *prefix);
    void *unused_15[8];
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
    void *unused_50[1];
    struct status *(*get_tensor_mutable_data)(struct value *, void **);
    void *unused_52[3];
    struct status *(*cast_type_info_to_tensor_info)(const struct type_info *, const struct tensor_info **);
    void *unused_56[4];
    struct status *(*get_tensor_element_type)(const struct tensor_info *, int *);
    struct status *(*get_dimensions_count)(const struct tensor_info *, size_t *);
    struct status *(*get_dimensions)(const struct tensor_info *, int64_t *, size_t);
    void *unused_63[2];
    struct status *(*get_tensor_type_and_shape)(const struct value *, struct tensor_info **);
    void *unused_66[3];
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
    void (*release_tensor_info)(struct tensor_info *);
    void (*release_session_options)(struct options *);
    void *unused_101[9];
    struct status *(*session_end_profiling)(struct session *, struct allocator *, char **);
    void *unused_111[19];
    struct status *(*add_session_config_entry)(struct options *, const char *, const char *);
};

_Static_assert(offsetof(struct api, add_session_config_entry) == 130 * sizeof(void *), "A place in OrtApi is wrong.");

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

struct onnxruntime {
    const struct api *api;
    const char *version;
    struct env *env;
    struct allocator *allocator;
    struct memory_info *memory;
    int threads;
    struct session *session;
    struct end input, output;
};

/* Whether nothing went wrong; else `failure` has the sentence and ONNX Runtime's own words, and the status is freed. */
bool onnxruntime_did(const struct onnxruntime *own, struct status *status, enum error_code code, const char *sentence,
                     struct failure *failure);

#define LOADS(status) onnxruntime_did(own, status, ERROR_BAD_NETWORK, "ONNX Runtime refuses the file", failure)
#define RUNS(status) onnxruntime_did(own, status, ERROR_FAILED, "ONNX Runtime failed", failure)

/* Make a session of a file, whose profile goes to a file that begins with `profile` (NULL: none is written). */
bool onnxruntime_create_session(struct onnxruntime *own, const unsigned char *file, size_t size, const void *profile,
                                struct failure *failure);

/* Describe the session's first input and first output, settle the exchange, and make a value for the input. */
bool onnxruntime_settle(struct onnxruntime *own, struct exchange *exchange, size_t most_outputs,
                        struct failure *failure);

/* What a tensor holds, and its shape. */
bool onnxruntime_describe(const struct onnxruntime *own, const struct tensor_info *info, struct tensor *tensor,
                          struct failure *failure);

/* Free a text that ONNX Runtime allocated; NULL is none. */
void onnxruntime_free_text(const struct onnxruntime *own, char *text);

/* Release session and values; the session may be none. */
void onnxruntime_unload(void *own);

/* As engine.h asks for it (trace_onnxruntime.c). */
bool onnxruntime_trace(void *own, struct exchange *exchange, const unsigned char *pixels, bool is_timed,
                       struct message *answer, struct failure *failure);

#endif
