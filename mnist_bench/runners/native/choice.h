/* Which kernels this processor gets. */
#ifndef MNIST_BENCH_CHOICE_H
#define MNIST_BENCH_CHOICE_H

#include "kernels.h"

/* The fastest set that this processor can run. */
const struct kernels *best_kernels(void);

/* The set of this name, or NULL where there is none or this processor has not what it needs. */
const struct kernels *kernels_by_name(const char *name);

/* The set at `place`, counted from 0, or NULL; `name` becomes its name, NULL behind the last one. */
const struct kernels *kernels_at(size_t place, const char **name);

#endif
