/* Of Android's <stdio.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_STDIO_H
#define MNIST_BENCH_BIONIC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct file FILE;
extern FILE *stderr; /* an object since Android 6 */

int puts(const char *text);
int fputc(int character, FILE *file);
int fprintf(FILE *file, const char *format, ...);
int snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *text, size_t size, const char *format, va_list values);

#endif
