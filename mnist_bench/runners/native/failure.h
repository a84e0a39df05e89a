/* Why something was not done: what an error answer says. */
#ifndef MNIST_BENCH_FAILURE_H
#define MNIST_BENCH_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

enum error_code {
    ERROR_FRAMING = 1,
    ERROR_UNKNOWN_KIND = 2,
    ERROR_BAD_PAYLOAD = 3,
    ERROR_BAD_NETWORK = 4,
    ERROR_UNSUPPORTED = 5,
    ERROR_NO_NETWORK = 6,
    ERROR_UNAVAILABLE = 7,
    ERROR_FAILED = 8,
};

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
