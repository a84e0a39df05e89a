/* The answer to hello: who this is, on which processor. */
#ifndef MNIST_BENCH_HELLO_H
#define MNIST_BENCH_HELLO_H

#include "message.h"

#define MOST_OWN_FACTS 4

/* What differs from one runner to another. */
struct description {
    const char *program;            /* such as "mnist-bench native" */
    uint16_t threads;               /* that it computes with */
    const char *const *capabilities; /* up to a NULL */
    uint16_t fact_count;
    const char *facts[MOST_OWN_FACTS][2]; /* name, value */
};

/* `core`: that the program is pinned to, or -1. */
void put_hello(struct message *answer, const struct description *description, int core);

#endif
