/* Of Android's <errno.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_ERRNO_H
#define MNIST_BENCH_BIONIC_ERRNO_H

#define EINTR 4

int *__errno(void);
#define errno (*__errno())

#endif
