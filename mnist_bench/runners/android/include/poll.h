/* Of Android's <poll.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_POLL_H
#define MNIST_BENCH_BIONIC_POLL_H

#define POLLIN 0x1
#define POLLHUP 0x10
#define POLLRDHUP 0x2000

struct pollfd {
    int fd;
    short events, revents;
};

int poll(struct pollfd *files, unsigned count, int milliseconds);

#endif
