/* The self-test's cases: random operators, with weights and inputs. */
#ifndef MNIST_BENCH_TRIAL_H
#define MNIST_BENCH_TRIAL_H

#include "half.h"
#include "plan.h"

#define MAX_VALUES 20000 /* of a buffer */
#define MAX_WEIGHTS 120000
#define MAX_OUT 100

/* What a case works in; weights and biases are kept as they travel. */
struct room {
    uint64_t random;
    union {
        float f32[MAX_VALUES + KERNEL_SLACK];
        half f16[MAX_VALUES + KERNEL_SLACK];
        uint8_t q8[MAX_VALUES + KERNEL_SLACK];
    } in, out[2];
    union {
        float f32[MAX_WEIGHTS];
        int8_t q8[MAX_WEIGHTS];
    } weights;
    float biases[MAX_OUT], scales[MAX_OUT];
};

/* A case: an operator, what it reads and what it puts out. */
struct trial {
    struct weights weights;
    struct pair stride;
    struct tensor in, out;
    bool quantized, linear, relu, pool;
    const struct f16_kernels *f16; /* or NULL: they are compared with fp32 */
    bool extreme; /* int8: all weights and inputs as large as they can be; fp32: an input is infinite */
    uint32_t tile; /* of Winograd's way; 0: the direct way */
};

/* Values in a vector of the set's Winograd way; 0 without one. */
static inline uint32_t winograd_lanes(const struct kernels *kernels, bool quantized)
{
    return quantized ? kernels->q8_winograd : kernels->f32_winograd;
}

/* Pick an operator and its sizes, for a set or, if not NULL, for fp16's kernels. False where it is larger than its
 * room, or not executed in fp16: pick again. */
bool pick_trial(struct room *room, struct trial *trial, const struct kernels *kernels, const struct f16_kernels *f16,
                bool quantized);

/* Random weights and biases; int8: scales, too. */
void fill_weights(struct room *room, struct trial *trial);

/* A random input: the same one for the same `room->random`. For fp16 its numbers are fp16's, in float32. */
void fill_input(struct room *room, const struct trial *trial);

#endif
