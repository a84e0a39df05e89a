/* What the runner knows of each kind of operator: its file, op_NAME.c, fills it in; tables.h lists the names. */
#ifndef MNIST_BENCH_OPERATOR_H
#define MNIST_BENCH_OPERATOR_H

#include "failure.h"
#include "network.h"
#include "plan.h"
#include "reader.h"

struct operator {
    uint32_t most_inputs; /* 0: exactly one; otherwise two at least */
    /* Its output has its input's shape, and each number depends on the one at its place alone (and on the channel), so
     * that it can be written over the input. */
    bool elementwise;
    bool runs_in_f16; /* its `plan` knows fp16; others are executed in float32 */
    /* int8: its output's quantization; otherwise it is its input's. */
    bool has_own_quantization;
    const struct quantization *fixed_quantization;

    /* Takes its fields and weights from `body` and checks all that can be checked of them alone. NULL: it has none. */
    bool (*decode)(struct reader *body, bool quantized, struct node *node, struct failure *failure);
    /* Sets its output's shape, and the node's work where that is not VALUE_WORK for each value of the output. NULL: the
     * shape that it reads. */
    bool (*set_shape)(const struct network *network, struct node *node, struct shape *shape, struct failure *failure);
    /* int8: whether it can run with these quantizations. NULL: whatever they are. */
    bool (*check_int8)(const struct network *network, const struct node *node, struct quantization own,
                       struct failure *failure);
    /* fp32: a bound of the sizes of its outputs and of all numbers that it computes on the way. `largest` is the largest
     * of its inputs' bounds, `sum` is their sum. NULL: the bound is `largest`. */
    double (*bound)(const struct node *node, double largest, double sum);
    /* The border that it wants around what it reads. NULL: none. */
    struct sides (*padding)(const struct node *node);
    /* Completes `step`, which has what node `index` reads, perhaps with the nodes behind it that are executed with it.
     * NULL: it is never executed. */
    void (*plan)(struct planning *planning, uint32_t index, struct step *step);
};

#define DECLARE(name, code) extern const struct operator operator_##name;
OPERATORS(DECLARE)
#undef DECLARE

/* The operator of this code on the stream, or NULL. */
const struct operator *operator_of(uint32_t code);

const char *operator_name(const struct operator *operator);

#endif
