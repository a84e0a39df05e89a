/* Of Android's <sys/mman.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_SYS_MMAN_H
#define MNIST_BENCH_BIONIC_SYS_MMAN_H

#include <stddef.h>

#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define MAP_FAILED ((void *)-1)

void *mmap(void *start, size_t size, int protection, int flags, int file, long offset);
int munmap(void *start, size_t size);

#endif
