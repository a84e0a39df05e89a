/* Which kernels this processor gets. */
#include "choice.h"

#include <string.h>

typedef const struct kernels *(*kernels_function)(void);

/* From the slowest to the fastest: the last one that is there is the best. */
static const struct {
    const char *name;
    kernels_function get;
} known[] = {
    {"portable", kernels_portable},     {"avx2", kernels_avx2}, {"avxvnni", kernels_avxvnni},
    {"avx512vnni", kernels_avx512vnni}, {"neon", kernels_neon}, {"dotprod", kernels_dotprod},
    {"i8mm", kernels_i8mm},
};

#define KNOWN (sizeof known / sizeof *known)

const struct kernels *best_kernels(void)
{
    const struct kernels *best = NULL;
    for (size_t i = 0; i < KNOWN; i++) {
        const struct kernels *set = known[i].get();
        best = set != NULL ? set : best;
    }
    return best;
}

const struct kernels *kernels_by_name(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].get();
        }
    }
    return NULL;
}

const struct kernels *kernels_at(size_t place, const char **name)
{
    *name = place < KNOWN ? known[place].name : NULL;
    return place < KNOWN ? known[place].get() : NULL;
}
