/* Of Android's <string.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_STRING_H
#define MNIST_BENCH_BIONIC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *memory, int value, size_t size);
int memcmp(const void *one, const void *other, size_t size);
size_t strlen(const char *text);
int strcmp(const char *one, const char *other);
int strncmp(const char *one, const char *other, size_t size);
char *strcat(char *restrict to, const char *restrict from);
char *strncat(char *restrict to, const char *restrict from, size_t size);
char *strstr(const char *text, const char *part);

#endif
