/* The most multiply-adds that this processor makes in a second: what a layer's time is held against. */
#ifndef MNIST_BENCH_PEAK_H
#define MNIST_BENCH_PEAK_H

#include <stdint.h>
#include <string.h>

/* Executes `rounds` rounds of a set's best instruction for products, with all operands in registers; how many
 * multiply-adds those were. */
typedef uint64_t (*peak_loop)(uint32_t rounds);

/* Multiply-adds in a second, on the core that runs this, in some 20 ms; 0 for no loop. */
uint64_t measure_peak(peak_loop loop);

#define EACH_OF_12(action, with) \
    action(0, with) action(1, with) action(2, with) action(3, with) action(4, with) action(5, with) \
    action(6, with) action(7, with) action(8, with) action(9, with) action(10, with) action(11, with)
#define EACH_OF_16(action, with) \
    EACH_OF_12(action, with) action(12, with) action(13, with) action(14, with) action(15, with)

#define PEAK_SUM(i, vector) vector sum##i = b;
#define PEAK_STEP(i, step)                    \
    __asm__ volatile("" : "+" PEAK_REGISTER (a)); \
    sum##i = step(sum##i, a, b);
#define PEAK_ONE(i, none) +1
#define PEAK_USED(i, none) __asm__ volatile("" : : PEAK_REGISTER (sum##i));

/* A loop with as many independent sums as there are registers for; the compiler has to take the factor of each step for a
 * new one. `step` takes a sum and two factors, all of the type `vector`. Bytes of 0x2f make ordinary numbers in every
 * format. PEAK_REGISTER is the compiler's letter for a vector register. */
#define PEAK_LOOP(name, target, each, vector, multiply_adds, step) \
    target uint64_t name(uint32_t rounds)                          \
    {                                                              \
        vector a, b;                                               \
        memset(&a, 0x2f, sizeof a);                                \
        memset(&b, 0x2f, sizeof b);                                \
        each(PEAK_SUM, vector)                                     \
        for (uint32_t round = 0; round < rounds; round++) {        \
            each(PEAK_STEP, step)                                  \
        }                                                          \
        each(PEAK_USED, )                                          \
        return (uint64_t)rounds * multiply_adds * (0 each(PEAK_ONE, )); \
    }

#endif
