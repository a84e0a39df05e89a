/* Of Android's <signal.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_SIGNAL_H
#define MNIST_BENCH_BIONIC_SIGNAL_H

#define SIGINT 2
#define SIGPIPE 13
#define SIGALRM 14
#define SIG_IGN ((void (*)(int))1)
#define SA_RESTART 0x10000000

struct sigaction { /* bionic's own order on 64-bit systems */
    int sa_flags;
    void (*sa_handler)(int);
    unsigned long sa_mask;
    void (*sa_restorer)(void);
};

void (*signal(int number, void (*handler)(int)))(int);
int sigaction(int number, const struct sigaction *action, struct sigaction *old);

#endif
