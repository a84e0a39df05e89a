/* Of Android's <stdlib.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_STDLIB_H
#define MNIST_BENCH_BIONIC_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);
unsigned long strtoul(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
char *mkdtemp(char *path);
char *getenv(const char *name);
int setenv(const char *name, const char *value, int replaced);

#endif
