/* Of Android's <unistd.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_UNISTD_H
#define MNIST_BENCH_BIONIC_UNISTD_H

#include <stddef.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define SEEK_SET 0
#define SEEK_END 2
#define _SC_NPROCESSORS_CONF 0x60 /* bionic's own number */

typedef long ssize_t;

ssize_t read(int file, void *to, size_t size);
ssize_t write(int file, const void *from, size_t size);
int close(int file);
long lseek(int file, long offset, int from);
int unlink(const char *path);
int rmdir(const char *path);
int dup2(int from, int to);
long sysconf(int name);
_Noreturn void _exit(int status);

#endif
