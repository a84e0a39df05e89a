/* What an x86 processor can execute. */
#ifndef MNIST_BENCH_X86_H
#define MNIST_BENCH_X86_H

#include <stdbool.h>
#include <stdint.h>

/* Whether this processor and its operating system have AVX2 and FMA; these and AVX-VNNI; AVX-512 F, BW, DQ, VL and
 * VNNI. */
bool x86_has_avx2(void);
bool x86_has_avxvnni(void);
bool x86_has_avx512vnni(void);

/* What a core's second-level cache holds. */
uint64_t x86_cache_bytes(void);

#endif
