/* The loop over requests. */
#ifndef MNIST_BENCH_SERVE_H
#define MNIST_BENCH_SERVE_H

#include "session.h"

/* Answer requests until the stream ends or a close; returns the exit status. `awake`: poll for the next request for a
 * while before sleeping. */
int serve(struct session *session, bool awake);

#endif
