/* What both runners' command lines have in common. */
#ifndef MNIST_BENCH_OPTIONS_H
#define MNIST_BENCH_OPTIONS_H

#include <stdbool.h>

#define STATUS_BAD_OPTION 2

/* A sentence on standard error, in which "%s" stands for `what`; returns false, so that a check can end in it. */
bool complain(const char *sentence, const char *what);

/* A whole number from `least` to `most` that fills `text`; false where there is none. */
bool read_number(const char *text, int least, int most, int *number);

/* The core in `text`, on which the program runs from then on; false after a complaint. */
bool take_core(const char *text, int *core);

#endif
