/* The network that is loaded, and the kernels for it. */
#ifndef MNIST_BENCH_OWN_EXECUTOR_H
#define MNIST_BENCH_OWN_EXECUTOR_H

#include "executor.h"
#include "plan.h"

struct executor {
    const struct kernels *kernels;
    const struct f16_kernels *f16_kernels; /* or NULL */
    uint64_t trace_bytes; /* what a trace of the loaded network may need */
    bool is_slow;         /* whether the loaded network may take long for one image */
    struct plan plan;     /* without steps while no network is loaded */
    struct plan block;    /* of the same network, for a block of images; without steps where there is none */
};

void executor_start(struct executor *executor, const struct kernels *kernels);

#endif
