/* Shared libraries, opened by name. */
#ifndef MNIST_BENCH_DYNAMIC_H
#define MNIST_BENCH_DYNAMIC_H

#include "failure.h"

struct library {
    void *handle;
    const char *title; /* of its engine, for sentences */
};

/* Set a variable of the environment to 1, for the libraries that are opened behind it. */
void set_variable(const char *name);

/* Open the library at `path`; false where it is none, or needs what is not there. */
bool open_library(struct library *library, const char *path, struct failure *failure);

/* The function of that name, as whatever `function` points to; false where the library has none. */
bool find_function(const struct library *library, const char *name, void *function, struct failure *failure);

#endif
