/* Of Android's <sys/time.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_SYS_TIME_H
#define MNIST_BENCH_BIONIC_SYS_TIME_H

#define ITIMER_REAL 0

typedef long suseconds_t;
struct timeval {
    long tv_sec;
    suseconds_t tv_usec;
};
struct itimerval {
    struct timeval it_interval, it_value;
};

int setitimer(int which, const struct itimerval *timer, struct itimerval *old);

#endif
