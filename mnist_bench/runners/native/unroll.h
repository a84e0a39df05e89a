/* Before a loop over vectors, which must end up as registers. */
#ifndef MNIST_BENCH_UNROLL_H
#define MNIST_BENCH_UNROLL_H

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#endif
