/* Of Android's <time.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_TIME_H
#define MNIST_BENCH_BIONIC_TIME_H

#define CLOCK_MONOTONIC 1

struct timespec {
    long tv_sec, tv_nsec;
};

int clock_gettime(int clock, struct timespec *now);

#endif
