/* Shared libraries, opened by name. */
#ifndef MNIST_BENCH_DYNAMIC_H
#define MNIST_BENCH_DYNAMIC_H

#include "failure.h"

struct library {
    void *handle;
    const char *title; /* of its engine, for sentences */
};

/* Open the library at `path`; false where it is none, or needs what is not there. */
bool open_library(struct library *library, const char *path, struct failure *failure);

/* The function of that name, as whatever `function` points to; false where the library has none. */
bool find_function(const struct library *library, const char *name, void *function, struct failure *failure);

#endif
