/* One piece of memory, given out from front to back.
 *
 * A network is laid out twice by the same functions: first with an arena without memory, which only counts, then with
 * one of just that size. `arena_take` returns NULL while it counts.
 */
#ifndef MNIST_BENCH_ARENA_H
#define MNIST_BENCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef ARENA_GUARDED /* by the address sanitizer, when fuzzing: nobody may touch what lies between two pieces */
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 64
#else
#ifdef ARENA_GUARDED_BY_PAGES /* where there is none: each piece ends where a page begins that is closed */
#include <sys/mman.h>
#define ARENA_PAGE 4096
#define ARENA_GAP (2 * ARENA_PAGE)
#else
#define ARENA_GAP 0
#endif
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

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
    const uint64_t piece = (bytes + 63) / 64 * 64 + ARENA_GAP;
    unsigned char *here = NULL;
    if (!arena_counts(arena)) {
        here = arena->memory + arena->used;
#ifdef ARENA_GUARDED_BY_PAGES
        here += -((uintptr_t)here + piece - ARENA_GAP) % ARENA_PAGE;
        mprotect(here + piece - ARENA_GAP, ARENA_PAGE, PROT_NONE);
#endif
        ASAN_POISON_MEMORY_REGION(here + bytes, (size_t)(piece - bytes));
    }
    arena->used += piece;
    return here;
}

#endif
