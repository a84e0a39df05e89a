/* Of Android's <sched.h>, what the library runner needs. */
#ifndef MNIST_BENCH_BIONIC_SCHED_H
#define MNIST_BENCH_BIONIC_SCHED_H

#include <string.h>

#define CPU_SETSIZE 1024
#define CPU_WORD (8 * sizeof(unsigned long))
#define CPU_ZERO(set) memset((set), 0, sizeof *(set))
#define CPU_SET(core, set) ((set)->words[(core) / CPU_WORD] |= 1ul << ((core) % CPU_WORD))

typedef struct {
    unsigned long words[CPU_SETSIZE / CPU_WORD];
} cpu_set_t;

int sched_getcpu(void);
int sched_setaffinity(int process, size_t size, const cpu_set_t *set);

#endif
