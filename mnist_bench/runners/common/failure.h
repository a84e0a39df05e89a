/* Why something was not done: what an error answer says. */
#ifndef MNIST_BENCH_FAILURE_H
#define MNIST_BENCH_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "tables.h"

struct failure {
    enum error_code code;
    char sentence[200];
};

/* Note a failure; returns false, so that a check can end in it. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool refuse(struct failure *failure, enum error_code code, const char *format, ...);

#endif
