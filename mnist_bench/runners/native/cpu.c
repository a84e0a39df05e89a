/* The processor, in words. */
#include "cpu.h"

#include <string.h>

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
