/* The processor, in words. */
#include "cpu.h"

#include <string.h>

#include "platform.h"
#include "x86.h"

const char *cpu_features(const struct kernels *kernels)
{
    static const char *const features[][2] = {
        {"avx2", "avx2 fma"},
#ifdef MNIST_BENCH_EVEX_STANDS_IN
        {"avxvnni", "avx2 fma avx512vl avx512vnni, which stands in for avxvnni"},
#else
        {"avxvnni", "avx2 fma avxvnni"},
#endif
        {"avx512vnni", "avx512f avx512bw avx512dq avx512vl avx512vnni"},
        {"neon", "asimd"},
        {"dotprod", "asimd asimddp"},
        {"i8mm", "asimd asimddp i8mm"},
    };
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        if (strcmp(kernels->name, features[i][0]) == 0) {
            return features[i][1];
        }
    }
    return "";
}

uint64_t cpu_cache_bytes(void)
{
#if defined(__x86_64__)
    return x86_cache_bytes();
#else
    return platform_cache_bytes();
#endif
}
