/* Before loops: UNROLL over vectors, which must end up as registers; ROLLED where code shall be small. */
#ifndef MNIST_BENCH_UNROLL_H
#define MNIST_BENCH_UNROLL_H

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#define ROLLED _Pragma("GCC unroll 1")
#endif

#endif
