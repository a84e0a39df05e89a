/* Of Android's <fcntl.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_FCNTL_H
#define MNIST_BENCH_BIONIC_FCNTL_H

#define O_RDONLY 0
#define O_CLOEXEC 02000000
#define F_DUPFD_CLOEXEC 1030

int open(const char *path, int flags, ...);
int fcntl(int file, int command, ...);

#endif
