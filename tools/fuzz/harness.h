/* What the fuzzer's parts share. */
#ifndef MNIST_BENCH_FUZZ_HARNESS_H
#define MNIST_BENCH_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>

/* Numbers that look random, from a seed; the same ones each time. */
struct dice {
    uint64_t state;
};

static inline uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

#define MOST_SETS 12

/* The kernel sets that take turns: those that this processor has, or the one that the variable
 * MNIST_BENCH_FUZZ_KERNELS names. */
extern const char *sets[MOST_SETS];
extern size_t set_count;

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Put the encoding of a random sound network at `to`; its size, or 0 where it does not fit into `room`. */
size_t build_network(struct dice *dice, unsigned char *to, size_t room);

#endif
