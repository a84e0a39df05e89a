/* What an arm64 processor can execute beyond NEON. */
#ifndef MNIST_BENCH_ARM_H
#define MNIST_BENCH_ARM_H

#include <stdbool.h>

/* Whether this processor computes in fp16; has SDOT; has USMMLA. */
bool arm_has_fp16(void);
bool arm_has_dotprod(void);
bool arm_has_i8mm(void);

#endif
