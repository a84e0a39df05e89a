/* A network made ready: its operators as steps, each with its buffers and packed weights, in one piece of memory. */
#ifndef MNIST_BENCH_PLAN_H
#define MNIST_BENCH_PLAN_H

#include <stddef.h>

#include "arena.h"
#include "failure.h"
#include "kernels.h"
#include "network.h"

/* Activations, NHWC, perhaps with a border that the convolutions which read them want. */
struct tensor {
    struct shape shape; /* behind a flatten that moved nothing: of the image, and flat */
    struct quantization quantization; /* int8 alone */
    size_t values;                    /* of its buffer, with the border */
    size_t row;                       /* values from a pixel to its lower neighbour */
    size_t origin;                    /* values from the buffer's start to the first pixel */
    void *buffer;                     /* float, half or uint8_t */
    bool is_image;                    /* as it came, or behind elementwise operators: always finite */
};

/* One operator, or several executed as one. */
struct step {
    void (*run)(const struct step *);
    uint32_t first, last;  /* its operators, by their place in the network */
    struct tensor in, out; /* elementwise steps work in place, if nobody else reads what they read */
    const void *own;       /* what this kind of step needs besides */
};

struct plan {
    enum precision precision;
    const struct kernels *kernels;
    uint32_t count;
    uint64_t parameter_bytes;
    void *memory; /* what all pointers point into */
    size_t memory_bytes;
    struct tensor input;
    const struct operator **operators; /* of the network, up to the logits */
    struct step *steps;
};

/* A plan without steps. */
void plan_start(struct plan *plan);

/* Make `network` ready for `kernels`, in fp16 for `f16_kernels` or, if NULL, in float32 between one operator and the
 * next; false and `failure` where there is not enough memory. The network is not needed any more then. */
bool plan_make(struct plan *plan, const struct network *network, const struct kernels *kernels,
               const struct f16_kernels *f16_kernels, struct failure *failure);

/* Give back the memory; the plan has no steps then. */
void plan_free(struct plan *plan);

/* Memory that steps may use while they run: the same for all, as large as any wants it. NULL while the arena counts. */
struct scratch {
    void *memory;
    uint64_t bytes;
};

/* The scratch memory, for a step that wants so many bytes of it. */
static inline void *scratch_for(struct scratch *scratch, uint64_t bytes)
{
    scratch->bytes = scratch->bytes < bytes ? bytes : scratch->bytes;
    return scratch->memory;
}

/* Activations' memory: of one value, then of another, once whoever read the first has run. */
struct buffer {
    void *memory;     /* NULL while the arena counts */
    uint64_t bytes;   /* 0: there is none */
    uint32_t readers; /* that have not run yet; 0: free */
    bool bordered;    /* then only a tensor of the same layout may have it next: the border is filled once */
    uint8_t border_byte;
    uint32_t height, width_values;
    size_t row, origin;
};

/* What becomes of a value, up to the one that elementwise operators make of it in place; and where it lies. */
struct planned_value {
    struct sides border; /* that its readers want */
    uint8_t border_byte; /* int8: what stands for zero there */
    bool only_linear;    /* nobody but linear operators reads it, so that its order is free */
    double bound;        /* fp32: none of its numbers is larger; infinite: they may be anything */
    uint32_t lies_in;    /* the buffer of this value: its own, or that of one before it */
    struct buffer buffer;
    struct tensor tensor; /* once it exists */
};

/* fp16: memory for float32 copies of what one step reads and puts out; all such steps share it. */
struct widening {
    bool wanted;         /* by the step that is planned now: its tensors are float32 */
    unsigned char *room; /* NULL while the arena counts */
    uint64_t used, most; /* bytes of it: by this step, and by any */
};

/* A plan in the making: what operators' `plan` functions work with. They run twice: while the arena counts, nothing is
 * written to what it gives out. */
struct planning {
    const struct network *network;
    const struct kernels *kernels;
    const struct f16_kernels *f16_kernels;
    struct arena arena;
    struct widening widening; /* fp16 */
    struct scratch scratch;
    uint64_t kept_bytes; /* of the arena, in front of the scratch memory */
    uint64_t cache_bytes, cached_bytes; /* second-level cache; packed weights so far that shall stay in it */
    struct planned_value values[MAX_OPERATORS + 1];
};

/* A tensor for `value`, in memory of its own. */
struct tensor new_tensor(struct planning *planning, uint32_t value);

/* The tensor for `value`, made of `read` without moving anything: in its memory. */
struct tensor same_memory(struct planning *planning, uint32_t read, uint32_t value);

/* Whether the node behind those up to `last` is this operator, reads their output, and nobody else does: then it may be
 * executed with them. */
bool can_fuse(const struct network *network, uint32_t last, const struct operator *operator);

#endif
