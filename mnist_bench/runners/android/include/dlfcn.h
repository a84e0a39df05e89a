/* Of Android's <dlfcn.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_DLFCN_H
#define MNIST_BENCH_BIONIC_DLFCN_H

#define RTLD_LOCAL 0
#define RTLD_NOW 2

void *dlopen(const char *path, int flags);
void *dlsym(void *library, const char *name);
char *dlerror(void);

#endif
