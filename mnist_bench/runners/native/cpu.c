/* The processor, in words. */
#include "cpu.h"

#include <string.h>

const char *cpu_abi(void)
{
#if defined(__aarch64__)
    return "arm64-v8a";
#elif defined(__arm__)
    return "armeabi-v7a";
#elif defined(__x86_64__)
    return "x86_64";
#elif defined(__i386__)
    return "x86";
#else
    return "unknown";
#endif
}

const char *cpu_features(const struct kernels *kernels)
{
    static const char *const features[][2] = {
        {"avx2", "avx2 fma"},
        {"avx512vnni", "avx512f avx512bw avx512dq avx512vl avx512vnni"},
        {"neon", "asimd"},
        {"dotprod", "asimd asimddp"},
    };
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        if (strcmp(kernels->name, features[i][0]) == 0) {
            return features[i][1];
        }
    }
    return "";
}
