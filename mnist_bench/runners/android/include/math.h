/* Of <math.h>, what the library runner needs; Android's libm is not opened for it. */
#ifndef MNIST_BENCH_BIONIC_MATH_H
#define MNIST_BENCH_BIONIC_MATH_H

#define isfinite(number) __builtin_isfinite(number)
#define fabsf(number) __builtin_fabsf(number)
#define rintf(number) __builtin_rintf(number)

float logf(float number);

#endif
