/* One piece of memory, given out from front to back.
 *
 * A network is laid out twice by the same functions: first with an arena without memory, which only counts, then with one
 * of just that size. `arena_take` returns NULL while it counts.
 */
#ifndef MNIST_BENCH_ARENA_H
#define MNIST_BENCH_ARENA_H

#include <stdbool.h>
#include <stdint.h>

struct arena {
    unsigned char *memory; /* NULL while counting */
    uint64_t used;
};

static inline bool arena_counts(const struct arena *arena)
{
    return arena->memory == NULL;
}

/* `bytes` zeros at a multiple of KERNEL_ALIGNMENT. Sizes of what a network may hold cannot overflow 64 bits. */
static inline void *arena_take(struct arena *arena, uint64_t bytes)
{
    void *here = arena_counts(arena) ? NULL : arena->memory + arena->used;
    arena->used += (bytes + 63) / 64 * 64;
    return here;
}

#endif
