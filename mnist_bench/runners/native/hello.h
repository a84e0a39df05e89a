/* The answer to hello. */
#ifndef MNIST_BENCH_HELLO_H
#define MNIST_BENCH_HELLO_H

#include "session.h"

void answer_hello(const struct session *session, struct message *answer);

#endif
